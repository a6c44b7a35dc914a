//! Differential fuzzing: random modules in our simulator, Icarus and Verilator, and before and after each
//! pass: the same values in each cycle.
//!
//! `scripts/fuzz N --seed S` runs N cases; plain `cargo test` runs a few, without Verilator. A case that
//! differs is made small and printed as text with the line that runs it again.

#[path = "../common/mod.rs"]
mod common;

mod case;
mod engines;
mod histogram;
mod plant;
mod shrink;

use case::Case;
use common::tools;
use engines::{Engine, ICARUS, VERILATOR};
use seedbed_ir::{check, passes, text, Design};

/// Cases in one build of a simulator.
const CHUNK: usize = 250;

/// Number of cases and first seed; whether a campaign was asked for.
fn plan() -> (usize, u64, bool) {
    let var = |name| std::env::var(name).ok().map(|v| v.parse::<u64>().expect("a number"));
    let cases = var("SEEDBED_FUZZ_CASES");
    let seed = var("SEEDBED_FUZZ_SEED").unwrap_or(1);
    (cases.unwrap_or(40) as usize, seed, cases.is_some())
}

/// The first pass that changes what `case` does, described.
fn passes_differ(case: &Case) -> Option<String> {
    let mut all = case.design.clone();
    for pass in passes::ALL {
        let mut alone = case.design.clone();
        for (how, design) in [("alone", &mut alone), ("after the others", &mut all)] {
            (pass.run)(design);
            let found = check::check(design);
            if let Some(first) = found.first() {
                return Some(format!("pass {} {how}: {first}", pass.name));
            }
            if let Some(difference) = case.difference(&case::values(design, &case.stimulus)) {
                return Some(format!("pass {} {how}: {difference}", pass.name));
            }
        }
    }
    None
}

/// Why the text form of a design is not read back, if so.
fn text_differs(design: &Design) -> Option<String> {
    let printed = text::print(design);
    match text::parse(&printed) {
        Ok(again) if text::print(&again) == printed => None,
        Ok(_) => Some("the text form changes when it is read".into()),
        Err(found) => Some(format!("the text form is not read: {}", found[0])),
    }
}

fn inside(case: &Case) -> Option<String> {
    text_differs(&case.design).or_else(|| passes_differ(case))
}

/// The failure of a case, made small, with the line that runs it again.
fn report(case: &Case, what: &str, fails: impl Fn(&Case) -> Option<String>) -> String {
    let small = shrink::shrink(case, |candidate| fails(candidate).is_some());
    let now = fails(&small).unwrap_or_default();
    let seed = case.seed;
    format!(
        "seed {seed}: {what}\nas a small case: {now}\n{}again: scripts/fuzz 1 --seed {seed}",
        text::print(&small.design)
    )
}

#[test]
fn all_engines_and_passes_agree() {
    let (cases, first, campaign) = plan();
    let mut engines: Vec<&Engine> = vec![&ICARUS];
    if campaign {
        engines.push(&VERILATOR);
    }
    engines.retain(|engine| tools::available(engine.tool));
    let seeds: Vec<u64> = (0..cases as u64).map(|i| first + i).collect();
    let mut failures = Vec::new();
    for chunk in seeds.chunks(CHUNK) {
        let cases: Vec<Case> = chunk.iter().map(|&seed| Case::random(seed)).collect();
        for case in &cases {
            failures.extend(inside(case).map(|what| report(case, &what, inside)));
        }
        for engine in &engines {
            for (case, what) in engine.differences(&cases, |design| design.clone()) {
                let again = |candidate: &Case| engine.difference(candidate);
                failures.push(report(case, &format!("{}: {what}", engine.tool), again));
            }
        }
        println!(
            "fuzz: seeds {} to {}, {} failures",
            chunk[0],
            chunk[chunk.len() - 1],
            failures.len()
        );
        assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    }
}
