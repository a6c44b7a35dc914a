// Seedbed, golden file

module invert (
    input  wire [7:0] x,
    output wire [7:0] y
);

  assign y = ~x;

endmodule
