module round_8 (
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

  wire any_x = |{x[5], x};
  wire signed zero_s_sum = x[5] + (x[5] && (x[5] || any_x));
  wire signed [1:0] x_5_plus_x_5 = {2{x[5]}} + {1'b0, x[5]};
  wire signed [1:0] away_s_sum = {2{x[5]}} + {1'b0, x[5] && (any_x || !x[5])};
  wire signed [1:0] even_s_sum = {2{x[5]}} + {1'b0, x[5] && (any_x || x[5])};

  assign down_s = {8{x[5]}};
  assign down_u = 8'd0;
  assign zero_s = {8{zero_s_sum}};
  assign zero_u = 8'd0;
  assign up_s = {{6{x_5_plus_x_5[1]}}, x_5_plus_x_5};
  assign up_u = 8'd0;
  assign away_s = {{6{away_s_sum[1]}}, away_s_sum};
  assign away_u = 8'd0;
  assign even_s = {{6{even_s_sum[1]}}, even_s_sum};
  assign even_u = 8'd0;

endmodule
