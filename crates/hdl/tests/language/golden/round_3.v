module round_3 (
    input  wire [5:0] x,
    output wire [7:0] down_s,
    output wire [7:0] down_u,
    output wire [7:0] zero_s,
    output wire [7:0] zero_u,
    output wire [7:0] up_s,
    output wire [7:0] up_u,
    output wire [7:0] away_s,
    output wire [7:0] away_u,
    output wire [7:0] even_s,
    output wire [7:0] even_u
);

  wire signed [2:0] zero_s_sum = x[5:3] + {2'd0, x[5] && (x[2] || (|x[1:0]))};
  wire signed [3:0] x_5_3_plus_x_2 = {x[5], x[5:3]} + {3'd0, x[2]};
  wire signed [3:0] away_s_sum = {x[5], x[5:3]} + {3'd0, x[2] && ((|x[1:0]) || !x[5])};
  wire [3:0] x_2_and_any_x_1_0_or_x_3 = {3'd0, x[2] && ((|x[1:0]) || x[3])};
  wire signed [3:0] even_s_sum = {x[5], x[5:3]} + x_2_and_any_x_1_0_or_x_3;

  assign down_s = {{5{x[5]}}, x[5:3]};
  assign down_u = {5'd0, x[5:3]};
  assign zero_s = {{5{zero_s_sum[2]}}, zero_s_sum};
  assign zero_u = {5'd0, x[5:3]};
  assign up_s = {{4{x_5_3_plus_x_2[3]}}, x_5_3_plus_x_2};
  assign up_u = {4'd0, {1'b0, x[5:3]} + {3'd0, x[2]}};
  assign away_s = {{4{away_s_sum[3]}}, away_s_sum};
  assign away_u = up_u;
  assign even_s = {{4{even_s_sum[3]}}, even_s_sum};
  assign even_u = {4'd0, {1'b0, x[5:3]} + x_2_and_any_x_1_0_or_x_3};

endmodule
