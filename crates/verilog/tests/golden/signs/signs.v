// Seedbed, golden file

module signs (
    input  wire signed  [7:0] a,
    input  wire signed  [7:0] c,
    input  wire         [7:0] x,
    input  wire         [7:0] y,
    input  wire signed        bit_in,
    output wire               lt_s,
    output wire               lt_u,
    output wire               a_below_c_unsigned,
    output wire               x_below_y_signed,
    output wire               below,
    output wire               not_above,
    output wire               never,
    output wire signed [11:0] wide,
    output wire        [11:0] wide_u,
    output wire signed  [3:0] spread,
    output wire signed  [9:0] sum_wide,
    output wire               sum_below,
    output wire signed [15:0] mixed,
    output wire        [15:0] unsigned_product
);

  wire signed [7:0] a_plus_c = a + c;

  assign lt_s = a < c;
  assign lt_u = x < y;
  assign a_below_c_unsigned = $unsigned(a) < c;
  assign x_below_y_signed = $signed(x) < $signed(y);
  assign below = a < -8'sd3;
  assign not_above = a <= -8'sd3;
  assign never = 1'b0;
  assign wide = {{4{a[7]}}, a};
  assign wide_u = {4'd0, x};
  assign spread = {4{bit_in}};
  assign sum_wide = {{2{a_plus_c[7]}}, a_plus_c};
  assign sum_below = a_plus_c < -8'sd3;
  assign mixed = $signed(x) * $signed({1'b0, y});
  assign unsigned_product = $unsigned(a) * c;

endmodule
