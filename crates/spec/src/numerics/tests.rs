use super::*;

/// A small generator (splitmix64): these tests need many values, not good ones.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A value whose magnitude is spread over all widths up to 32 bits, extremes included.
    fn spread32(&mut self) -> i32 {
        let word = self.next();
        match word & 15 {
            0 => i32::MIN,
            1 => i32::MAX,
            2 => (word >> 32) as i32 & 1,
            _ => (word >> 32) as i32 >> (word >> 4 & 31),
        }
    }
}

/// A scaled-down analogue: every accumulator of 8 bits, every multiplier, every shift.
#[test]
fn formula_equals_the_definitions_at_every_small_width() {
    for fraction in 1..=7 {
        for (acc, m) in (-128i64..128).flat_map(|a| (0..1 << fraction).map(move |m| (a, m))) {
            for right in 0..=10 {
                for rule in Rule::ALL {
                    let formula = round_product(acc * m, fraction, right, rule);
                    let defined = definition(acc * m, fraction, right, rule);
                    assert_eq!(formula, defined, "{rule:?} {acc}*{m} f={fraction} r={right}");
                }
            }
        }
    }
}

/// All products around every rounding boundary of the full width, for every shift.
#[test]
fn formula_equals_the_definitions_around_full_width_ties() {
    for right in 0..=31 {
        for base in [0i64, 1 << 30, 1 << 31, 1 << (30 + right), 3 << (30 + right)] {
            for product in [base - 1, base, base + 1, -base - 1, -base, 1 - base] {
                let product = product.clamp(-(1 << 62) + (1 << 31), (1 << 62) - 1);
                for rule in Rule::ALL {
                    let formula = round_product(product, FRACTION, right, rule);
                    assert_eq!(formula, definition(product, FRACTION, right, rule));
                }
            }
        }
    }
}

#[test]
fn formula_equals_the_definitions_at_full_width() {
    let mut random = Random(1);
    let count = if std::env::var_os("SEEDBED_SLOW").is_some() { 30_000_000 } else { 1_000_000 };
    for _ in 0..count {
        let (acc, bias) = (i64::from(random.spread32()), random.spread32());
        let m = random.spread32() & i32::MAX;
        let shift = (random.next() % 64) as i32 - 32;
        for rule in Rule::ALL {
            let formula = requantize(acc, bias, m, shift, rule);
            assert_eq!(
                formula,
                by_definition(acc, bias, m, shift, rule),
                "{rule:?} acc={acc} bias={bias} m={m} shift={shift}"
            );
        }
    }
}

#[test]
fn extremes_in_every_operand_position() {
    for acc in [i64::MIN, i32::MIN.into(), -1, 0, 1, i32::MAX.into(), i64::MAX] {
        for bias in [i32::MIN, -1, 0, 1, i32::MAX] {
            for m in [0, 1, 1 << 30, i32::MAX] {
                for shift in SHIFTS {
                    for rule in Rule::ALL {
                        let formula = requantize(acc, bias, m, shift, rule);
                        assert_eq!(formula, by_definition(acc, bias, m, shift, rule));
                    }
                }
            }
        }
    }
}

/// Literal values, worked out by hand, where the three rules part: so a mistake common to the
/// formula and the definitions would show.
#[test]
fn the_rules_part_where_they_should() {
    let half = 1 << 30; // multiplier 1/2
    let apply = |acc, shift| Rule::ALL.map(|rule| requantize(acc, 0, half, shift, rule).0);
    assert_eq!(apply(5, 0), [3, 3, 3]); // 2.5: ties up
    assert_eq!(apply(-5, 0), [-2, -2, -2]); // -2.5: the first rounding ties up in every rule
    assert_eq!(apply(5, 1), [2, 1, 2]); // 1.25: two roundings go 2.5 -> 3 -> 1.5 -> 2
    assert_eq!(apply(-6, 1), [-2, -1, -1]); // -1.5: only Dbl ties away from zero
    assert_eq!(apply(-7, 1), [-2, -2, -1]); // -1.75: -3.5 -> -3 -> -1.5
    assert_eq!(apply(6, 1), [2, 2, 2]); // 1.5
}

#[test]
fn bias_addition_saturates_and_says_so() {
    assert_eq!(add_bias(i32::MAX.into(), 1), (i32::MAX, true));
    assert_eq!(add_bias(i32::MIN.into(), -1), (i32::MIN, true));
    assert_eq!(add_bias(i32::MAX.into(), 0), (i32::MAX, false));
    assert_eq!(add_bias(1 << 31, -1), (i32::MAX, false));
}

#[test]
fn left_shift_saturates_before_the_product() {
    assert_eq!(requantize(3, 0, 1 << 30, -2, Rule::Sgl).0, 6);
    assert_eq!(requantize(1 << 30, 0, 1 << 30, -2, Rule::Up).0, 1 << 30);
    assert_eq!(requantize(-(1 << 30), 0, 1 << 30, -32, Rule::Dbl).0, -(1 << 30));
}

#[test]
fn finish_adds_and_clamps() {
    assert_eq!(finish(100, 100, -128, 127), 127);
    assert_eq!(finish(i32::MIN, -128, -128, 127), -128);
    assert_eq!(finish(i32::MAX, 127, -128, 127), 127);
    assert_eq!(finish(-5, 3, 3, 127), 3);
    assert_eq!(finish(0, 0, 10, -10), -10);
}

#[test]
fn multipliers_are_normalised() {
    assert_eq!(quantize_multiplier(1.0), (1 << 30, -1));
    assert_eq!(quantize_multiplier(0.5), (1 << 30, 0));
    assert_eq!(quantize_multiplier(0.75), (3 << 29, 0));
    assert_eq!(quantize_multiplier(0.0), (0, 0));
    // Rounds up to 2^31: halved, exponent raised.
    assert_eq!(quantize_multiplier(1.0 - f64::EPSILON / 2.0), (1 << 30, -1));
    assert_eq!(quantize_multiplier(1.0 - 2f64.powi(-32)), (1 << 30, -1));
    assert_eq!(quantize_multiplier(1.0 - 2f64.powi(-31)), (i32::MAX, 0));
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(!SHIFTS.contains(&quantize_multiplier(bad).1));
    }
}

#[test]
fn multiplier_stands_for_the_real_number() {
    let mut random = Random(2);
    for _ in 0..100_000 {
        let real = f64::from_bits(random.next() % (900 << 52) + (60 << 52));
        let (m, shift) = quantize_multiplier(real);
        assert!((1 << 30..=i64::from(i32::MAX)).contains(&m.into()));
        let error = (f64::from(m) * 2f64.powi(-31) - real * 2f64.powi(shift)).abs();
        assert!(error <= 2f64.powi(-32), "{real:e}");
    }
    let (m, shift) = quantize_multiplier(f64::from_bits(3)); // subnormal: 3 * 2^-1074
    assert_eq!((m, shift), (3 << 29, 1072));
}

/// One weight scale: the product is rounded to float32; several: it is not.
#[test]
fn scale_product_is_float32_only_for_one_weight_scale() {
    let (sx, sw, sy) = (0.1f32, 0.3f32, 1.0f32);
    let one = fully_connected_scale(sx, &[sw], 0, sy);
    let many = fully_connected_scale(sx, &[sw, sw], 1, sy);
    assert_eq!(one, f64::from(sx * sw));
    assert_eq!(many, f64::from(sx) * f64::from(sw));
    assert_ne!(quantize_multiplier(one), quantize_multiplier(many));
}

#[test]
fn names_and_codes_round_trip() {
    for family in Family::ALL {
        assert_eq!(family.to_string().parse(), Ok(family));
    }
    assert!("xnn".parse::<Family>().unwrap_err().contains("`ref` or `opt`"));
    for rule in Rule::ALL {
        assert_eq!(Rule::from_code(rule.code()), Some(rule));
    }
    assert_eq!(Rule::from_code(3), None);
}

#[test]
fn reference_kernels_round_fully_connected_once() {
    assert_eq!(rule_for(Operator::FullyConnected, Family::Ref), Rule::Sgl);
    assert_eq!(rule_for(Operator::Conv2d, Family::Ref), Rule::Dbl);
    assert_eq!(rule_for(Operator::DepthwiseConv2d, Family::Ref), Rule::Dbl);
    assert_eq!(rule_for(Operator::FullyConnected, Family::Opt), Rule::Up);
}
