//! Random designs in Icarus against our own simulator, and in the ears of the three lint tools.
//!
//! `SEEDBED_SLOW=1` runs many more of them.

mod common;

use common::random::{design, Random};
use common::{single, tools, u, Build};
use seedbed_ir::{Bits, Design, Dir, Entity, Module, NodeId, PortKind};
use seedbed_sim::Simulator;
use seedbed_verilog::{emit, Dialect, Options, SourceFile};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const CYCLES: usize = 40;

fn slow() -> bool {
    std::env::var("SEEDBED_SLOW").as_deref() == Ok("1")
}

fn seeds(usual: u64, many: u64) -> Vec<u64> {
    (1..=if slow() { many } else { usual }).collect()
}

/// What is applied to a design in each cycle: reset and data inputs, in port order.
fn stimulus(module: &Module, seed: u64) -> Vec<Vec<Bits>> {
    let mut random = Random(seed ^ 0x5eed);
    let cycle = |i: usize| {
        let ports = module.ports.values().filter(|p| p.dir == Dir::Input);
        let value = |p: &seedbed_ir::Port| match p.kind {
            PortKind::Clock => None,
            PortKind::Reset => Some(Bits::from_u64(1, u64::from(i > 1 && !random.chance(12)))),
            PortKind::Data => Some(random.bits(p.ty.width)),
        };
        ports.filter_map(value).collect()
    };
    (0..CYCLES).map(cycle).collect()
}

fn driven(module: &Module) -> impl Iterator<Item = &seedbed_ir::Port> {
    module.ports.values().filter(|p| p.dir == Dir::Input && p.kind != PortKind::Clock)
}

fn outputs(module: &Module) -> impl Iterator<Item = &seedbed_ir::Port> {
    module.ports.values().filter(|p| p.dir == Dir::Output)
}

/// One line per cycle: all outputs in hexadecimal.
fn expected(design: &Design, stimulus: &[Vec<Bits>]) -> Vec<String> {
    let top = design.top();
    let mut sim = Simulator::new(design);
    let line = |values: &Vec<Bits>| {
        for (port, value) in driven(top).zip(values) {
            sim.set_bits(sim.input(&port.name).expect("an input"), value);
        }
        let value = |p: &seedbed_ir::Port| sim.get_bits(sim.output(&p.name).expect("an output"));
        let values: Vec<Bits> = outputs(top).map(value).collect();
        sim.tick();
        values.iter().map(|v| format!("{v:x}")).collect::<Vec<_>>().join(" ")
    };
    stimulus.iter().map(line).collect()
}

/// A bench for one design: applies the stimulus and prints a line per cycle.
fn bench(design: &Design, files: &[SourceFile], seed: u64, stimulus: &[Vec<Bits>]) -> String {
    let top = design.top();
    let mut out = format!("module bench_{seed};\n  integer i;\n  reg clk = 0;\n");
    for p in driven(top) {
        let _ = writeln!(out, "  reg [{}:0] {};", p.ty.width - 1, p.name);
    }
    for p in outputs(top) {
        let _ = writeln!(out, "  wire [{}:0] {};", p.ty.width - 1, p.name);
    }
    let pins: Vec<String> = top.ports.values().map(|p| format!(".{0}({0})", p.name)).collect();
    let _ = writeln!(out, "  {} dut ({});\n  initial begin", top.name, pins.join(", "));
    out.push_str(&tools::clear("dut", &files.last().expect("a top module").text));
    for inst in top.insts.values() {
        let name = &inst.name;
        out.push_str(&tools::clear(&format!("dut.{name}"), &files[inst.module.index()].text));
    }
    let format = vec!["%h"; outputs(top).count()].join(" ");
    let names: Vec<&str> = outputs(top).map(|p| p.name.as_str()).collect();
    for values in stimulus {
        for (p, v) in driven(top).zip(values) {
            let _ = writeln!(out, "    {} = {}'h{v:x};", p.name, v.width());
        }
        let _ = writeln!(out, "    #1 $display(\"{seed}: {format}\", {});", names.join(", "));
        out.push_str("    #1 clk = 1; #1 clk = 0;\n");
    }
    out.push_str("  end\nendmodule\n");
    out
}

/// Runs benches in one Icarus process; the printed lines.
fn icarus(dir: &Path, files: &[SourceFile]) -> Vec<String> {
    let paths = tools::write(dir, files);
    let program = dir.join("all.vvp");
    let mut compile = Command::new("iverilog");
    let system = files.iter().any(|f| f.name.ends_with(".sv"));
    let language = if system { "-g2012" } else { "-g2005" };
    compile.args([language, "-o"]).arg(&program).args(&paths);
    tools::silent(&mut compile).unwrap_or_else(|e| panic!("{e}"));
    let out =
        Command::new("vvp").arg("-n").arg(&program).output().expect("vvp comes with iverilog");
    String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect()
}

/// What to think of an undefined digit: Yosys leaves words that are never written undefined.
#[derive(Clone, Copy, PartialEq)]
enum Undefined {
    Differs,
    Agrees,
}

fn agree(got: &str, expected: &str, undefined: Undefined) -> bool {
    let free = |g: char| undefined == Undefined::Agrees && matches!(g, 'x' | 'X');
    got.len() == expected.len() && got.chars().zip(expected.chars()).all(|(g, e)| g == e || free(g))
}

/// The first difference of a design, described.
fn compare(
    seed: u64,
    design: &Design,
    expected: &[String],
    lines: &[String],
    undefined: Undefined,
) -> Option<String> {
    let prefix = format!("{seed}: ");
    let got: Vec<&str> = lines.iter().filter_map(|l| l.strip_prefix(&prefix)).collect();
    if got.len() != expected.len() {
        return Some(format!("seed {seed}: {} of {} cycles printed", got.len(), expected.len()));
    }
    for (cycle, (got, expected)) in got.iter().zip(expected).enumerate() {
        let ports = outputs(design.top()).map(|p| &p.name);
        for ((name, g), e) in ports.zip(got.split(' ')).zip(expected.split(' ')) {
            if !agree(g, e, undefined) {
                return Some(format!("seed {seed} cycle {cycle} {name}: icarus {g}, sim {e}"));
            }
        }
    }
    None
}

/// Differences of the random designs of all `seeds`, after a `change` of every file.
fn differences(
    seeds: &[u64],
    undefined: Undefined,
    change: impl Fn(&str) -> String,
) -> Vec<String> {
    differences_of(seeds, design, Dialect::Verilog2005, undefined, change)
}

/// Differences of the designs that `make` makes of all `seeds`, which share one Icarus run.
fn differences_of(
    seeds: &[u64],
    make: impl Fn(u64) -> Design,
    dialect: Dialect,
    undefined: Undefined,
    change: impl Fn(&str) -> String,
) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (mut files, mut cases) = (Vec::new(), Vec::new());
    for &seed in seeds {
        let design = make(seed);
        let complaints = seedbed_ir::check::check(&design);
        assert!(complaints.is_empty(), "seed {seed} is no legal design: {}", complaints[0]);
        let stimulus = stimulus(design.top(), seed);
        let print = |dialect| {
            let own = emit(&design, &Options { dialect, ..Options::default() });
            own.into_iter().map(|f| SourceFile { text: change(&f.text), ..f }).collect()
        };
        // Only in Verilog-2005 a register is known by its declaration; the names are the same.
        let plain: Vec<SourceFile> = print(Dialect::Verilog2005);
        let text = bench(&design, &plain, seed, &stimulus);
        files.push(SourceFile { name: format!("bench_{seed}.v"), text });
        files.extend(print(dialect));
        cases.push((seed, expected(&design, &stimulus), design));
    }
    let lines = icarus(dir.path(), &files);
    let compare = |(seed, want, design): &(u64, Vec<String>, Design)| {
        compare(*seed, design, want, &lines, undefined)
    };
    cases.iter().filter_map(compare).collect()
}

#[test]
fn icarus_computes_what_the_simulator_computes() {
    if !tools::available("iverilog") {
        return;
    }
    for chunk in seeds(60, 600).chunks(60) {
        let found = differences(chunk, Undefined::Differs, str::to_owned);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

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
fn decisions(seed: u64) -> Design {
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
    let (seeds, dialect) = (seeds(60, 600), Dialect::Verilog2005);
    let found = differences_of(&seeds, decisions, dialect, Undefined::Differs, str::to_owned);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

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

#[test]
fn choices_in_systemverilog_are_those_of_the_simulator() {
    if !tools::available("iverilog") {
        return;
    }
    let (seeds, dialect) = (seeds(40, 400), Dialect::SystemVerilog);
    let found = differences_of(&seeds, selections, dialect, Undefined::Differs, str::to_owned);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let blocks = |text: &str| text.replacen("        q", "        // q", 1);
    let found = differences_of(&seeds, selections, dialect, Undefined::Differs, blocks);
    assert!(found.len() > seeds.len() / 2, "a lost assignment shows in {} cases", found.len());
    for make in [design as fn(u64) -> Design, decisions] {
        let found = differences_of(&seeds, make, dialect, Undefined::Differs, str::to_owned);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// The comparison itself: planted mistakes of the kind an emitter makes must show.
#[test]
fn planted_mistakes_are_found() {
    if !tools::available("iverilog") {
        return;
    }
    let seeds: Vec<u64> = (1..=20).collect();
    for (right, wrong) in
        [(">>>", ">>"), ("$signed(", "("), (" signed ", " "), ("{1'b0, ", "{1'b1, ")]
    {
        let found = differences(&seeds, Undefined::Differs, |text| text.replace(right, wrong));
        assert!(!found.is_empty(), "`{right}` as `{wrong}` is not noticed");
    }
}

/// What Yosys understood, written by Yosys: it must not read signs or widths differently.
fn through_yosys(text: &str) -> String {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (from, to) = (dir.path().join("from.v"), dir.path().join("to.v"));
    std::fs::write(&from, text).expect("the temporary folder is writable");
    let script = format!(
        "read_verilog {}; proc; memory -nomap; write_verilog -noattr {}",
        from.display(),
        to.display()
    );
    tools::silent(Command::new("yosys").args(["-q", "-p", &script]))
        .unwrap_or_else(|e| panic!("{e}"));
    std::fs::read_to_string(to).expect("yosys wrote it")
}

#[test]
fn yosys_understands_the_same() {
    if !tools::available("iverilog") || !tools::available("yosys") {
        return;
    }
    let found = differences(&seeds(8, 40), Undefined::Agrees, through_yosys);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn tools_are_silent_about_random_designs() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for seed in seeds(6, 60) {
        let files = emit(&design(seed), &Options::default());
        let dir = dir.path().join(seed.to_string());
        std::fs::create_dir(&dir).expect("the temporary folder is writable");
        let paths = tools::write(&dir, &files);
        let complaints = tools::lint(&paths, &format!("d{seed}_top"), false);
        assert!(complaints.is_empty(), "{}\n{}", complaints.join("\n"), files[1].text);
    }
}
