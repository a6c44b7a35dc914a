`ifndef SEEDBED_MAC_ARRAY_L4_10ADE58E
`define SEEDBED_MAC_ARRAY_L4_10ADE58E
// Adds the dot product of the signed bytes of `a` and `w` to `sum` in each `valid` cycle;
// `clear` starts a new sum.
module mac_array_l4 (
    input  wire               clk,    // rising edge
    input  wire               rst_n,  // asynchronous, active low
    input  wire               clear,
    input  wire               valid,
    input  wire        [31:0] a,
    input  wire        [31:0] w,
    output wire signed [23:0] sum
);

  reg signed [23:0] sum_q;

  wire signed [15:0] a_7_0_times_w_7_0 = $signed(a[7:0]) * $signed(w[7:0]);
  wire signed [15:0] a_15_8_times_w_15_8 = $signed(a[15:8]) * $signed(w[15:8]);
  wire signed [16:0] sum_then_lhs = a_7_0_times_w_7_0 + a_15_8_times_w_15_8;
  wire signed [15:0] a_23_16_times_w_23_16 = $signed(a[23:16]) * $signed(w[23:16]);
  wire signed [15:0] a_31_24_times_w_31_24 = $signed(a[31:24]) * $signed(w[31:24]);
  wire signed [16:0] sum_then_rhs = a_23_16_times_w_23_16 + a_31_24_times_w_31_24;
  wire signed [17:0] sum_then = sum_then_lhs + sum_then_rhs;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      sum_q <= 24'd0;
    end else begin
      sum_q <= (clear ? 24'd0 : sum_q) + (valid ? {{6{sum_then[17]}}, sum_then} : 24'd0);
    end
  end

  assign sum = sum_q;

endmodule
`endif
