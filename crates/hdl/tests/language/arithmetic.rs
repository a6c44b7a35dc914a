//! Sums, differences and products that keep their width, for all operands of 4 bits.

use crate::{golden, Bench, Sketch};
use seedbed_hdl::{Sig, Ty};

const OUTPUTS: [&str; 7] =
    ["sat_add", "sat_sub", "wrap_mul", "add", "add_wraps", "sub", "sub_wraps"];

fn narrow<'m>(inputs: &[Sig<'m>], outputs: &[Sig<'m>], signed: bool) {
    let as_is = |x: Sig<'m>| if signed { x.as_signed() } else { x };
    let [a, b] = [as_is(inputs[0]), as_is(inputs[1])];
    let (add, add_wraps) = a.overflowing_add(b);
    let (sub, sub_wraps) = a.overflowing_sub(b);
    let all = [
        a.saturating_add(b),
        a.saturating_sub(b),
        a.wrapping_mul(b),
        add,
        add_wraps,
        sub,
        sub_wraps,
    ];
    for (output, value) in outputs.iter().zip(all) {
        output.set(value.as_unsigned().resize(4));
    }
}

fn sketch(name: &'static str, build: crate::Body) -> Sketch {
    let nibble = Ty::uint(4);
    Sketch {
        name,
        inputs: vec![("a", nibble), ("b", nibble)],
        outputs: OUTPUTS.map(|name| (name, nibble)).into(),
        build,
    }
}

#[test]
fn narrow_results_clamp_wrap_or_tell() {
    let signed = sketch("narrow_signed", |_, i, o| narrow(i, o, true));
    let unsigned = sketch("narrow_unsigned", |_, i, o| narrow(i, o, false));
    for (sketch, range) in [(signed, -8..8i64), (unsigned, 0..16)] {
        let mut bench = Bench::new(&golden(&sketch));
        for (a, b) in range.clone().flat_map(|a| range.clone().map(move |b| (a, b))) {
            let clamp = |x: i64| x.clamp(range.start, range.end - 1);
            let wraps = |x: i64| i64::from(!range.contains(&x));
            let expected =
                [clamp(a + b), clamp(a - b), a * b, a + b, wraps(a + b), a - b, wraps(a - b)];
            bench.set("a", (a & 15) as u64).set("b", (b & 15) as u64);
            for (name, value) in OUTPUTS.into_iter().zip(expected) {
                assert_eq!(bench.get(name), (value & 15) as u64, "{name} of {a} and {b}");
            }
        }
    }
}
