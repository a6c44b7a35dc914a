//! Bugs planted into what one of two sides is given: each must be found within 1,000 cases.

mod bugs;
mod places;

use crate::case::Case;
use crate::common::tools;
use crate::engines::{emitted, ICARUS};
use crate::inside;
use bugs::{Bug, BUGS};
use seedbed_ir::{Design, Op};

/// Who has a bug, and so which comparison is to find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The emitter: found in Icarus.
    Emitter,
    /// A pass, or a back end of our simulator: found by our simulator.
    Inside,
}

fn planted(design: &Design, bug: Bug) -> Design {
    let mut design = design.clone();
    design.modules.values_mut().for_each(bug);
    design
}

/// The seed of the first of these cases that shows a bug.
fn first_that_shows(side: Side, bug: Bug, seeds: Vec<u64>) -> Option<u64> {
    let cases = seeds.into_iter().map(Case::random);
    match side {
        Side::Emitter => {
            let cases: Vec<Case> = cases.collect();
            let found = ICARUS.differences(&cases, |design| emitted(&planted(design, bug)));
            found.first().map(|(case, _)| case.seed)
        }
        Side::Inside => cases.into_iter().find_map(|case| {
            let pass = |design: &mut Design| design.modules.values_mut().for_each(bug);
            inside::pass_differs(&case, pass, &mut case.design.clone()).map(|_| case.seed)
        }),
    }
}

#[test]
fn each_planted_bug_is_found() {
    let icarus = tools::available("iverilog");
    for (side, what, bug) in BUGS.iter().filter(|bug| icarus || bug.0 != Side::Emitter) {
        // Few cases at first: most bugs show soon.
        let chunks = [1..=20, 21..=100].into_iter();
        let chunks = chunks.chain((1..10).map(|i| 100 * i + 1..=100 * (i + 1)));
        let found = chunks.into_iter().find_map(|c| first_that_shows(*side, *bug, c.collect()));
        println!("{side:?}, {what}: found by seed {found:?}");
        assert!(found.is_some(), "{what} is not found by 1,000 cases");
    }
}

/// A failing case becomes small: what is left of it is about the bug.
#[test]
fn a_failing_case_is_made_small() {
    if !tools::available("iverilog") {
        return;
    }
    let (_, _, bug) = BUGS[0];
    let fails = |case: &Case| {
        let cases = std::slice::from_ref(case);
        !ICARUS.differences(cases, |design| emitted(&planted(design, bug))).is_empty()
    };
    let case = (1..1000).map(Case::random).find(|case| fails(case)).expect("a case that fails");
    let small = crate::shrink::shrink(&case, fails);
    let size = |case: &Case| case.design.modules.values().map(|m| m.nodes.len()).sum::<usize>();
    println!("{} nodes become {}", size(&case), size(&small));
    let text = seedbed_ir::text::print(&small.design);
    assert!(fails(&small) && 4 * size(&small) <= size(&case), "{text}");
    let extends = |n: &seedbed_ir::Node| matches!(n.op, Op::Extend(_)) && n.ty.signed;
    assert!(small.design.modules.values().any(|m| m.nodes.values().any(extends)));
}
