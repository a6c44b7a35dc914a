//! How many cycles per second the simulators run a whole core.

use crate::args::Engine;
use crate::engine::{core, Core};
use crate::report::number;
use crate::session::put_rows;
use crate::workload::{gemm, Random};
use anyhow::Result;
use seedbed_compiler::{compile, Effort, Options};
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_spec::numerics::Family;
use seedbed_spec::program::Program;
use serde::Serialize;
use std::time::Instant;

/// The same job in both simulators, with memory model and protocol checker; building not counted.
#[derive(Serialize)]
pub struct Speed {
    cycles: u64,
    built_in_cycles_per_second: f64,
    verilator_cycles_per_second: f64,
    /// Built-in over Verilator.
    ratio: f64,
}

/// Rows, inputs and outputs of the product that is simulated.
const SIZE: usize = 128;
/// Every simulator runs the job this often, in turns; the fastest counts.
const ROUNDS: usize = 3;
/// Far beyond the job's cycles on the smallest array.
const LIMIT: u64 = 100_000_000;

/// Runs one matrix product on the core in both simulators.
pub fn measure(rtl: &Rtl) -> Result<Speed> {
    let mut random = Random(1);
    let graph = gemm(SIZE, SIZE, &mut random)?;
    let rows: Vec<_> = (0..SIZE).map(|_| random.codes(SIZE)).collect();
    let program = compile(
        &graph,
        &rtl.config,
        &Options { family: Family::Ref, rows: SIZE as u32, effort: Effort::default() },
    )?;
    let ready = |engine| -> Result<Core> {
        let mut core = core(rtl, engine, program.memory_bytes, MemoryTiming::default(), None)?;
        core.load(&program)?;
        put_rows(core.memory(), &program.input, &rows);
        Ok(core)
    };
    let (mut built_in, mut verilator) = (ready(Engine::Sim)?, ready(Engine::Verilator)?);
    let (mut cycles, mut rates) = (0, [0.0f64; 2]);
    for _ in 0..ROUNDS {
        for (core, rate) in [&mut built_in, &mut verilator].into_iter().zip(&mut rates) {
            let one = run(core, &program)?;
            cycles = one.0;
            *rate = rate.max(one.1);
        }
    }
    let [built_in, verilator] = rates;
    Ok(Speed {
        cycles,
        built_in_cycles_per_second: built_in,
        verilator_cycles_per_second: verilator,
        ratio: built_in / verilator,
    })
}

/// Cycles of the job, and cycles per second.
fn run(core: &mut Core, program: &Program) -> Result<(u64, f64)> {
    let start = Instant::now();
    let cycles = core.run_program(program, LIMIT)?.cycles;
    Ok((cycles, cycles as f64 / start.elapsed().as_secs_f64()))
}

/// A sentence for people.
pub fn render(speed: &Speed) -> String {
    format!(
        "\nwhole core, {SIZE} x {SIZE} x {SIZE}, {} cycles: built-in simulator {} cycles/s, \
         Verilator {} cycles/s after its build: {:.2} times\n",
        number(speed.cycles),
        number(speed.built_in_cycles_per_second as u64),
        number(speed.verilator_cycles_per_second as u64),
        speed.ratio
    )
}
