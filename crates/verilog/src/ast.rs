//! The Verilog that is printed, as data.

use crate::enums::Label;
use crate::graph::SigId;
use seedbed_ir::{Bits, InstId, MemId, ResetKind};

/// Operators of two operands, with what the printer must know about them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    LogicAnd,
    LogicOr,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Shl,
    Shr,
    ShrArith,
}

impl BinOp {
    /// The Verilog spelling.
    pub fn text(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::And => "&",
            BinOp::Or => "|",
            BinOp::Xor => "^",
            BinOp::LogicAnd => "&&",
            BinOp::LogicOr => "||",
            BinOp::Eq => "==",
            BinOp::Ne => "!=",
            BinOp::Lt => "<",
            BinOp::Le => "<=",
            BinOp::Gt => ">",
            BinOp::Ge => ">=",
            BinOp::Shl => "<<",
            BinOp::Shr => ">>",
            BinOp::ShrArith => ">>>",
        }
    }

    /// Whether the result has the width and signedness of its operands.
    fn is_arithmetic(self) -> bool {
        matches!(self, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor)
    }
}

/// An expression. Unless it is a whole right-hand side, its self-determined width is the width of the
/// value it stands for, so that no context can change it.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// A whole signal.
    Ref(SigId),
    /// Bits `hi..=lo` of a vector signal.
    Part { sig: SigId, hi: u32, lo: u32 },
    /// A word of a memory.
    Word { mem: MemId, addr: Box<Expr> },
    /// A constant; `signed` makes it a signed literal, `mask` prefers hexadecimal.
    Lit { bits: Bits, signed: bool, mask: bool },
    /// The name of a constant of an enum.
    Label(Label),
    /// A number without a size: an amount of a constant shift.
    Plain(u64),
    /// A prefix operator.
    Unary(&'static str, Box<Expr>),
    /// An infix operator.
    Binary(BinOp, Box<Expr>, Box<Expr>),
    /// `cond ? a : b`.
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `{a, b}`.
    Concat(Vec<Expr>),
    /// `{n{a}}`.
    Repeat(u32, Box<Expr>),
    /// `$signed(a)`.
    Signed(Box<Expr>),
    /// `$unsigned(a)`.
    Unsigned(Box<Expr>),
}

impl Expr {
    /// An infix operation.
    pub fn binary(op: BinOp, a: Expr, b: Expr) -> Expr {
        Expr::Binary(op, Box::new(a), Box::new(b))
    }

    /// An unsigned constant.
    pub fn lit(bits: Bits) -> Expr {
        Expr::Lit { bits, signed: false, mask: false }
    }

    /// Whether Verilog takes this for a signed expression. `declared` tells which signals are.
    pub fn is_signed(&self, declared: &impl Fn(SigId) -> bool) -> bool {
        match self {
            Expr::Ref(sig) => declared(*sig),
            Expr::Lit { signed, .. } => *signed,
            Expr::Unary("~", a) => a.is_signed(declared),
            Expr::Binary(op, a, b) if op.is_arithmetic() => {
                a.is_signed(declared) && b.is_signed(declared)
            }
            Expr::Binary(BinOp::Shl | BinOp::Shr | BinOp::ShrArith, a, _) => a.is_signed(declared),
            Expr::Cond(_, a, b) => a.is_signed(declared) && b.is_signed(declared),
            Expr::Signed(_) => true,
            _ => false,
        }
    }

    /// The same value as a signed expression; only a top-level `$signed` is added, and only when the
    /// parts cannot all be signed by themselves.
    pub fn into_signed(self, declared: &impl Fn(SigId) -> bool) -> Expr {
        match self.try_signed(declared) {
            Ok(signed) => signed,
            Err(plain) => Expr::Signed(Box::new(plain)),
        }
    }

    fn try_signed(self, declared: &impl Fn(SigId) -> bool) -> Result<Expr, Expr> {
        match self {
            Expr::Lit { bits, mask, .. } => Ok(Expr::Lit { bits, signed: true, mask }),
            Expr::Binary(op, a, b) if op.is_arithmetic() => {
                match (a.try_signed(declared), b.try_signed(declared)) {
                    (Ok(a), Ok(b)) => Ok(Expr::binary(op, a, b)),
                    (Ok(a) | Err(a), Ok(b) | Err(b)) => Err(Expr::binary(op, a, b)),
                }
            }
            other if other.is_signed(declared) => Ok(other),
            other => Err(other),
        }
    }

    /// Calls `f` on the expressions this one is made of.
    pub fn parts_mut(&mut self, f: &mut impl FnMut(&mut Expr)) {
        match self {
            Expr::Ref(_) | Expr::Part { .. } | Expr::Lit { .. } => {}
            Expr::Label(_) | Expr::Plain(_) => {}
            Expr::Word { addr: a, .. }
            | Expr::Unary(_, a)
            | Expr::Repeat(_, a)
            | Expr::Signed(a)
            | Expr::Unsigned(a) => f(a),
            Expr::Binary(_, a, b) => [a, b].into_iter().for_each(|e| f(e)),
            Expr::Cond(c, a, b) => [c, a, b].into_iter().for_each(|e| f(e)),
            Expr::Concat(parts) => parts.iter_mut().for_each(f),
        }
    }

    /// Calls `f` with every use of a signal: which, and the bit range when it is not all.
    pub fn uses(&self, f: &mut impl FnMut(SigId, Option<(u32, u32)>)) {
        match self {
            Expr::Ref(sig) => f(*sig, None),
            Expr::Part { sig, hi, lo } => f(*sig, Some((*hi, *lo))),
            Expr::Lit { .. } | Expr::Label(_) | Expr::Plain(_) => {}
            Expr::Word { addr: a, .. }
            | Expr::Unary(_, a)
            | Expr::Repeat(_, a)
            | Expr::Signed(a)
            | Expr::Unsigned(a) => a.uses(f),
            Expr::Binary(_, a, b) => {
                a.uses(f);
                b.uses(f);
            }
            Expr::Cond(c, a, b) => {
                c.uses(f);
                a.uses(f);
                b.uses(f);
            }
            Expr::Concat(parts) => parts.iter().for_each(|p| p.uses(f)),
        }
    }
}

/// A statement of a clocked block.
#[derive(Debug)]
pub enum Stmt {
    /// `reg <= value`
    Assign(SigId, Expr),
    /// `mem[addr] <= data`
    Write { mem: MemId, addr: Expr, data: Expr },
    /// A loop that writes the lanes of `data` that `mask` selects.
    WriteLanes { mem: MemId, addr: Expr, data: SigId, mask: SigId },
    /// A loop that copies the lanes of `data` that `mask` selects to `to`.
    ForwardLanes { mem: MemId, to: SigId, data: SigId, mask: SigId },
    /// `case (addr)` over the contents of a ROM.
    Table { mem: MemId, addr: Expr, to: SigId },
    /// `if (cond) .. else ..`
    If { cond: Expr, then: Vec<Stmt>, otherwise: Vec<Stmt> },
    /// `case (subject)`
    Case { subject: Expr, arms: Vec<(Expr, Vec<Stmt>)>, default: Vec<Stmt> },
}

impl Stmt {
    /// Whether this writes one of the memories that `which` names.
    pub fn writes(&self, which: &impl Fn(MemId) -> bool) -> bool {
        let any = |stmts: &[Stmt]| stmts.iter().any(|stmt| stmt.writes(which));
        match self {
            Stmt::Assign(..) | Stmt::ForwardLanes { .. } | Stmt::Table { .. } => false,
            Stmt::Write { mem, .. } | Stmt::WriteLanes { mem, .. } => which(*mem),
            Stmt::If { then, otherwise, .. } => any(then) || any(otherwise),
            Stmt::Case { arms, default, .. } => any(default) || arms.iter().any(|(_, a)| any(a)),
        }
    }
}

impl Stmt {
    /// As [`Item::assignments`].
    fn assignments(&self, f: &mut impl FnMut(SigId, Option<&Expr>)) {
        match self {
            Stmt::Assign(sig, e) => f(*sig, Some(e)),
            Stmt::ForwardLanes { to, .. } | Stmt::Table { to, .. } => f(*to, None),
            Stmt::Write { .. } | Stmt::WriteLanes { .. } => {}
            Stmt::If { then, otherwise, .. } => {
                then.iter().chain(otherwise).for_each(|stmt| stmt.assignments(f));
            }
            Stmt::Case { arms, default, .. } => {
                let bodies = arms.iter().flat_map(|(_, body)| body);
                bodies.chain(default).for_each(|stmt| stmt.assignments(f));
            }
        }
    }
}

/// A clocked block.
#[derive(Debug)]
pub struct Always {
    /// The clock.
    pub clock: SigId,
    /// The reset, its kind, and what it does.
    pub reset: Option<(SigId, ResetKind, Vec<Stmt>)>,
    /// What happens otherwise.
    pub body: Vec<Stmt>,
    /// Names of the block and its loop variable, when the body has a loop.
    pub lanes: Option<(String, String)>,
}

/// A combinational block: one `case` that gives several signals their values.
#[derive(Debug)]
pub struct Select {
    /// What is compared with the labels.
    pub subject: SigId,
    /// The signals, and whether this item declares them.
    pub targets: Vec<(SigId, bool)>,
    /// Labels, distinct constants, and the values of the signals.
    pub arms: Vec<(Expr, Vec<Expr>)>,
    /// The values where no label fits.
    pub default: Vec<Expr>,
}

/// A part of a module body.
#[derive(Debug)]
pub enum Item {
    /// `wire x = value;`
    Wire(SigId, Expr),
    /// `assign x = value;`
    Assign(SigId, Expr),
    /// A clocked block.
    Always(Always),
    /// A combinational block; SystemVerilog only.
    Select(Select),
    /// The contents of a memory at power-up.
    Initial(MemId),
    /// An instance and its connections.
    Instance(InstId, Vec<(String, Expr)>),
}

impl Item {
    /// Calls `f` with every assignment to a signal; without a value where it is no expression, such as
    /// read data or an output of an instance.
    pub fn assignments(&self, f: &mut impl FnMut(SigId, Option<&Expr>)) {
        match self {
            Item::Wire(sig, e) | Item::Assign(sig, e) => f(*sig, Some(e)),
            Item::Always(always) => {
                let resets = always.reset.iter().flat_map(|(_, _, resets)| resets);
                resets.chain(&always.body).for_each(|stmt| stmt.assignments(f));
            }
            Item::Select(select) => {
                let lists = select.arms.iter().map(|(_, values)| values).chain([&select.default]);
                for values in lists {
                    select.targets.iter().zip(values).for_each(|(&(sig, _), e)| f(sig, Some(e)));
                }
            }
            Item::Initial(_) | Item::Instance(..) => {}
        }
    }
}
