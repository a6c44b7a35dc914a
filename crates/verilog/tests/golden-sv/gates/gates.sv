// Three counters, two of which stand still.
module gates (
    input  logic       clk,    // rising edge
    input  logic       rst_n,  // active low
    input  logic       run,
    input  logic       scan,
    output logic [7:0] total
);

  logic       fast_clk;
  logic       gated_clk;
  logic [7:0] u_fast_count;
  logic [7:0] u_slow_count;
  logic [7:0] u_free_count;

  seedbed_clock_gate u_fast_clk (.clk(clk), .enable(run), .test_enable(scan), .gated_clk(fast_clk));

  seedbed_clock_gate u_gated_clk (
      .clk        (clk),
      .enable     (u_fast_count[2] && run),
      .test_enable(1'b0),
      .gated_clk  (gated_clk)
  );

  // Counts while it runs.
  counter u_fast (.clk(fast_clk), .rst_n(rst_n), .count(u_fast_count));

  counter u_slow (.clk(gated_clk), .rst_n(rst_n), .count(u_slow_count));

  counter u_free (.clk(clk), .rst_n(rst_n), .count(u_free_count));

  assign total = u_fast_count + u_slow_count + u_free_count;

endmodule
