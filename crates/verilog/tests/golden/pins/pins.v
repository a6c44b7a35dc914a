// Seedbed, golden file

module pins (
    input  wire [7:0] p,
    input  wire [7:0] q,
    input  wire       on,
    input  wire       hold,
    output wire [8:0] first,
    output wire [8:0] copy,
    output wire [8:0] second
);

  wire [8:0] second_sum;

  wire [7:0] p_plus_3 = p + 8'd3;

  adder u_first (.x(p_plus_3), .y(q), .go(on && !hold), .sum(first));

  adder u_second (.x(first[7:0]), .y(8'd3), .go(on), .sum(second_sum));

  empty u_empty ();

  assign copy = first;
  assign second = second_sum;

endmodule
