// Seedbed, golden file

// One multiply-add; the weight stays, activations go east, sums go south.
module pe (
    input  wire               clk,     // rising edge
    input  wire               rst_n,   // asynchronous, active low
    input  wire               load,
    input  wire signed  [7:0] w_in,
    input  wire signed  [7:0] a_in,
    input  wire signed [23:0] sum_in,
    output wire signed  [7:0] a_out,
    output wire signed [23:0] sum_out
);

  reg signed  [7:0] w_q;
  reg signed  [7:0] a_q;
  reg signed [23:0] sum_q;

  always @(posedge clk) begin
    if (load) begin
      w_q <= w_in;
    end
  end

  wire signed [15:0] a_in_times_w = a_in * w_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      a_q <= 8'd0;
      sum_q <= 24'd0;
    end else begin
      a_q <= a_in;
      sum_q <= sum_in + {{8{a_in_times_w[15]}}, a_in_times_w};
    end
  end

  assign a_out = a_q;
  assign sum_out = sum_q;

endmodule
