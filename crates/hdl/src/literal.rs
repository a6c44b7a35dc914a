//! Rust integers where hardware values are expected.

use crate::scope::Scope;
use crate::sig::Sig;
use seedbed_ir::{Bits, Ty};

/// A Rust integer or `bool`, usable as the value of a constant.
pub trait Literal: Copy {
    /// The number.
    fn value(self) -> i128;
}

/// A signal, or a literal that takes the type the context asks for.
pub trait IntoSig<'m> {
    /// Turns `self` into a signal; a literal gets type `like`, and E0001 when it does not fit.
    #[track_caller]
    fn into_sig(self, scope: &'m Scope, like: Ty) -> Sig<'m>;
}

impl<'m> IntoSig<'m> for Sig<'m> {
    fn into_sig(self, _: &'m Scope, _: Ty) -> Sig<'m> {
        self
    }
}

macro_rules! literals {
    ($($int:ty)*) => {$(
        impl Literal for $int {
            fn value(self) -> i128 {
                self as i128
            }
        }
        impl<'m> IntoSig<'m> for $int {
            #[track_caller]
            fn into_sig(self, scope: &'m Scope, like: Ty) -> Sig<'m> {
                scope.lit(self, like)
            }
        }
    )*};
}
literals!(bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize i128);

/// `value` as bits of type `ty`, or `None` when it does not fit.
pub(crate) fn bits_of(value: i128, ty: Ty) -> Option<Bits> {
    let fits = match (ty.signed, ty.width) {
        (false, w) => value >= 0 && (w >= 127 || value < 1 << w),
        (true, w) => w > 127 || (value >= -(1 << (w - 1)) && value < 1 << (w - 1)),
    };
    fits.then(|| Bits::from_i128(ty.width, value))
}

/// The range of `ty` as text, for messages.
pub(crate) fn range_of(ty: Ty) -> String {
    match (ty.signed, ty.width) {
        (false, w) if w < 127 => format!("0 to {}", (1i128 << w) - 1),
        (false, w) => format!("0 to 2^{w} - 1"),
        (true, w) if w <= 127 => format!("{} to {}", -(1i128 << (w - 1)), (1i128 << (w - 1)) - 1),
        (true, w) => format!("-2^{0} to 2^{0} - 1", w - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_fits_exactly_its_range() {
        assert!(bits_of(-128, Ty::sint(8)).is_some());
        assert!(bits_of(-129, Ty::sint(8)).is_none());
        assert!(bits_of(128, Ty::sint(8)).is_none());
        assert!(bits_of(255, Ty::uint(8)).is_some());
        assert!(bits_of(256, Ty::uint(8)).is_none());
        assert!(bits_of(-1, Ty::uint(512)).is_none());
        assert_eq!(bits_of(-1, Ty::sint(512)), Some(Bits::ones(512)));
        assert!(bits_of(i128::MIN, Ty::sint(128)).is_some());
        assert!(bits_of(i128::MIN, Ty::sint(127)).is_none());
    }
}
