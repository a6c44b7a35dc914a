//! The bit vector.

use std::fmt;

/// A bit vector of `width` bits, least significant limb first. Bits above `width` are always zero.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Bits {
    width: u32,
    limbs: Vec<u64>,
}

impl Bits {
    /// The number of 64-bit limbs that hold `width` bits (at least one).
    pub const fn limbs_for(width: u32) -> usize {
        if width == 0 {
            1
        } else {
            width.div_ceil(64) as usize
        }
    }

    /// Builds a value from limbs, least significant first; missing limbs are zero, excess bits are cut.
    pub fn from_limbs(width: u32, limbs: &[u64]) -> Self {
        let mut own = vec![0; Self::limbs_for(width)];
        let n = own.len().min(limbs.len());
        own[..n].copy_from_slice(&limbs[..n]);
        let mut bits = Self { width, limbs: own };
        bits.mask_top();
        bits
    }

    /// All zeros.
    pub fn zero(width: u32) -> Self {
        Self::from_limbs(width, &[])
    }

    /// All ones.
    pub fn ones(width: u32) -> Self {
        Self::from_limbs(width, &vec![u64::MAX; Self::limbs_for(width)])
    }

    /// The low `width` bits of `value`.
    pub fn from_u64(width: u32, value: u64) -> Self {
        Self::from_limbs(width, &[value])
    }

    /// The low `width` bits of the two's complement of `value`, sign-extended to any width.
    pub fn from_i128(width: u32, value: i128) -> Self {
        let fill = if value < 0 { u64::MAX } else { 0 };
        let mut limbs = vec![fill; Self::limbs_for(width).max(2)];
        limbs[0] = value as u64;
        limbs[1] = (value >> 64) as u64;
        Self::from_limbs(width, &limbs)
    }

    /// Width in bits.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The limbs, least significant first.
    pub fn limbs(&self) -> &[u64] {
        &self.limbs
    }

    /// Bit `i`; `false` beyond the width.
    pub fn bit(&self, i: u32) -> bool {
        i < self.width && self.limbs[(i / 64) as usize] >> (i % 64) & 1 == 1
    }

    /// The low 64 bits, read as unsigned.
    pub fn to_u64(&self) -> u64 {
        self.limbs[0]
    }

    /// The low 64 bits, sign-extended from `width` when it is below 64.
    pub fn to_i64(&self) -> i64 {
        crate::sign_extend(self.limbs[0], self.width)
    }

    /// Whether every bit is zero.
    pub fn is_zero(&self) -> bool {
        self.limbs.iter().all(|&l| l == 0)
    }

    fn mask_top(&mut self) {
        let used = self.width % 64;
        if self.width == 0 {
            self.limbs[0] = 0;
        } else if used != 0 {
            *self.limbs.last_mut().expect("at least one limb") &= (1 << used) - 1;
        }
    }
}

impl fmt::LowerHex for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.width.div_ceil(4).max(1) as usize;
        let text: String = self.limbs.iter().rev().map(|l| format!("{l:016x}")).collect();
        f.write_str(&text[text.len() - digits..])
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}'h{:x}", self.width, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_values_extend_over_all_limbs() {
        let v = Bits::from_i128(200, -1);
        assert_eq!(v, Bits::ones(200));
        assert_eq!(format!("{v:x}").len(), 50);
    }

    #[test]
    fn reading_back_is_signed_or_unsigned() {
        let v = Bits::from_i128(8, -128);
        assert_eq!((v.to_u64(), v.to_i64()), (128, -128));
        assert_eq!(format!("{v:?}"), "8'h80");
    }

    #[test]
    fn excess_bits_are_cut() {
        assert_eq!(Bits::from_u64(4, 0x1f), Bits::from_u64(4, 0xf));
        assert!(!Bits::ones(4).bit(4));
    }
}
