// Seedbed, golden file

module arithmetic (
    input  wire               clk,     // rising edge
    input  wire               rst_n,   // asynchronous, active low
    input  wire signed  [7:0] a,
    input  wire signed  [7:0] w,
    input  wire         [7:0] x,
    input  wire         [7:0] y,
    input  wire signed [19:0] acc_in,
    output wire signed  [8:0] sum,
    output wire         [8:0] carry,
    output wire signed  [8:0] diff,
    output wire signed [19:0] acc,
    output wire         [7:0] cut,
    output wire         [7:0] mean,
    output wire signed [15:0] mixed,
    output wire        [15:0] square,
    output wire         [7:0] low,
    output wire signed  [7:0] minus5,
    output wire signed [16:0] dot
);

  reg signed [19:0] acc_q;

  wire signed [15:0] a_times_w = a * w;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      acc_q <= 20'd0;
    end else begin
      acc_q <= acc_in + {{4{a_times_w[15]}}, a_times_w};
    end
  end

  wire signed [15:0] dot_lhs = w * -16'sd5;

  assign sum = a + w;
  assign carry = x + y;
  assign diff = x - y;
  assign acc = acc_q;
  assign cut = carry[7:0] + x;
  assign mean = carry[8:1];
  assign mixed = a * $signed({1'b0, x});
  assign square = x * x;
  assign low = x * y;
  assign minus5 = a - 8'd5;
  assign dot = dot_lhs + a_times_w;

endmodule
