module choices (
    input  wire [3:0] a,
    input  wire [3:0] b,
    input  wire [1:0] sel,
    output wire [3:0] first,
    output wire [3:0] least
);

  wire [3:0] least_lhs = (a < b) ? a : b;

  assign first = sel[0] ? a : sel[1] ? b : 4'd9;
  assign least = (least_lhs < {2'd0, sel}) ? least_lhs : {2'd0, sel};

endmodule
