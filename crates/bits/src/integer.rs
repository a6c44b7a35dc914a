//! Integers of any width up to 64 bits, held in the integers of Rust.

/// The low `width` bits of a word, read as two's complement. Width 0 gives 0; 64 and more, the word.
///
/// ```
/// assert_eq!(seedbed_bits::sign_extend(0xff80, 8), -128);
/// ```
pub fn sign_extend(word: u64, width: u32) -> i64 {
    match 64u32.saturating_sub(width) {
        64 => 0,
        unused => (word << unused) as i64 >> unused,
    }
}

/// The least and the greatest two's complement number of `width` bits, 1 to 64.
pub fn signed_limits(width: u32) -> (i64, i64) {
    let unused = 64 - width.clamp(1, 64);
    (i64::MIN >> unused, i64::MAX >> unused)
}

/// The nearest two's complement number of `width` bits, 1 to 64.
///
/// ```
/// assert_eq!(seedbed_bits::saturate(1000, 8), 127);
/// ```
pub fn saturate(value: i64, width: u32) -> i64 {
    let (low, high) = signed_limits(width);
    value.clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At each width the limits are the numbers that extension leaves alone, and no others.
    #[test]
    fn limits_are_the_fixed_points_of_extension() {
        for width in 1..64 {
            let (low, high) = signed_limits(width);
            for value in [low, low + 1, -1, 0, high] {
                assert_eq!(sign_extend(value as u64, width), value, "width {width}");
                assert_eq!(saturate(value, width), value, "width {width}");
            }
            for value in [low - 1, high + 1] {
                assert_ne!(sign_extend(value as u64, width), value, "width {width}");
            }
            assert_eq!((saturate(low - 1, width), saturate(high + 1, width)), (low, high));
        }
    }

    #[test]
    fn the_ends_of_the_range_of_widths() {
        assert_eq!(signed_limits(1), (-1, 0));
        assert_eq!(signed_limits(64), (i64::MIN, i64::MAX));
        assert_eq!((sign_extend(u64::MAX, 0), sign_extend(1 << 63, 64)), (0, i64::MIN));
        assert_eq!(sign_extend(5, 200), 5);
        assert_eq!(saturate(i64::MIN, 64), i64::MIN);
    }
}
