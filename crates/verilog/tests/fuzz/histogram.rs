//! What the random designs are made of: every operator in every band of widths where it can be, operands
//! of which rules of passes speak, and every kind of state.

use crate::backends;
use seedbed_ir::random::{design, Size};
use seedbed_ir::{Bits, Collision, Design, MemPort, Module, Node, Op, PortKind, ResetKind, Ty};
use std::collections::BTreeMap;

/// The upper ends of the bands of widths.
const BANDS: [u32; 6] = [1, 8, 32, 64, 128, 200];

fn band(ty: Ty) -> usize {
    BANDS.iter().position(|end| ty.width <= *end).expect("a width up to 200")
}

fn operator(node: &Node) -> String {
    match &node.op {
        Op::Unary(op, _) => format!("{op:?}"),
        Op::Binary(op, ..) => format!("{op:?}"),
        op => {
            let text = format!("{op:?}");
            text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_string()
        }
    }
}

/// The designs of the campaign of CI.
fn designs() -> impl Iterator<Item = Design> {
    (1..=1000).map(|seed| design(seed, Size::Small))
}

#[test]
fn every_operator_occurs_at_every_width() {
    let mut counts: BTreeMap<String, [usize; BANDS.len()]> = BTreeMap::new();
    let mut signed = [0usize; 2];
    for module in designs().flat_map(|d| d.modules.into_iter().map(|(_, m)| m).collect::<Vec<_>>())
    {
        for node in module.nodes.values() {
            let mut ty = node.ty;
            // Comparisons and reductions are as wide as what they read.
            if let Op::Unary(_, a) | Op::Binary(_, a, _) = node.op {
                ty.width = ty.width.max(module.nodes[a].ty.width);
            }
            counts.entry(operator(node)).or_default()[band(ty)] += 1;
            signed[usize::from(node.ty.signed)] += 1;
        }
    }
    for (operator, bands) in &counts {
        println!("{operator:10} {bands:?}");
        for (count, end) in bands.iter().zip(BANDS) {
            // Read data are as wide as a word, at most 36 bits; a concatenation has two bits at least.
            let can = match operator.as_str() {
                "MemRead" => (2..=32).contains(&end),
                "Concat" => end > 1,
                _ => true,
            };
            assert!(*count >= 10 || !can, "{operator} up to {end} bits occurs {count} times");
        }
    }
    assert_eq!(counts.len(), 25, "operators: {:?}", counts.keys());
    assert!(signed.iter().all(|n| *n > 5000), "{signed:?}");
}

/// What is special about the operands of an operator.
fn special(module: &Module, node: &Node) -> Vec<String> {
    let Op::Binary(op, a, b) = node.op else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut constant = |operand, side| {
        if let Op::Const(bits) = &module.nodes[operand].op {
            let named = [("zeros", Bits::zero(bits.width())), ("ones", Bits::ones(bits.width()))];
            let same = named.iter().filter(|(_, value)| value == bits);
            found.extend(same.map(|(what, _)| format!("{op:?} with {what} on the {side}")));
        }
    };
    constant(a, "left");
    constant(b, "right");
    if a == b {
        found.push(format!("{op:?} of equal operands"));
    }
    found
}

#[test]
fn operands_that_rules_speak_of_are_frequent() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for design in designs() {
        for module in design.modules.values() {
            for what in module.nodes.values().flat_map(|node| special(module, node)) {
                *counts.entry(what).or_default() += 1;
            }
        }
    }
    counts.iter().for_each(|(what, count)| println!("{what}: {count}"));
    assert_eq!(counts.len(), 50, "five kinds for each of ten operators");
    assert!(counts.values().all(|count| *count >= 10));
}

/// What a module has, by name.
fn features(module: &Module) -> Vec<String> {
    let mut found = Vec::new();
    let mut has = |what: String| found.push(what);
    for reg in module.regs.values() {
        has(format!("register with reset {:?}", reg.reset.as_ref().map(|r| r.kind)));
        has(format!("register with enable {}", reg.enable.is_some()));
        has(format!("register with names {}", reg.labels.is_some()));
        has(format!("register of a synchroniser {}", reg.sync));
    }
    for mem in module.mems.values() {
        let writes = mem.ports.iter().any(MemPort::writes);
        let clocks = mem.ports.iter().any(|port| port.clock() != mem.ports[0].clock());
        has(format!("memory, written {writes}, with contents {}", mem.contents.is_some()));
        has(format!("memory of two clocks {clocks}"));
        if mem.ports.len() > 1 {
            has(format!("memory, collision {:?}", mem.collision));
        }
        for port in &mem.ports {
            let (kind, mask) = match port {
                MemPort::Read { .. } => ("read", false),
                MemPort::Write { mask, .. } => ("write", mask.is_some()),
                MemPort::ReadWrite { mask, .. } => ("read and write", mask.is_some()),
            };
            has(format!("port to {kind}, mask {mask}"));
        }
    }
    let clocks = module.ports.values().filter(|p| p.kind == PortKind::Clock).count();
    has(format!("module of {clocks} clocks with {} instances", module.insts.len()));
    found
}

#[test]
fn every_kind_of_state_occurs() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (seed, design) in (1..).zip(designs()) {
        let features = design.modules.values().flat_map(features);
        let depth = format!("{} modules", design.modules.len());
        let again = backends::kind(seed).map(|o| format!("{:?} with {} lanes", o.backend, o.lanes));
        for what in features.chain([depth]).chain(again) {
            *counts.entry(what).or_default() += 1;
        }
    }
    counts.iter().for_each(|(what, count)| println!("{what}: {count}"));
    let at_least = |what: String, least: usize| {
        let count = counts.get(&what).copied().unwrap_or(0);
        assert!(count >= least, "{what} occurs {count} times");
    };
    let kinds =
        [ResetKind::AsyncLow, ResetKind::SyncLow, ResetKind::AsyncHigh, ResetKind::SyncHigh];
    for kind in kinds.map(Some).into_iter().chain([None]) {
        at_least(format!("register with reset {kind:?}"), 100);
    }
    for what in ["register with enable", "register with names", "register of a synchroniser"] {
        at_least(format!("{what} true"), 100);
    }
    for collision in [Collision::Old, Collision::New, Collision::Undefined] {
        at_least(format!("memory, collision {collision:?}"), 100);
    }
    for what in
        ["memory, written true, with contents true", "memory, written false, with contents true"]
    {
        at_least(what.into(), 100);
    }
    at_least("memory of two clocks true".into(), 20);
    for kind in ["read, mask false", "write, mask true", "write, mask false"] {
        at_least(format!("port to {kind}"), 50);
    }
    for kind in ["read and write, mask true", "read and write, mask false"] {
        at_least(format!("port to {kind}"), 50);
    }
    for (clocks, instances) in [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)] {
        at_least(format!("module of {clocks} clocks with {instances} instances"), 20);
    }
    (1..=3).for_each(|modules| at_least(format!("{modules} modules"), 100));
    let seconds = counts.keys().filter(|what| what.ends_with(" lanes"));
    assert_eq!(seconds.count(), 6, "ways to simulate a second time");
}
