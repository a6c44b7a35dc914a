// Seedbed, golden file

module row_4 (
    input  wire               clk,      // rising edge
    input  wire               rst_n,    // active low
    input  wire               load,
    input  wire        [31:0] weights,
    input  wire signed  [7:0] a_in,
    input  wire        [95:0] sums_in,
    output wire        [95:0] sums_out
);

  wire signed  [7:0] u_pe_0_a_out;
  wire signed [23:0] u_pe_0_sum_out;
  wire signed  [7:0] u_pe_1_a_out;
  wire signed [23:0] u_pe_1_sum_out;
  wire signed  [7:0] u_pe_2_a_out;
  wire signed [23:0] u_pe_2_sum_out;
  wire signed  [7:0] u_pe_3_a_out;
  wire signed [23:0] u_pe_3_sum_out;

  pe u_pe_0 (
      .clk    (clk),
      .rst_n  (rst_n),
      .load   (load),
      .w_in   (weights[7:0]),
      .a_in   (a_in),
      .sum_in (sums_in[23:0]),
      .a_out  (u_pe_0_a_out),
      .sum_out(u_pe_0_sum_out)
  );

  pe u_pe_1 (
      .clk    (clk),
      .rst_n  (rst_n),
      .load   (load),
      .w_in   (weights[15:8]),
      .a_in   (u_pe_0_a_out),
      .sum_in (sums_in[47:24]),
      .a_out  (u_pe_1_a_out),
      .sum_out(u_pe_1_sum_out)
  );

  pe u_pe_2 (
      .clk    (clk),
      .rst_n  (rst_n),
      .load   (load),
      .w_in   (weights[23:16]),
      .a_in   (u_pe_1_a_out),
      .sum_in (sums_in[71:48]),
      .a_out  (u_pe_2_a_out),
      .sum_out(u_pe_2_sum_out)
  );

  pe u_pe_3 (
      .clk    (clk),
      .rst_n  (rst_n),
      .load   (load),
      .w_in   (weights[31:24]),
      .a_in   (u_pe_2_a_out),
      .sum_in (sums_in[95:72]),
      .a_out  (u_pe_3_a_out),
      .sum_out(u_pe_3_sum_out)
  );

  assign sums_out = {u_pe_3_sum_out, u_pe_2_sum_out, u_pe_1_sum_out, u_pe_0_sum_out};

  // Received but not used.
  wire unused_bits = &{1'b0, u_pe_3_a_out};

endmodule
