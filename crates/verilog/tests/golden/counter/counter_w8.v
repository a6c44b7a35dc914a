// Seedbed, golden file

// Counts the cycles in which `en` is high.
module counter_w8 (
    input  wire       clk,    // rising edge
    input  wire       rst_n,  // asynchronous, active low
    input  wire       en,     // count enable
    output wire [7:0] count   // wraps at 255
);

  reg [7:0] count_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      count_q <= 8'd0;
    end else if (en) begin
      count_q <= count_q + 8'd1;
    end
  end

  assign count = count_q;

endmodule
