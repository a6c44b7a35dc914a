//! Designs, modules and nodes.

pub use crate::memory::{Collision, Mem, MemPort};
pub use crate::parameter::{BlackBox, Parameter, Real};

use crate::diagnostic::Loc;
use crate::entity::{entity, Arena};
use crate::ty::Ty;
use seedbed_bits::Bits;

entity!(
    /// A module of a [`Design`].
    ModuleId
);
entity!(
    /// A port of a [`Module`].
    PortId
);
entity!(
    /// A value-producing node of a [`Module`].
    NodeId
);
entity!(
    /// A register of a [`Module`].
    RegId
);
entity!(
    /// A named wire of a [`Module`].
    WireId
);
entity!(
    /// A memory of a [`Module`].
    MemId
);
entity!(
    /// A list of named values of a [`Module`].
    EnumId
);
entity!(
    /// An instance inside a [`Module`].
    InstId
);
entity!(
    /// A property of a [`Module`].
    PropId
);

/// A whole elaborated design. Modules are ordered children before parents; the top is last.
#[derive(Clone, Debug, Default)]
pub struct Design {
    /// All modules.
    pub modules: Arena<ModuleId, Module>,
}

impl Design {
    /// The top module.
    ///
    /// # Panics
    /// When the design has no module.
    pub fn top(&self) -> &Module {
        self.modules.values().next_back().expect("a design has a top module")
    }
}

/// One hardware module.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// The Verilog name; unique in the design.
    pub name: String,
    /// Comment printed above the module (lines, no `//`).
    pub doc: String,
    /// Lists of named values, for ports, registers and wires that hold them.
    pub enums: Arena<EnumId, Enum>,
    /// Ports in declaration order; clock and reset, when the module has state below it, come first.
    pub ports: Arena<PortId, Port>,
    /// Values, operands before the nodes that use them (wires, read-back outputs and instances aside).
    pub nodes: Arena<NodeId, Node>,
    /// Registers.
    pub regs: Arena<RegId, Reg>,
    /// Named wires.
    pub wires: Arena<WireId, Wire>,
    /// Memories.
    pub mems: Arena<MemId, Mem>,
    /// Instances.
    pub insts: Arena<InstId, Inst>,
    /// Properties.
    pub props: Arena<PropId, Property>,
    /// A module that is described elsewhere: it has ports and nothing else.
    pub black_box: Option<BlackBox>,
}

/// Names for the values of a port, register or wire, such as the states of a state machine. They change
/// nothing but how the module reads, in Verilog and in waves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enum {
    /// The name of the list; unique among the lists of the module.
    pub name: String,
    /// The type of the values.
    pub ty: Ty,
    /// Names and values, both distinct, at least one. Not every value of the type needs a name.
    pub variants: Vec<(String, Bits)>,
    /// Where it was first used.
    pub at: Loc,
}

/// Direction of a port, seen from inside the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dir {
    /// Driven from outside.
    Input,
    /// Driven inside.
    Output,
}

/// What a port carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PortKind {
    /// Ordinary data.
    Data,
    /// A clock (rising edge), 1 bit, input.
    Clock,
    /// A reset, 1 bit, input; its polarity and synchrony are in [`ResetKind`].
    Reset,
}

/// A port.
#[derive(Clone, Debug)]
pub struct Port {
    /// Verilog name.
    pub name: String,
    /// Direction.
    pub dir: Dir,
    /// Type.
    pub ty: Ty,
    /// Data, clock or reset.
    pub kind: PortKind,
    /// The clock port to which a data or reset port belongs. `None`: the module's only clock, or the
    /// port is combinational or asynchronous. Clock ports have none.
    pub domain: Option<PortId>,
    /// For outputs: the driver. Always `Some` in a checked design.
    pub driver: Option<NodeId>,
    /// The names of its values; of the port's type. Clocks and resets have none.
    pub labels: Option<EnumId>,
    /// Where it was declared.
    pub at: Loc,
}

/// A node: an operator, its operands and the type of its result.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operator.
    pub op: Op,
    /// The result type.
    pub ty: Ty,
    /// A name the user gave to this value; unique in the module when present.
    pub name: Option<String>,
    /// Where it was made.
    pub at: Loc,
}

/// Operators of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unary {
    /// Bitwise complement; result type = operand type.
    Not,
    /// OR of all bits; result u1.
    ReduceOr,
    /// AND of all bits; result u1.
    ReduceAnd,
    /// XOR of all bits; result u1.
    ReduceXor,
}

/// Operators of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Binary {
    /// Sum modulo 2^result width. Each operand is first extended (by its own signedness) or cut to the result width.
    Add,
    /// Difference, same rule.
    Sub,
    /// Product, same rule.
    Mul,
    /// Bitwise and; operands and result have one type.
    And,
    /// Bitwise or; operands and result have one type.
    Or,
    /// Bitwise exclusive or; operands and result have one type.
    Xor,
    /// Equality; operands have one type, result u1.
    Eq,
    /// Less than by the operands' signedness; operands have one type, result u1.
    Lt,
    /// Left shift by an unsigned amount; result type = left operand's type, bits shifted out are lost.
    Shl,
    /// Right shift by an unsigned amount, arithmetic when the left operand is signed; result type = left operand's type.
    Shr,
}

/// What a node computes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// The value of a port (an input, or an output read back).
    Port(PortId),
    /// A constant of the node's width.
    Const(Bits),
    /// One operand.
    Unary(Unary, NodeId),
    /// Two operands.
    Binary(Binary, NodeId, NodeId),
    /// `sel ? on_true : on_false`; `sel` is u1, branches and result have one type.
    Mux {
        /// Selector, u1.
        sel: NodeId,
        /// Value when `sel` is 1.
        on_true: NodeId,
        /// Value when `sel` is 0.
        on_false: NodeId,
    },
    /// Bits `lo .. lo + width of the node`; result unsigned.
    Slice {
        /// Operand.
        of: NodeId,
        /// Lowest bit taken.
        lo: u32,
    },
    /// Concatenation, most significant first; result unsigned, width = sum of widths.
    Concat(Vec<NodeId>),
    /// The same bits read with the other signedness; equal width.
    Cast(NodeId),
    /// Extension to the node's (greater or equal) width by the operand's signedness, which the result keeps.
    Extend(NodeId),
    /// The output of a register.
    Reg(RegId),
    /// The value of a named wire.
    Wire(WireId),
    /// Read data of port `port` of a memory; result uint(word width).
    MemRead {
        /// The memory.
        mem: MemId,
        /// Index into [`Mem::ports`].
        port: usize,
    },
    /// An output of an instance.
    InstOut {
        /// The instance.
        inst: InstId,
        /// The output port of its module.
        port: PortId,
    },
    /// A clock that passes its rising edges only in cycles in which `enable` or `test_enable` is 1;
    /// u1. It may drive nothing but clock inputs of instances.
    ClockGate {
        /// The clock port that is gated.
        clock: PortId,
        /// u1, of the clock's domain.
        enable: NodeId,
        /// u1: lets all edges pass, for scan tests.
        test_enable: Option<NodeId>,
    },
}

/// How registers are reset. A project setting, stored per register so that a pass or a printer needs no context.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ResetKind {
    /// Asynchronous, active low (`negedge rst_n`).
    #[default]
    AsyncLow,
    /// Synchronous, active low.
    SyncLow,
    /// Asynchronous, active high (`posedge rst`).
    AsyncHigh,
    /// Synchronous, active high.
    SyncHigh,
}

impl ResetKind {
    /// Whether the reset acts without a clock edge.
    pub fn is_async(self) -> bool {
        matches!(self, ResetKind::AsyncLow | ResetKind::AsyncHigh)
    }

    /// Whether the reset is on while its port is 0.
    pub fn is_low(self) -> bool {
        matches!(self, ResetKind::AsyncLow | ResetKind::SyncLow)
    }
}

/// The reset of a register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reset {
    /// The reset port.
    pub port: PortId,
    /// Kind.
    pub kind: ResetKind,
    /// The value under reset, of the register's width.
    pub value: Bits,
}

/// A rising-edge register.
#[derive(Clone, Debug)]
pub struct Reg {
    /// Verilog name.
    pub name: String,
    /// Type.
    pub ty: Ty,
    /// The clock port.
    pub clock: PortId,
    /// `None`: a register that was declared without reset.
    pub reset: Option<Reset>,
    /// Loads `next` only when this u1 node is 1 (`None`: every cycle).
    pub enable: Option<NodeId>,
    /// The value loaded, of the register's type. Always `Some` in a checked design.
    pub next: Option<NodeId>,
    /// The names of its values; of the register's type.
    pub labels: Option<EnumId>,
    /// A flop of a synchroniser: the only place where a value of another clock domain may arrive.
    pub sync: bool,
    /// The user's comment, printed above the declaration (lines, no `//`); empty: none.
    pub comment: String,
    /// Where it was declared.
    pub at: Loc,
}

/// A named wire.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Verilog name.
    pub name: String,
    /// Type.
    pub ty: Ty,
    /// Always `Some` in a checked design.
    pub driver: Option<NodeId>,
    /// The names of its values; of the wire's type.
    pub labels: Option<EnumId>,
    /// The user's comment, printed above the declaration (lines, no `//`); empty: none.
    pub comment: String,
    /// Where it was declared.
    pub at: Loc,
}

/// An instance of a module.
#[derive(Clone, Debug)]
pub struct Inst {
    /// Instance name.
    pub name: String,
    /// The module instantiated.
    pub module: ModuleId,
    /// Drivers of the child's input ports (clock and reset included), in port order.
    /// Every input port is present in a checked design.
    pub inputs: Vec<(PortId, NodeId)>,
    /// Parameters of a black box that have other values here than usual, in the order of the black box.
    pub parameters: Vec<(String, Parameter)>,
    /// The user's comment, printed above the declaration (lines, no `//`); empty: none.
    pub comment: String,
    /// Where it was instantiated.
    pub at: Loc,
}

/// What a [`Property`] is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum PropKind {
    /// The design keeps it.
    Assert,
    /// The surroundings keep it.
    Assume,
    /// It should happen at least once in a test.
    Cover,
}

impl PropKind {
    /// The word of the text form and of SystemVerilog.
    pub fn word(self) -> &'static str {
        match self {
            PropKind::Assert => "assert",
            PropKind::Assume => "assume",
            PropKind::Cover => "cover",
        }
    }
}

/// The reset under which a [`Property`] is not checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Disable {
    /// The reset port.
    pub port: PortId,
    /// Its kind, for the polarity.
    pub kind: ResetKind,
}

/// A statement about a module, checked at each rising edge of its clock with the values of before the
/// edge. It is not hardware: nothing depends on it.
#[derive(Clone, Debug)]
pub struct Property {
    /// What it is for.
    pub kind: PropKind,
    /// Its name, in one name space with everything else of the module.
    pub name: String,
    /// The clock port.
    pub clock: PortId,
    /// The reset under which it is not checked.
    pub disable: Option<Disable>,
    /// Checked only where this u1 node is 1 (`None`: at every edge).
    pub when: Option<NodeId>,
    /// The u1 node that is to be 1. A cover point counts the edges at which `when` and this are 1.
    pub holds: NodeId,
    /// What a report adds to the name; may be empty.
    pub message: String,
    /// Where it was stated.
    pub at: Loc,
}

impl Module {
    /// The handle of the port called `name`.
    pub fn port(&self, name: &str) -> Option<PortId> {
        self.ports.iter().find(|(_, p)| p.name == name).map(|(id, _)| id)
    }
}

impl Enum {
    /// The name of `value`, when it has one.
    pub fn label(&self, value: &Bits) -> Option<&str> {
        self.variants.iter().find(|(_, v)| v == value).map(|(name, _)| name.as_str())
    }
}

impl Op {
    /// Calls `f` on every node this operator reads combinationally inside the module (not through
    /// registers, memories, wires or instances).
    pub fn operands(&self, mut f: impl FnMut(NodeId)) {
        match self {
            Op::Unary(_, a) | Op::Cast(a) | Op::Extend(a) => f(*a),
            Op::Slice { of, .. } => f(*of),
            Op::Binary(_, a, b) => {
                f(*a);
                f(*b);
            }
            Op::Mux { sel, on_true, on_false } => {
                f(*sel);
                f(*on_true);
                f(*on_false);
            }
            Op::Concat(parts) => parts.iter().copied().for_each(f),
            Op::ClockGate { enable, test_enable, .. } => {
                f(*enable);
                test_enable.iter().copied().for_each(f);
            }
            Op::Port(_)
            | Op::Const(_)
            | Op::Reg(_)
            | Op::Wire(_)
            | Op::MemRead { .. }
            | Op::InstOut { .. } => {}
        }
    }

    /// As [`operands`](Self::operands), to rewrite them.
    pub fn operands_mut(&mut self, mut f: impl FnMut(&mut NodeId)) {
        match self {
            Op::Unary(_, a) | Op::Cast(a) | Op::Extend(a) => f(a),
            Op::Slice { of, .. } => f(of),
            Op::Binary(_, a, b) => [a, b].into_iter().for_each(f),
            Op::Mux { sel, on_true, on_false } => [sel, on_true, on_false].into_iter().for_each(f),
            Op::Concat(parts) => parts.iter_mut().for_each(f),
            Op::ClockGate { enable, test_enable, .. } => {
                [enable].into_iter().chain(test_enable).for_each(f);
            }
            Op::Port(_)
            | Op::Const(_)
            | Op::Reg(_)
            | Op::Wire(_)
            | Op::MemRead { .. }
            | Op::InstOut { .. } => {}
        }
    }
}
