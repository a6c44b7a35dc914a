//! Operators with random operands.

use super::soup::{Soup, BIT};
use crate::module::{Binary, NodeId, Op, Unary};
use crate::ty::Ty;
use seedbed_bits::Bits;

/// The widest value.
const WIDEST: u32 = 200;

impl Soup<'_> {
    pub(super) fn operator(&mut self) -> NodeId {
        let a = self.operand();
        match self.random.below(15) {
            0..=2 => self.sum(a),
            3 => self.product(a),
            4..=5 => {
                let op = self.random.among(&[Binary::And, Binary::Or, Binary::Xor]);
                let ty = self.ty(a);
                self.pair(op, a, ty)
            }
            6 => self.pair(Binary::Eq, a, BIT),
            7 => self.pair(Binary::Lt, a, BIT),
            8 => self.shift(a),
            9 => {
                let (sel, on_false, ty) = (self.bit(), self.same(a), self.ty(a));
                self.node(Op::Mux { sel, on_true: a, on_false }, ty)
            }
            10 => {
                let ty = self.ty(a);
                let lo = self.random.below(ty.width as usize) as u32;
                let width = 1 + self.random.below((ty.width - lo) as usize) as u32;
                self.node(Op::Slice { of: a, lo }, Ty::uint(width))
            }
            11 => self.concat(a),
            12 => {
                let ty = self.ty(a);
                let width = ty.width + self.random.below(20) as u32;
                self.node(Op::Extend(a), Ty { width: width.min(WIDEST), ..ty })
            }
            13 => {
                let ty = self.ty(a);
                self.node(Op::Cast(a), Ty { signed: !ty.signed, ..ty })
            }
            _ => self.unary(a),
        }
    }

    /// A value, rarely a constant.
    fn operand(&mut self) -> NodeId {
        let node = self.pick();
        let ty = self.ty(node);
        if self.random.chance(20) {
            return self.constant(ty);
        }
        node
    }

    /// A constant of type `ty`: often one that some operator passes by.
    fn constant(&mut self, ty: Ty) -> NodeId {
        let bits = match self.random.below(8) {
            0..=1 => Bits::zero(ty.width),
            2..=3 => Bits::ones(ty.width),
            4 => Bits::from_u64(ty.width, 1),
            _ => self.random.bits(ty.width),
        };
        self.node(Op::Const(bits), ty)
    }

    /// Another value of the type of `a`: often a constant, sometimes `a` itself.
    fn same(&mut self, a: NodeId) -> NodeId {
        let ty = self.ty(a);
        match self.random.below(12) {
            0..=4 => self.constant(ty),
            5 => a,
            _ => self.pick_as(ty),
        }
    }

    /// `op` of `a` and another value of its type, in either order.
    fn pair(&mut self, op: Binary, a: NodeId, ty: Ty) -> NodeId {
        let b = self.same(a);
        let (a, b) = if self.random.chance(2) { (b, a) } else { (a, b) };
        self.node(Op::Binary(op, a, b), ty)
    }

    fn sum(&mut self, a: NodeId) -> NodeId {
        let op = self.random.among(&[Binary::Add, Binary::Sub]);
        let c = if self.random.chance(2) { self.same(a) } else { self.pick() };
        let widest = self.ty(a).width.max(self.ty(c).width);
        let width = match self.random.below(4) {
            0..=1 => self.ty(a).width,
            2 => 1 + self.random.below(40) as u32,
            _ => (widest + 1).min(WIDEST),
        };
        self.arithmetic(op, a, c, width)
    }

    fn product(&mut self, a: NodeId) -> NodeId {
        let c = if self.random.chance(3) { self.same(a) } else { self.pick() };
        let full = (self.ty(a).width + self.ty(c).width).min(WIDEST);
        let width = match self.random.below(3) {
            0 => 1 + self.random.below(full as usize) as u32,
            1 => self.ty(a).width,
            _ => full,
        };
        self.arithmetic(Binary::Mul, a, c, width)
    }

    /// An operator that computes at the width of its result, operands in either order.
    fn arithmetic(&mut self, op: Binary, a: NodeId, b: NodeId, width: u32) -> NodeId {
        let (a, b) = if self.random.chance(2) { (b, a) } else { (a, b) };
        let signed = if self.random.chance(2) { self.ty(a).signed } else { self.random.chance(2) };
        self.node(Op::Binary(op, a, b), Ty { width, signed })
    }

    fn shift(&mut self, a: NodeId) -> NodeId {
        let op = self.random.among(&[Binary::Shl, Binary::Shr]);
        let ty = self.ty(a);
        let a = if self.random.chance(6) { self.constant(ty) } else { a };
        let widest = if self.random.chance(6) { 70 } else { 8 };
        let width = 1 + self.random.below(widest) as u32;
        let by = match self.random.below(6) {
            0 => {
                let n = self.random.below(140) as u64 % (1 << width.min(20));
                self.node(Op::Const(Bits::from_u64(width, n)), Ty::uint(width))
            }
            1 => self.constant(Ty::uint(width)),
            2 if !ty.signed => a,
            _ => self.pick_as(Ty::uint(width)),
        };
        self.node(Op::Binary(op, a, by), ty)
    }

    fn concat(&mut self, a: NodeId) -> NodeId {
        let mut parts = vec![a];
        for _ in 0..1 + self.random.below(3) {
            let part = match self.random.below(5) {
                0 => parts[0],
                1 => self.same(a),
                _ => self.pick(),
            };
            parts.push(part);
        }
        let width = |soup: &Self, parts: &[NodeId]| parts.iter().map(|&p| soup.ty(p).width).sum();
        while parts.len() > 1 && width(self, &parts) > WIDEST {
            parts.pop();
        }
        let width = width(self, &parts);
        self.node(Op::Concat(parts), Ty::uint(width))
    }

    fn unary(&mut self, a: NodeId) -> NodeId {
        let op =
            self.random.among(&[Unary::Not, Unary::ReduceOr, Unary::ReduceAnd, Unary::ReduceXor]);
        let ty = if op == Unary::Not { self.ty(a) } else { BIT };
        self.node(Op::Unary(op, a), ty)
    }
}
