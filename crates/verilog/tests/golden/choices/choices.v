// Seedbed, golden file

module choices (
    input  wire  [2:0] index,
    input  wire [15:0] item_0,
    input  wire [15:0] item_1,
    input  wire [15:0] item_2,
    input  wire [15:0] item_3,
    input  wire [15:0] item_4,
    input  wire [15:0] item_5,
    output wire [15:0] chosen,
    input  wire  [5:0] hot,
    output wire [15:0] merged,
    input  wire        in_valid,
    input  wire        in_ready,
    output wire [15:0] first,
    output wire [15:0] second,
    output wire        waiting,
    output wire  [7:0] top
);

  wire in_fire = in_valid && in_ready;
  wire [15:0] total = in_fire ? item_0 : item_1;
  wire [15:0] both = total + second;

  assign chosen =
      (index == 3'd0) ? item_0
      : (index == 3'd1) ? item_1
      : (index == 3'd2) ? item_2
      : (index == 3'd3) ? item_3
      : (index == 3'd4) ? item_4
      : item_5;
  assign merged =
      ({16{hot[0]}} & item_0)
      | ({16{hot[1]}} & item_1)
      | ({16{hot[2]}} & item_2)
      | ({16{hot[3]}} & item_3)
      | ({16{hot[4]}} & item_4)
      | ({16{hot[5]}} & item_5);
  assign first = total;
  assign second = in_fire ? item_2 : item_3;
  assign waiting = in_valid && !in_ready;
  assign top = both[15:8];

  // Received but not used.
  wire unused_bits = &{1'b0, both[7:0]};

endmodule
