#[path = "../../../../../cosim/tests/support/edits.rs"]
mod edits;

use super::super::campaign::{Failed, Failing};
use super::super::failure::Failure;
use super::super::{render, replay};
use super::*;
use crate::args::{Args, Command, CosimArgs};
use clap::Parser;
use edits::{lower, planted, Bug};
use seedbed_cosim::duel::simulated;
use seedbed_cosim::Dut;
use std::fs::{read_to_string, File};

/// The arguments of a command line.
fn args(line: &[&str]) -> CosimArgs {
    let line = ["seedbed", "cosim"].iter().chain(line);
    match Args::try_parse_from(line).expect("a command line").command {
        Command::Cosim(args) => args,
        other => panic!("{other:?}"),
    }
}

/// The streamer of MATRIX takes half the stride from row to row.
fn buggy(rtl: &Rtl, waves: Option<&Path>) -> Result<Box<dyn Dut>, String> {
    let edit = |m: &mut seedbed_ir::Module| lower(m, "next_stride");
    let mut dut = planted(Bug { what: "row stride halved", module: "row_streamer", edit }, rtl);
    if let Some(path) = waves {
        dut.trace(File::create(path).expect("a file")).expect("waves");
    }
    Ok(Box::new(dut))
}

/// The first random network on `tiny` that a core gets wrong.
fn failing(rtl: &Rtl, maker: &Maker) -> Option<(NetworkCase, Difference)> {
    (0..20).find_map(|seed| {
        let (config, network) = (rtl.config.clone(), Network::random(seed));
        let case = NetworkCase { config, latency: 5, stall: 0.1, seed, network };
        match case.run(rtl, maker, None).expect("a run") {
            Verdict::Different(difference) => Some((case, difference)),
            _ => None,
        }
    })
}

#[test]
fn a_failing_network_becomes_small_and_is_written() {
    let rtl = engine::rtl(&Config::preset("tiny").expect("a preset")).expect("a core");
    assert!(failing(&rtl, &simulated).is_none(), "without the bug");
    let (case, difference) = failing(&rtl, &buggy).expect("the bug shows");
    let what = case.network.to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let output = ["tiny", "--output", &file("")];
    let failed = Failed { number: 3, what: Failing::Network(case, difference) };
    let failure = Failure::investigate(&args(&output), 7, &failed, &buggy).expect("files");
    let text = failure.render();
    for line in [
        &format!("DIFFERENT: {what}: "),
        "again: seedbed cosim tiny --programs 20 --seed 7 --case 3\n",
        "\nfirst divergence: job 1, command ",
        &format!("again: seedbed cosim --replay {}\n", file("case.json")),
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    // One layer of two rows, as narrow as can be, on fast memory and a plain core.
    let small = NetworkCase::from_json(&read_to_string(file("case.json")).expect("a case"));
    let small = small.expect("a network");
    let network = &small.network;
    assert_eq!((&network.widths[..], network.rows), (&[1, 1][..], 2), "{network}");
    assert_eq!((small.latency, small.stall), (1, 0.0), "{small:?}");
    assert_eq!((small.config.front.prefetch, small.config.bus.outstanding), (1, 1));
    let trace = read_to_string(file("trace.txt")).expect("a trace");
    assert!(trace.contains("MATRIX") && trace.contains("\nfirst divergence: job 1"), "{trace}");
    assert!(read_to_string(file("waves.vcd")).expect("waves").contains("$enddefinitions"));

    let again = args(&["--replay", &file("case.json"), "--output", &file("again")]);
    let path = folder.path().join("case.json");
    let (report, tally) = replay::run(&again, &path, &buggy).expect("a replay");
    let text = render(&report, &tally);
    assert!(text.contains("DIFFERENT: network [") && text.ends_with("FAIL\n"), "{text}");
    let (report, tally) = replay::run(&again, &path, &simulated).expect("a replay");
    assert!(render(&report, &tally).ends_with("PASS\n"), "a core without the bug");
}

#[test]
fn a_program_is_traced_as_a_case_that_agrees() {
    let config = Config::preset("ragged").expect("a preset");
    let network = Network { widths: vec![9, 5, 3], rows: 2, family: Family::Opt, seed: 4 };
    let case = NetworkCase { config, latency: 3, stall: 0.2, seed: 9, network };
    let trace = case.trace(&simulated).expect("a trace");
    assert_eq!(trace.first, None, "{}", trace.text);
    assert!(trace.text.contains("Every prefix agrees"), "{}", trace.text);
    assert_eq!(trace.text.matches("  POST ").count(), 2, "{}", trace.text);
}

#[test]
fn elements_of_outputs_have_places() {
    let network = Network { widths: vec![2, 3], rows: 2, family: Family::Ref, seed: 1 };
    let unequal = Comparison::of(GRAPH_MACHINE, &[1, 2, 3, 4, 5, 6], &[1, 2, 3, 4, 0, 6]);
    let found = network.unequal(&unequal);
    let place = "row 1, output 1: 5 in graph, 0 in machine";
    assert_eq!(found.element().as_deref(), Some(place));
    let other = network.unequal(&Comparison::of("others", &[1], &[2]));
    assert_eq!((other.element(), other.alike(&found)), (None, false));
}

#[test]
fn what_is_no_network_is_refused() {
    let config = Config::preset("tiny").expect("a preset");
    let network = Network { widths: vec![4, 4], rows: 1, family: Family::Ref, seed: 1 };
    let good = NetworkCase { config, latency: 1, stall: 0.0, seed: 1, network };
    let read = |change: fn(&mut NetworkCase)| {
        let mut case = good.clone();
        change(&mut case);
        let text = serde_json::to_string(&case).expect("JSON");
        NetworkCase::from_json(&text).map_err(|error| error.to_string())
    };
    assert_eq!(read(|_| ()), Ok(good.clone()));
    let refused = |change| read(change).expect_err("a mistake");
    assert!(refused(|c| c.network.widths = vec![3]).contains("two widths or more"));
    assert!(refused(|c| c.network.widths[1] = 0).contains("none of them is 0"));
    assert!(refused(|c| c.network.rows = 0).contains("none of them is 0"));
    assert!(refused(|c| c.config.post.lanes = 3).starts_with("configuration: post.lanes: "));
}
