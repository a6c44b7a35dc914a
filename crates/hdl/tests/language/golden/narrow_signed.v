module narrow_signed (
    input  wire [3:0] a,
    input  wire [3:0] b,
    output wire [3:0] sat_add,
    output wire [3:0] sat_sub,
    output wire [3:0] wrap_mul,
    output wire [3:0] add,
    output wire [3:0] add_wraps,
    output wire [3:0] sub,
    output wire [3:0] sub_wraps
);

  wire signed [4:0] a_plus_b = {a[3], a} + {b[3], b};
  wire signed [4:0] a_minus_b = {a[3], a} - {b[3], b};

  assign sat_add =
      ((&a_plus_b[4:3]) || (a_plus_b[4:3] == 2'd0)) ? a_plus_b[3:0] : a_plus_b[4] ? 4'sh8 : 4'd7;
  assign sat_sub =
      ((&a_minus_b[4:3]) || (a_minus_b[4:3] == 2'd0)) ? a_minus_b[3:0]
      : a_minus_b[4] ? 4'sh8
      : 4'd7;
  assign wrap_mul = a * b;
  assign add = a_plus_b[3:0];
  assign add_wraps = {3'd0, a_plus_b[4] ^ a_plus_b[3]};
  assign sub = a_minus_b[3:0];
  assign sub_wraps = {3'd0, a_minus_b[4] ^ a_minus_b[3]};

endmodule
