// Seedbed, golden file

module pair (
    input  wire [3:0] x,
    output wire [3:0] same,
    output wire [3:0] turned
);

  assign same = x;
  assign turned = ~x;

endmodule
