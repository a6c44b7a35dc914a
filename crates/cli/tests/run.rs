//! `run`, `compile` and `disasm` where nothing is wrong.

mod support;

use seedbed_spec::Config;
use serde_json::Value;
use std::collections::HashMap;
use std::io::BufReader;
use support::{digits, digits_array, Workshop};

const FAMILIES: [(&str, &str); 2] = [("ref", "expected.npy"), ("opt", "expected_opt.npy")];

/// Runs the digits model on inputs in the folder, with JSON results.
fn run_json(workshop: &Workshop, more: &[&str]) -> Value {
    let model = digits("model.tflite");
    let args = [&["run", &model, "--input", "inputs.npy", "--json"][..], more].concat();
    serde_json::from_str(&workshop.succeeds(&args)).expect("JSON")
}

/// The first `rows` inputs, and the outputs expected of them as `expected.npy` and `expected_opt.npy`.
fn some_digits(rows: usize) -> Workshop {
    let workshop = Workshop::new();
    workshop.inputs(rows);
    for (_, file) in FAMILIES {
        let mut data = digits_array(file).data;
        data.truncate(10 * rows);
        workshop.array(file, &[rows, 10], data);
    }
    workshop
}

/// The cycles of a run on RTL, which are those that the cycle model says, layer by layer.
fn cycles(report: &Value) -> u64 {
    let layers = report["layers"].as_array().expect("a list");
    for part in [report].into_iter().chain(layers) {
        assert_eq!(part["cycles"], part["predicted_cycles"], "{part}");
    }
    report["cycles"].as_u64().unwrap_or_else(|| panic!("no cycles in {report}"))
}

#[test]
fn golden_runs_every_digit_on_every_preset() {
    let workshop = some_digits(100);
    for preset in Config::presets() {
        for (family, expected) in FAMILIES {
            let options = ["--engine", "golden", "--preset", preset, "--family", family];
            let report = run_json(&workshop, &[&options[..], &["--expect", expected]].concat());
            assert_eq!(report["equal"], true, "{report}");
            assert_eq!((&report["jobs"], &report["cycles"]), (&100.into(), &Value::Null));
            assert_eq!(report["macs"], 272_000);
            let predicted = report["predicted_cycles"].as_u64().expect("a number");
            let layers = report["layers"].as_array().expect("a list");
            let layers = layers.iter().filter_map(|layer| layer["predicted_cycles"].as_u64());
            // A job is over two cycles after its last command.
            assert_eq!(predicted, layers.sum::<u64>() + 2 * 100, "{report}");
            let what = ["graph = machine (outputs)".to_string(), format!("outputs = {expected}")];
            for (comparison, what) in
                report["comparisons"].as_array().expect("a list").iter().zip(what)
            {
                assert_eq!(comparison["what"], what);
                assert_eq!(comparison["compared"], 1000);
            }
        }
    }
}

#[test]
fn sim_runs_every_digit_in_one_job() {
    let workshop = some_digits(100);
    for preset in Config::presets() {
        let options = ["--preset", preset, "--expect", "expected.npy", "--batch"];
        let report = run_json(&workshop, &options);
        assert_eq!((&report["equal"], &report["jobs"]), (&true.into(), &1.into()), "{report}");
    }
}

#[test]
fn sim_runs_both_families_job_by_job() {
    let workshop = some_digits(6);
    for preset in Config::presets() {
        for (family, expected) in FAMILIES {
            let options = ["--preset", preset, "--family", family, "--expect", expected];
            let report = run_json(&workshop, &options);
            assert_eq!((&report["equal"], &report["jobs"]), (&true.into(), &6.into()), "{report}");
        }
    }
}

/// Slow memory costs cycles and changes no byte; a seed gives the same cycles again.
#[test]
fn latency_and_holds_cost_cycles_and_change_nothing() {
    let workshop = some_digits(3);
    let run = |more: &[&str]| {
        let report = run_json(&workshop, &[&["--expect", "expected.npy"], more].concat());
        assert_eq!(report["equal"], true, "{report}");
        cycles(&report)
    };
    let quick = run(&[]);
    let slow = run(&["--latency", "100"]);
    assert!(slow > quick + 3 * 2 * 99, "latency 100: {slow}, latency 1: {quick}");
    let held = run(&["--stall", "0.3"]);
    assert!(held > quick, "holds: {held}, none: {quick}");
    assert_eq!(run(&["--stall", "0.3", "--seed", "1"]), held);
    assert_ne!(run(&["--stall", "0.3", "--seed", "2"]), held);
}

/// The layers' cycles lie within the total, and the outputs are those of the file.
#[test]
fn results_add_up() {
    let workshop = some_digits(4);
    let report = run_json(&workshop, &["--output", "y.npy"]);
    let layers = report["layers"].as_array().expect("a list");
    assert_eq!(layers.len(), 3);
    let sum = |key: &str| layers.iter().filter_map(|layer| layer[key].as_u64()).sum::<u64>();
    assert_eq!(sum("macs"), report["macs"].as_u64().expect("MACs"));
    assert_eq!(sum("moved_bytes"), report["moved_bytes"].as_u64().expect("bytes"));
    assert!(sum("cycles") <= cycles(&report) && sum("cycles") > cycles(&report) / 2, "{report}");
    for comparison in report["comparisons"].as_array().expect("a list") {
        assert_eq!(comparison["differing"], 0);
        assert!(comparison["compared"].as_u64() > Some(0), "{comparison}");
    }
    let model = digits("model.tflite");
    let expect =
        ["run", &model, "--input", "inputs.npy", "--expect", "y.npy", "--engine", "golden"];
    let text = workshop.succeeds(&expect);
    assert!(text.contains("outputs = y.npy: equal, 40 bytes\nPASS\n"), "{text}");
}

/// The waves parse, and `irq` rises once per job in them.
#[test]
fn waves_hold_the_interrupt_of_every_job() {
    let workshop = some_digits(2);
    run_json(&workshop, &["--preset", "tiny", "--waves", "run.vcd"]);
    let file = std::fs::File::open(workshop.path("run.vcd")).expect("waves");
    let mut parser = vcd::Parser::new(BufReader::new(file));
    let header = parser.parse_header().expect("a header");
    let irq = header.find_var(&["seedbed_tiny", "irq"]).expect("the port irq").code;
    let (mut rises, mut changes, mut last_time) = (0, HashMap::new(), 0);
    for command in parser {
        match command.expect("a command") {
            vcd::Command::ChangeScalar(code, value) => {
                let before = changes.insert(code, value);
                rises += u32::from(code == irq && value == vcd::Value::V1 && before != Some(value));
            }
            vcd::Command::Timestamp(time) => {
                assert!(time >= last_time, "time goes on");
                last_time = time;
            }
            _ => {}
        }
    }
    assert_eq!(rises, 2);
    assert!(changes.len() > 100, "{} one-bit signals", changes.len());
}

#[test]
fn compiled_programs_are_listed_command_by_command() {
    let workshop = Workshop::new();
    let model = digits("model.tflite");
    let args = ["compile", &model, "--preset", "tiny", "--rows", "3", "-o", "program", "--json"];
    let summary: Value = serde_json::from_str(&workshop.succeeds(&args)).expect("JSON");
    let count = summary["commands"].as_u64().expect("a number") as usize;
    let size =
        |name: &str| std::fs::metadata(workshop.path("program").join(name)).expect("a file").len();
    assert_eq!(size("commands.bin"), 64 * count as u64);
    assert_eq!(Some(size("memory.bin")), summary["memory_bytes"].as_u64());
    assert_eq!(summary["macs"], 3 * 2720);

    let listing = workshop.succeeds(&["disasm", "program/program.json"]);
    assert_eq!(listing.lines().count(), count);
    for opcode in ["LOAD", "MATRIX", "POST", "STORE"] {
        assert!(listing.contains(&format!("  {opcode} ")), "no {opcode} in\n{listing}");
    }
    let file = std::fs::read_to_string(workshop.path("program/listing.txt")).expect("a listing");
    assert_eq!(file, listing);
    let json = workshop.succeeds(&["disasm", "program/program.json", "--json"]);
    let commands: Vec<String> = serde_json::from_str(&json).expect("JSON");
    let ends_with = |(line, command): (&str, &String)| line.ends_with(command.as_str());
    assert!(commands.len() == count && listing.lines().zip(&commands).all(ends_with));
}
