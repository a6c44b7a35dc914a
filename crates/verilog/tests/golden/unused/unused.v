// Seedbed, golden file

module unused (
    input  wire        clk,    // rising edge
    input  wire        rst_n,  // asynchronous, active low
    input  wire [15:0] a,
    input  wire  [8:0] never,
    output wire        top,
    output wire  [2:0] low,
    output wire  [7:0] high
);

  reg [7:0] part_q;

  wire [3:0] u_pair_same;
  wire [3:0] u_pair_turned;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      part_q <= 8'd0;
    end else begin
      part_q <= a[11:4];
    end
  end

  pair u_pair (.x(a[15:12]), .same(u_pair_same), .turned(u_pair_turned));

  wire [3:0] probe = a[15:12];
  wire [15:0] a_11_4_times_a_11_4 = a[11:4] * a[11:4];

  assign top = part_q[7];
  assign low = u_pair_turned[2:0];
  assign high = a_11_4_times_a_11_4[15:8];

  // Received but not used.
  wire unused_bits = &{1'b0, a[3:0], never, part_q[6:0], probe, u_pair_same, u_pair_turned[3],
      a_11_4_times_a_11_4[7:0]};

endmodule
