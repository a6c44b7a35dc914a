// Seedbed, golden file

// 4 elements; `dot` follows the activation of row 0 by 6 cycles.
module systolic_column_r4_p (
    input  wire               clk,          // rising edge
    input  wire               load,
    input  wire         [3:0] load_plane,
    input  wire        [31:0] w,
    input  wire        [31:0] a,
    input  wire         [3:0] plane,
    output wire        [31:0] a_right,
    output wire         [3:0] plane_right,
    output wire signed [17:0] dot
);

  wire               u_pe_0_load_down;
  wire signed  [7:0] u_pe_0_a_right;
  wire               u_pe_0_plane_right;
  wire signed [15:0] u_pe_0_sum_down;
  wire               u_pe_1_load_down;
  wire signed  [7:0] u_pe_1_a_right;
  wire               u_pe_1_plane_right;
  wire signed [16:0] u_pe_1_sum_down;
  wire               u_pe_2_load_down;
  wire signed  [7:0] u_pe_2_a_right;
  wire               u_pe_2_plane_right;
  wire signed [16:0] u_pe_2_sum_down;
  wire               u_pe_3_load_down;
  wire signed  [7:0] u_pe_3_a_right;
  wire               u_pe_3_plane_right;

  systolic_pe_s16_p u_pe_0 (
      .clk        (clk),
      .load       (load),
      .load_plane (load_plane[0]),
      .w          (w[7:0]),
      .load_down  (u_pe_0_load_down),
      .a          (a[7:0]),
      .plane      (plane[0]),
      .a_right    (u_pe_0_a_right),
      .plane_right(u_pe_0_plane_right),
      .sum_down   (u_pe_0_sum_down)
  );

  systolic_pe_s16_s17_p u_pe_1 (
      .clk        (clk),
      .load       (u_pe_0_load_down),
      .load_plane (load_plane[1]),
      .w          (w[15:8]),
      .load_down  (u_pe_1_load_down),
      .a          (a[15:8]),
      .plane      (plane[1]),
      .a_right    (u_pe_1_a_right),
      .plane_right(u_pe_1_plane_right),
      .sum        (u_pe_0_sum_down),
      .sum_down   (u_pe_1_sum_down)
  );

  systolic_pe_s17_s17_p u_pe_2 (
      .clk        (clk),
      .load       (u_pe_1_load_down),
      .load_plane (load_plane[2]),
      .w          (w[23:16]),
      .load_down  (u_pe_2_load_down),
      .a          (a[23:16]),
      .plane      (plane[2]),
      .a_right    (u_pe_2_a_right),
      .plane_right(u_pe_2_plane_right),
      .sum        (u_pe_1_sum_down),
      .sum_down   (u_pe_2_sum_down)
  );

  systolic_pe_s17_s18_p u_pe_3 (
      .clk        (clk),
      .load       (u_pe_2_load_down),
      .load_plane (load_plane[3]),
      .w          (w[31:24]),
      .load_down  (u_pe_3_load_down),
      .a          (a[31:24]),
      .plane      (plane[3]),
      .a_right    (u_pe_3_a_right),
      .plane_right(u_pe_3_plane_right),
      .sum        (u_pe_2_sum_down),
      .sum_down   (dot)
  );

  assign a_right = {u_pe_3_a_right, u_pe_2_a_right, u_pe_1_a_right, u_pe_0_a_right};
  assign plane_right = {u_pe_3_plane_right, u_pe_2_plane_right, u_pe_1_plane_right,
      u_pe_0_plane_right};

  // Received but not used.
  wire unused_bits = &{1'b0, u_pe_3_load_down};

endmodule
