module fixed_mac (
    input  wire signed  [5:0] a,
    input  wire signed  [4:0] b,
    output wire signed  [8:0] sum,
    output wire signed [10:0] product,
    output wire signed  [5:0] scaled,
    output wire               less,
    output wire signed  [7:0] wider
);

  wire signed [6:0] sum_lhs_rhs = {b, 2'd0};
  wire signed [7:0] sum_lhs = {{2{a[5]}}, a} + {sum_lhs_rhs[6], sum_lhs_rhs};
  wire signed [9:0] scaled_sum_lhs = a * -10'sd5;
  wire signed [8:0] scaled_sum =
      {scaled_sum_lhs[9], scaled_sum_lhs[9:2]}
      + {8'd0, scaled_sum_lhs[1] && (scaled_sum_lhs[0] || scaled_sum_lhs[2])};

  assign sum = {sum_lhs[7], sum_lhs} - 9'd8;
  assign product = a * b;
  assign scaled =
      ((&scaled_sum[8:5]) || (scaled_sum[8:5] == 4'd0)) ? scaled_sum[5:0]
      : scaled_sum[8] ? 6'sh20
      : 6'd31;
  assign less = $signed({a[5], a}) < sum_lhs_rhs;
  assign wider = {a, 2'd0};

endmodule
