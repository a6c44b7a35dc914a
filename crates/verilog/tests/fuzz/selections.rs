//! Choices by one signal, which SystemVerilog states as `case`.

use crate::case::Case;
use crate::common::{tools, u, Build};
use crate::decisions::decisions;
use crate::engines::{printed, ICARUS};
use crate::seeds;
use seedbed_ir::random::{design, Random, Size};
use seedbed_ir::Design;
use seedbed_verilog::{Dialect, SourceFile};

/// Wires and outputs chosen by comparisons of one signal with constants, some of them repeated, and
/// the same with a signal that never changes.
fn selections(seed: u64) -> Design {
    let mut r = Random(seed);
    let mut b = Build::new(&format!("selections_{seed}"));
    let subjects = ["s", "t"].map(|name| b.input(name, u(3)));
    let mut values = ["x", "y"].map(|name| b.input(name, u(4))).to_vec();
    values.push(b.lit(5, u(4)));
    for i in 0..6 {
        let subject = subjects[r.below(2)];
        let mut chosen = values[r.below(values.len())];
        for _ in 0..3 + r.below(4) {
            let label = b.lit(r.below(8) as i128, u(3));
            let (test, value) = (b.eq(subject, label), values[r.below(values.len())]);
            chosen = b.mux(test, value, chosen);
        }
        if r.below(2) == 0 {
            chosen = b.wire(&format!("w{i}"), chosen);
        }
        b.output(&format!("q{i}"), chosen);
        values.push(chosen);
    }
    let mut design = Design::default();
    let chooser = design.modules.push(b.finish());
    let mut top = Build::new(&format!("selections_{seed}_top"));
    let fixed = top.lit(r.below(8) as i128, u(3));
    let [t, x, y] = [("t", 3), ("x", 4), ("y", 4)].map(|(name, width)| top.input(name, u(width)));
    let inst = top.inst("u_fixed", &design, chooser, &[fixed, t, x, y]);
    for i in 0..6 {
        let name = format!("q{i}");
        let value = top.inst_out(&design, inst, &name);
        top.output(&name, value);
    }
    design.modules.push(top.finish());
    design
}

fn cases(seeds: &[u64], make: impl Fn(u64) -> Design) -> Vec<Case> {
    seeds.iter().map(|&seed| Case::of(seed, make(seed))).collect()
}

fn system_verilog(design: &Design) -> Vec<SourceFile> {
    printed(design, Dialect::SystemVerilog)
}

/// A random design whose registers have no named values: the bench could not clear them, for they are
/// of a type of their own in SystemVerilog.
fn without_names(seed: u64) -> Design {
    let mut design = design(seed, Size::Large);
    for module in design.modules.values_mut() {
        module.regs.values_mut().for_each(|reg| reg.labels = None);
        module.ports.values_mut().for_each(|port| port.labels = None);
    }
    design
}

#[test]
fn choices_in_systemverilog_are_those_of_the_simulator() {
    if !tools::available("iverilog") {
        return;
    }
    let seeds = seeds(40, 400);
    for make in [selections, decisions, without_names] {
        let cases = cases(&seeds, make);
        let found = ICARUS.differences(&cases, system_verilog);
        assert!(found.is_empty(), "seed {}: {}", found[0].0.seed, found[0].1);
    }
    let cases = cases(&seeds, selections);
    let lost = |file: SourceFile| {
        let text = file.text.replacen("        q", "        // q", 1);
        SourceFile { text, ..file }
    };
    let found =
        ICARUS.differences(&cases, |design| system_verilog(design).into_iter().map(lost).collect());
    assert!(found.len() > seeds.len() / 4, "a lost assignment shows in {} cases", found.len());
}
