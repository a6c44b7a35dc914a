// Seedbed, golden file

// Counts the edges of its clock.
module counter (
    input  wire       clk,    // rising edge
    input  wire       rst_n,  // asynchronous, active low
    output wire [7:0] count
);

  reg [7:0] count_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      count_q <= 8'd0;
    end else begin
      count_q <= count_q + 8'd1;
    end
  end

  assign count = count_q;

endmodule
