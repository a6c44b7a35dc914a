//! What single tools do not take, and what is printed instead.
//!
//! There is no option that prints for one tool: for each of these quirks there is a form that every tool
//! takes without a word, and that form is printed for all. So a design is one text, and what was simulated
//! is what is synthesised. A test of each row shows that its tools still complain about the plain form and
//! say nothing about the printed one; a row whose plain form has become acceptable must go.

use crate::dialect::Dialect;

/// A tool of `scripts/lint`, in the version that it asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tool {
    /// Verilator 5.006, `--lint-only -Wall`.
    Verilator,
    /// Icarus Verilog 11, `-Wall`.
    Icarus,
    /// Yosys 0.23: `read_verilog`, `hierarchy -check`, `proc`, `opt`, `memory -nomap`, `check -assert`.
    Yosys,
    /// Verible with the rules of the project.
    Verible,
    /// slang with the warnings of `scripts/lint.py`.
    Slang,
}

/// Something that some tool refuses or warns about.
#[derive(Clone, Copy, Debug)]
pub struct Quirk {
    /// Who complains.
    pub tools: &'static [Tool],
    /// What about.
    pub refused: &'static str,
    /// What is printed instead.
    pub printed: &'static str,
    /// The language of the example.
    pub dialect: Dialect,
    /// The ports of the example, a line each.
    pub ports: &'static [&'static str],
    /// The body of a module with these ports in the plain form.
    pub plain: &'static str,
    /// The same as it is printed.
    pub legal: &'static str,
    /// Text of the golden files of the emitter in which the printed form shows.
    pub shown: &'static str,
}

use Dialect::{SystemVerilog, Verilog2005};
use Tool::{Icarus, Slang, Verible, Verilator, Yosys};

const CLOCK: &str = "input  wire       clk";
const NARROW_IN: &str = "input  wire [3:0] a";
const BIT_OUT: &str = "output wire       y";
const ENUM_PORTS: &[&str] = &["input  logic clk", "input  logic a", "output logic y"];
const CASE_PORTS: &[&str] =
    &["input  logic [1:0] a", "input  logic [1:0] b", "output logic       y"];

/// All quirks that shape what is printed.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        tools: &[Verilator],
        refused: "a bit that a module receives and does not use",
        printed: "one wire, `unused_bits`, that gathers all such bits",
        dialect: Verilog2005,
        ports: &[NARROW_IN, BIT_OUT],
        plain: "  assign y = a[0];\n",
        legal: "  assign y = a[0];\n  wire unused_bits = &{1'b0, a[3:1]};\n",
        shown: "wire unused_bits = &{1'b0, ",
    },
    Quirk {
        tools: &[Verilator],
        refused: "a comparison that a limit decides",
        printed: "its value, a constant",
        dialect: Verilog2005,
        ports: &["input  wire [3:0] a", "output wire [4:0] y"],
        plain: "  assign y = {a >= 4'd0, a};\n",
        legal: "  assign y = {1'b1, a};\n",
        shown: "assign never = 1'b0;",
    },
    Quirk {
        tools: &[Verilator],
        refused: "operands of a sum that differ in width",
        printed: "each extended in writing to the width of the sum, or both one bit narrower",
        dialect: Verilog2005,
        ports: &[NARROW_IN, "input  wire [7:0] b", "output wire [8:0] y"],
        plain: "  assign y = a + b;\n",
        legal: "  assign y = {5'd0, a} + {1'b0, b};\n",
        shown: "{1'b0, x} + {1'b0, y}",
    },
    Quirk {
        tools: &[Verilator],
        refused: "a negative constant narrower than the product it is a factor of",
        printed: "the constant at the width of the product",
        dialect: Verilog2005,
        ports: &["input  wire signed [3:0] a", "output wire signed [7:0] y"],
        plain: "  assign y = a * -4'sd3;\n",
        legal: "  assign y = a * -8'sd3;\n",
        shown: "w * -16'sd5",
    },
    Quirk {
        tools: &[Verilator, Icarus, Slang],
        refused: "a number without a size in braces",
        printed: "every number with its size",
        dialect: Verilog2005,
        ports: &[NARROW_IN, "output wire [7:0] y"],
        plain: "  assign y = {0, a};\n",
        legal: "  assign y = {4'd0, a};\n",
        shown: "{4'd0, x}",
    },
    Quirk {
        tools: &[Verilator, Icarus, Slang],
        refused: "bit 0 of a signal of one bit",
        printed: "the signal",
        dialect: Verilog2005,
        ports: &["input  wire a", "output wire y"],
        plain: "  assign y = a[0];\n",
        legal: "  assign y = a;\n",
        shown: "{4{bit_in}}",
    },
    Quirk {
        tools: &[Verilator, Verible],
        refused: "a `case` that leaves values out, or has no `default`",
        printed: "a `default` in every `case`, with an empty statement where nothing happens",
        dialect: Verilog2005,
        ports: &[CLOCK, NARROW_IN, "output reg        q"],
        plain: "  always @(posedge clk) begin\n    case (a)\n      4'd0: q <= 1'b0;\n      \
                4'd5: q <= 1'b1;\n    endcase\n  end\n",
        legal: "  always @(posedge clk) begin\n    case (a)\n      4'd0: q <= 1'b0;\n      \
                4'd5: q <= 1'b1;\n      default: ;\n    endcase\n  end\n",
        shown: "default: ;",
    },
    Quirk {
        tools: &[Verilator, Yosys],
        refused: "a register that is never assigned",
        printed: "`q <= q`",
        dialect: Verilog2005,
        ports: &[CLOCK, "output reg        q"],
        plain: "  always @(posedge clk) begin\n  end\n",
        legal: "  always @(posedge clk) begin\n    q <= q;\n  end\n",
        shown: "fixed_q <= fixed_q;",
    },
    Quirk {
        tools: &[Icarus, Yosys],
        refused: "a loop variable that belongs to a block without a name",
        printed: "a name for the block",
        dialect: Verilog2005,
        ports: &[CLOCK, NARROW_IN, "output reg  [3:0] q"],
        plain: "  always @(posedge clk) begin\n    integer lane;\n    \
                for (lane = 0; lane < 4; lane = lane + 1) begin\n      \
                q[lane] <= a[lane];\n    end\n  end\n",
        legal: "  always @(posedge clk) begin : lanes\n    integer lane;\n    \
                for (lane = 0; lane < 4; lane = lane + 1) begin\n      \
                q[lane] <= a[lane];\n    end\n  end\n",
        shown: "always @(posedge clk) begin : bytes_mem_write\n    integer lane;",
    },
    Quirk {
        tools: &[Slang],
        refused: "a wire that is used above its declaration",
        printed:
            "wires in the order of their use; those of a ring are declared first and assigned below",
        dialect: Verilog2005,
        ports: &[NARROW_IN, "output wire [3:0] y"],
        plain: "  assign y = b;\n  wire [3:0] b = ~a;\n",
        legal: "  wire [3:0] b;\n  assign y = b;\n  assign b = ~a;\n",
        shown: "  wire [3:0] u_pair_same;\n",
    },
    Quirk {
        tools: &[Yosys],
        refused: "a memory that is accessed at constant addresses only",
        printed: "the address by the name of a wire or port",
        dialect: Verilog2005,
        ports: &[CLOCK, NARROW_IN, "output reg  [3:0] q"],
        plain:
            "  reg [3:0] words [0:3];\n  always @(posedge clk) begin\n    words[2'd1] <= a;\n    \
                q <= words[2'd1];\n  end\n",
        legal: "  reg [3:0] words [0:3];\n  wire [1:0] words_addr = 2'd1;\n  \
                always @(posedge clk) begin\n    words[words_addr] <= a;\n    \
                q <= words[words_addr];\n  end\n",
        shown: "history[x[3:0]] <= mixed;",
    },
    Quirk {
        tools: &[Verilator],
        refused: "an asynchronous reset that is also read at a clock edge, as properties do",
        printed: "a wire for it, `in_reset`, and properties that read the wire",
        dialect: Verilog2005,
        ports: &[CLOCK, "input  wire       rst_n", NARROW_IN, "output reg  [3:0] q"],
        plain: "  always @(posedge clk or negedge rst_n) begin\n    if (!rst_n) begin\n      \
                q <= 4'd0;\n    end else begin\n      q <= a;\n    end\n  end\n  \
                always @(posedge clk) begin\n    if (rst_n) begin\n      \
                held: assert (a != 4'd9);\n    end\n  end\n",
        legal: "  always @(posedge clk or negedge rst_n) begin\n    if (!rst_n) begin\n      \
                q <= 4'd0;\n    end else begin\n      q <= a;\n    end\n  end\n  \
                wire in_reset = !rst_n;\n  always @(posedge clk) begin\n    \
                if (!in_reset) begin\n      held: assert (a != 4'd9);\n    end\n  end\n",
        shown: "wire in_reset = !rst_n;",
    },
    Quirk {
        tools: &[Verilator],
        refused: "a comment of a user that begins with the name of a tool, taken for an order",
        printed: "a bar before it",
        dialect: Verilog2005,
        ports: &["input  wire a", "output wire y"],
        plain: "  // verilator is told nothing here\n  assign y = a;\n",
        legal: "  // | verilator is told nothing here\n  assign y = a;\n",
        shown: "// | verilator lint_off UNUSED",
    },
    Quirk {
        tools: &[Yosys],
        refused: "a comment that begins with `synthesis`",
        printed: "a bar before it",
        dialect: Verilog2005,
        ports: &["input  wire a", "output wire y"],
        plain: "  // synthesis translate_off\n  assign y = a;\n",
        legal: "  // | synthesis translate_off\n  assign y = a;\n",
        shown: "// | verilator lint_off UNUSED",
    },
    Quirk {
        tools: &[Verilator],
        refused: "names of classes that SystemVerilog has built in, such as `mailbox`",
        printed: "the name with `_` appended, as for reserved words",
        dialect: Verilog2005,
        ports: &["input  wire a", "output wire y"],
        plain: "  wire mailbox = ~a;\n  assign y = mailbox;\n",
        legal: "  wire mailbox_ = ~a;\n  assign y = mailbox_;\n",
        shown: "input  wire       template_,",
    },
    Quirk {
        tools: &[Slang],
        refused: "an `always_ff` for a memory that `initial` fills",
        printed: "`always`",
        dialect: SystemVerilog,
        ports: &["input  logic       clk", "input  logic       a", "output logic [3:0] q"],
        plain: "  logic [3:0] words [0:1];\n  initial begin\n    words[0] = 4'd1;\n    \
                words[1] = 4'd2;\n  end\n  always_ff @(posedge clk) begin\n    \
                words[a] <= q;\n    q <= words[a];\n  end\n",
        legal: "  logic [3:0] words [0:1];\n  initial begin\n    words[0] = 4'd1;\n    \
                words[1] = 4'd2;\n  end\n  always @(posedge clk) begin\n    \
                words[a] <= q;\n    q <= words[a];\n  end\n",
        shown: "  always @(posedge clk) begin\n    if (table_mask) begin",
    },
    Quirk {
        tools: &[Slang],
        refused: "`logic x = a & b`, an initial value and no driver",
        printed: "`wire x = a & b`",
        dialect: SystemVerilog,
        ports: &["input  logic a", "output logic y"],
        plain: "  logic b = ~a;\n  assign y = b;\n",
        legal: "  wire b = ~a;\n  assign y = b;\n",
        shown: "  wire [7:0] mixed = last_q ^ x;",
    },
    Quirk {
        tools: &[Verilator, Slang],
        refused: "bits assigned to a signal of an enum's type",
        printed: "the type for signals that take nothing but its values; a vector for others",
        dialect: SystemVerilog,
        ports: ENUM_PORTS,
        plain: "  typedef enum logic {\n    LAMP_OFF = 1'd0,\n    LAMP_ON  = 1'd1\n  } lamp_e;\n  \
                lamp_e lamp_q;\n  always_ff @(posedge clk) begin\n    lamp_q <= a;\n  end\n  \
                assign y = lamp_q == LAMP_ON;\n",
        legal: "  typedef enum logic {\n    LAMP_OFF = 1'd0,\n    LAMP_ON  = 1'd1\n  } lamp_e;\n  \
                logic lamp_q;\n  always_ff @(posedge clk) begin\n    lamp_q <= a;\n  end\n  \
                assign y = lamp_q == LAMP_ON;\n",
        shown: "  logic [1:0] mode_q;\n  state_e     state_q;\n",
    },
    Quirk {
        tools: &[Icarus, Yosys],
        refused: "a cast to an enum's type",
        printed: "a vector, as above",
        dialect: SystemVerilog,
        ports: ENUM_PORTS,
        plain: "  typedef enum logic {\n    LAMP_OFF = 1'd0,\n    LAMP_ON  = 1'd1\n  } lamp_e;\n  \
                lamp_e lamp_q;\n  always_ff @(posedge clk) begin\n    lamp_q <= lamp_e'(a);\n  \
                end\n  assign y = lamp_q == LAMP_ON;\n",
        legal: "  typedef enum logic {\n    LAMP_OFF = 1'd0,\n    LAMP_ON  = 1'd1\n  } lamp_e;\n  \
                logic lamp_q;\n  always_ff @(posedge clk) begin\n    lamp_q <= a;\n  end\n  \
                assign y = lamp_q == LAMP_ON;\n",
        shown: "      mode_q <= wanted;\n",
    },
    Quirk {
        tools: &[Icarus, Slang],
        refused: "`unique case`",
        printed: "`case`",
        dialect: SystemVerilog,
        ports: CASE_PORTS,
        plain: "  always_comb begin\n    unique case (a)\n      2'd0: y = b[0];\n      \
                2'd1: y = b[1];\n      default: y = 1'b0;\n    endcase\n  end\n",
        legal: "  wire low = b[0];\n  wire high = b[1];\n  always_comb begin\n    case (a)\n      \
                2'd0: y = low;\n      2'd1: y = high;\n      default: y = 1'b0;\n    \
                endcase\n  end\n",
        shown: "  always_comb begin\n    case (state_q)\n",
    },
    Quirk {
        tools: &[Icarus],
        refused: "a select of constant bits in an `always_comb`",
        printed: "choices without such selects as `case`, others as `?:`",
        dialect: SystemVerilog,
        ports: CASE_PORTS,
        plain: "  always_comb begin\n    case (a)\n      2'd0: y = b[0];\n      \
                2'd1: y = b[1];\n      default: y = 1'b0;\n    endcase\n  end\n",
        legal: "  assign y = (a == 2'd0) ? b[0] : (a == 2'd1) ? b[1] : 1'b0;\n",
        shown: "  always_comb begin\n    case (index)\n",
    },
    Quirk {
        tools: &[Verible],
        refused: "`always @(*)`",
        printed: "`?:` in Verilog-2005, `always_comb` in SystemVerilog",
        dialect: Verilog2005,
        ports: &["input  wire [1:0] a", "input  wire [1:0] b", "output wire       y"],
        plain: "  reg z;\n  always @(*) begin\n    case (a)\n      2'd0: z = b[0];\n      \
                2'd1: z = b[1];\n      default: z = 1'b0;\n    endcase\n  end\n  assign y = z;\n",
        legal: "  assign y = (a == 2'd0) ? b[0] : (a == 2'd1) ? b[1] : 1'b0;\n",
        shown: "      (index == 3'd0) ? item_0\n      : (index == 3'd1) ? item_1\n",
    },
    Quirk {
        tools: &[Verilator],
        refused: "the latch of a clock gate, written as combinational logic",
        printed: "the latch in the form of a flop, which reads a wire of its own",
        dialect: Verilog2005,
        ports: &["input  wire       clk", "input  wire       enable", BIT_OUT],
        plain: "  reg open;\n\n  always @* begin\n    if (!clk) begin\n      open = enable;\n    end\n  \
                end\n\n  assign y = clk && open;\n",
        legal: "  wire next = enable;\n  reg open;\n\n  always @(clk or next) begin\n    \
                if (!clk) begin\n      open <= next;\n    end\n  end\n\n  assign y = clk && open;\n",
        shown: "always @(clk or next) begin",
    },
];
