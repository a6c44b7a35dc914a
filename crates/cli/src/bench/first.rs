//! How soon the first result is there.

use crate::report::number;
use anyhow::Result;
use seedbed_cosim::dut::Dut;
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::Rtl;
use serde::Serialize;
use std::time::Instant;

/// Time from a netlist to the first thousand cycles.
#[derive(Serialize)]
pub struct FirstResult {
    cycles: u32,
    built_in_seconds: f64,
    verilator_seconds: f64,
    times_sooner: f64,
}

const CYCLES: u32 = 1000;

/// Both simulators from the netlist, side by side. Verilator's own runtime is built beforehand.
pub fn measure(rtl: &Rtl) -> Result<FirstResult> {
    let built_in = seconds(|| {
        run_cycles(&mut SimulatedDut::new(&rtl.design, &rtl.layout), rtl);
        Ok(())
    })?;
    let cache = std::env::temp_dir().join(format!("seedbed-bench-{}", std::process::id()));
    let options = BuildOptions {
        cache: Some(cache.clone()),
        without_ccache: true,
        ..BuildOptions::default()
    };
    VerilatedDut::prepare(&options)?;
    let verilator = seconds(|| {
        let mut dut = VerilatedDut::build(&rtl.sources, rtl.top(), &rtl.layout, &options)?;
        run_cycles(&mut dut, rtl);
        Ok(())
    });
    let _ = std::fs::remove_dir_all(&cache);
    let verilator = verilator?;
    Ok(FirstResult {
        cycles: CYCLES,
        built_in_seconds: built_in,
        verilator_seconds: verilator,
        times_sooner: verilator / built_in,
    })
}

fn seconds(f: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    f()?;
    Ok(start.elapsed().as_secs_f64())
}

fn run_cycles(dut: &mut impl Dut, rtl: &Rtl) {
    let inputs = vec![u64::MAX; rtl.layout.input_limbs];
    let mut outputs = vec![0; rtl.layout.output_limbs];
    for _ in 0..CYCLES {
        dut.settle(&inputs, &mut outputs);
        dut.tick();
    }
}

/// A sentence for people.
pub fn render(first: &FirstResult) -> String {
    format!(
        "\nfrom netlist to cycle {}: built-in simulator {:.3} s, fresh Verilator build {:.1} s: {:.0} times \
         sooner\n",
        number(first.cycles.into()),
        first.built_in_seconds,
        first.verilator_seconds,
        first.times_sooner
    )
}
