// Seedbed, golden file

module tree (
    input  wire signed  [7:0] x_0,
    input  wire signed  [7:0] x_1,
    input  wire signed  [7:0] x_2,
    input  wire signed  [7:0] x_3,
    input  wire signed  [7:0] w_0,
    input  wire signed  [7:0] w_1,
    input  wire signed  [7:0] w_2,
    input  wire signed  [7:0] w_3,
    output wire signed [17:0] sum,
    output wire signed [15:0] first
);

  wire signed [15:0] x_1_times_w_1 = x_1 * w_1;
  wire signed [16:0] first_plus_x_1_times_w_1 = first + x_1_times_w_1;
  wire signed [15:0] x_2_times_w_2 = x_2 * w_2;
  wire signed [15:0] x_3_times_w_3 = x_3 * w_3;
  wire signed [16:0] sum_rhs = x_2_times_w_2 + x_3_times_w_3;

  assign sum = first_plus_x_1_times_w_1 + sum_rhs;
  assign first = x_0 * w_0;

endmodule
