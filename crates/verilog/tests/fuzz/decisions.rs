//! Registers whose enables and next values take the same decisions.

use crate::case::Case;
use crate::common::{single, tools, u, Build};
use crate::engines::{emitted, ICARUS};
use crate::seeds;
use seedbed_ir::random::Random;
use seedbed_ir::{Design, NodeId};

/// When a part of a description assigns a register.
#[derive(Clone, Copy)]
enum Drives {
    Never,
    When(NodeId),
    Always,
}

/// Assignments below nested conditions: when they happen, and what they assign.
fn nested(b: &mut Build, r: &mut Random, depth: u32, inputs: &[NodeId]) -> (Drives, NodeId) {
    let value = inputs[6 + r.below(2)];
    if depth == 0 || r.below(4) == 0 {
        return match r.below(3) {
            0 => (Drives::Never, value),
            _ => (Drives::Always, value),
        };
    }
    let cond = inputs[r.below(6)];
    let (yes, a) = nested(b, r, depth - 1, inputs);
    let (no, c) = nested(b, r, depth - 1, inputs);
    let value = match (yes, no) {
        (Drives::Never, _) => c,
        (_, Drives::Never) => a,
        _ => b.mux(cond, a, c),
    };
    (either(b, cond, yes, no), value)
}

/// The forms in which a builder states the enable of a decision.
fn either(b: &mut Build, cond: NodeId, yes: Drives, no: Drives) -> Drives {
    use Drives::{Always, Never, When};
    let not = b.not(cond);
    match (yes, no) {
        (Never, Never) => Never,
        (Always, Always) => Always,
        (Always, Never) => When(cond),
        (Never, Always) => When(not),
        (When(a), Never) => When(b.and(cond, a)),
        (Never, When(c)) => When(b.and(not, c)),
        (Always, When(c)) => When(b.or(cond, c)),
        (When(a), Always) => When(b.or(not, a)),
        (When(a), When(c)) => When(b.mux(cond, a, c)),
    }
}

/// Registers whose enables and next values take the same decisions; the printer untangles them.
pub fn decisions(seed: u64) -> Design {
    let mut r = Random(seed);
    let mut b = Build::clocked(&format!("decisions_{seed}"));
    let mut inputs: Vec<NodeId> = (0..6).map(|i| b.input(&format!("c{i}"), u(1))).collect();
    inputs.extend(["x", "y"].map(|name| b.input(name, u(4))));
    for i in 0..4 {
        let (reg, q) = b.reg(&format!("r{i}_q"), u(4), Some(i));
        inputs[7] = if r.below(2) == 0 { q } else { inputs[7] };
        let (drives, next) = nested(&mut b, &mut r, 5, &inputs);
        let enable = match drives {
            Drives::Never => Some(b.lit(0, u(1))),
            Drives::When(cond) => Some(cond),
            Drives::Always => None,
        };
        b.drive(reg, enable, next);
        b.output(&format!("q{i}"), q);
    }
    single(b.finish())
}

#[test]
fn enables_that_decide_as_the_next_value_does_are_printed_rightly() {
    if !tools::available("iverilog") {
        return;
    }
    let case = |seed| Case::of(seed, decisions(seed));
    let cases: Vec<Case> = seeds(60, 600).into_iter().map(case).collect();
    let found = ICARUS.differences(&cases, emitted);
    assert!(found.is_empty(), "seed {}: {}", found[0].0.seed, found[0].1);
}
