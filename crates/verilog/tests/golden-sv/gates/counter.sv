// Counts the edges of its clock.
module counter (
    input  logic       clk,    // rising edge
    input  logic       rst_n,  // asynchronous, active low
    output logic [7:0] count
);

  logic [7:0] count_q;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      count_q <= 8'd0;
    end else begin
      count_q <= count_q + 8'd1;
    end
  end

  assign count = count_q;

endmodule
