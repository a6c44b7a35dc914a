//! What the examples share: operands, their sums, Icarus Verilog.

mod icarus;

pub use icarus::icarus;

/// Words of four activations (low half) and four weights.
pub type Operands = Vec<u64>;

/// Twelve words; the first two have -128 in every place, the next -128 against 127.
pub fn operands() -> Operands {
    let noise = |k: u64| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x8000_0080_8000_0080;
    let extremes = [0x8080_8080_8080_8080, 0x8080_8080_8080_8080, 0x7f7f_7f7f_8080_8080];
    extremes.into_iter().chain((3..12).map(noise)).collect()
}

/// The sums of a * w and of a * !w over all words.
pub fn sums(operands: &[u64]) -> [i32; 2] {
    let byte = |word: u64, k: u32| i32::from((word >> (8 * k)) as i8);
    let dot = |word: u64, flip: u64| -> i32 {
        (0..4).map(|k| byte(word, k) * byte(word ^ flip, k + 4)).sum()
    };
    [0, !0].map(|flip| operands.iter().map(|&word| dot(word, flip)).sum())
}
