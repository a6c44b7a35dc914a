//! The cycle model against RTL: start and end of every command, and the cycles of every job.

#[path = "support/edits.rs"]
mod edits;
#[path = "support/network.rs"]
mod network;
#[path = "support/probe.rs"]
mod probe;

use edits::{buggy, later, Bug};
use network::{codes, digits, Network};
use probe::{Log, Probe, Seen};
use seedbed_cosim::duel::{simulated, Duel, Mismatch};
use seedbed_cosim::dut::Dut;
use seedbed_cosim::random::{generate, random_config, Case, Item, Job, Options};
use seedbed_cosim::rng::Rng;
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_golden::cycles::{predict, External, Holds, Prediction, Span};
use seedbed_model::{tflite, Activation, FullyConnected, Graph, Quantization};
use seedbed_spec::command::{decode_checked, disassemble, Body, Command, Matrix, Move};
use seedbed_spec::fault::Engine;
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;
use std::process::Command as Process;

/// Presets small enough for random programs in a moment.
const PRESETS: [&str; 6] = ["tiny", "small", "ragged", "edge", "edge-systolic", "odd"];

fn preset(name: &str) -> Config {
    Config::preset(name).expect("a preset")
}

/// Start and end of every command as seen.
fn spans(config: &Config, commands: &[Command], seen: &Seen) -> Vec<Span> {
    let mut next = [0; 4];
    let mut span = |command: &Command| {
        let engine = decode_checked(command, config).expect("legal").1.opcode().engine();
        let engine = Engine::EXECUTING.iter().position(|e| *e == engine).expect("it executes");
        let at = next[engine];
        next[engine] += 1;
        Span { start: seen.starts[engine][at], end: seen.ends[engine][at] }
    };
    commands.iter().map(&mut span).collect()
}

/// Where the model first leaves the RTL, in words.
fn first_difference(
    config: &Config,
    commands: &[Command],
    seen: &Seen,
    model: &Prediction,
) -> Option<String> {
    let rtl = spans(config, commands, seen);
    assert_eq!(rtl.len(), model.commands.len(), "a prediction for every command");
    let wrong =
        rtl.iter().zip(&model.commands).enumerate().filter(|(_, (rtl, model))| rtl != model);
    // A wrong start is there before the end of the command that is wrong next.
    let moment = |(rtl, model): (&Span, &Span)| match rtl.start == model.start {
        true => rtl.end.min(model.end),
        false => rtl.start.min(model.start),
    };
    if let Some((at, (rtl, model))) = wrong.min_by_key(|(_, pair)| moment(*pair)) {
        let text = disassemble(&commands[at]);
        return Some(format!("command {at}: RTL {rtl:?}, model {model:?}: {text}"));
    }
    let (rtl, model) = (seen.cycles, model.cycles);
    (rtl != model).then(|| format!("the job: RTL {rtl}, model {model} cycles"))
}

/// The external memory of a job, as the bench's will behave from the doorbell on.
fn external(timing: MemoryTiming, seen: &Seen) -> External<'static> {
    let holds = timing.holds(seen.doorbell).map(Holds::from);
    External::holding(timing.latency, holds)
}

/// Fails at the first command that the model has wrong.
fn assert_exact(
    what: &str,
    config: &Config,
    commands: &[Command],
    seen: &Seen,
    timing: MemoryTiming,
) {
    let model = predict(config, commands, external(timing, seen)).expect("a legal job");
    if let Some(difference) = first_difference(config, commands, seen, &model) {
        panic!("{what}, {timing:?}: {difference}");
    }
}

/// A core on the bench, and what was seen of its jobs.
struct Bench {
    duel: Duel,
    log: Log,
}

impl Bench {
    fn new(config: &Config) -> Self {
        let log = Log::default();
        let probe = |rtl: &Rtl, _: Option<&std::path::Path>| {
            Ok(Box::new(Probe::new(rtl, log.clone())) as Box<dyn Dut>)
        };
        let rtl = Rtl::generate(config).expect("a core");
        Self { duel: Duel::new(&rtl, &probe, None).expect("a bench"), log }
    }

    /// Runs a case; its jobs and what was seen of each.
    fn run(&mut self, case: &Case) -> Vec<(Vec<Command>, Seen)> {
        let golden = case.golden().unwrap_or_else(|e| panic!("seed {}: {e}", case.seed));
        self.log.lock().expect("no panic").clear();
        self.duel.run(case, &golden).unwrap_or_else(|e| panic!("seed {}: {e}", case.seed));
        let seen = self.log.lock().expect("no panic").clone();
        // One more job stores LM.
        assert_eq!(seen.len(), golden.jobs.len() + 1);
        golden.jobs.into_iter().map(|job| job.commands).zip(seen).collect()
    }

    /// Compares random programs; returns how many commands.
    fn compare(&mut self, options: &Options) -> usize {
        let config = self.duel.config().clone();
        let case = generate(&config, options);
        let jobs = self.run(&case);
        for (job, (commands, seen)) in jobs.iter().enumerate() {
            let what = format!("{} seed {} job {job}", config.name, options.seed);
            assert_exact(&what, &config, commands, seen, case.timing());
        }
        jobs.iter().map(|(commands, _)| commands.len()).sum()
    }
}

/// A seed that changes with every commit; `SEEDBED_CYCLES_SEED` repeats the one of a failure.
fn commit() -> u64 {
    if let Ok(seed) = std::env::var("SEEDBED_CYCLES_SEED") {
        return seed.parse().expect("SEEDBED_CYCLES_SEED is a decimal number");
    }
    let head = Process::new("git").args(["rev-parse", "HEAD"]).output().ok();
    let head = head.and_then(|out| String::from_utf8(out.stdout).ok()).unwrap_or_default();
    u64::from_str_radix(head.get(..16).unwrap_or("5eed"), 16).expect("a hash")
}

#[test]
fn random_programs_on_ideal_memory_take_the_predicted_cycles() {
    let mut commands = 0;
    for name in PRESETS {
        let mut bench = Bench::new(&preset(name));
        for seed in [1, 2] {
            commands += bench.compare(&Options { seed, ..Options::default() });
        }
    }
    assert!(commands > 500, "{commands} commands compared");
}

#[test]
fn programs_of_the_commit_take_the_predicted_cycles() {
    let seed = commit();
    println!("SEEDBED_CYCLES_SEED={seed}");
    for name in PRESETS {
        Bench::new(&preset(name)).compare(&Options { seed, ..Options::default() });
    }
    let config = random_config(seed);
    Bench::new(&config).compare(&Options { seed, latency: None, ..Options::default() });
}

#[test]
fn far_and_stalling_memories_take_the_predicted_cycles() {
    for name in PRESETS {
        let mut bench = Bench::new(&preset(name));
        for (latency, stall) in [(Some(100), 0.0), (Some(1), 0.3), (None, 0.5)] {
            bench.compare(&Options { seed: 3, programs: 2, latency, stall, ..Options::default() });
        }
    }
}

#[test]
fn random_configurations_take_the_predicted_cycles() {
    for seed in 0..8 {
        let mut bench = Bench::new(&random_config(seed));
        for (programs, stall) in [(2, 0.0), (2, 0.25)] {
            let latency = None;
            bench.compare(&Options { seed, programs, latency, stall, ..Options::default() });
        }
    }
}

/// One layer of `k` inputs and `n` outputs.
fn gemm(k: usize, n: usize) -> Graph {
    let mut rng = Rng::new(k as u64);
    let layer = FullyConnected {
        inputs: k,
        outputs: n,
        weights: (0..k * n).map(|_| rng.next_u64() as i8).collect(),
        weight_scales: vec![1e-4; n],
        bias: vec![7; n],
        activation: Activation::None,
    };
    let code = Quantization { scale: 1.0 / 64.0, zero_point: -3 };
    let graph = Graph::chain("product", k, code).fully_connected(layer, code);
    graph.finish().expect("a network")
}

/// Runs a network on RTL; its commands and what was seen of each job.
fn run_network(
    config: &Config,
    (graph, rows): (&Graph, u32),
    inputs: &[i8],
    timing: MemoryTiming,
) -> (Vec<Command>, Vec<Seen>) {
    let rtl = Rtl::generate(config).expect("a core");
    let log = Log::default();
    let network = Network::of(&rtl, graph, Family::Ref, rows);
    let ran = network.run(Probe::new(&rtl, log.clone()), inputs, timing).expect("a good run");
    let seen = log.lock().expect("no panic").clone();
    assert!(ran.reports.iter().map(|report| report.doorbell).eq(seen.iter().map(|s| s.doorbell)));
    (network.commands().to_vec(), seen)
}

#[test]
fn compiled_networks_take_the_predicted_cycles() {
    let inputs = codes(&digits(), "inputs.npy");
    let model = tflite::read(&digits().join("model.tflite")).expect("a model");
    for (name, latency) in [("tiny", 1), ("small", 1), ("small", 100), ("ragged", 30)] {
        let timing = MemoryTiming { latency, ..MemoryTiming::default() };
        let (commands, seen) = run_network(&preset(name), (&model, 1), &inputs[..128], timing);
        assert_eq!(seen.len(), 2);
        for seen in &seen {
            assert_exact(&format!("digits on {name}"), &preset(name), &commands, seen, timing);
        }
    }
}

#[test]
fn matrix_products_take_the_predicted_cycles() {
    let products =
        [("small", 64, 1), ("small", 32, 100), ("edge", 64, 100), ("edge-systolic", 64, 1)];
    for (name, size, latency) in products {
        let timing = MemoryTiming { latency, ..MemoryTiming::default() };
        let (graph, inputs) = (gemm(size, size), vec![1; size * size]);
        let job = (&graph, size as u32);
        let (commands, seen) = run_network(&preset(name), job, &inputs, timing);
        assert_exact(&format!("{size}^3 on {name}"), &preset(name), &commands, &seen[0], timing);
    }
}

#[test]
fn the_holds_of_another_seed_change_a_long_job_by_less_than_2_percent() {
    let timing = MemoryTiming { latency: 100, stall: 0.5, seed: 1 };
    let job = (&gemm(64, 64), 64);
    let (commands, seen) = run_network(&preset("small"), job, &[1; 64 * 64], timing);
    assert_exact("64^3 on small", &preset("small"), &commands, &seen[0], timing);
    for seed in 2..5 {
        let other = MemoryTiming { seed, ..timing };
        let model = predict(&preset("small"), &commands, external(other, &seen[0])).expect("legal");
        let apart = model.cycles.abs_diff(seen[0].cycles) as f64 / seen[0].cycles as f64;
        println!("{} {} {apart}", model.cycles, seen[0].cycles);
        assert!(apart < 0.02, "RTL {}, model {}", seen[0].cycles, model.cycles);
    }
}

#[test]
fn a_wrong_model_is_noticed() {
    let config = preset("tiny");
    let case = generate(&config, &Options { seed: 1, programs: 1, ..Options::default() });
    let jobs = Bench::new(&config).run(&case);
    let (commands, seen) = &jobs[1];
    let differs = |config: &Config, external| {
        let model = predict(config, commands, external).expect("legal");
        first_difference(config, commands, seen, &model)
    };
    assert_eq!(differs(&config, External::new(1)), None);
    // One cycle more until the first command is there.
    let far = differs(&config, External::new(2)).expect("another memory");
    assert!(far.starts_with("command 0: "), "{far}");
    let mut narrow = config.clone();
    narrow.post.lanes /= 2;
    assert!(differs(&narrow, External::new(1)).expect("twice the phases").contains("POST"));
}

/// Cores in which one engine reports every command a cycle late; what they compute is right.
const LATE: [Bug; 4] = [
    Bug { what: "LOAD", module: "load_", edit: |m| later(m, "done_q") },
    Bug { what: "STORE", module: "store_", edit: |m| later(m, "done_q") },
    Bug { what: "MATRIX", module: "tiny_matrix", edit: |m| later(m, "last_s1") },
    Bug { what: "POST", module: "post_writer", edit: |m| later(m, "done_q") },
];

#[test]
fn a_core_that_takes_longer_is_noticed() {
    let rtl = Rtl::generate(&preset("tiny")).expect("a core");
    for bug in LATE {
        let mut duel = Duel::new(&rtl, &buggy(bug), None).expect("a bench");
        let late = (0..4).any(|seed| {
            let case = generate(&rtl.config, &Options { seed, ..Options::default() });
            match duel.run(&case, &case.golden().expect("a legal case")) {
                Ok(_) => false,
                Err(Mismatch::Time { model, rtl, .. }) => rtl > model,
                Err(other) => panic!("{}: {other}", bug.what),
            }
        });
        assert!(late, "{} takes longer, and nobody says so", bug.what);
    }
}

/// A late MATRIX behind which a longer LOAD ends the job changes no more than its stamp.
#[test]
fn the_late_command_of_a_job_in_time_is_named() {
    let rtl = Rtl::generate(&preset("tiny")).expect("a core");
    let mut case = generate(&rtl.config, &Options { programs: 0, ..Options::default() });
    let Some(Body::Matrix(all)) = case.jobs[0].items.pop().map(|item| item.body) else {
        panic!("a job that fills LM, then PS")
    };
    let matrix = Body::Matrix(Matrix { out_w: 4, n_tiles: 1, ..all });
    let matrix = Item { stamp: 7, ..Item::plain(matrix) };
    let half = rtl.config.memory.lm_bytes / 2;
    let load = Item::plain(Body::Load(Move::contiguous(case.memory.data.start, half, half)));
    case.jobs.push(Job { items: vec![matrix, load], links: 0, wrong: false });
    let golden = case.golden().expect("a legal case");
    let run = |maker: &seedbed_cosim::duel::Maker| {
        Duel::new(&rtl, maker, None).expect("a bench").run(&case, &golden).map(drop)
    };
    assert_eq!(run(&simulated), Ok(()));
    let Err(mismatch) = run(&buggy(LATE[2])) else { panic!("another stamp") };
    let Mismatch::Time { model, rtl, .. } = mismatch else { panic!("{mismatch}") };
    assert_eq!(rtl, model + 1);
    let named = format!("job 1: STAMP 7 is {model} by the cycle model, {rtl} in RTL");
    assert_eq!(mismatch.to_string(), named);
}
