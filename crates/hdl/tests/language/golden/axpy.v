module axpy (
    input  wire       clk,      // rising edge
    input  wire       rst_n,    // asynchronous, active low
    input  wire       move_on,
    input  wire [3:0] a,
    input  wire [3:0] x,
    input  wire [3:0] y,
    input  wire [2:0] tag,
    output wire [8:0] sum,
    output wire [2:0] tag_out,
    output wire       same
);

  reg [7:0] product_q;
  reg [3:0] y_1;
  reg [8:0] sum_q;
  reg [2:0] tag_1;
  reg [2:0] tag_2;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      product_q <= 8'd0;
      y_1 <= 4'd0;
    end else if (move_on) begin
      product_q <= a * x;
      y_1 <= y;
    end
  end

  always @(posedge clk) begin
    if (move_on) begin
      sum_q <= {1'b0, product_q} + {5'd0, y_1};
      tag_1 <= tag;
      tag_2 <= tag_1;
    end
  end

  assign sum = sum_q;
  assign tag_out = tag_2;
  assign same = sum_q == {6'd0, tag_2};

endmodule
