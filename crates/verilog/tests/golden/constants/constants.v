// Seedbed, golden file

module constants (
    input  wire         [99:0] x,
    input  wire signed  [69:0] a,
    output wire         [99:0] masked,
    output wire                is_minus_two,
    output wire signed  [69:0] sum,
    output wire                zero,
    output wire                one,
    output wire          [7:0] three,
    output wire          [7:0] ones,
    output wire         [31:0] large_,
    output wire signed   [7:0] minus_one,
    output wire signed   [7:0] least,
    output wire        [511:0] wide_zero
);

  assign masked = x & 100'hf_0000_0001_0123_4567_89ab_cdef;
  assign is_minus_two = a == -70'sd2;
  assign sum = a - 70'd2;
  assign zero = 1'b0;
  assign one = 1'b1;
  assign three = 8'd3;
  assign ones = 8'hff;
  assign large_ = 32'h1_e240;
  assign minus_one = -8'sd1;
  assign least = 8'sh80;
  assign wide_zero = 512'd0;

endmodule
