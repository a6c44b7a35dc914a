// A clock gate. For a chip, put a module around the cell of its library in the place of this file.
module seedbed_clock_gate (
    input  logic clk,          // rising edge
    input  logic enable,       // changes while clk is low or with its rising edge
    input  logic test_enable,  // passes all edges, for scan tests
    output logic gated_clk     // the pulses of clk at whose start an enable was 1
);

  wire next = enable || test_enable;
  logic open;

  always_latch begin
    if (!clk) begin
      open = next;
    end
  end

  assign gated_clk = clk && open;

endmodule
