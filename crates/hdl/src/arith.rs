//! Arithmetic and bitwise operators.

use crate::literal::IntoSig;
use crate::sig::Sig;
use seedbed_ir::{Binary, Code, Op, Ty, Unary};
use std::ops::{Add, BitAnd, BitOr, BitXor, Mul, Neg, Not, Sub};

impl<'m> Sig<'m> {
    /// Reports operands of different signedness; returns whether they agree.
    #[track_caller]
    pub(crate) fn same_signedness(self, other: Sig<'m>, operator: &str) -> bool {
        let (a, b) = (self.ty(), other.ty());
        if a.signed == b.signed {
            return true;
        }
        let message = format!(
            "`{operator}` of {a} and {b} mixes unsigned and signed; use `.to_signed()` on the \
             unsigned one (one bit wider, same value), or `.as_signed()` to read its bits anew"
        );
        self.scope.refuse(Code::Type, message, &[self, other]);
        false
    }

    #[track_caller]
    fn binary(self, op: Binary, other: Sig<'m>, ty: Ty) -> Sig<'m> {
        let (a, b) = (self.node(), other.node());
        self.scope.node(Op::Binary(op, a, b), ty)
    }

    #[track_caller]
    fn grow(self, op: Binary, symbol: &str, other: Sig<'m>, ty: Ty) -> Sig<'m> {
        if !self.same_signedness(other, symbol) {
            return self.scope.poison(ty);
        }
        self.binary(op, other, ty)
    }

    fn wider_by_one(self, other: Sig<'m>) -> u32 {
        self.width().max(other.width()) + 1
    }

    #[track_caller]
    fn bitwise(self, op: Binary, symbol: &str, other: Sig<'m>) -> Sig<'m> {
        let (a, b) = (self.ty(), other.ty());
        if a != b {
            let message = format!(
                "`{symbol}` of {a} and {b}; both must have one type: use `.resize({})`, \
                 `.as_unsigned()` or `.as_signed()`",
                a.width
            );
            self.scope.refuse(Code::Type, message, &[self, other]);
            return self.scope.poison(a);
        }
        self.binary(op, other, a)
    }

    #[track_caller]
    fn wrapping(self, op: Binary, name: &str, other: impl IntoSig<'m>) -> Sig<'m> {
        let ty = self.ty();
        let other = other.into_sig(self.scope, ty);
        if !self.same_signedness(other, name) {
            return self.scope.poison(ty);
        }
        if other.width() > ty.width {
            let message = format!(
                "`{name}` of {ty} and the wider {}; use `.trunc({})` on the second operand",
                other.ty(),
                ty.width
            );
            self.scope.refuse(Code::Type, message, &[self, other]);
            return self.scope.poison(ty);
        }
        self.binary(op, other, ty)
    }

    /// Sum modulo 2^width, of this value's type. `other` may be narrower, or a literal.
    #[track_caller]
    pub fn wrapping_add(self, other: impl IntoSig<'m>) -> Sig<'m> {
        self.wrapping(Binary::Add, "wrapping_add", other)
    }

    /// Difference modulo 2^width, of this value's type. `other` may be narrower, or a literal.
    #[track_caller]
    pub fn wrapping_sub(self, other: impl IntoSig<'m>) -> Sig<'m> {
        self.wrapping(Binary::Sub, "wrapping_sub", other)
    }

    /// Sum clamped to this value's type. `other` has the same signedness, or is a literal.
    #[track_caller]
    pub fn saturating_add(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let ty = self.ty();
        (self + other.into_sig(self.scope, ty)).saturate(ty.width)
    }

    /// Difference clamped to this value's type: an unsigned one stops at 0. `other` has the same
    /// signedness, or is a literal.
    #[track_caller]
    pub fn saturating_sub(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let (m, ty) = (self.scope, self.ty());
        let exact = self - other.into_sig(m, ty);
        if ty.signed {
            return exact.saturate(ty.width);
        }
        let below = exact.bit(exact.width() - 1);
        m.mux(below, m.zero(ty), exact.trunc(ty.width).as_unsigned())
    }

    /// Product modulo 2^width, of this value's type. `other` may be narrower, or a literal.
    #[track_caller]
    pub fn wrapping_mul(self, other: impl IntoSig<'m>) -> Sig<'m> {
        self.wrapping(Binary::Mul, "wrapping_mul", other)
    }

    /// As [`wrapping_add`](Self::wrapping_add), and whether it wrapped.
    #[track_caller]
    pub fn overflowing_add(self, other: impl IntoSig<'m>) -> (Sig<'m>, Sig<'m>) {
        let other = other.into_sig(self.scope, self.ty());
        let wrapped = self.wrapping_add(other);
        if self.scope.is_poison(wrapped) {
            return (wrapped, self.scope.poison(Ty::uint(1)));
        }
        self.overflowing(self + other)
    }

    /// As [`wrapping_sub`](Self::wrapping_sub), and whether it wrapped.
    #[track_caller]
    pub fn overflowing_sub(self, other: impl IntoSig<'m>) -> (Sig<'m>, Sig<'m>) {
        let other = other.into_sig(self.scope, self.ty());
        let wrapped = self.wrapping_sub(other);
        if self.scope.is_poison(wrapped) {
            return (wrapped, self.scope.poison(Ty::uint(1)));
        }
        self.overflowing(self - other)
    }

    /// `exact`, one bit wider than this value, cut to this value's type, and whether that changes it.
    #[track_caller]
    fn overflowing(self, exact: Sig<'m>) -> (Sig<'m>, Sig<'m>) {
        let (width, low) = (self.width(), exact.trunc(self.width()));
        let above = exact.bit(width);
        match self.signed() {
            true => (low, above ^ exact.bit(width - 1)),
            false => (low.as_unsigned(), above),
        }
    }

    /// Left shift by a signal: bits shifted out are lost, the type stays.
    #[track_caller]
    #[allow(clippy::should_implement_trait)] // a method, like the comparisons
    pub fn shl(self, amount: Sig<'m>) -> Sig<'m> {
        self.shift(Binary::Shl, "shl", amount)
    }

    /// Right shift by a signal: arithmetic when signed, the type stays.
    #[track_caller]
    #[allow(clippy::should_implement_trait)] // a method, like the comparisons
    pub fn shr(self, amount: Sig<'m>) -> Sig<'m> {
        self.shift(Binary::Shr, "shr", amount)
    }

    #[track_caller]
    fn shift(self, op: Binary, name: &str, amount: Sig<'m>) -> Sig<'m> {
        let ty = self.ty();
        if amount.signed() {
            let message = format!(
                "`{name}` by the signed {}; a shift amount is unsigned: use `.as_unsigned()`",
                amount.ty()
            );
            self.scope.refuse(Code::Type, message, &[amount]);
            return self.scope.poison(ty);
        }
        self.binary(op, amount, ty)
    }

    #[track_caller]
    fn unary(self, op: Unary, ty: Ty) -> Sig<'m> {
        self.scope.node(Op::Unary(op, self.node()), ty)
    }

    /// OR of all bits.
    #[track_caller]
    pub fn or_reduce(self) -> Sig<'m> {
        self.unary(Unary::ReduceOr, Ty::uint(1))
    }

    /// AND of all bits.
    #[track_caller]
    pub fn and_reduce(self) -> Sig<'m> {
        self.unary(Unary::ReduceAnd, Ty::uint(1))
    }

    /// XOR of all bits.
    #[track_caller]
    pub fn xor_reduce(self) -> Sig<'m> {
        self.unary(Unary::ReduceXor, Ty::uint(1))
    }
}

/// Exact: one bit wider than the wider operand.
impl<'m> Add for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn add(self, other: Sig<'m>) -> Sig<'m> {
        let width = self.wider_by_one(other);
        self.grow(Binary::Add, "+", other, Ty { width, signed: self.signed() })
    }
}

/// Exact: signed, one bit wider than the wider operand.
impl<'m> Sub for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn sub(self, other: Sig<'m>) -> Sig<'m> {
        self.grow(Binary::Sub, "-", other, Ty::sint(self.wider_by_one(other)))
    }
}

/// Exact: as wide as both operands together.
impl<'m> Mul for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn mul(self, other: Sig<'m>) -> Sig<'m> {
        let width = [self, other].map(Sig::width).iter().sum();
        self.grow(Binary::Mul, "*", other, Ty { width, signed: self.signed() })
    }
}

/// Exact: signed, one bit wider.
impl<'m> Neg for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn neg(self) -> Sig<'m> {
        let zero = self.scope.zero(self.ty());
        zero.binary(Binary::Sub, self, Ty::sint(self.width() + 1))
    }
}

impl<'m> BitAnd for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn bitand(self, other: Sig<'m>) -> Sig<'m> {
        self.bitwise(Binary::And, "&", other)
    }
}

impl<'m> BitOr for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn bitor(self, other: Sig<'m>) -> Sig<'m> {
        self.bitwise(Binary::Or, "|", other)
    }
}

impl<'m> BitXor for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn bitxor(self, other: Sig<'m>) -> Sig<'m> {
        self.bitwise(Binary::Xor, "^", other)
    }
}

impl<'m> Not for Sig<'m> {
    type Output = Sig<'m>;
    #[track_caller]
    fn not(self) -> Sig<'m> {
        self.unary(Unary::Not, self.ty())
    }
}
