// Seedbed, golden file

// Delays 4 parts of 18 bits by their distance from the last, in cycles.
module deskew_n4_b18 (
    input  wire        clk,     // rising edge
    input  wire [71:0] parts,
    output wire [71:0] delayed
);

  reg [53:0] stage1_q;
  reg [35:0] stage2_q;
  reg [17:0] stage3_q;

  always @(posedge clk) begin
    stage1_q <= parts[53:0];
    stage2_q <= stage1_q[35:0];
    stage3_q <= stage2_q[17:0];
  end

  assign delayed = {parts[71:54], stage1_q[53:36], stage2_q[35:18], stage3_q};

endmodule
