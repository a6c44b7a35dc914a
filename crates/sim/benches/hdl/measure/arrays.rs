//! Weight-stationary arrays in the interpreter, the compiled program and Verilator.

use super::array::Array;
use super::clock::thread_seconds;
use super::verilator::Verilated;
use super::Report;
use seedbed_hdl::{elaborate, Settings};
use seedbed_ir::Design;
use seedbed_sim::{Backend, PortHandle, SimOptions, Simulator};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// One way to simulate an array.
#[derive(Serialize)]
pub struct Row {
    /// Rows and columns.
    pub array: String,
    /// Verilator, the interpreter or the compiled program.
    pub simulator: &'static str,
    /// Stimuli in one pass.
    pub lanes: usize,
    /// From the design to the first cycle: the best of three, nothing cached.
    pub ready_seconds: f64,
    /// Of one lane, times lanes, per second of processor time.
    pub cycles_per_second: f64,
    /// Over Verilator's one lane in the same run.
    pub of_verilator: Option<f64>,
    /// Of the outputs of lane 0: equal in all rows of an array.
    pub check: String,
}

/// Something that runs cycles.
pub trait Runs {
    /// Runs some cycles; returns the seconds they took.
    fn run(&mut self, cycles: usize) -> f64;
    /// Of the outputs so far.
    fn check(&mut self) -> u64;
}

/// All outputs of so many cycles are compared.
const COMPARED: usize = 1000;
/// A measurement is the best of so many turns.
const TURNS: usize = 10;
/// The least seconds of a turn.
const TURN_SECONDS: f64 = 0.05;

/// Something that runs cycles, and its row.
struct Entrant {
    row: Row,
    runs: Box<dyn Runs>,
    /// Of a turn.
    cycles: usize,
}

/// Adds the rows of one array.
pub fn simulate(side: u32, report: &mut Report, progress: &mut dyn FnMut(&str)) {
    let design = elaborate(&Array { rows: side, columns: side }, &Settings::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut entrants = Vec::new();
    progress(&format!("{side}x{side}: Verilator's build"));
    match Verilated::build(&design, side) {
        Ok((model, seconds)) => entrants.push(Entrant::new("Verilator", side, 1, seconds, model)),
        Err(reason) => report.skipped.push(format!("Verilator {side}x{side}: {reason}")),
    }
    progress(&format!("{side}x{side}: simulators"));
    for (name, backend) in [("interpreter", Backend::Interpreter), ("compiled", Backend::Compiled)]
    {
        for lanes in [1, 8, 64] {
            let (sim, ready) = ready(&design, &SimOptions { backend, lanes });
            match sim.fallback() {
                None => {
                    entrants.push(Entrant::new(name, side, lanes, ready, Lanes::new(sim, side)))
                }
                Some(reason) => {
                    report.skipped.push(format!("{name} {side}x{side}, {lanes} lanes: {reason}"))
                }
            }
        }
    }
    entrants.iter_mut().for_each(Entrant::compare_and_calibrate);
    for _ in 0..TURNS {
        entrants.iter_mut().for_each(Entrant::turn);
    }
    let verilator = entrants.first().filter(|e| e.row.simulator == "Verilator");
    let verilator = verilator.map(|e| e.row.cycles_per_second);
    report.simulation.extend(
        entrants
            .into_iter()
            .map(|e| Row { of_verilator: verilator.map(|v| e.row.cycles_per_second / v), ..e.row }),
    );
}

impl Entrant {
    fn new(
        simulator: &'static str,
        side: u32,
        lanes: usize,
        ready_seconds: f64,
        runs: impl Runs + 'static,
    ) -> Self {
        let row = Row {
            array: format!("{side}x{side}"),
            simulator,
            lanes,
            ready_seconds,
            cycles_per_second: 0.0,
            of_verilator: None,
            check: String::new(),
        };
        Entrant { row, runs: Box::new(runs), cycles: COMPARED }
    }

    fn compare_and_calibrate(&mut self) {
        let mut seconds = self.runs.run(COMPARED);
        self.row.check = format!("{:016x}", self.runs.check());
        while seconds < TURN_SECONDS {
            self.cycles *= 2;
            seconds = self.runs.run(self.cycles);
        }
    }

    fn turn(&mut self) {
        let rate = (self.cycles * self.row.lanes) as f64 / self.runs.run(self.cycles);
        self.row.cycles_per_second = self.row.cycles_per_second.max(rate);
    }
}

/// A simulator, and the seconds until it was ready: the best of three, each with an empty cache.
fn ready(design: &Design, options: &SimOptions) -> (Simulator, f64) {
    let make = |_| {
        let cache = EmptyCache::new();
        let start = Instant::now();
        let sim = Simulator::with(design, options).expect("a checked design");
        let seconds = start.elapsed().as_secs_f64();
        drop(cache);
        (sim, seconds)
    };
    (0..3).map(make).min_by(|a, b| a.1.total_cmp(&b.1)).expect("three of them")
}

/// A folder where compiled programs are looked for while this lives.
struct EmptyCache {
    folder: PathBuf,
    before: Option<std::ffi::OsString>,
}

const CACHE: &str = "SEEDBED_CACHE";

impl EmptyCache {
    fn new() -> Self {
        let name = format!("seedbed-bench-cache-{}", std::process::id());
        let cache =
            EmptyCache { folder: std::env::temp_dir().join(name), before: std::env::var_os(CACHE) };
        std::env::set_var(CACHE, &cache.folder);
        cache
    }
}

impl Drop for EmptyCache {
    fn drop(&mut self) {
        match &self.before {
            Some(before) => std::env::set_var(CACHE, before),
            None => std::env::remove_var(CACHE),
        }
        let _ = std::fs::remove_dir_all(AsRef::<Path>::as_ref(&self.folder));
    }
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

    /// The next cycle's, of `count` limbs.
    fn next(&mut self, count: usize) -> &[u64] {
        self.random = self.random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let limbs = &mut self.limbs[..count];
        for (i, limb) in limbs.iter_mut().enumerate() {
            *limb = self.random.rotate_left(7 * i as u32);
        }
        limbs
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

    fn cycle(&mut self) {
        let [acts, weights, plane, load] = self.inputs;
        let loads = self.cycle % self.side == 0;
        for (lane, stimulus) in self.stimuli.iter_mut().enumerate() {
            let limbs = stimulus.next(self.side.div_ceil(8));
            self.sim.set_lane_limbs(acts, lane, limbs);
            self.sim.set_lane_limbs(weights, lane, limbs);
            self.sim.set_lane(plane, lane, stimulus.random >> 5);
            self.sim.set_lane(load, lane, if loads { stimulus.random } else { 0 });
        }
        self.sim.tick();
        self.check = self.check.rotate_left(1) ^ self.sim.get(self.sums);
        self.cycle += 1;
    }
}

impl Runs for Lanes {
    fn run(&mut self, cycles: usize) -> f64 {
        let start = thread_seconds();
        (0..cycles).for_each(|_| self.cycle());
        thread_seconds() - start
    }

    fn check(&mut self) -> u64 {
        self.check
    }
}
