// Seedbed, golden file

// Delays 4 parts of 8 bits by their distance from the first, in cycles.
module skew_n4_b8 (
    input  wire        clk,     // rising edge
    input  wire [31:0] parts,
    output wire [31:0] delayed
);

  reg [23:0] stage1_q;
  reg [15:0] stage2_q;
  reg  [7:0] stage3_q;

  always @(posedge clk) begin
    stage1_q <= parts[31:8];
    stage2_q <= stage1_q[23:8];
    stage3_q <= stage2_q[15:8];
  end

  assign delayed = {stage3_q, stage2_q[7:0], stage1_q[7:0], parts[7:0]};

endmodule
