module comments (
    input  logic       clk,    // rising edge
    input  logic       rst_n,  // asynchronous, active low
    input  logic [7:0] x,
    output logic [7:0] old
);

  // What came in the cycle before,
  //
  // bits turned.
  logic [7:0] last_q;
  logic [7:0] history_rdata;

  // The last value at each address.
  logic [7:0] history [0:15];

  logic [7:0] u_invert_y;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      last_q <= 8'd0;
    end else begin
      last_q <= u_invert_y;
    end
  end

  // | verilator lint_off UNUSED
  wire [7:0] mixed = last_q ^ x;

  always_ff @(posedge clk) begin
    history[x[3:0]] <= mixed;
    history_rdata <= history[x[3:0]];
  end

  // Turns every bit.
  invert u_invert (.x(x), .y(u_invert_y));

  assign old = history_rdata;

endmodule
