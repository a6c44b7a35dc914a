//! How many cycles per second the simulators run a whole core.

use crate::args::Engine;
use crate::engine::{compiled, core, Core};
use crate::report::{number, table};
use crate::session::put_rows;
use crate::workload::{gemm, Random};
use anyhow::Result;
use seedbed_compiler::{compile, Effort, Options};
use seedbed_cosim::hdl_bench::clock::thread_seconds;
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_spec::numerics::Family;
use seedbed_spec::program::Program;
use serde::Serialize;
use std::time::Instant;

/// The same job in all simulators, with memory model and protocol checker; building not counted.
#[derive(Serialize)]
pub struct Speed {
    cycles: u64,
    simulators: Vec<Rate>,
    /// Why there is no compiled back end.
    skipped: Option<String>,
}

/// What one simulator makes.
#[derive(Serialize)]
struct Rate {
    simulator: &'static str,
    /// From the netlist to the first cycle; what an earlier run has built is not built again.
    ready_seconds: f64,
    cycles_per_second: f64,
    of_verilator: f64,
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
    let (mut entrants, skipped) = entrants(rtl, program.memory_bytes)?;
    for (core, _) in &mut entrants {
        core.load(&program)?;
        put_rows(core.memory(), &program.input, &rows);
    }
    let mut cycles = 0;
    for _ in 0..ROUNDS {
        for (core, rate) in &mut entrants {
            let one = run(core, &program)?;
            cycles = one.0;
            rate.cycles_per_second = rate.cycles_per_second.max(one.1);
        }
    }
    let mut simulators: Vec<_> = entrants.into_iter().map(|entrant| entrant.1).collect();
    let verilator = simulators[0].cycles_per_second;
    simulators.iter_mut().for_each(|rate| rate.of_verilator = rate.cycles_per_second / verilator);
    Ok(Speed { cycles, simulators, skipped })
}

/// A core in a simulator, and what that makes.
type Entrant = (Core, Rate);

/// Verilator, the interpreter and the compiled back end, or why that is not there.
fn entrants(rtl: &Rtl, memory_bytes: u64) -> Result<(Vec<Entrant>, Option<String>)> {
    let entrant = |simulator, make: &dyn Fn() -> Result<Core>| -> Result<Entrant> {
        let start = Instant::now();
        let core = make()?;
        let ready_seconds = start.elapsed().as_secs_f64();
        Ok((core, Rate { simulator, ready_seconds, cycles_per_second: 0.0, of_verilator: 0.0 }))
    };
    let timing = MemoryTiming::default();
    let mut all = vec![
        entrant("Verilator", &|| core(rtl, Engine::Verilator, memory_bytes, timing, None))?,
        entrant("interpreter", &|| core(rtl, Engine::Sim, memory_bytes, timing, None))?,
    ];
    let skipped = match entrant("compiled", &|| compiled(rtl, memory_bytes, timing)) {
        Ok(compiled) => {
            all.push(compiled);
            None
        }
        Err(reason) => Some(reason.to_string()),
    };
    Ok((all, skipped))
}

/// Cycles of the job, and cycles per second of processor time.
fn run(core: &mut Core, program: &Program) -> Result<(u64, f64)> {
    let start = thread_seconds();
    let cycles = core.run_program(program, LIMIT)?.cycles;
    Ok((cycles, cycles as f64 / (thread_seconds() - start)))
}

/// The table.
pub fn render(speed: &Speed) -> String {
    let cells = |rate: &Rate| {
        vec![
            rate.simulator.to_string(),
            format!("{:.2}", rate.ready_seconds),
            number(rate.cycles_per_second as u64),
            format!("{:.2}", rate.of_verilator),
        ]
    };
    let head = ["whole core", "ready s", "cycles/s", "of Verilator"];
    let rows: Vec<_> = speed.simulators.iter().map(cells).collect();
    let skipped = speed.skipped.iter().map(|reason| format!("skipped: compiled: {reason}\n"));
    format!(
        "\n{SIZE} x {SIZE} x {SIZE}, {} cycles, with memory model and protocol checker\n{}{}",
        number(speed.cycles),
        table(&head, &rows),
        skipped.collect::<String>()
    )
}
