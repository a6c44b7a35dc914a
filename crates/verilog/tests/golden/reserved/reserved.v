// Seedbed, golden file

module reserved (
    input  wire       wire_,
    input  wire       logic_,
    input  wire       template_,
    input  wire       short_,
    input  wire       bool_,
    input  wire       delete_,
    input  wire       this_,
    input  wire       unused_bits,
    input  wire       auto_,
    input  wire       friend_,
    input  wire       public_,
    input  wire       compl_,
    input  wire       asm_,
    input  wire       near_,
    input  wire       list_,
    input  wire       export_,
    input  wire       volatile_,
    input  wire       true_,
    output wire [4:0] y,
    output wire [9:0] class_
);

  assign y = {wire_, logic_, template_, short_, bool_};
  assign class_ = {delete_, this_, unused_bits, auto_, friend_, public_, compl_, asm_, near_,
      list_};

  // Received but not used.
  wire unused_bits_ = &{1'b0, export_, volatile_, true_};

endmodule
