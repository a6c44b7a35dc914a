//! A FIR filter in transposed form: one multiplier and one register per tap, no adder tree.
//!
//! Run with `cargo run --release --example fir -p seedbed-hdl [FOLDER]`.

mod support;

use seedbed_hdl::{bit, bits_for, elaborate, sint, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::Simulator;
use std::path::Path;

/// Computes `y[n] = sum over k of taps[k] * x[n - k]`, exactly: `y` is as wide as the taps demand.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Fir {
    /// Bits of a sample.
    bits: u32,
    /// Coefficients, the one of the newest sample first.
    taps: Vec<i32>,
}

struct FirIo<'m> {
    valid: Sig<'m>,
    x: Sig<'m>,
    y: Sig<'m>,
}

impl Fir {
    /// Bits of a result: every sample at its lowest, with the sign that adds up.
    fn result_bits(&self) -> u32 {
        let gain: u64 = self.taps.iter().map(|&tap| u64::from(tap.unsigned_abs())).sum();
        self.bits + bits_for(gain)
    }
}

impl Module for Fir {
    type Io<'m> = FirIo<'m>;

    fn name(&self) -> String {
        let taps: Vec<String> = self.taps.iter().map(|t| t.to_string().replace('-', "m")).collect();
        format!("fir_s{}_{}", self.bits, taps.join("_"))
    }

    fn doc(&self) -> String {
        let taps: Vec<String> = self.taps.iter().map(i32::to_string).collect();
        format!(
            "FIR filter with the taps {}.\nvalid: a sample is taken\nx: sample\n\
             y: result, one cycle after its newest sample",
            taps.join(", ")
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> FirIo<'m> {
        let (valid, x) = (p.input("valid", bit()), p.input("x", sint(self.bits)));
        FirIo { valid, x, y: p.output("y", sint(self.result_bits())) }
    }

    fn build<'m>(&self, m: &'m Scope, io: FirIo<'m>) {
        let width = self.result_bits();
        let mut sum = m.zero(sint(width));
        for (k, &tap) in self.taps.iter().enumerate().rev() {
            let product = io.x * m.lit(tap, sint(bits_for(tap.unsigned_abs().into()) + 1));
            if k + 1 == self.taps.len() {
                m.comment("Partial sums: each has met the taps up to its number.");
            }
            let next = m.reg(format!("sum_{k}_q"), sint(width), 0);
            m.when(io.valid, || next.set(sum.wrapping_add(product.resize(width))));
            sum = next;
        }
        io.y.set(sum);
    }
}

fn main() -> std::io::Result<()> {
    run(&support::folder("fir"), &[-1, 4, 9, 4, -1])
}

/// Filters a step and the extremes; compares with a sum in Rust.
pub fn run(folder: &Path, taps: &[i32]) -> std::io::Result<()> {
    let fir = Fir { bits: 8, taps: taps.to_vec() };
    let design = support::sound(elaborate(&fir, &Settings::default()))?;
    support::write_verilog(folder, &design)?;
    let mut sim = Simulator::new(&design);
    sim.trace(support::waves(folder)?)?;
    let samples: Vec<i64> =
        (0..64).map(|n| [0, 100, -128, 127, -(n % 100)][(n / 12) as usize % 5]).collect();
    let results = simulate(&mut sim, &fir, &samples);
    sim.finish_trace()?;

    let expected: Vec<i64> = (0..samples.len())
        .map(|n| {
            taps.iter()
                .enumerate()
                .filter(|(k, _)| *k <= n)
                .map(|(k, &t)| i64::from(t) * samples[n - k])
                .sum()
        })
        .collect();
    println!("x: {:?}", &samples[8..32]);
    println!("y: {:?}", &results[8..32]);
    assert_eq!(results, expected);
    Ok(())
}

fn simulate(sim: &mut Simulator, fir: &Fir, samples: &[i64]) -> Vec<i64> {
    let [rst_n, valid, x] = ["rst_n", "valid", "x"].map(|name| sim.input(name).expect("an input"));
    let y = sim.output("y").expect("an output");
    for value in [0, 1] {
        sim.set(rst_n, value);
        sim.tick();
    }
    let shift = 64 - fir.result_bits();
    let take = |(n, &sample): (usize, &i64)| {
        // A gap now and then: nothing may move while `valid` is low.
        for go in (n % 3 == 0).then_some(0).into_iter().chain([1]) {
            sim.set(valid, go);
            sim.set(x, sample as u64 & ((1 << fir.bits) - 1));
            sim.tick();
        }
        (sim.get(y) << shift) as i64 >> shift
    };
    samples.iter().enumerate().map(take).collect()
}
