//! Fixed point against arithmetic on whole numbers.

use crate::{golden, Bench, Sketch};
use seedbed_hdl::{Rounding, Sig, Ty};

const MODES: [Rounding; 5] =
    [Rounding::Down, Rounding::ToZero, Rounding::HalfUp, Rounding::HalfAway, Rounding::HalfEven];

/// `value` / 2^`drop`, rounded.
fn rounded(value: i64, drop: u32, mode: Rounding) -> i64 {
    let (floor, rest) = (value >> drop, value & ((1 << drop) - 1));
    let half = 1 << (drop - 1);
    floor
        + i64::from(match mode {
            Rounding::Down => false,
            Rounding::ToZero => value < 0 && rest > 0,
            Rounding::HalfUp => rest >= half,
            Rounding::HalfAway => rest > half || (rest == half && value >= 0),
            Rounding::HalfEven => rest > half || (rest == half && floor & 1 == 1),
        })
}

/// All modes side by side: 6 bits of which `drop` go, signed and unsigned.
fn rounder(drop: u32) -> Sketch {
    fn build<'m>(inputs: &[Sig<'m>], outputs: &[Sig<'m>], drop: u32) {
        for (index, mode) in MODES.into_iter().enumerate() {
            for (side, x) in [inputs[0].as_signed(), inputs[0]].into_iter().enumerate() {
                let value = x.as_fixed(8).round(8 - drop, mode);
                assert_eq!(value.fraction(), 8 - drop);
                outputs[2 * index + side].set(value.raw().extend(8).as_unsigned());
            }
        }
    }
    let names = [
        "down_s", "down_u", "zero_s", "zero_u", "up_s", "up_u", "away_s", "away_u", "even_s",
        "even_u",
    ];
    Sketch {
        name: ["", "round_1", "", "round_3", "", "", "round_6", "", "round_8"][drop as usize],
        inputs: vec![("x", Ty::uint(6))],
        outputs: names.map(|name| (name, Ty::uint(8))).to_vec(),
        build: match drop {
            1 => |_, inputs, outputs| build(inputs, outputs, 1),
            3 => |_, inputs, outputs| build(inputs, outputs, 3),
            6 => |_, inputs, outputs| build(inputs, outputs, 6),
            _ => |_, inputs, outputs| build(inputs, outputs, 8),
        },
    }
}

#[test]
fn every_rounding_mode_is_right_for_every_value() {
    for drop in [1, 3, 6, 8] {
        let sketch = rounder(drop);
        let mut bench = Bench::new(&golden(&sketch));
        for x in 0..64i64 {
            bench.set("x", x as u64);
            for (index, mode) in MODES.into_iter().enumerate() {
                let signed = if x >= 32 { x - 64 } else { x };
                let expected = [signed, x].map(|v| rounded(v, drop, mode) as u64 & 0xff);
                let names = [2 * index, 2 * index + 1].map(|i| sketch.outputs[i].0);
                let found = names.map(|name| bench.get(name));
                assert_eq!(found, expected, "{x} / 2^{drop} {mode:?}");
            }
        }
    }
}

#[test]
fn sums_and_products_keep_the_point() {
    let sketch = Sketch {
        name: "fixed_mac",
        inputs: vec![("a", Ty::sint(6)), ("b", Ty::sint(5))],
        outputs: vec![
            ("sum", Ty::sint(9)),
            ("product", Ty::sint(11)),
            ("scaled", Ty::sint(6)),
            ("less", Ty::uint(1)),
            ("wider", Ty::sint(8)),
        ],
        build: |m, inputs, outputs| {
            // a = raw / 16, b = raw / 4.
            let (a, b) = (inputs[0].as_fixed(4), inputs[1].as_fixed(2));
            let sum = a + b - m.fixed(0.5, Ty::sint(4), 3);
            outputs[0].set(sum.raw());
            outputs[1].set((a * b).raw());
            let scaled = (a * m.fixed(-1.25, Ty::sint(4), 2)).round(4, Rounding::HalfEven);
            outputs[2].set(scaled.saturate(6).raw());
            outputs[3].set(a.lt(b));
            outputs[4].set(a.round(6, Rounding::Down).raw());
        },
    };
    let mut bench = Bench::new(&golden(&sketch));
    let field = |value: i64, bits: u32| value as u64 & ((1 << bits) - 1);
    for a in -32..32 {
        for b in -16..16 {
            bench.set("a", field(a, 6)).set("b", field(b, 5));
            assert_eq!(bench.get("sum"), field(a + 4 * b - 8, 9));
            assert_eq!(bench.get("product"), field(a * b, 11));
            let scaled = rounded(a * -5, 2, Rounding::HalfEven).clamp(-32, 31);
            assert_eq!(bench.get("scaled"), field(scaled, 6));
            assert_eq!(bench.get("less"), u64::from(a < 4 * b));
            assert_eq!(bench.get("wider"), field(4 * a, 8));
        }
    }
}
