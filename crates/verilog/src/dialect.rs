//! The words in which Verilog-2005 and SystemVerilog differ.

/// The language that is printed.
///
/// | | `Verilog2005` | `SystemVerilog` |
/// |---|---|---|
/// | file | `NAME.v` | `NAME.sv` |
/// | ports | `input wire`, `output wire` | `input logic`, `output logic` |
/// | registers, memories | `reg` | `logic` |
/// | wires without a value of their own | `wire` | `logic` |
/// | wires with one | `wire x = a + b;` | `wire x = a + b;` (an initial value of a `logic` is no driver) |
/// | clocked blocks | `always @(..)` | `always_ff @(..)`; `always @(..)` for a memory with contents, which `initial` writes too |
/// | loops over lanes | `integer` in the block | `int` in the `for` |
/// | names of values | `localparam [1:0]`, those that are written | `typedef enum logic [1:0]`, all |
/// | registers and wires with such names | `reg [1:0]` | the type, where they take nothing but its values; else `logic [1:0]` |
/// | one of four values or more, chosen by a signal | `(s == 2'd0) ? a : (s == 2'd1) ? b : ..` | `case (s)` in an `always_comb` |
///
/// Everything else is the common subset, so that both mean the same to every tool. Verilog-2005 has no
/// `case` for wires: an `always @(*)` does not run before one of its inputs changes, and would leave
/// what is computed from constants unknown. There are no casts to enums (Icarus 11 and Yosys 0.23 do
/// not read them) and no `unique case` (Icarus 11 says that it ignores it).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dialect {
    /// Plain Verilog-2005, for every tool.
    #[default]
    Verilog2005,
    /// SystemVerilog (IEEE 1800-2012), in the subset that Yosys and Icarus 11 read too.
    SystemVerilog,
}

impl Dialect {
    /// The ending of file names.
    pub(crate) fn extension(self) -> &'static str {
        self.pick("v", "sv")
    }

    /// The kind of a port.
    pub(crate) fn port(self) -> &'static str {
        self.pick("wire", "logic")
    }

    /// What declares a register or a memory.
    pub(crate) fn register(self) -> &'static str {
        self.pick("reg", "logic")
    }

    /// What declares a wire that is driven elsewhere.
    pub(crate) fn net(self) -> &'static str {
        self.pick("wire", "logic")
    }

    /// What begins a clocked block. What `always_ff` writes, nothing else may write (IEEE 1800-2012
    /// 9.2.2.4), so a block for something that `initial` writes too is a plain `always`.
    pub(crate) fn always(self, initialised: bool) -> &'static str {
        self.pick("always", if initialised { "always" } else { "always_ff" })
    }

    /// What declares a constant.
    pub(crate) fn constant(self) -> &'static str {
        self.pick("localparam", "localparam logic")
    }

    /// What stands before the variable of a loop in the `for`; the block declares it where this is empty.
    pub(crate) fn loop_variable(self) -> &'static str {
        self.pick("", "int ")
    }

    fn pick(self, plain: &'static str, system: &'static str) -> &'static str {
        match self {
            Dialect::Verilog2005 => plain,
            Dialect::SystemVerilog => system,
        }
    }
}
