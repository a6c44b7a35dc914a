//! Compiled programs, executed command by command, equal the whole-tensor model in every byte.

mod common;

use common::{chain, decode, execute, preset, program, shared, Random};
use seedbed_compiler::{compile, CompileError, Effort, Options};
use seedbed_golden::cycles::{predict, External};
use seedbed_golden::graph;
use seedbed_model::{npy, tflite, Graph};
use seedbed_spec::command::Body;
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;

const PRESETS: [&str; 4] = ["tiny", "small", "ragged", "odd"];

fn assert_exact(graph: &Graph, config: &Config, family: Family, input: &[i8], what: &str) {
    let rows = input.len() / graph.tensor(graph.input).features();
    let expected = graph::run(graph, family, input).expect("a runnable graph");
    let program = program(graph, config, family, rows);
    let (output, outcome) = execute(&program, config, input);
    assert_eq!(outcome.fault, None, "{what}");
    assert_eq!(outcome.commands as usize, program.commands.len(), "{what}");
    assert_eq!(outcome.saturations, expected.saturations, "{what}");
    let differ = output.iter().zip(&expected.output).filter(|(a, b)| a != b).count();
    assert_eq!((output.len(), differ), (expected.output.len(), 0), "{what}");
}

fn random_chain(random: &mut Random, widest: u64, most_rows: u64) -> (Graph, Vec<i8>, String) {
    let layers = random.range(1, 4);
    let widths: Vec<usize> = (0..=layers).map(|_| random.range(1, widest) as usize).collect();
    let rows = random.range(1, most_rows) as usize;
    let graph = chain(random, &widths);
    let input = random.codes(rows * widths[0]);
    (graph, input, format!("{rows} rows through {widths:?}"))
}

#[test]
fn random_chains_on_every_preset() {
    let mut random = Random::new(1);
    for name in PRESETS {
        let config = preset(name);
        for case in 0..25 {
            let (graph, input, what) = random_chain(&mut random, 200, 50);
            let family = if case % 2 == 0 { Family::Ref } else { Family::Opt };
            assert_exact(&graph, &config, family, &input, &format!("{name}: {what}, {family}"));
        }
    }
}

/// A local memory that holds next to nothing: every fallback of the planner is taken.
#[test]
fn random_chains_in_the_least_local_memory() {
    let mut random = Random::new(2);
    let mut kinds = std::collections::BTreeSet::new();
    let least = [("tiny", 256), ("tiny", 512), ("ragged", 512), ("small", 1024), ("odd", 2048)];
    for (name, lm_bytes) in least {
        let mut config = preset(name);
        config.memory.lm_bytes = lm_bytes;
        config.check().expect("a legal configuration");
        for _ in 0..12 {
            let (graph, input, what) = random_chain(&mut random, 120, 12);
            assert_exact(&graph, &config, Family::Ref, &input, &format!("{name}: {what}"));
            let rows = input.len() / graph.tensor(graph.input).features();
            for (_, body) in decode(&program(&graph, &config, Family::Ref, rows), &config) {
                kinds.extend(kind(&body));
            }
        }
    }
    for needed in ["accumulate", "strided load", "strided store", "several rows"] {
        assert!(kinds.contains(needed), "no program had: {needed}");
    }
}

fn kind(body: &Body) -> Option<&'static str> {
    match body {
        Body::Matrix(matrix) if matrix.accumulate => Some("accumulate"),
        Body::Matrix(matrix) if matrix.out_w > 1 => Some("several rows"),
        Body::Load(load) if load.count1 > 1 => Some("strided load"),
        Body::Store(store) if store.count1 > 1 => Some("strided store"),
        _ => None,
    }
}

/// A random legal configuration, odd ratios of all widths included.
fn random_config(random: &mut Random) -> Option<Config> {
    let mut config = preset("tiny");
    let mut power = |low: u64, high: u64| 1u32 << random.range(low, high);
    config.bus.data_bits = power(5, 9);
    config.memory.lm_bytes = power(7, 14);
    config.memory.lm_banks = power(0, 3);
    config.memory.ps_banks = power(1, 2);
    config.memory.ps_rows = power(3, 9);
    config.array.rows = random.range(2, 33) as u32;
    config.array.cols = random.range(2, 33) as u32;
    config.post.lanes = 1;
    config.bus.burst_beats = 4;
    config.check().ok().map(|()| config)
}

#[test]
fn random_chains_on_random_configurations() {
    let mut random = Random::new(7);
    let (mut done, mut refused) = (0, 0);
    let wanted = if std::env::var("SEEDBED_SLOW").is_ok_and(|v| v == "1") { 300 } else { 60 };
    while done < wanted {
        let Some(config) = random_config(&mut random) else { continue };
        let (graph, input, what) = random_chain(&mut random, 100, 30);
        let rows = (input.len() / graph.tensor(graph.input).features()) as u32;
        match compile(
            &graph,
            &config,
            &Options { family: Family::Ref, rows, effort: Effort::Estimate },
        ) {
            Ok(_) => {
                done += 1;
                assert_exact(&graph, &config, Family::Ref, &input, &format!("{config:?}: {what}"));
            }
            Err(CompileError::LmTooSmall { needed, lm, .. }) => {
                refused += 1;
                assert!(needed > lm, "{needed} bytes do fit {lm}: {config:?}: {what}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    println!("{done} compiled, {refused} refused");
}

#[test]
fn a_reshape_disappears() {
    let mut random = Random::new(3);
    let code = |zero_point| seedbed_model::Quantization { scale: 1.0, zero_point };
    let graph = Graph::chain("reshape", 12, code(3))
        .reshape(&[1, 3, 4])
        .fully_connected(common::layer(&mut random, 12, 5), code(-7))
        .reshape(&[1, 5, 1])
        .finish()
        .unwrap();
    let input = random.codes(36);
    assert_exact(&graph, &preset("ragged"), Family::Ref, &input, "reshape");
    let program = program(&graph, &preset("ragged"), Family::Ref, 3);
    assert_eq!(program.layers.len(), 1);
}

/// The bytes of every output row are written, padding included: nothing undefined leaves the chip.
#[test]
fn padding_of_output_rows_is_deterministic() {
    let mut random = Random::new(4);
    let graph = chain(&mut random, &[5, 3]);
    for config in ["ragged", "odd"].map(preset) {
        let program = program(&graph, &config, Family::Ref, 2);
        let bodies = decode(&program, &config);
        let stored = bodies.iter().map(|(_, body)| match body {
            Body::Store(store) => store.bytes(),
            _ => 0,
        });
        let stored: u64 = stored.sum();
        assert_eq!(stored, 2 * u64::from(program.output.row_stride));
        let posted = bodies.iter().map(|(_, body)| match body {
            Body::Post(_) => body.accesses(&config).lm_writes.total(),
            _ => 0,
        });
        assert_eq!(posted.sum::<u64>(), stored);
    }
}

fn model(folder: &str, expected: &str, family: Family, presets: &[&str], rows: usize) {
    let Some(models) = shared(folder) else { return };
    let folder = models.join(folder);
    let graph = tflite::read(&folder.join("model.tflite")).expect("a model");
    let (inputs, outputs) =
        (graph.tensor(graph.input).features(), graph.tensor(graph.output).features());
    let input = npy::read::<i8>(&folder.join("inputs.npy")).expect("inputs").data;
    let expected = npy::read::<i8>(&folder.join(expected)).expect("outputs").data;
    assert_eq!(input.len() / inputs, expected.len() / outputs);
    for name in presets {
        let config = preset(name);
        for (given, wanted) in input.chunks(rows * inputs).zip(expected.chunks(rows * outputs)) {
            let program = program(&graph, &config, family, given.len() / inputs);
            let (output, outcome) = execute(&program, &config, given);
            assert_eq!((outcome.fault, output == wanted), (None, true), "{name}");
        }
    }
}

#[test]
fn hello_world_equals_the_runtime() {
    let folder = "hello_world_sine_int8";
    model(folder, "expected_ref.npy", Family::Ref, &PRESETS, 256);
    model(folder, "expected_opt.npy", Family::Opt, &["tiny"], 100);
}

#[test]
fn the_autoencoder_equals_the_runtime() {
    let folder = "autoencoder_ad01_int8";
    model(folder, "expected_ref.npy", Family::Ref, &PRESETS, 49);
    model(folder, "expected_opt.npy", Family::Opt, &["small"], 20);
}

/// Whatever the effort the outputs are right; a rehearsed program is faster than the estimate's.
#[test]
fn an_estimate_is_as_exact_as_a_rehearsal() {
    let (config, mut random) = (preset("small"), Random::new(9));
    let graph = chain(&mut random, &[70, 40, 50]);
    let input = random.codes(30 * 70);
    let expected = graph::run(&graph, Family::Ref, &input).expect("a runnable graph").output;
    let efforts = [Effort::Estimate, Effort::Rehearse, Effort::Search];
    let [quick, rehearsed, best] = efforts.map(|effort| {
        let options = Options { family: Family::Ref, rows: 30, effort };
        let program = compile(&graph, &config, &options).expect("a small chain");
        assert_eq!(execute(&program, &config, &input).0, expected, "{effort:?}");
        let cycles = |(latency, weight)| {
            let external = External::new(latency);
            weight * predict(&config, &program.commands, external).expect("a legal program").cycles
        };
        [(1, 1), (100, 2)].map(cycles).iter().sum::<u64>()
    });
    assert!(best <= rehearsed && rehearsed < quick, "{best}, {rehearsed}, {quick} cycles");
}
