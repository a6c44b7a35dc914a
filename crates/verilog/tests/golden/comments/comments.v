// Seedbed, golden file

module comments (
    input  wire       clk,    // rising edge
    input  wire       rst_n,  // asynchronous, active low
    input  wire [7:0] x,
    output wire [7:0] old
);

  // What came in the cycle before,
  //
  // bits turned.
  reg [7:0] last_q;
  reg [7:0] history_rdata;

  // The last value at each address.
  reg [7:0] history [0:15];

  wire [7:0] u_invert_y;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      last_q <= 8'd0;
    end else begin
      last_q <= u_invert_y;
    end
  end

  // | verilator lint_off UNUSED
  wire [7:0] mixed = last_q ^ x;

  always @(posedge clk) begin
    history[x[3:0]] <= mixed;
    history_rdata <= history[x[3:0]];
  end

  // Turns every bit.
  invert u_invert (.x(x), .y(u_invert_y));

  assign old = history_rdata;

endmodule
