//! Verilog simulators: many cases in one build.

use crate::case::{driven, outputs, Case, CYCLES};
use crate::common::tools;
use seedbed_ir::{Bits, Design, Module};
use seedbed_verilog::{emit, Options, SourceFile};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A simulator: builds a program from files in a folder.
pub struct Engine {
    /// The command.
    pub tool: &'static str,
    build: fn(&Path, &[PathBuf]) -> Command,
}

pub const ICARUS: Engine = Engine { tool: "iverilog", build: icarus };
pub const VERILATOR: Engine = Engine { tool: "verilator", build: verilator };

impl Engine {
    /// The cases that differ from what is expected, described. `change` makes of a design the one that
    /// is emitted.
    pub fn differences<'c>(
        &self,
        cases: &'c [Case],
        change: impl Fn(&Design) -> Design,
    ) -> Vec<(&'c Case, String)> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut files = vec![bench(cases)];
        for case in cases {
            let own = emit(&change(&case.design), &Options::default());
            files.push(case_bench(case, &own, dir.path()));
            files.extend(own);
            let rom = dir.path().join(format!("stimulus_{}.hex", case.seed));
            std::fs::write(rom, rows(case)).expect("the temporary folder is writable");
        }
        let lines = self.run(dir.path(), &files);
        let difference = |case: &'c Case| {
            let prefix = format!("{}: ", case.seed);
            let got = lines.iter().filter_map(|l| Some(l.strip_prefix(&prefix)?.to_string()));
            Some((case, case.difference(&got.collect::<Vec<_>>())?))
        };
        cases.iter().filter_map(difference).collect()
    }

    /// How one case differs.
    pub fn difference(&self, case: &Case) -> Option<String> {
        self.differences(std::slice::from_ref(case), Clone::clone).pop().map(|(_, what)| what)
    }

    fn run(&self, dir: &Path, files: &[SourceFile]) -> Vec<String> {
        let paths = tools::write(dir, files);
        let main = MAIN.replace("CYCLES", &CYCLES.to_string());
        std::fs::write(dir.join("main.cpp"), main).expect("the temporary folder is writable");
        let built = (self.build)(dir, &paths).output().expect("the tool can be started");
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{}: {said}", self.tool);
        let out = Command::new(dir.join("program")).output().expect("the program was built");
        String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect()
    }
}

fn icarus(dir: &Path, paths: &[PathBuf]) -> Command {
    let mut command = Command::new("iverilog");
    command.args(["-g2005", "-s", "main", "-o"]).arg(dir.join("program")).args(paths);
    command
}

fn verilator(dir: &Path, paths: &[PathBuf]) -> Command {
    let mut command = Command::new("verilator");
    command.args(["--cc", "--exe", "--build", "-j", "2", "-Wno-lint", "--top-module", "bench"]);
    command.args([
        "--output-split",
        "20000",
        "-MAKEFLAGS",
        "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0",
    ]);
    command.arg("--Mdir").arg(dir.join("obj")).arg("-o").arg(dir.join("program"));
    command.arg(dir.join("main.cpp")).args(paths);
    command
}

/// The loop of Verilator's program, as module `main` below is that of Icarus.
const MAIN: &str = r#"#include "Vbench.h"
#include "verilated.h"
int main() {
  Vbench top;
  top.go = 0; top.clk = 0; top.cycle = 0;
  top.eval();
  top.go = 1;
  for (int i = 0; i < CYCLES; ++i) {
    top.cycle = i; top.clk = 0; top.eval();
    top.clk = 1; top.eval();
  }
  return 0;
}
"#;

/// All cases side by side.
fn bench(cases: &[Case]) -> SourceFile {
    let mut text = String::from("module bench (input clk, input go, input [31:0] cycle);\n");
    for case in cases {
        let _ = writeln!(text, "  bench_{0} b{0} (clk, go, cycle);", case.seed);
    }
    text.push_str("endmodule\n");
    let _ = writeln!(
        text,
        "`ifndef VERILATOR\nmodule main;\n  reg clk = 0, go = 0;\n  reg [31:0] cycle = 0;\n  \
         bench b (clk, go, cycle);\n  initial begin\n    #5 go = 1;\n    repeat ({CYCLES}) begin\n      \
         #5 clk = 1;\n      #5 clk = 0; cycle = cycle + 1;\n    end\n    $finish;\n  end\n\
         endmodule\n`endif"
    );
    SourceFile { name: "bench.v".into(), text }
}

/// One word per cycle: all inputs, the first port highest.
fn rows(case: &Case) -> String {
    let bit = |value: &Bits, i: u32| if value.bit(i) { '1' } else { '0' };
    let row = |values: &Vec<Bits>| {
        let bits = values.iter().flat_map(|v| (0..v.width()).rev().map(move |i| bit(v, i)));
        bits.chain(['\n']).collect::<String>()
    };
    case.stimulus.iter().map(row).collect()
}

/// Applies the stimulus of one case before each edge and prints the outputs at the edge.
fn case_bench(case: &Case, files: &[SourceFile], dir: &Path) -> SourceFile {
    let (seed, top) = (case.seed, case.design.top());
    let width: u32 = driven(top).map(|p| p.ty.width).sum();
    let mut text = format!(
        "module bench_{seed} (input clk, input go, input [31:0] cycle);\n  \
         reg [{0}:0] stimulus [0:{1}];\n  initial $readmemb(\"{2}/stimulus_{seed}.hex\", stimulus);\n  \
         wire [{0}:0] now = go && cycle < {CYCLES} ? stimulus[cycle[5:0]] : {{{width}{{1'b1}}}};\n",
        width - 1,
        CYCLES - 1,
        dir.display()
    );
    let mut below = width;
    for p in driven(top) {
        below -= p.ty.width;
        let _ = writeln!(
            text,
            "  wire [{}:0] {} = now[{}:{below}];",
            p.ty.width - 1,
            p.name,
            below + p.ty.width - 1
        );
    }
    for p in outputs(top) {
        let _ = writeln!(text, "  wire [{}:0] {};", p.ty.width - 1, p.name);
    }
    let pins: Vec<String> = top.ports.values().map(|p| format!(".{0}({0})", p.name)).collect();
    let names: Vec<&str> = outputs(top).map(|p| p.name.as_str()).collect();
    let format = vec!["%h"; names.len()].join(" ");
    let _ = writeln!(
        text,
        "  {} dut ({});\n  always @(posedge clk) $display(\"{seed}: {format}\", {});\n\
         `ifndef VERILATOR\n  integer i;\n  initial begin\n{}  end\n`endif\nendmodule",
        top.name,
        pins.join(", "),
        names.join(", "),
        clears(&case.design, files)
    );
    SourceFile { name: format!("bench_{seed}.v"), text }
}

/// Statements that clear all state of the top and of its instances, which powers up as zero.
fn clears(design: &Design, files: &[SourceFile]) -> String {
    let text = |module: &Module| {
        let name = format!("{}.v", module.name);
        &files.iter().find(|f| f.name == name).expect("a file for each module").text
    };
    let top = design.top();
    let mut out = tools::clear("dut", text(top));
    for inst in top.insts.values() {
        out += &tools::clear(&format!("dut.{}", inst.name), text(&design.modules[inst.module]));
    }
    out
}
