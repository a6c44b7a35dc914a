// Seedbed, golden file

// A clock gate. For a chip, put a module around the cell of its library in the place of this file.
module seedbed_clock_gate (
    input  wire clk,          // rising edge
    input  wire enable,       // changes while clk is low or with its rising edge
    input  wire test_enable,  // passes all edges, for scan tests
    output wire gated_clk     // the pulses of clk at whose start an enable was 1
);

  wire next = enable || test_enable;
  reg open;

  always @(clk or next) begin
    if (!clk) begin
      open <= next;
    end
  end

  assign gated_clk = clk && open;

endmodule
