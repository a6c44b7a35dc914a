//! Constants in the radix a reader expects.

use crate::bitwise::{is_min, is_ones, negate, small};
use seedbed_ir::Bits;

/// Numbers from here on are hexadecimal.
const DECIMAL: u64 = 10_000;

/// A sized literal: small numbers in decimal, masks and large numbers in hexadecimal.
pub fn literal(bits: &Bits, signed: bool, mask: bool) -> String {
    let width = bits.width();
    let sign = if signed { "s" } else { "" };
    if width == 1 {
        return format!("1'{sign}b{}", u8::from(bits.bit(0)));
    }
    let negative = signed && bits.bit(width - 1);
    // The least value has no positive counterpart of its width.
    let magnitude = small(&negate(bits)).filter(|&n| n < DECIMAL && !is_min(bits));
    if let (true, Some(n)) = (negative, magnitude) {
        return format!("-{width}'sd{n}");
    }
    let looks_like_mask = mask || negative || (width >= 8 && is_ones(bits));
    match small(bits).filter(|&n| n == 0 || (n < DECIMAL && !looks_like_mask)) {
        Some(n) => format!("{width}'{sign}d{n}"),
        None => format!("{width}'{sign}h{}", hex(bits)),
    }
}

/// Hexadecimal digits without leading zeros, in groups of four when there are many.
fn hex(bits: &Bits) -> String {
    let all = format!("{bits:x}");
    let digits = all.trim_start_matches('0');
    if digits.len() <= 4 {
        return digits.to_owned();
    }
    let (head, tail) = digits.split_at((digits.len() - 1) % 4 + 1);
    let groups = tail.as_bytes().chunks(4).map(|g| String::from_utf8_lossy(g).into_owned());
    std::iter::once(head.to_owned()).chain(groups).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radix_follows_the_kind_of_number() {
        let lit = |w, v: i128, s, m| literal(&Bits::from_i128(w, v), s, m);
        assert_eq!(lit(8, 3, false, false), "8'd3");
        assert_eq!(lit(8, 3, false, true), "8'h3");
        assert_eq!(lit(8, 255, false, false), "8'hff");
        assert_eq!(lit(1, 1, false, true), "1'b1");
        assert_eq!(lit(32, 0x1234_5678, false, false), "32'h1234_5678");
        assert_eq!(lit(32, 0x1_2345, false, false), "32'h1_2345");
        assert_eq!(lit(512, 0, false, true), "512'd0");
    }

    #[test]
    fn negative_numbers_print_as_numbers_but_the_least_one() {
        let lit = |w, v| literal(&Bits::from_i128(w, v), true, false);
        assert_eq!(lit(8, -3), "-8'sd3");
        assert_eq!(lit(8, -128), "8'sh80");
        assert_eq!(lit(100, -1), "-100'sd1");
        assert_eq!(lit(8, 127), "8'sd127");
    }
}
