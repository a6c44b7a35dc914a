//! Width, signedness and bit selection.

use crate::scope::MAX_WIDTH;
use crate::sig::Sig;
use seedbed_ir::{Bits, Op, Ty};
use std::panic::Location;

impl<'m> Sig<'m> {
    /// The low `width` bits, of the same signedness. E0014 when `width` is larger than this width.
    #[track_caller]
    pub fn trunc(self, width: u32) -> Sig<'m> {
        let ty = self.ty();
        let wanted = Ty { width, signed: ty.signed };
        if width == 0 || width > ty.width {
            let message = format!("`trunc({width})` of {ty}; the width must be 1 to {}", ty.width);
            return self.bad_parameter(message, wanted);
        }
        match (width == ty.width, ty.signed) {
            (true, _) => self,
            (false, false) => self.part(0, width),
            (false, true) => self.part(0, width).as_signed(),
        }
    }

    /// The same value with `width` bits. E0014 when `width` is smaller than this width.
    #[track_caller]
    pub fn extend(self, width: u32) -> Sig<'m> {
        let ty = self.ty();
        let wanted = Ty { width, signed: ty.signed };
        if width < ty.width {
            let message =
                format!("`extend({width})` of {ty}; the width must be at least {}", ty.width);
            return self.bad_parameter(message, wanted);
        }
        if width == ty.width {
            return self;
        }
        self.scope.node(Op::Extend(self.node()), wanted)
    }

    /// [`trunc`](Self::trunc) or [`extend`](Self::extend), whichever leads to `width`.
    #[track_caller]
    pub fn resize(self, width: u32) -> Sig<'m> {
        if width < self.width() {
            self.trunc(width)
        } else {
            self.extend(width)
        }
    }

    /// The same bits read as two's complement.
    #[track_caller]
    pub fn as_signed(self) -> Sig<'m> {
        self.cast(true)
    }

    /// The same bits read as unsigned.
    #[track_caller]
    pub fn as_unsigned(self) -> Sig<'m> {
        self.cast(false)
    }

    /// The same value as two's complement: one bit wider when unsigned.
    #[track_caller]
    pub fn to_signed(self) -> Sig<'m> {
        if self.signed() {
            self
        } else {
            self.extend(self.width() + 1).as_signed()
        }
    }

    #[track_caller]
    fn cast(self, signed: bool) -> Sig<'m> {
        let ty = self.ty();
        if ty.signed == signed {
            return self;
        }
        self.scope.node(Op::Cast(self.node()), Ty { signed, ..ty })
    }

    /// Bits `lo .. lo + width`, unsigned. E0014 when they lie outside this value.
    #[track_caller]
    pub fn slice(self, lo: u32, width: u32) -> Sig<'m> {
        let ty = self.ty();
        if width == 0 || lo.checked_add(width).is_none_or(|end| end > ty.width) {
            let message =
                format!("`slice({lo}, {width})` of {ty}; bits 0 to {} exist", ty.width - 1);
            return self.bad_parameter(message, Ty::uint(width));
        }
        if lo == 0 && width == ty.width {
            return self.as_unsigned();
        }
        self.part(lo, width)
    }

    /// Bit `index`, from the least significant. E0014 when it lies outside this value.
    #[track_caller]
    pub fn bit(self, index: u32) -> Sig<'m> {
        let ty = self.ty();
        if index >= ty.width {
            let message = format!("`bit({index})` of {ty}; bits 0 to {} exist", ty.width - 1);
            return self.bad_parameter(message, Ty::uint(1));
        }
        self.slice(index, 1)
    }

    /// Bits that are known to exist, unsigned.
    #[track_caller]
    pub(crate) fn part(self, lo: u32, width: u32) -> Sig<'m> {
        self.scope.node(Op::Slice { of: self.node(), lo }, Ty::uint(width))
    }

    /// This value times 2^n: `n` bits wider, exact.
    #[track_caller]
    pub fn shl_const(self, n: u32) -> Sig<'m> {
        if n == 0 {
            return self;
        }
        let ty = self.ty();
        let width = ty.width.saturating_add(n);
        if width > MAX_WIDTH {
            return self
                .scope
                .poison(self.scope.checked(Ty { width, ..ty }, Location::caller().into()));
        }
        let zeros = self.scope.zero(Ty::uint(n));
        let shifted = self.scope.cat(&[self, zeros]);
        if self.signed() {
            shifted.as_signed()
        } else {
            shifted
        }
    }

    /// This value divided by 2^n, rounded down: `n` bits narrower, of the same signedness. At least
    /// one bit stays: 0, or the sign.
    #[track_caller]
    pub fn shr_const(self, n: u32) -> Sig<'m> {
        let ty = self.ty();
        if n == 0 {
            return self;
        }
        match (n >= ty.width, ty.signed) {
            (true, false) => self.scope.zero(Ty::uint(1)),
            (true, true) => self.part(ty.width - 1, 1).as_signed(),
            (false, false) => self.part(n, ty.width - n),
            (false, true) => self.part(n, ty.width - n).as_signed(),
        }
    }

    /// This value clamped to the range of `width` bits, of the same signedness.
    #[track_caller]
    pub fn saturate(self, width: u32) -> Sig<'m> {
        let ty = self.ty();
        if width == 0 {
            let message = "`saturate(0)`; the least width is 1".to_string();
            return self.bad_parameter(message, Ty { width: 1, ..ty });
        }
        if width >= ty.width {
            return self.extend(width);
        }
        if ty.signed {
            self.saturate_signed(width)
        } else {
            let max = self.scope.lit_bits(Bits::ones(width), false);
            let over = self.part(width, ty.width - width).or_reduce();
            self.scope.mux(over, max, self.trunc(width))
        }
    }

    #[track_caller]
    fn saturate_signed(self, width: u32) -> Sig<'m> {
        let m = self.scope;
        let above = self.part(width - 1, self.width() - width + 1);
        let fits = above.and_reduce() | !above.or_reduce();
        let mut min = vec![0; Bits::limbs_for(width)];
        min[((width - 1) / 64) as usize] = 1 << ((width - 1) % 64);
        let mut max = vec![u64::MAX; Bits::limbs_for(width)];
        max[((width - 1) / 64) as usize] = (1 << ((width - 1) % 64)) - 1;
        let min = m.lit_bits(Bits::from_limbs(width, &min), true);
        let max = m.lit_bits(Bits::from_limbs(width, &max), true);
        let sign = self.part(self.width() - 1, 1);
        m.mux(fits, self.trunc(width), m.mux(sign, min, max))
    }

    /// This value `n` times side by side, unsigned.
    #[track_caller]
    pub fn replicate(self, n: u32) -> Sig<'m> {
        let ty = self.ty();
        if n == 0 {
            return self.bad_parameter("`replicate(0)`; the least count is 1".into(), ty);
        }
        let wide = Ty::uint(ty.width.saturating_mul(n));
        if wide.width > MAX_WIDTH {
            return self.scope.poison(self.scope.checked(wide, Location::caller().into()));
        }
        self.scope.cat(&vec![self; n as usize])
    }
}
