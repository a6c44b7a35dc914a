//! Comparisons: the result is one bit; the narrower operand is extended.

use crate::literal::IntoSig;
use crate::sig::Sig;
use seedbed_ir::{Binary, Op, Ty};

impl<'m> Sig<'m> {
    #[track_caller]
    fn compare(self, op: Binary, symbol: &str, other: Sig<'m>, swap: bool) -> Sig<'m> {
        if !self.same_signedness(other, symbol) {
            return self.scope.poison(Ty::uint(1));
        }
        let width = self.width().max(other.width());
        let (a, b) = (self.extend(width).node(), other.extend(width).node());
        let (a, b) = if swap { (b, a) } else { (a, b) };
        self.scope.node(Op::Binary(op, a, b), Ty::uint(1))
    }

    /// Whether the values are equal. A literal takes this value's type.
    #[track_caller]
    pub fn eq(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let other = other.into_sig(self.scope, self.ty());
        self.compare(Binary::Eq, "eq", other, false)
    }

    /// Whether the values differ.
    #[track_caller]
    pub fn ne(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let other = other.into_sig(self.scope, self.ty());
        !self.compare(Binary::Eq, "ne", other, false)
    }

    /// Less than.
    #[track_caller]
    pub fn lt(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let other = other.into_sig(self.scope, self.ty());
        self.compare(Binary::Lt, "lt", other, false)
    }

    /// Less than or equal.
    #[track_caller]
    pub fn le(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let other = other.into_sig(self.scope, self.ty());
        !self.compare(Binary::Lt, "le", other, true)
    }

    /// Greater than.
    #[track_caller]
    pub fn gt(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let other = other.into_sig(self.scope, self.ty());
        self.compare(Binary::Lt, "gt", other, true)
    }

    /// Greater than or equal.
    #[track_caller]
    pub fn ge(self, other: impl IntoSig<'m>) -> Sig<'m> {
        let other = other.into_sig(self.scope, self.ty());
        !self.compare(Binary::Lt, "ge", other, false)
    }

    /// Whether all bits are zero.
    #[track_caller]
    pub fn is_zero(self) -> Sig<'m> {
        self.eq(0)
    }
}
