module round_1 (
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

  wire signed [4:0] x_5_1_plus_x_5_and_x_0 = x[5:1] + {4'd0, x[5] && x[0]};
  wire signed [5:0] x_5_1_plus_x_0 = {x[5], x[5:1]} + {5'd0, x[0]};
  wire signed [5:0] away_s_sum = {x[5], x[5:1]} + {5'd0, x[0] && !x[5]};
  wire [5:0] x_0_and_x_1 = {5'd0, x[0] && x[1]};
  wire signed [5:0] x_5_1_plus_x_0_and_x_1 = {x[5], x[5:1]} + x_0_and_x_1;

  assign down_s = {{3{x[5]}}, x[5:1]};
  assign down_u = {3'd0, x[5:1]};
  assign zero_s = {{3{x_5_1_plus_x_5_and_x_0[4]}}, x_5_1_plus_x_5_and_x_0};
  assign zero_u = {3'd0, x[5:1]};
  assign up_s = {{2{x_5_1_plus_x_0[5]}}, x_5_1_plus_x_0};
  assign up_u = {2'd0, {1'b0, x[5:1]} + {5'd0, x[0]}};
  assign away_s = {{2{away_s_sum[5]}}, away_s_sum};
  assign away_u = up_u;
  assign even_s = {{2{x_5_1_plus_x_0_and_x_1[5]}}, x_5_1_plus_x_0_and_x_1};
  assign even_u = {2'd0, {1'b0, x[5:1]} + x_0_and_x_1};

endmodule
