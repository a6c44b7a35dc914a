//! How a 32-bit accumulator becomes an 8-bit code, exactly.
//!
//! TFLite's int8 kernels multiply the accumulator by a real number `sx * sw / sy`, held as a 31-bit
//! integer `m` and a shift. Its kernel families ([`Family`]) round that product in three different
//! ways ([`Rule`]), and the results differ by one code, so "equal to TFLite" always names a family.
//!
//! The hardware must not carry three datapaths. All three rules are one formula with two constants
//! chosen by the rule, [`requantize`]; this file also holds the rules as TFLite's sources define
//! them, [`by_definition`], and its tests compare the two exhaustively on scaled-down widths and
//! at random at full width. The command executor and the RTL obey the formula, the whole-tensor
//! model obeys the definitions: that keeps the comparison between them meaningful.
//!
//! ```
//! use seedbed_spec::numerics::{fully_connected_scale, quantize_multiplier, requantize};
//! use seedbed_spec::numerics::{rule_for, Family, Operator};
//!
//! let real = fully_connected_scale(0.5, &[0.25], 0, 2.0); // sx * sw / sy = 1/16
//! let (m, shift) = quantize_multiplier(real);
//! assert_eq!((m, shift), (1 << 30, 3)); // 2^30 * 2^-31 * 2^-3
//! let rule = rule_for(Operator::FullyConnected, Family::Ref);
//! assert_eq!(requantize(1000, 24, m, shift, rule), (64, false)); // 1024 / 16
//! ```

use serde::{Deserialize, Serialize};

/// How a product is rounded. The discriminant is the code of the field `rule` in a POST command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Two roundings: to nearest with ties up, then the right shift with ties away from zero
    /// (gemmlowp's `SaturatingRoundingDoublingHighMul` and `RoundingDivideByPOT`).
    Dbl = 0,
    /// One rounding of the whole product, ties up (`TFLITE_SINGLE_ROUNDING`).
    Sgl = 1,
    /// Two roundings, ties up in both (ruy on x86).
    Up = 2,
}

impl Rule {
    /// Every rule, in the order of its code.
    pub const ALL: [Rule; 3] = [Rule::Dbl, Rule::Sgl, Rule::Up];

    /// The rule of a two-bit code; code 3 names none.
    pub fn from_code(code: u64) -> Option<Rule> {
        Rule::ALL.into_iter().find(|rule| rule.code() == code)
    }

    /// The code of this rule in a command.
    pub fn code(self) -> u64 {
        self as u64
    }
}

/// A family of LiteRT kernels: what a claim of equality refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// The reference kernels (`OpResolverType.BUILTIN_REF`).
    #[default]
    Ref,
    /// The optimised kernels (`OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES`).
    Opt,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 2] = [Family::Ref, Family::Opt];

    /// The short name used in files and on the command line: `ref` or `opt`.
    pub fn name(self) -> &'static str {
        match self {
            Family::Ref => "ref",
            Family::Opt => "opt",
        }
    }
}

impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Family {
    type Err = String;

    fn from_str(text: &str) -> Result<Family, String> {
        let found = Family::ALL.into_iter().find(|family| family.name() == text);
        found.ok_or_else(|| format!("unknown kernel family `{text}`: use `ref` or `opt`"))
    }
}

/// The operators whose accumulators are requantised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// CONV_2D.
    Conv2d,
    /// DEPTHWISE_CONV_2D.
    DepthwiseConv2d,
    /// FULLY_CONNECTED.
    FullyConnected,
}

/// The rule by which `family` requantises `operator` (measured on LiteRT 2.3.0, x86-64).
///
/// The reference kernels are not uniform: their fully connected kernel rounds once.
pub fn rule_for(operator: Operator, family: Family) -> Rule {
    match (operator, family) {
        (_, Family::Opt) => Rule::Up,
        (Operator::FullyConnected, Family::Ref) => Rule::Sgl,
        (Operator::Conv2d | Operator::DepthwiseConv2d, Family::Ref) => Rule::Dbl,
    }
}

/// Fraction bits of a multiplier: `m` stands for `m * 2^-31`.
const FRACTION: u32 = 31;

/// Shifts that a parameter table can hold and hardware performs: right by up to 31, left by up to 32.
pub const SHIFTS: std::ops::RangeInclusive<i32> = -32..=31;

/// Clamps to the range of a 32-bit integer.
pub fn saturate32(value: i64) -> i32 {
    value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// Adds the bias; the flag says that the sum left 32 bits and was clamped.
pub fn add_bias(acc: i64, bias: i32) -> (i32, bool) {
    let sum = acc.saturating_add(bias.into());
    let value = saturate32(sum);
    (value, i64::from(value) != sum)
}

/// Requantises one accumulator: `acc` plus `bias`, times `m * 2^-31 * 2^-shift`, rounded by `rule`.
///
/// `m` is in `0..=2^31-1`, `shift` in [`SHIFTS`]; a negative shift is a left shift that saturates
/// to 32 bits before the product. The flag is true when the bias addition saturated (the CSR
/// SATURATIONS counts these; a saturating left shift is not counted, the result is clamped anyway).
/// This is the formula of the hardware. The caller adds the zero point and clamps ([`finish`]).
pub fn requantize(acc: i64, bias: i32, m: i32, shift: i32, rule: Rule) -> (i32, bool) {
    let (sum, saturated) = add_bias(acc, bias);
    let (value, right) = shift_left(sum, shift);
    (round_product(i64::from(value) * i64::from(m), FRACTION, right, rule) as i32, saturated)
}

/// The same result from the rules as TFLite's sources state them, for checking [`requantize`].
///
/// Arguments, range and result are those of [`requantize`].
pub fn by_definition(acc: i64, bias: i32, m: i32, shift: i32, rule: Rule) -> (i32, bool) {
    let (sum, saturated) = add_bias(acc, bias);
    let (value, right) = shift_left(sum, shift);
    (definition(i64::from(value) * i64::from(m), FRACTION, right, rule) as i32, saturated)
}

/// Adds the output's zero point and clamps: the last step of every requantised operator.
pub fn finish(requantized: i32, zero_point: i8, lo: i8, hi: i8) -> i8 {
    let code = i64::from(requantized) + i64::from(zero_point);
    // Not `clamp`: a command may carry lo > hi, and hardware then answers hi, not a panic.
    code.max(lo.into()).min(hi.into()) as i8
}

/// Splits a signed shift: performs the left part, saturating, and returns the right part.
fn shift_left(value: i32, shift: i32) -> (i32, u32) {
    match u32::try_from(shift) {
        Ok(right) => (value, right),
        Err(_) => (saturate32(i64::from(value) << shift.unsigned_abs()), 0),
    }
}

/// The unified formula over a product with `fraction` fraction bits; `right` is the right shift.
///
/// `u` is the product in half units of its integer part: kept exact for one rounding, or rounded
/// to even half units (whole units) for two. One more addition and shift completes every rule.
fn round_product(product: i64, fraction: u32, right: u32, rule: Rule) -> i64 {
    let q = product >> (fraction - 1);
    let u = if rule == Rule::Sgl { q } else { ((q + 1) >> 1) << 1 };
    let away = i64::from(rule == Rule::Dbl && u < 0);
    (u + (1 << right) - away) >> (right + 1)
}

/// The three definitions, over a product with `fraction` fraction bits.
fn definition(product: i64, fraction: u32, right: u32, rule: Rule) -> i64 {
    let half = 1i64 << (fraction - 1);
    match rule {
        Rule::Dbl => {
            let nudge = if product >= 0 { half } else { 1 - half };
            shift_ties_away((product + nudge) / (1 << fraction), right)
        }
        Rule::Sgl => (product + (half << right)) >> (fraction + right),
        Rule::Up => {
            let t = (product + half) >> fraction;
            if right == 0 {
                t
            } else {
                (t + (1 << (right - 1))) >> right
            }
        }
    }
}

/// Divides by `2^right` to nearest, ties away from zero (gemmlowp's `RoundingDivideByPOT`).
fn shift_ties_away(t: i64, right: u32) -> i64 {
    let mask = (1i64 << right) - 1;
    let threshold = (mask >> 1) + i64::from(t < 0);
    (t >> right) + i64::from((t & mask) > threshold)
}

/// The real factor of a fully connected layer's output channel: `sx * sw / sy`.
///
/// `weight_scales` holds one scale, or one per output channel. With one scale TFLite multiplies
/// `sx * sw` in float32, with several in float64; the quotient is float64 in both. The results can
/// differ in the last bit of the multiplier, and by that an output by one code.
/// `channel` must be below the number of scales unless there is only one.
pub fn fully_connected_scale(
    input: f32,
    weight_scales: &[f32],
    channel: usize,
    output: f32,
) -> f64 {
    let product = match weight_scales {
        [one] => f64::from(input * one),
        many => f64::from(input) * f64::from(many[channel]),
    };
    product / f64::from(output)
}

/// The multiplier `m` and right shift `s` with `real = m * 2^-31 * 2^-s`, `m` in `2^30..2^31`.
///
/// Zero gives `(0, 0)`. The shift is not clamped: callers refuse one outside [`SHIFTS`]. A
/// negative, infinite or NaN `real` gives the shift `i32::MAX`, which every such check refuses.
pub fn quantize_multiplier(real: f64) -> (i32, i32) {
    if real == 0.0 {
        return (0, 0);
    }
    if !real.is_finite() || real < 0.0 {
        return (0, i32::MAX);
    }
    let (fraction, exponent) = frexp(real);
    let m = (fraction * (1u64 << FRACTION) as f64).round() as i64;
    if m == 1 << FRACTION {
        return (1 << (FRACTION - 1), -(exponent + 1));
    }
    (m as i32, -exponent)
}

/// `real = fraction * 2^exponent` with the fraction in `0.5..1`; `real` is positive and finite.
fn frexp(real: f64) -> (f64, i32) {
    const BIAS: i32 = 1022; // the biased exponent of 0.5
    if !real.is_normal() {
        let (fraction, exponent) = frexp(real * (1u64 << 54) as f64);
        return (fraction, exponent - 54);
    }
    let bits = real.to_bits();
    let exponent = (bits >> 52) as i32 - BIAS;
    (f64::from_bits(bits & ((1 << 52) - 1) | (BIAS as u64) << 52), exponent)
}

#[cfg(test)]
mod tests;
