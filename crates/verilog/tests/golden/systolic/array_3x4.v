// Seedbed, golden file

module array_3x4 (
    input  wire        clk,      // rising edge
    input  wire        rst_n,    // active low
    input  wire  [2:0] loads,
    input  wire [31:0] weights,
    input  wire [23:0] west,
    output wire [95:0] south
);

  wire [95:0] u_row_0_sums_out;
  wire [95:0] u_row_1_sums_out;

  row_4 u_row_0 (
      .clk     (clk),
      .rst_n   (rst_n),
      .load    (loads[0]),
      .weights (weights),
      .a_in    (west[7:0]),
      .sums_in (96'd0),
      .sums_out(u_row_0_sums_out)
  );

  row_4 u_row_1 (
      .clk     (clk),
      .rst_n   (rst_n),
      .load    (loads[1]),
      .weights (weights),
      .a_in    (west[15:8]),
      .sums_in (u_row_0_sums_out),
      .sums_out(u_row_1_sums_out)
  );

  row_4 u_row_2 (
      .clk     (clk),
      .rst_n   (rst_n),
      .load    (loads[2]),
      .weights (weights),
      .a_in    (west[23:16]),
      .sums_in (u_row_1_sums_out),
      .sums_out(south)
  );

endmodule
