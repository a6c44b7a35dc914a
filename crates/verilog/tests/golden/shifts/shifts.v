// Seedbed, golden file

module shifts (
    input  wire signed [15:0] a,
    input  wire        [15:0] x,
    input  wire         [3:0] n,
    input  wire        [39:0] huge_,
    output wire signed [15:0] a_shr,
    output wire        [15:0] x_shr,
    output wire signed [15:0] a_shr3,
    output wire        [15:0] x_shr3,
    output wire signed [15:0] a_shr20,
    output wire signed [15:0] a_shr_huge,
    output wire        [15:0] x_shl,
    output wire        [15:0] x_shl_huge,
    output wire        [15:0] shift_in_sum
);

  assign a_shr = a >>> n;
  assign x_shr = x >> n;
  assign a_shr3 = a >>> 3;
  assign x_shr3 = x >> 3;
  assign a_shr20 = {16{a[15]}};
  assign a_shr_huge = (|huge_[39:16]) ? {16{a[15]}} : $signed(a >>> huge_[15:0]);
  assign x_shl = x << n;
  assign x_shl_huge = (|huge_[39:16]) ? 16'd0 : x << huge_[15:0];
  assign shift_in_sum = a_shr3 + x;

endmodule
