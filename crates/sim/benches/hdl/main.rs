//! The construction library's numbers, next to Verilator's in one run:
//! `cargo bench -p seedbed-sim -- [--json] [--large]`. `--large` adds the 64x64 array, whose Verilator
//! build takes minutes.

mod elaboration;
mod verilator;

#[path = "../../tests/support/array.rs"]
mod array;

use array::Array;
use elaboration::Elaboration;
use seedbed_hdl::{elaborate, Settings};
use seedbed_ir::Design;
use seedbed_sim::{Backend, PortHandle, SimOptions, Simulator};
use serde::Serialize;
use std::time::Instant;

/// One way to simulate an array.
#[derive(Serialize)]
struct Row {
    array: String,
    simulator: &'static str,
    lanes: usize,
    /// From the design to the first cycle.
    ready_seconds: f64,
    /// Of one lane, times lanes.
    cycles_per_second: f64,
    /// Over Verilator's one lane in the same run.
    of_verilator: Option<f64>,
    /// Of the outputs of lane 0: equal in all rows of an array.
    check: String,
}

/// Everything.
#[derive(Serialize)]
struct Report {
    elaboration: Vec<Elaboration>,
    simulation: Vec<Row>,
    skipped: Vec<String>,
}

/// A measurement is the best of so many, in turns with the other simulators: the machine may be busy.
const ROUNDS: usize = 10;
/// Cycles of lane-elements of one measurement.
const WORK: usize = 20_000_000;

fn main() {
    let has = |flag: &str| std::env::args().any(|a| a == flag);
    let elaboration = elaboration::measure();
    let mut report = Report { elaboration, simulation: Vec::new(), skipped: Vec::new() };
    let sides: &[u32] = if has("--large") { &[16, 64] } else { &[16] };
    for &side in sides {
        simulate(side, &mut report);
    }
    if has("--json") {
        println!("{}", serde_json::to_string_pretty(&report).expect("numbers and strings"));
    } else {
        print(&report);
    }
    for of_array in report.simulation.chunk_by(|a, b| a.array == b.array) {
        assert!(of_array.iter().all(|r| r.check == of_array[0].check), "simulators disagree");
    }
}

/// Something that runs cycles.
trait Runs {
    /// Runs some cycles; returns cycles per second.
    fn run(&mut self, cycles: usize) -> f64;
    /// Of the outputs so far.
    fn check(&mut self) -> u64;
}

fn simulate(side: u32, report: &mut Report) {
    let design = elaborate(&Array { rows: side, columns: side }, &Settings::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let cycles = (WORK / (side * side) as usize / 10).max(1000);
    let mut rows: Vec<(Row, Box<dyn Runs>)> = Vec::new();
    let row = |simulator, lanes, ready_seconds| Row {
        array: format!("{side}x{side}"),
        simulator,
        lanes,
        ready_seconds,
        cycles_per_second: 0.0,
        of_verilator: None,
        check: String::new(),
    };
    match verilator::Verilated::build(&design, side) {
        Ok((model, seconds)) => rows.push((row("Verilator", 1, seconds), Box::new(model))),
        Err(reason) => report.skipped.push(format!("Verilator {side}x{side}: {reason}")),
    }
    for (name, backend) in [("interpreter", Backend::Interpreter), ("compiled", Backend::Compiled)]
    {
        for lanes in [1, 8, 64] {
            let start = Instant::now();
            let sim =
                Simulator::with(&design, &SimOptions { backend, lanes }).expect("a checked design");
            let ready = start.elapsed().as_secs_f64();
            if let Some(reason) = sim.fallback() {
                report.skipped.push(format!("compiled {side}x{side}, {lanes} lanes: {reason}"));
                continue;
            }
            rows.push((row(name, lanes, ready), Box::new(Lanes::new(sim, side))));
        }
    }
    for _ in 0..ROUNDS {
        for (row, runs) in &mut rows {
            let rate = runs.run(cycles) * row.lanes as f64;
            row.cycles_per_second = row.cycles_per_second.max(rate);
        }
    }
    let verilator =
        rows.first().filter(|r| r.0.simulator == "Verilator").map(|r| r.0.cycles_per_second);
    report.simulation.extend(rows.into_iter().map(|(mut row, mut runs)| {
        row.of_verilator = verilator.map(|v| row.cycles_per_second / v);
        row.check = format!("{:016x}", runs.check());
        row
    }));
}

/// The stimulus: streams activations, loads weights every `side` cycles. `harness.cpp` has the same.
struct Stimulus {
    random: u64,
    limbs: [u64; 8],
}

impl Stimulus {
    fn new(lane: usize) -> Self {
        Stimulus { random: 1 + lane as u64, limbs: [0; 8] }
    }

    fn next(&mut self) {
        self.random = self.random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        for (i, limb) in self.limbs.iter_mut().enumerate() {
            *limb = self.random.rotate_left(7 * i as u32);
        }
    }
}

/// A simulator with a stimulus per lane.
struct Lanes {
    sim: Simulator,
    side: usize,
    inputs: [PortHandle; 4],
    sums: PortHandle,
    stimuli: Vec<Stimulus>,
    cycle: usize,
    check: u64,
}

impl Lanes {
    fn new(mut sim: Simulator, side: u32) -> Self {
        let input = |name| sim.input(name).expect("a port of the array");
        let inputs = ["acts", "weights", "plane", "load"].map(input);
        let (rst_n, sums) = (input("rst_n"), sim.output("sums").expect("a port of the array"));
        sim.set(rst_n, 1);
        let stimuli = (0..sim.lanes()).map(Stimulus::new).collect();
        Lanes { sim, side: side as usize, inputs, sums, stimuli, cycle: 0, check: 0 }
    }
}

impl Runs for Lanes {
    fn run(&mut self, cycles: usize) -> f64 {
        let start = Instant::now();
        let [acts, weights, plane, load] = self.inputs;
        for _ in 0..cycles {
            let loads = self.cycle % self.side == 0;
            for (lane, stimulus) in self.stimuli.iter_mut().enumerate() {
                stimulus.next();
                self.sim.set_lane_limbs(acts, lane, &stimulus.limbs);
                self.sim.set_lane_limbs(weights, lane, &stimulus.limbs);
                self.sim.set_lane(plane, lane, stimulus.random >> 5);
                self.sim.set_lane(load, lane, if loads { stimulus.random } else { 0 });
            }
            self.sim.tick();
            self.check = self.check.rotate_left(1) ^ self.sim.get(self.sums);
            self.cycle += 1;
        }
        cycles as f64 / start.elapsed().as_secs_f64()
    }

    fn check(&mut self) -> u64 {
        self.check
    }
}

fn print(report: &Report) {
    println!("{:<44} {:>7} {:>8} {:>9}", "elaborate, check, print", "CPU s", "peak MB", "Verilog");
    for row in &report.elaboration {
        let peak = row.peak_megabytes.map_or("-".into(), |m| format!("{m:.0}"));
        println!("{:<44} {:>7.2} {:>8} {:>9}", row.what, row.cpu_seconds, peak, row.verilog_bytes);
    }
    println!(
        "\n{:<7} {:<12} {:>5} {:>9} {:>14} {:>13}",
        "array", "simulator", "lanes", "ready s", "lane-cycles/s", "of Verilator"
    );
    for row in &report.simulation {
        let ratio = row.of_verilator.map_or("-".into(), |r| format!("{r:.2}"));
        println!(
            "{:<7} {:<12} {:>5} {:>9.3} {:>14.0} {ratio:>13}",
            row.array, row.simulator, row.lanes, row.ready_seconds, row.cycles_per_second
        );
    }
    report.skipped.iter().for_each(|what| println!("skipped: {what}"));
}

/// The Verilog of a design, in one text.
fn verilog(design: &Design) -> String {
    seedbed_verilog::emit(design, &Default::default()).into_iter().map(|f| f.text).collect()
}
