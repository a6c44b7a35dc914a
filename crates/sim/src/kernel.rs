//! Kernels: what one vector operation of the schedule computes, with everything that its elements
//! have in common. Values of equal kernel at an equal level run together.

use crate::graph::{FlatNode, FlatOp};
use seedbed_ir::{Binary, Bits, Ty, Unary};
use std::collections::HashMap;

/// A shape of a concatenation: for each part, most significant first, width and lowest bit.
pub(crate) type Shape = Vec<(u32, u32)>;

/// Sign or zero extension of an operand: its type.
pub(crate) type Ext = (u32, bool);

/// Modular arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Arith {
    Add,
    Sub,
    Mul,
}

/// A vector operation. `sign` is the sign bit of an operand that is to be extended (0: none is); `mask`
/// cuts to the width.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Kernel {
    // One limb per element; wide bitwise values are one element per limb.
    And,
    Or,
    Xor,
    Mux,
    Not { mask: u64 },
    Any,
    All { mask: u64 },
    Parity,
    Eq,
    LtU,
    LtS { sign: u64 },
    Arith { op: Arith, mask: u64 },
    ArithS { op: Arith, signs: (u64, u64), mask: u64 },
    Shl { mask: u64 },
    ShrU,
    ShrS { sign: u64, mask: u64 },
    Slice { lo: u32, mask: u64 },
    Slice2 { lo: u32, mask: u64 },
    Sext { sign: u64, mask: u64 },
    Cat { shape: u32 },
    // Few elements each of kernels that differ in their numbers only: each brings its own.
    Mixed(Mixed),
    // Several limbs in the result or in an operand.
    WideNot { width: u32 },
    WideAny { limbs: u32 },
    WideAll { width: u32 },
    WideParity { limbs: u32 },
    WideEq { limbs: u32 },
    WideLt { of: Ext },
    WideArith { op: Arith, width: u32, a: Ext, b: Ext },
    WideShl { width: u32, amount: u32 },
    WideShr { of: Ext, amount: u32 },
    WideSlice { lo: u32, width: u32, of: u32 },
    WideExt { width: u32, of: Ext },
    WideCat { width: u32, shape: u32 },
}

/// What elements with own [`Numbers`] have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Mixed {
    Not,
    All,
    LtS,
    Arith(Arith),
    Shl,
    ShrS,
    Slice,
    Sext,
    Cat2,
}

/// The numbers of one element of a [`Mixed`] kernel.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Numbers {
    pub mask: u64,
    /// Sign bits, or in `sign` a shift.
    pub signs: (u64, u64),
}

/// The distinct shapes of concatenations.
#[derive(Default)]
pub(crate) struct Shapes {
    /// All shapes.
    pub list: Vec<Shape>,
    index: HashMap<Shape, u32>,
}

impl Shapes {
    fn of(&mut self, node: &FlatNode) -> u32 {
        let mut hi = node.width;
        let mut shape = Vec::with_capacity(node.args.len());
        for part in &node.args {
            hi -= part.ty.width;
            shape.push((part.ty.width, hi));
        }
        let next = self.list.len() as u32;
        *self.index.entry(shape).or_insert_with_key(|shape| {
            self.list.push(shape.clone());
            next
        })
    }
}

/// All ones in the low `width` bits (all of them from 64 on).
pub(crate) fn mask(width: u32) -> u64 {
    if width >= 64 {
        u64::MAX
    } else {
        (1 << width) - 1
    }
}

/// Number of limbs of a value.
pub(crate) fn limbs(width: u32) -> usize {
    Bits::limbs_for(width)
}

/// The sign bit of a value of at most 64 bits.
fn sign(width: u32) -> u64 {
    1 << (width - 1)
}

/// The sign bit of an operand, 0 when nothing is to extend.
fn sign_within(ty: Ty, result: u32) -> u64 {
    if ty.signed && ty.width < result {
        sign(ty.width)
    } else {
        0
    }
}

impl Kernel {
    /// The kernel of `node`; `None` for sources.
    pub fn of(node: &FlatNode, shapes: &mut Shapes) -> Option<Kernel> {
        Some(match &node.op {
            FlatOp::Const(_) | FlatOp::Input(_) | FlatOp::State(_) => return None,
            FlatOp::Unary(op) => unary(*op, node.args[0].ty.width),
            FlatOp::Binary(op) => binary(*op, node),
            FlatOp::Mux => Kernel::Mux,
            FlatOp::Slice(lo) => slice(*lo, node.width, node.args[0].ty.width),
            FlatOp::Extend => extend(node.width, node.args[0].ty),
            FlatOp::Concat if node.width <= 64 => Kernel::Cat { shape: shapes.of(node) },
            FlatOp::Concat => Kernel::WideCat { width: node.width, shape: shapes.of(node) },
        })
    }

    /// Whether operands and results have one limb and all elements the same numbers.
    pub fn regular(self) -> bool {
        self < Kernel::Mixed(Mixed::Not)
    }

    /// The kernel and numbers by which this one can run together with others.
    pub fn mixed(self, shapes: &[Shape]) -> Option<(Mixed, Numbers)> {
        let (family, mask, signs) = match self {
            Kernel::Not { mask } => (Mixed::Not, mask, (0, 0)),
            Kernel::All { mask } => (Mixed::All, mask, (0, 0)),
            Kernel::LtS { sign } => (Mixed::LtS, 0, (sign, 0)),
            Kernel::Arith { op, mask } => (Mixed::Arith(op), mask, (0, 0)),
            Kernel::ArithS { op, signs, mask } => (Mixed::Arith(op), mask, signs),
            Kernel::Shl { mask } => (Mixed::Shl, mask, (0, 0)),
            Kernel::ShrS { sign, mask } => (Mixed::ShrS, mask, (sign, 0)),
            Kernel::Slice { lo, mask } => (Mixed::Slice, mask, (lo.into(), 0)),
            Kernel::Sext { sign, mask } => (Mixed::Sext, mask, (sign, 0)),
            Kernel::Cat { shape } if shapes[shape as usize].len() == 2 => {
                (Mixed::Cat2, 0, (shapes[shape as usize][0].1.into(), 0))
            }
            _ => return None,
        };
        Some((family, Numbers { mask, signs }))
    }

    /// Whether each limb of the result is an element of its own.
    pub fn per_limb(self) -> bool {
        matches!(self, Kernel::And | Kernel::Or | Kernel::Xor | Kernel::Mux)
    }
}

fn unary(op: Unary, of: u32) -> Kernel {
    let wide = of > 64;
    match op {
        Unary::Not if wide => Kernel::WideNot { width: of },
        Unary::Not => Kernel::Not { mask: mask(of) },
        Unary::ReduceOr if wide => Kernel::WideAny { limbs: limbs(of) as u32 },
        Unary::ReduceOr => Kernel::Any,
        Unary::ReduceAnd if wide => Kernel::WideAll { width: of },
        Unary::ReduceAnd => Kernel::All { mask: mask(of) },
        Unary::ReduceXor if wide => Kernel::WideParity { limbs: limbs(of) as u32 },
        Unary::ReduceXor => Kernel::Parity,
    }
}

fn binary(op: Binary, node: &FlatNode) -> Kernel {
    let (a, b) = (node.args[0].ty, node.args[1].ty);
    let wide = a.width > 64;
    match op {
        Binary::Add => arith(Arith::Add, node.width, a, b),
        Binary::Sub => arith(Arith::Sub, node.width, a, b),
        Binary::Mul => arith(Arith::Mul, node.width, a, b),
        Binary::And => Kernel::And,
        Binary::Or => Kernel::Or,
        Binary::Xor => Kernel::Xor,
        Binary::Eq if wide => Kernel::WideEq { limbs: limbs(a.width) as u32 },
        Binary::Eq => Kernel::Eq,
        Binary::Lt if wide => Kernel::WideLt { of: (a.width, a.signed) },
        Binary::Lt if a.signed => Kernel::LtS { sign: sign(a.width) },
        Binary::Lt => Kernel::LtU,
        Binary::Shl if wide || b.width > 64 => Kernel::WideShl { width: a.width, amount: b.width },
        Binary::Shl => Kernel::Shl { mask: mask(a.width) },
        Binary::Shr if wide || b.width > 64 => {
            Kernel::WideShr { of: (a.width, a.signed), amount: b.width }
        }
        Binary::Shr if a.signed => Kernel::ShrS { sign: sign(a.width), mask: mask(a.width) },
        Binary::Shr => Kernel::ShrU,
    }
}

fn arith(op: Arith, width: u32, a: Ty, b: Ty) -> Kernel {
    if width > 64 {
        return Kernel::WideArith { op, width, a: (a.width, a.signed), b: (b.width, b.signed) };
    }
    let mask = mask(width);
    match (sign_within(a, width), sign_within(b, width)) {
        (0, 0) => Kernel::Arith { op, mask },
        signs => Kernel::ArithS { op, signs, mask },
    }
}

/// The operand index of a narrow slice already points at the limb that holds its lowest bit.
fn slice(lo: u32, width: u32, of: u32) -> Kernel {
    if width > 64 {
        return Kernel::WideSlice { lo, width, of };
    }
    let (lo, mask) = (lo % 64, mask(width));
    if lo + width <= 64 {
        Kernel::Slice { lo, mask }
    } else {
        Kernel::Slice2 { lo, mask }
    }
}

fn extend(width: u32, of: Ty) -> Kernel {
    if width > 64 {
        Kernel::WideExt { width, of: (of.width, of.signed) }
    } else {
        Kernel::Sext { sign: sign(of.width), mask: mask(width) }
    }
}
