//! Clock gates: the printed cell in Icarus and Verilator, what the pass `lower_gate` makes of it, and both
//! back ends and the lanes of the simulator do the same in every cycle.

mod common;

use common::tools;
use seedbed_hdl::{bit, elaborate, uint, Design, Module, Ports, ResetKind, Scope, Settings, Sig};
use seedbed_ir::passes::{LowerGate, Pass};
use seedbed_ir::random::Random;
use seedbed_ir::{check, Inst};
use seedbed_sim::{Backend, SimOptions, Simulator};
use seedbed_verilog::{emit, Dialect, Options, SourceFile};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Io<'m> {
    d: Sig<'m>,
    en: Sig<'m>,
    test: Sig<'m>,
    q: Sig<'m>,
}

fn io<'m>(p: &Ports<'_, 'm>) -> Io<'m> {
    Io {
        d: p.input("d", uint(8)),
        en: p.input("en", uint(3)),
        test: p.input("test", bit()),
        q: p.output("q", uint(8)),
    }
}

/// A register with an enable, one without reset, and a memory.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Leaf;

impl Module for Leaf {
    type Io<'m> = Io<'m>;

    fn name(&self) -> String {
        "leaf".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Io<'m> {
        io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: Io<'m>) {
        let sum = m.reg("sum_q", uint(8), 0x5a);
        let count = m.reg("count_q", uint(8), 3);
        let last = m.reg_no_reset("last_q", uint(8));
        m.when(io.en.bit(2), || sum.set(sum.wrapping_add(io.d)));
        count.set(count.wrapping_add(1));
        last.set(io.d);
        let words = m.mem_1r1w("words", 8, 4, None);
        words.write(io.d.trunc(2), io.en.bit(1), sum, None);
        let read = words.read(count.trunc(2), io.test);
        io.q.set(sum ^ count ^ last ^ read);
    }
}

/// A leaf on a gated clock and one on the clock itself, one feeding the other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Middle;

impl Module for Middle {
    type Io<'m> = Io<'m>;

    fn name(&self) -> String {
        "middle".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Io<'m> {
        io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: Io<'m>) {
        // The enable comes from a register of the clock that is gated.
        let on = io.en.bit(1).pipe("on_q");
        let gated = m.clock_gate("leaf_clk", on, None);
        let first = m.within(gated, || m.inst("u_gated", &Leaf));
        let second = m.inst("u_free", &Leaf);
        first.d.set(io.d);
        second.d.set(first.q);
        for leaf in [&first, &second] {
            leaf.en.set(io.en);
            leaf.test.set(io.test);
        }
        io.q.set(second.q);
    }
}

/// A middle on a gated clock with test enable, fed from registers of the clock, and back into them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Top;

impl Module for Top {
    type Io<'m> = Io<'m>;

    fn name(&self) -> String {
        "top".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Io<'m> {
        io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: Io<'m>) {
        let gated = m.clock_gate("middle_clk", io.en.bit(0), Some(io.test));
        let first = m.within(gated, || m.inst("u_gated", &Middle));
        let second = m.inst("u_free", &Middle);
        first.d.set(io.d.pipe("d_q"));
        second.d.set(first.q.pipe("between_q"));
        for middle in [&first, &second] {
            middle.en.set(io.en);
            middle.test.set(io.test);
        }
        io.q.set(second.q ^ first.q);
    }
}

const KINDS: [ResetKind; 4] =
    [ResetKind::AsyncLow, ResetKind::SyncLow, ResetKind::AsyncHigh, ResetKind::SyncHigh];

fn design(reset: ResetKind) -> Design {
    let settings = Settings { reset, ..Settings::default() };
    elaborate(&Top, &settings).unwrap_or_else(|found| panic!("{}", found[0]))
}

fn lowered(mut design: Design) -> Design {
    LowerGate.run(&mut design);
    assert_eq!(check::check(&design), []);
    design
}

const CYCLES: usize = 300;

/// Reset, `d`, `en` and `test` in each cycle.
type Stimulus = Vec<[u64; 4]>;

fn stimulus(reset: ResetKind, seed: u64) -> Stimulus {
    let mut random = Random(seed);
    let cycle = |i: usize| {
        let on = i < 2 || random.chance(20);
        let rst = u64::from(on != reset.is_low());
        [rst, random.next_u64() & 0xff, random.next_u64() & 7, u64::from(random.chance(8))]
    };
    (0..CYCLES).map(cycle).collect()
}

fn reset_name(kind: ResetKind) -> &'static str {
    if kind.is_low() {
        "rst_n"
    } else {
        "rst"
    }
}

/// `q` before each edge, in each lane.
fn simulated(
    design: &Design,
    kind: ResetKind,
    stimuli: &[Stimulus],
    backend: Backend,
) -> Vec<Vec<u64>> {
    let options = SimOptions { backend, lanes: stimuli.len() };
    let mut sim = Simulator::with(design, &options).unwrap_or_else(|found| panic!("{found}"));
    if backend == Backend::Compiled && sim.backend() != backend {
        tools::missing("SEEDBED_REQUIRE_TOOLS", sim.fallback().unwrap_or_default());
    }
    let pins = [reset_name(kind), "d", "en", "test"].map(|name| sim.input(name).expect("an input"));
    let q = sim.output("q").expect("an output");
    let mut found = vec![Vec::new(); stimuli.len()];
    for cycle in 0..CYCLES {
        for (lane, stimulus) in stimuli.iter().enumerate() {
            for (pin, value) in pins.iter().zip(stimulus[cycle]) {
                sim.set_lane(*pin, lane, value);
            }
            found[lane].push(sim.get_lane(q, lane));
        }
        sim.tick();
    }
    found
}

#[test]
fn back_ends_lanes_and_the_lowered_design_agree() {
    for kind in KINDS {
        let design = design(kind);
        let stimuli: Vec<Stimulus> = (0..3).map(|lane| stimulus(kind, 7 + lane)).collect();
        let expected: Vec<Vec<u64>> = stimuli
            .iter()
            .map(|s| {
                simulated(&design, kind, std::slice::from_ref(s), Backend::Interpreter).remove(0)
            })
            .collect();
        assert_ne!(expected[0], expected[1]);
        for backend in [Backend::Interpreter, Backend::Compiled] {
            assert_eq!(simulated(&design, kind, &stimuli, backend), expected, "{kind:?}");
        }
        let lowered = lowered(design);
        assert_eq!(simulated(&lowered, kind, &stimuli, Backend::Interpreter), expected, "{kind:?}");
    }
}

/// Gates without effect would pass the tests above: an enable that is always on changes every register.
#[test]
fn the_gates_matter() {
    let kind = ResetKind::AsyncLow;
    let always: Stimulus =
        stimulus(kind, 1).into_iter().map(|[r, d, en, _]| [r, d, en, 1]).collect();
    let never = always.iter().map(|&[r, d, en, _]| [r, d, en, 0]).collect();
    let found = simulated(&design(kind), kind, &[always, never], Backend::Interpreter);
    assert_ne!(found[0], found[1]);
    let mut sim = Simulator::new(&design(kind));
    let [rst_n, en] = ["rst_n", "en"].map(|name| sim.input(name).expect("an input"));
    sim.set(rst_n, 1);
    let counts = |sim: &mut Simulator| {
        ["u_gated.u_gated", "u_gated.u_free", "u_free.u_gated", "u_free.u_free"]
            .map(|path| sim.peek(&format!("{path}.count_q")).expect("a register").to_u64() - 3)
    };
    sim.set(en, 0b001);
    (0..4).for_each(|_| sim.tick());
    assert_eq!(counts(&mut sim), [0, 4, 0, 4]);
    sim.set(en, 0b010);
    (0..4).for_each(|_| sim.tick());
    assert_eq!(counts(&mut sim), [0, 4, 3, 8]);
    sim.set(en, 0b011);
    (0..4).for_each(|_| sim.tick());
    assert_eq!(counts(&mut sim), [3, 8, 7, 12]);
}

/// Clears all state, which powers up as zero.
fn clears(design: &Design) -> String {
    let files = emit(design, &Options::default());
    let mut out = String::new();
    let mut todo = vec![("dut".to_string(), design.top())];
    while let Some((path, module)) = todo.pop() {
        let name = format!("{}.v", module.name);
        let file = files.iter().find(|f| f.name == name).expect("a file for each module");
        out += &tools::clear(&path, &file.text);
        let child = |inst: &Inst| (format!("{path}.{}", inst.name), &design.modules[inst.module]);
        todo.extend(module.insts.values().map(child));
    }
    out
}

/// A bench that applies the stimulus while the clock is low and prints `q` before each edge.
fn bench(design: &Design, kind: ResetKind, stimulus: &Stimulus) -> SourceFile {
    let rst = reset_name(kind);
    let mut text = format!(
        "module bench;\n  integer i;\n  reg clk = 0, {rst}, test;\n  reg [7:0] d;\n  reg [2:0] en;\n  \
         wire [7:0] q;\n  top dut (.clk(clk), .{rst}({rst}), .d(d), .en(en), .test(test), .q(q));\n  \
         initial begin\n    {rst} = {};\n{}",
        u64::from(kind.is_low()),
        clears(design)
    );
    for [reset, d, en, test] in stimulus {
        let _ = writeln!(
            text,
            "    #1 {rst} = {reset}; d = {d}; en = {en}; test = {test};\n    \
             #1 $display(\"%0d\", q);\n    #1 clk = 1;\n    #1 clk = 0;"
        );
    }
    text.push_str("    $finish;\n  end\nendmodule\n");
    SourceFile { name: "bench.v".into(), text }
}

/// Builds a program of the files with one of the tools: what runs it.
type Tool = fn(&Path, &[PathBuf]) -> Command;

fn icarus(dir: &Path, paths: &[PathBuf]) -> Command {
    let program = dir.join("bench.vvp");
    let mut compile = Command::new("iverilog");
    compile.args(["-g2012", "-s", "bench", "-o"]).arg(&program).args(paths);
    tools::silent(&mut compile).unwrap_or_else(|e| panic!("{e}"));
    let mut run = Command::new("vvp");
    run.arg("-n").arg(program);
    run
}

fn verilator(dir: &Path, paths: &[PathBuf]) -> Command {
    let mut compile = Command::new("verilator");
    compile.args(["--binary", "--timing", "-Wno-lint", "-O0", "--top-module", "bench", "--Mdir"]);
    let out = compile.arg(dir.join("obj")).args(paths).output().expect("Verilator can be started");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    Command::new(dir.join("obj/Vbench"))
}

fn agrees(design: &Design, kind: ResetKind, dialect: Dialect, tool: Tool) {
    let stimulus = stimulus(kind, 99);
    let one = std::slice::from_ref(&stimulus);
    let expected = simulated(design, kind, one, Backend::Interpreter).remove(0);
    let mut files = emit(design, &Options { dialect, ..Options::default() });
    files.push(bench(design, kind, &stimulus));
    let dir = tempfile::tempdir().expect("a temporary folder");
    let paths = tools::write(dir.path(), &files);
    let out = tool(dir.path(), &paths).output().expect("the program runs");
    let out = String::from_utf8_lossy(&out.stdout).into_owned();
    let found: Vec<&str> = out.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(found.len(), CYCLES, "{kind:?}: {out}");
    for (cycle, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(*found, expected.to_string(), "{kind:?}, {dialect:?}, cycle {cycle}");
    }
}

#[test]
fn icarus_agrees() {
    if tools::available("iverilog") {
        for kind in KINDS {
            for dialect in [Dialect::Verilog2005, Dialect::SystemVerilog] {
                agrees(&design(kind), kind, dialect, icarus);
            }
            agrees(&lowered(design(kind)), kind, Dialect::Verilog2005, icarus);
        }
    }
}

/// Verilator orders gated clocks on its own; its build takes long.
#[test]
fn verilator_agrees() {
    if std::env::var("SEEDBED_SLOW").as_deref() == Ok("1") && tools::available("verilator") {
        for dialect in [Dialect::Verilog2005, Dialect::SystemVerilog] {
            agrees(&design(ResetKind::AsyncLow), ResetKind::AsyncLow, dialect, verilator);
        }
    }
}

#[test]
fn tools_are_silent_and_no_cell_is_left_after_lowering() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let design = design(ResetKind::AsyncLow);
    let files = emit(&design, &Options::default());
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["seedbed_clock_gate.v", "leaf.v", "middle.v", "top.v"]);
    let cell = "seedbed_clock_gate u_middle_clk (\n";
    assert!(files[3].text.contains(cell), "{}", files[3].text);
    let complaints = tools::lint(&tools::write(dir.path(), &files), "top", true);
    assert_eq!(complaints, Vec::<String>::new());

    let files = emit(&lowered(design), &Options::default());
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["leaf.v", "leaf_gated.v", "middle.v", "middle_gated.v", "top.v"]);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let complaints = tools::lint(&tools::write(dir.path(), &files), "top", true);
    assert_eq!(complaints, Vec::<String>::new());
}
