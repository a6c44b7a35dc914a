// Seedbed, golden file

// 4 columns of 4 elements; `dot` follows `a` by 9 cycles.
// A column is loaded no earlier than its index in cycles after the last row of its plane.
module systolic_array_c4_r4_p (
    input  wire               clk,         // rising edge
    input  wire         [3:0] load,
    input  wire               load_plane,
    input  wire        [31:0] w,
    input  wire               plane,
    input  wire        [31:0] a,
    output wire signed [17:0] dot_0,
    output wire signed [17:0] dot_1,
    output wire signed [17:0] dot_2,
    output wire signed [17:0] dot_3
);

  reg [2:0] load_plane_rows_q;
  reg [2:0] plane_rows_q;

  wire        [31:0] u_skew_w_delayed;
  wire        [31:0] u_skew_a_delayed;
  wire        [31:0] u_column_0_a_right;
  wire         [3:0] u_column_0_plane_right;
  wire signed [17:0] u_column_0_dot;
  wire        [31:0] u_column_1_a_right;
  wire         [3:0] u_column_1_plane_right;
  wire signed [17:0] u_column_1_dot;
  wire        [31:0] u_column_2_a_right;
  wire         [3:0] u_column_2_plane_right;
  wire signed [17:0] u_column_2_dot;
  wire        [31:0] u_column_3_a_right;
  wire         [3:0] u_column_3_plane_right;
  wire signed [17:0] u_column_3_dot;
  wire        [71:0] u_deskew_delayed;

  always @(posedge clk) begin
    load_plane_rows_q <= {load_plane_rows_q[1:0], load_plane};
    plane_rows_q <= {plane_rows_q[1:0], plane};
  end

  skew_n4_b8 u_skew_w (.clk(clk), .parts(w), .delayed(u_skew_w_delayed));

  skew_n4_b8 u_skew_a (.clk(clk), .parts(a), .delayed(u_skew_a_delayed));

  wire [3:0] load_plane_rows = {load_plane_rows_q, load_plane};
  wire [3:0] plane_rows = {plane_rows_q, plane};

  systolic_column_r4_p u_column_0 (
      .clk        (clk),
      .load       (load[0]),
      .load_plane (load_plane_rows),
      .w          (u_skew_w_delayed),
      .a          (u_skew_a_delayed),
      .plane      (plane_rows),
      .a_right    (u_column_0_a_right),
      .plane_right(u_column_0_plane_right),
      .dot        (u_column_0_dot)
  );

  systolic_column_r4_p u_column_1 (
      .clk        (clk),
      .load       (load[1]),
      .load_plane (load_plane_rows),
      .w          (u_skew_w_delayed),
      .a          (u_column_0_a_right),
      .plane      (u_column_0_plane_right),
      .a_right    (u_column_1_a_right),
      .plane_right(u_column_1_plane_right),
      .dot        (u_column_1_dot)
  );

  systolic_column_r4_p u_column_2 (
      .clk        (clk),
      .load       (load[2]),
      .load_plane (load_plane_rows),
      .w          (u_skew_w_delayed),
      .a          (u_column_1_a_right),
      .plane      (u_column_1_plane_right),
      .a_right    (u_column_2_a_right),
      .plane_right(u_column_2_plane_right),
      .dot        (u_column_2_dot)
  );

  systolic_column_r4_p u_column_3 (
      .clk        (clk),
      .load       (load[3]),
      .load_plane (load_plane_rows),
      .w          (u_skew_w_delayed),
      .a          (u_column_2_a_right),
      .plane      (u_column_2_plane_right),
      .a_right    (u_column_3_a_right),
      .plane_right(u_column_3_plane_right),
      .dot        (u_column_3_dot)
  );

  deskew_n4_b18 u_deskew (
      .clk    (clk),
      .parts  ({u_column_3_dot, u_column_2_dot, u_column_1_dot, u_column_0_dot}),
      .delayed(u_deskew_delayed)
  );

  assign dot_0 = u_deskew_delayed[17:0];
  assign dot_1 = u_deskew_delayed[35:18];
  assign dot_2 = u_deskew_delayed[53:36];
  assign dot_3 = u_deskew_delayed[71:54];

  // Received but not used.
  wire unused_bits = &{1'b0, u_column_3_a_right, u_column_3_plane_right};

endmodule
