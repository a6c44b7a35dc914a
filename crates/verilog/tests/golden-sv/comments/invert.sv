module invert (
    input  logic [7:0] x,
    output logic [7:0] y
);

  assign y = ~x;

endmodule
