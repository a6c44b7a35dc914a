//! The same bug in each place where cases are compared inside Seedbed.

use super::bugs::BUGS;
use super::planted;
use crate::backends::{differs, KINDS};
use crate::case::Case;
use crate::inside::{passes_differ, text_differs};
use seedbed_ir::passes::{Entry, ALL};
use seedbed_ir::{text, Design, Diagnostic};
use seedbed_sim::SimOptions;

/// Swapped multiplexers: they show in most cases, and are legal.
fn swapped(design: &Design) -> Design {
    let bug = BUGS.iter().find(|bug| bug.1 == "multiplexer swapped").expect("a bug");
    planted(design, bug.2)
}

fn swaps(design: &mut Design) {
    *design = swapped(design);
}

fn swaps_in_one_module(design: &mut Design) {
    if design.modules.len() == 1 {
        swaps(design);
    }
}

fn parse_swapped(source: &str) -> Result<Design, Vec<Diagnostic>> {
    text::parse(source).map(|design| swapped(&design))
}

fn cases() -> impl Iterator<Item = Case> {
    (1..=100).map(Case::random)
}

/// The first description that `differs` gives.
fn first(differs: impl Fn(&Case) -> Option<String>) -> String {
    cases().find_map(|case| differs(&case)).expect("the bug shows in 100 cases")
}

/// All passes, and a last one with a bug.
fn passes(run: fn(&mut Design)) -> Vec<Entry> {
    let others = ALL.iter().map(|e| Entry { name: e.name, description: e.description, run: e.run });
    others.chain([Entry { name: "planted", description: "", run }]).collect()
}

#[test]
fn a_pass_is_compared_alone_and_after_the_others() {
    let found = first(|case| passes_differ(case, &passes(swaps)));
    assert!(found.starts_with("pass planted alone: cycle "), "{found}");
    // Flattened before, all designs are one module.
    let several = |case: &Case| case.design.modules.len() > 1;
    let differs = |case: &Case| passes_differ(case, &passes(swaps_in_one_module));
    let found = first(|case| several(case).then(|| differs(case)).flatten());
    assert!(found.starts_with("pass planted after the others: cycle "), "{found}");
}

#[test]
fn the_text_form_is_compared() {
    let found = first(|case| text_differs(&case.design, parse_swapped));
    assert_eq!(found, "the text form changes when it is read");
}

#[test]
fn every_back_end_is_compared() {
    for (backend, lanes) in KINDS {
        let options = SimOptions { backend, lanes };
        let found = first(|case| differs(case, &swapped(&case.design), &options));
        assert!(found.starts_with(&format!("{backend:?}, lane ")), "{found}");
    }
}
