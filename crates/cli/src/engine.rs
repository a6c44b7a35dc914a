//! From a configuration to a core on the bench.

use crate::args::{Engine, MemoryArgs};
use anyhow::{anyhow, Context, Result};
use seedbed_cosim::dut::Dut;
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{Diagnostic, Harness, Host, MemoryTiming, Rtl};
use seedbed_spec::Config;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// A core on the bench, whichever simulator runs it.
pub type Core = Host<Box<dyn Dut>>;

impl From<&MemoryArgs> for MemoryTiming {
    fn from(args: &MemoryArgs) -> Self {
        MemoryTiming { latency: args.latency, stall: args.stall, seed: args.seed }
    }
}

/// The RTL of `config`.
pub fn rtl(config: &Config) -> Result<Rtl> {
    Rtl::generate(config).map_err(|mistakes| broken(&mistakes))
}

/// The error for mistakes that no user can have made.
pub fn broken(mistakes: &[Diagnostic]) -> anyhow::Error {
    let list: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    anyhow!("the generator is broken, please report it:\n{}", list.join("\n"))
}

/// Puts `rtl` on the bench. `engine` is not `Golden`.
pub fn core(
    rtl: &Rtl,
    engine: Engine,
    memory_bytes: u64,
    timing: MemoryTiming,
    waves: Option<&Path>,
) -> Result<Core> {
    let dut = match engine {
        Engine::Verilator => verilated(rtl, waves)?,
        Engine::Sim | Engine::Golden => simulated(rtl, waves)?,
    };
    on_the_bench(rtl, dut, memory_bytes, timing)
}

/// The same in the compiled back end of the built-in simulator, without waves.
pub fn compiled(rtl: &Rtl, memory_bytes: u64, timing: MemoryTiming) -> Result<Core> {
    let dut = SimulatedDut::compiled(&rtl.design, &rtl.layout).map_err(|reason| anyhow!(reason))?;
    on_the_bench(rtl, Box::new(dut), memory_bytes, timing)
}

fn on_the_bench(
    rtl: &Rtl,
    dut: Box<dyn Dut>,
    memory_bytes: u64,
    timing: MemoryTiming,
) -> Result<Core> {
    let bytes = usize::try_from(memory_bytes).context("external memory")?;
    let harness = Harness::new(dut, &rtl.layout, bytes, timing)?;
    Ok(Host::new(harness, &rtl.config))
}

fn simulated(rtl: &Rtl, waves: Option<&Path>) -> Result<Box<dyn Dut>> {
    let mut dut = SimulatedDut::new(&rtl.design, &rtl.layout);
    if let Some(path) = waves {
        dut.trace(BufWriter::new(create(path)?))?;
    }
    Ok(Box::new(dut))
}

fn verilated(rtl: &Rtl, waves: Option<&Path>) -> Result<Box<dyn Dut>> {
    let options = BuildOptions { waves: waves.is_some(), ..BuildOptions::default() };
    let mut dut = VerilatedDut::build(&rtl.sources, rtl.top(), &rtl.layout, &options)?;
    if let Some(path) = waves {
        create(path)?;
        dut.trace(path);
    }
    Ok(Box::new(dut))
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| {
        format!("{}: cannot be written; name another place with --waves", path.display())
    })
}
