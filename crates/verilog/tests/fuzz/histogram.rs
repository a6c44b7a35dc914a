//! What the random designs are made of: every operator in every band of widths where it can be.

use crate::common::random::small;
use seedbed_ir::{MemPort, Node, Op, Ty};
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

#[test]
fn every_operator_occurs_at_every_width() {
    let mut counts: BTreeMap<String, [usize; BANDS.len()]> = BTreeMap::new();
    let mut signed = [0usize; 2];
    let mut state: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..=1000 {
        for module in small(seed).modules.values() {
            for node in module.nodes.values() {
                let mut ty = node.ty;
                // Comparisons and reductions are as wide as what they read.
                if let Op::Unary(_, a) | Op::Binary(_, a, _) = node.op {
                    ty.width = ty.width.max(module.nodes[a].ty.width);
                }
                counts.entry(operator(node)).or_default()[band(ty)] += 1;
                signed[usize::from(node.ty.signed)] += 1;
            }
            let mut count = |what, some: bool| *state.entry(what).or_default() += usize::from(some);
            for reg in module.regs.values() {
                count("register with reset", reg.reset.is_some());
                count("register without reset", reg.reset.is_none());
                count("register with enable", reg.enable.is_some());
                count("register without enable", reg.enable.is_none());
            }
            for port in module.mems.values().flat_map(|m| &m.ports) {
                count("read port", matches!(port, MemPort::Read { .. }));
                count("write port", matches!(port, MemPort::Write { .. }));
                count("port for both", matches!(port, MemPort::ReadWrite { .. }));
            }
            count("instance", !module.insts.is_empty());
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
    assert!(state.len() == 8 && state.values().all(|n| *n >= 100), "{state:?}");
}
