//! Fixed-point numbers.

use crate::scope::Scope;
use crate::sig::Sig;
use seedbed_ir::{Code, Ty};
use std::ops::{Add, Mul, Neg, Sub};

/// How bits of the fraction are dropped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rounding {
    /// Towards minus infinity: the bits are cut off.
    Down,
    /// Towards zero.
    ToZero,
    /// To the nearest; ties towards plus infinity.
    HalfUp,
    /// To the nearest; ties away from zero.
    HalfAway,
    /// To the nearest; ties to the even neighbour.
    HalfEven,
}

/// A number with `fraction` bits after the point: the value of [`raw`](Self::raw) divided by
/// 2^`fraction`. Sums, differences and products are exact; bits are dropped where it says so.
///
/// ```
/// # use seedbed_hdl::{elaborate, sint, Module, Ports, Scope, Settings, Sig};
/// use seedbed_hdl::Rounding;
/// # #[derive(Clone, PartialEq, Eq, Hash, Debug)]
/// # struct Scale;
/// # impl Module for Scale {
/// #     type Io<'m> = [Sig<'m>; 2];
/// #     fn name(&self) -> String { "scale".into() }
/// #     fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 2] {
/// #         [p.input("x", sint(16)), p.output("y", sint(16))]
/// #     }
/// fn build<'m>(&self, m: &'m Scope, [x, y]: [Sig<'m>; 2]) {
///     let x = x.as_fixed(8);
///     let product = x * m.fixed(0.7071, sint(12), 11); // 28 bits, 19 of them after the point
///     y.set(product.round(8, Rounding::HalfEven).saturate(16).raw());
/// }
/// # }
/// # assert!(elaborate(&Scale, &Settings::default()).is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'m> {
    raw: Sig<'m>,
    fraction: u32,
}

impl<'m> Sig<'m> {
    /// This value read as a fixed-point number whose last `fraction` bits stand after the point. There
    /// may be more of them than bits.
    pub fn as_fixed(self, fraction: u32) -> Fixed<'m> {
        Fixed { raw: self, fraction }
    }
}

impl Scope {
    /// A constant: `value` rounded to the nearest, ties to even, with `fraction` bits after the point.
    /// E0001 when it does not fit `ty`.
    #[track_caller]
    pub fn fixed(&self, value: f64, ty: Ty, fraction: u32) -> Fixed<'_> {
        let scaled = scaled(value, fraction).round_ties_even();
        if scaled.abs() < 126f64.exp2() {
            return Fixed { raw: self.lit(scaled as i128, ty), fraction };
        }
        let message =
            format!("the number {value:e} with {fraction} bits of fraction does not fit {ty}");
        self.refuse(Code::Type, message, &[]);
        Fixed { raw: self.poison(ty), fraction }
    }
}

/// `value` times 2^`fraction`.
fn scaled(value: f64, fraction: u32) -> f64 {
    // In steps, for 2^fraction alone may be more than a float can hold; 5000 take any to infinity.
    let (whole, rest) = (fraction.min(5000) / 1000, fraction.min(5000) % 1000);
    (0..whole).fold(value, |value, _| value * 1000f64.exp2()) * f64::from(rest).exp2()
}

impl<'m> Fixed<'m> {
    /// The bits, as an integer.
    pub fn raw(self) -> Sig<'m> {
        self.raw
    }

    /// The number of bits after the point.
    pub fn fraction(self) -> u32 {
        self.fraction
    }

    /// The same number with `fraction` bits after the point: exact and wider when there were fewer, else
    /// rounded and narrower. Rounding to the nearest may carry, so it keeps one bit more.
    #[track_caller]
    pub fn round(self, fraction: u32, mode: Rounding) -> Fixed<'m> {
        let raw = match self.fraction.checked_sub(fraction) {
            None => self.raw.shl_const(fraction - self.fraction),
            Some(0) => self.raw,
            Some(dropped) => drop_bits(self.raw, dropped, mode),
        };
        Fixed { raw, fraction }
    }

    /// The number clamped to `width` bits in all, of the same fraction and signedness.
    #[track_caller]
    pub fn saturate(self, width: u32) -> Fixed<'m> {
        Fixed { raw: self.raw.saturate(width), fraction: self.fraction }
    }

    /// Both numbers as integers of one fraction, and that fraction.
    #[track_caller]
    fn aligned(self, other: Fixed<'m>) -> (Sig<'m>, Sig<'m>, u32) {
        let fraction = self.fraction.max(other.fraction);
        let a = self.raw.shl_const(fraction - self.fraction);
        let b = other.raw.shl_const(fraction - other.fraction);
        (a, b, fraction)
    }
}

/// `raw` divided by 2^`dropped`, rounded.
#[track_caller]
fn drop_bits<'m>(raw: Sig<'m>, dropped: u32, mode: Rounding) -> Sig<'m> {
    // A bit above the point must remain, to take the carry.
    let raw = if raw.width() <= dropped { raw.extend(dropped.saturating_add(1)) } else { raw };
    if raw.width() <= dropped {
        return raw; // too wide; reported
    }
    let m = raw.scope;
    let (down, signed) = (raw.shr_const(dropped), raw.signed());
    let negative = if signed { raw.bit(raw.width() - 1) } else { m.low() };
    let half = raw.bit(dropped - 1);
    let rest = if dropped > 1 { raw.slice(0, dropped - 1).or_reduce() } else { m.low() };
    let up = match mode {
        Rounding::Down => return down,
        Rounding::ToZero if signed => negative & (half | rest),
        Rounding::ToZero => return down,
        Rounding::HalfUp => half,
        Rounding::HalfAway => half & (rest | !negative),
        Rounding::HalfEven => half & (rest | down.bit(0)),
    };
    let grows = u32::from(mode != Rounding::ToZero);
    let wide = down.extend(down.width() + grows);
    // A sign bit alone holds no +1, but then adding 1 to -1 modulo 2 is right.
    let up = if !signed {
        up
    } else if wide.width() == 1 {
        up.as_signed()
    } else {
        up.to_signed()
    };
    wide.wrapping_add(up)
}

/// Exact: the longer fraction of the two.
impl<'m> Add for Fixed<'m> {
    type Output = Fixed<'m>;
    #[track_caller]
    fn add(self, other: Fixed<'m>) -> Fixed<'m> {
        let (a, b, fraction) = self.aligned(other);
        Fixed { raw: a + b, fraction }
    }
}

/// Exact: signed, the longer fraction of the two.
impl<'m> Sub for Fixed<'m> {
    type Output = Fixed<'m>;
    #[track_caller]
    fn sub(self, other: Fixed<'m>) -> Fixed<'m> {
        let (a, b, fraction) = self.aligned(other);
        Fixed { raw: a - b, fraction }
    }
}

/// Exact: as many bits, and bits after the point, as both factors together.
impl<'m> Mul for Fixed<'m> {
    type Output = Fixed<'m>;
    #[track_caller]
    fn mul(self, other: Fixed<'m>) -> Fixed<'m> {
        let fraction = self.fraction.saturating_add(other.fraction);
        Fixed { raw: self.raw * other.raw, fraction }
    }
}

/// Exact: signed, one bit wider.
impl<'m> Neg for Fixed<'m> {
    type Output = Fixed<'m>;
    #[track_caller]
    fn neg(self) -> Fixed<'m> {
        Fixed { raw: -self.raw, fraction: self.fraction }
    }
}

macro_rules! comparisons {
    ($($name:ident $doc:literal)*) => {
        impl<'m> Fixed<'m> {$(
            #[doc = $doc]
            #[track_caller]
            pub fn $name(self, other: Fixed<'m>) -> Sig<'m> {
                let (a, b, _) = self.aligned(other);
                a.$name(b)
            }
        )*}
    };
}
comparisons! {
    eq "Whether the numbers are equal."
    ne "Whether the numbers differ."
    lt "Less than."
    le "Less than or equal."
    gt "Greater than."
    ge "Greater than or equal."
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn numbers_scale_beyond_the_range_of_floats() {
        assert_eq!(scaled(0.0, u32::MAX), 0.0);
        assert_eq!(scaled(0.75, 2), 3.0);
        assert_eq!(scaled((-1040f64).exp2(), 1042), 4.0);
        assert_eq!(scaled(-1.0, 5000), f64::NEG_INFINITY);
        assert_eq!(scaled((-1074f64).exp2(), 2100), f64::INFINITY);
    }
}
