//! Constant folding on [`Bits`]: only what the graph's rewriting rules need.

use seedbed_ir::Bits;

/// The value whose bit `i` is `f(i)`.
pub fn from_fn(width: u32, f: impl Fn(u32) -> bool) -> Bits {
    let mut limbs = vec![0u64; Bits::limbs_for(width)];
    for i in (0..width).filter(|&i| f(i)) {
        limbs[(i / 64) as usize] |= 1 << (i % 64);
    }
    Bits::from_limbs(width, &limbs)
}

/// Bits `lo .. lo + width`.
pub fn slice(bits: &Bits, lo: u32, width: u32) -> Bits {
    from_fn(width, |i| bits.bit(lo + i))
}

/// `high` above `low`.
pub fn join(high: &Bits, low: &Bits) -> Bits {
    let split = low.width();
    from_fn(high.width() + split, |i| if i < split { low.bit(i) } else { high.bit(i - split) })
}

/// Sign extension to `width`.
pub fn sign_extend(bits: &Bits, width: u32) -> Bits {
    let last = bits.width() - 1;
    from_fn(width, |i| bits.bit(i.min(last)))
}

/// Complement.
pub fn not(bits: &Bits) -> Bits {
    from_fn(bits.width(), |i| !bits.bit(i))
}

/// Whether every bit is one.
pub fn is_ones(bits: &Bits) -> bool {
    (0..bits.width()).all(|i| bits.bit(i))
}

/// Whether this is the most negative two's complement value.
pub fn is_min(bits: &Bits) -> bool {
    let last = bits.width() - 1;
    bits.bit(last) && (0..last).all(|i| !bits.bit(i))
}

/// Whether this is the greatest two's complement value.
pub fn is_max(bits: &Bits) -> bool {
    is_min(&not(bits))
}

/// The value as a number, when all bits above the low 64 are zero.
pub fn small(bits: &Bits) -> Option<u64> {
    bits.limbs()[1..].iter().all(|&l| l == 0).then(|| bits.limbs()[0])
}

/// Sum modulo the width.
pub fn add(a: &Bits, b: &Bits) -> Bits {
    let (mut carry, mut sum) = (false, Vec::with_capacity(a.limbs().len()));
    for (x, y) in a.limbs().iter().zip(b.limbs()) {
        let (partial, over) = x.overflowing_add(*y);
        let (limb, again) = partial.overflowing_add(u64::from(carry));
        carry = over || again;
        sum.push(limb);
    }
    Bits::from_limbs(a.width(), &sum)
}

/// The two's complement negation.
pub fn negate(bits: &Bits) -> Bits {
    let lowest = (0..bits.width()).find(|&i| bits.bit(i)).unwrap_or(bits.width());
    from_fn(bits.width(), |i| bits.bit(i) != (i > lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negation_is_exact_at_every_value_of_a_small_width_and_across_limbs() {
        for v in 0..32u64 {
            assert_eq!(negate(&Bits::from_u64(5, v)), Bits::from_u64(5, v.wrapping_neg()));
        }
        assert_eq!(negate(&Bits::from_i128(100, -3)), Bits::from_i128(100, 3));
        let sum = add(&Bits::from_i128(100, -3), &Bits::from_i128(100, i128::from(u64::MAX)));
        assert_eq!(sum, Bits::from_i128(100, i128::from(u64::MAX) - 3));
    }

    #[test]
    fn extremes_are_recognised() {
        assert!(is_min(&Bits::from_i128(8, -128)) && is_max(&Bits::from_i128(8, 127)));
        assert!(!is_min(&Bits::from_i128(8, -127)) && !is_max(&Bits::from_i128(8, -1)));
        assert_eq!(small(&Bits::ones(65)), None);
    }
}
