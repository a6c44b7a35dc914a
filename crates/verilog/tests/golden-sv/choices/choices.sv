module choices (
    input  logic  [2:0] index,
    input  logic [15:0] item_0,
    input  logic [15:0] item_1,
    input  logic [15:0] item_2,
    input  logic [15:0] item_3,
    input  logic [15:0] item_4,
    input  logic [15:0] item_5,
    output logic [15:0] chosen,
    input  logic  [5:0] hot,
    output logic [15:0] merged,
    input  logic        in_valid,
    input  logic        in_ready,
    output logic [15:0] first,
    output logic [15:0] second,
    output logic        waiting,
    output logic  [7:0] top
);

  wire in_fire = in_valid && in_ready;
  wire [15:0] total = in_fire ? item_0 : item_1;
  wire [15:0] both = total + second;

  always_comb begin
    case (index)
      3'd0: begin
        chosen = item_0;
      end
      3'd1: begin
        chosen = item_1;
      end
      3'd2: begin
        chosen = item_2;
      end
      3'd3: begin
        chosen = item_3;
      end
      3'd4: begin
        chosen = item_4;
      end
      default: begin
        chosen = item_5;
      end
    endcase
  end

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
