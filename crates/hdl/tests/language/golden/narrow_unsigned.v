module narrow_unsigned (
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

  wire [4:0] a_plus_b = a + b;
  wire signed [4:0] a_minus_b = a - b;

  assign sat_add = a_plus_b[4] ? 4'd15 : a_plus_b[3:0];
  assign sat_sub = a_minus_b[4] ? 4'd0 : a_minus_b[3:0];
  assign wrap_mul = a * b;
  assign add = a_plus_b[3:0];
  assign add_wraps = {3'd0, a_plus_b[4]};
  assign sub = a_minus_b[3:0];
  assign sub_wraps = {3'd0, a_minus_b[4]};

endmodule
