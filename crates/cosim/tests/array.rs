//! The systolic array in three simulators: built-in, Verilator and Icarus Verilog, cycle by cycle.

mod support {
    pub mod tools;
}

use seedbed_cosim::rng::Rng;
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{Dut, Layout, Rtl, SourceFile};
use seedbed_hdl::{elaborate, Design, Settings};
use seedbed_ir::Dir;
use seedbed_npu::matrix::MacArray;
use seedbed_spec::config::{Config, Cut, Kind};
use seedbed_verilog::{emit, Options};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::tools::{icarus, verilator};

const CYCLES: usize = 600;
/// By then every weight is loaded and every sum of before has left.
const WARM: usize = 40;

/// 4 x 4, with and without the cut.
fn arrays() -> [Design; 2] {
    [&[][..], &[Cut::Product]].map(|cuts| {
        let mut config = Config::preset("tiny").expect("a preset");
        (config.array.kind, config.array.cuts) = (Kind::Systolic, cuts.to_vec());
        elaborate(&MacArray::new(&config), &Settings::default()).expect("an array")
    })
}

/// Four int8 values, half of them extreme.
fn bytes(rng: &mut Rng) -> u64 {
    (0..4).fold(0, |word, _| {
        let any = rng.below(256);
        word << 8 | rng.pick(&[0x80, 0x7f, 0xff, any, any, any])
    })
}

/// The pins in port order, each one limb: load, load_plane, w, plane, a. First every column of both
/// planes is loaded, then anything goes, legal or not.
fn stimulus(seed: u64) -> Vec<[u64; 5]> {
    let mut rng = Rng::new(seed);
    let cycle = |now: usize| {
        let column = now % 4;
        let load = if now < 8 || rng.percent(40) { 1 << column } else { 0 };
        let load_plane = if now < 8 { now as u64 / 4 } else { rng.below(2) };
        [load, load_plane, bytes(&mut rng), rng.below(2), bytes(&mut rng)]
    };
    (0..CYCLES).map(cycle).collect()
}

/// The four sums of every cycle from [`WARM`] on.
type Trace = Vec<Vec<u64>>;

fn run(mut dut: impl Dut, stimulus: &[[u64; 5]]) -> Trace {
    let step = |inputs: &[u64; 5]| {
        let mut outputs = vec![0; 4];
        dut.settle(inputs, &mut outputs);
        dut.tick();
        outputs
    };
    stimulus.iter().map(step).skip(WARM).collect()
}

/// A bench that applies the stimulus and prints a line per cycle.
fn bench(top: &str, layout: &Layout, stimulus: &[[u64; 5]]) -> String {
    let mut text = "module bench;\n  reg clk = 0;\n".to_string();
    for pin in &layout.pins {
        let kind = if pin.dir == Dir::Input { "reg" } else { "wire" };
        let _ = writeln!(text, "  {kind} [{}:0] {};", pin.width - 1, pin.name);
    }
    let pins: String = layout.pins.iter().map(|p| format!(", .{0}({0})", p.name)).collect();
    let _ = writeln!(text, "  {top} dut (.clk(clk){pins});\n  initial begin");
    let inputs: Vec<_> = layout.pins.iter().filter(|p| p.dir == Dir::Input).collect();
    for values in stimulus {
        for (pin, value) in inputs.iter().zip(values) {
            let _ = writeln!(text, "    {} = {}'h{value:x};", pin.name, pin.width);
        }
        text += "    #1 $display(\"%h %h %h %h\", dot_0, dot_1, dot_2, dot_3);\n";
        text += "    #1 clk = 1; #1 clk = 0;\n";
    }
    text + "  end\nendmodule\n"
}

fn write(dir: &Path, files: &[SourceFile]) -> Vec<PathBuf> {
    let write = |file: &SourceFile| {
        let path = dir.join(&file.name);
        std::fs::write(&path, &file.text).expect("the temporary folder is writable");
        path
    };
    files.iter().map(write).collect()
}

fn run_icarus(sources: &[SourceFile], bench: &str) -> Trace {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let bench = SourceFile { name: "bench.v".into(), text: bench.into() };
    let paths = write(dir.path(), &[&[bench], sources].concat());
    let program = dir.path().join("bench.vvp");
    let built =
        Command::new("iverilog").arg("-g2005").arg("-o").arg(&program).args(&paths).status();
    assert!(built.expect("iverilog starts").success());
    let out =
        Command::new("vvp").arg("-n").arg(&program).output().expect("vvp comes with iverilog");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    // An undefined sum is equal to none.
    let number = |digits: &str| u64::from_str_radix(digits, 16).unwrap_or(u64::MAX);
    let line = |line: &str| line.split(' ').map(number).collect();
    text.lines().skip(WARM).map(line).collect()
}

#[test]
fn three_simulators_agree() {
    for (seed, design) in (1..).zip(&arrays()) {
        let (layout, sources) = (Layout::of(design), emit(design, &Options::default()));
        let top = &design.top().name;
        let stimulus = stimulus(seed);
        let built_in = run(SimulatedDut::new(design, &layout), &stimulus);
        assert!(built_in.len() == CYCLES - WARM && built_in.windows(2).any(|w| w[0] != w[1]));
        if icarus() {
            let found = run_icarus(&sources, &bench(top, &layout, &stimulus));
            assert!(found == built_in, "{top}: Icarus differs");
        }
        // One build is enough: the other array has the same modules without a register.
        if seed == 2 && verilator() {
            let options = BuildOptions::default();
            let dut = VerilatedDut::build(&sources, top, &layout, &options).expect("a model");
            assert!(run(dut, &stimulus) == built_in, "{top}: Verilator differs");
        }
    }
}

/// The comparison itself: each of these mistakes in an element must show.
#[test]
fn planted_mistakes_are_noticed() {
    if !icarus() {
        return;
    }
    let design = &arrays()[1];
    let (layout, good) = (Layout::of(design), emit(design, &Options::default()));
    let stimulus = stimulus(3);
    let built_in = run(SimulatedDut::new(design, &layout), &stimulus);
    let bench = bench(&design.top().name, &layout, &stimulus);
    for (right, wrong) in [
        ("plane ? plane1_q : plane0_q", "plane ? plane0_q : plane1_q"),
        ("weight = plane ?", "weight = plane_q ?"),
        ("load_q <= load;", "load_q <= 1'b0;"),
        ("{sum[16], sum} +", "{1'b0, sum} +"),
        ("stage2_q <= stage1_q[23:8]", "stage2_q <= stage1_q[15:0]"),
    ] {
        let spoil = |f: &SourceFile| SourceFile {
            name: f.name.clone(),
            text: f.text.replace(right, wrong),
        };
        let sources: Vec<_> = good.iter().map(spoil).collect();
        assert!(sources != good, "`{right}` is in the Verilog");
        assert!(run_icarus(&sources, &bench) != built_in, "`{wrong}` is not noticed");
    }
}

/// A whole core with a systolic array that is large enough to have every width of sum but the last three.
#[test]
fn a_large_core_is_clean() {
    if !verilator() {
        return;
    }
    let mut config = Config::preset("edge-systolic").expect("a preset");
    (config.array.rows, config.array.cols) = (32, 32);
    let rtl = Rtl::generate(&config).expect("a core");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut lint = Command::new("verilator");
    lint.args(["--lint-only", "-Wall", "--top-module", rtl.top()]);
    let out = lint.args(write(dir.path(), &rtl.sources)).output().expect("verilator starts");
    let said = [out.stdout, out.stderr].concat();
    assert!(out.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}
