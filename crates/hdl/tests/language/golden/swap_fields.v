module swap_fields (
    input  wire        [4:0] word,
    input  wire        [4:0] other,
    input  wire        [1:0] sel,
    output wire signed [3:0] value,
    output wire              last,
    output wire        [4:0] chosen
);

  assign value = word[4:1];
  assign last = word[0];
  assign chosen = {sel[1] ? (sel[1] ? other[4:1] : word[4:1]) : sel[0] ? other[4:1] : word[4:1],
      sel[1] ? (sel[1] ? other[0] : word[0]) : sel[0] ? other[0] : word[0]};

endmodule
