//! A counter: one register, one condition.
//!
//! Run with `cargo run -p seedbed-hdl --example counter [WIDTH]`.

use seedbed_hdl::{bit, elaborate, uint, Diagnostic, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::Simulator;
use seedbed_verilog::{emit, Options};
use std::process::ExitCode;

/// Counts the cycles in which `en` is high; wraps at 2^width.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Counter {
    width: u32,
}

struct CounterIo<'m> {
    en: Sig<'m>,
    count: Sig<'m>,
}

impl Module for Counter {
    type Io<'m> = CounterIo<'m>;

    fn name(&self) -> String {
        format!("counter_w{}", self.width)
    }

    fn doc(&self) -> String {
        "Counts the cycles in which `en` is high.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> CounterIo<'m> {
        CounterIo { en: p.input("en", bit()), count: p.output("count", uint(self.width)) }
    }

    fn build<'m>(&self, m: &'m Scope, io: CounterIo<'m>) {
        let count = m.reg("count_q", uint(self.width), 0);
        m.when(io.en, || count.set(count.wrapping_add(1)));
        io.count.set(count);
    }
}

fn main() -> ExitCode {
    let width = std::env::args().nth(1).and_then(|w| w.parse().ok()).unwrap_or(4);
    let Err(mistakes) = run(width) else { return ExitCode::SUCCESS };
    mistakes.iter().for_each(|m| eprintln!("{m}"));
    ExitCode::FAILURE
}

/// Elaborates, prints and simulates a counter.
pub fn run(width: u32) -> Result<(), Vec<Diagnostic>> {
    let design = elaborate(&Counter { width }, &Settings::default())?;
    for file in emit(&design, &Options::default()) {
        println!("{}", file.text);
    }

    let mut sim = Simulator::new(&design);
    let [rst_n, en] = ["rst_n", "en"].map(|name| sim.input(name).expect("an input"));
    let count = sim.output("count").expect("an output");
    for (port, value) in [(rst_n, 0), (rst_n, 1), (en, 1)] {
        sim.set(port, value);
        sim.settle();
    }
    (0..20).for_each(|_| sim.tick());
    sim.settle();
    println!("after 20 cycles: {}", sim.get(count));
    assert_eq!(sim.get(count), if width < 5 { 20 % (1 << width) } else { 20 });
    Ok(())
}
