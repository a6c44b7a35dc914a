// Seedbed, golden file

module sync_only (
    input  wire       clk,    // rising edge
    input  wire       rst_n,  // synchronous, active low
    input  wire       en,
    input  wire [3:0] d,
    output wire [3:0] q
);

  reg [3:0] d_q;

  always @(posedge clk) begin
    if (!rst_n) begin
      d_q <= 4'd0;
    end else if (en) begin
      d_q <= d;
    end
  end

  assign q = d_q;

endmodule
