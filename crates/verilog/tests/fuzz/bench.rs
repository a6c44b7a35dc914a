//! The Verilog around the cases: one bench for each, side by side under one clock.

use crate::case::{driven, is_low, outputs, Case, CYCLES};
use crate::common::tools;
use seedbed_ir::{Bits, Design, Inst, Module, Port, PortKind};
use seedbed_verilog::SourceFile;
use std::fmt::Write as _;
use std::path::Path;

/// All cases side by side, and for Icarus the module `main` that runs them. The stimulus changes after
/// the clock is low, so that no gated clock has a glitch.
pub fn bench(cases: &[Case]) -> SourceFile {
    let mut text = String::from("module bench (input clk, input go, input [31:0] cycle);\n");
    for case in cases {
        let _ = writeln!(text, "  bench_{0} b{0} (clk, go, cycle);", case.seed);
    }
    text.push_str("endmodule\n");
    let _ = writeln!(
        text,
        "`ifndef VERILATOR\nmodule main;\n  reg clk = 0, go = 0;\n  reg [31:0] cycle = 0;\n  \
         bench b (clk, go, cycle);\n  initial begin\n    #5 go = 1;\n    repeat ({CYCLES}) begin\n      \
         #5 clk = 1;\n      #5 clk = 0;\n      #5 cycle = cycle + 1;\n    end\n    $finish;\n  end\n\
         endmodule\n`endif"
    );
    SourceFile { name: "bench.v".into(), text }
}

/// One word per cycle: all inputs, the first port highest; for a clock whether it has an edge.
pub fn rows(case: &Case) -> String {
    case.stimulus.iter().map(|values| row(values) + "\n").collect()
}

fn row(values: &[Bits]) -> String {
    let bit = |value: &Bits, i: u32| if value.bit(i) { '1' } else { '0' };
    values.iter().flat_map(|v| (0..v.width()).rev().map(move |i| bit(v, i))).collect()
}

/// Inputs before the start: resets are off, so that they have an edge when they begin.
fn idle(module: &Module) -> String {
    let value = |p: &Port| match p.kind {
        PortKind::Reset if !is_low(p) => Bits::zero(1),
        _ => Bits::ones(p.ty.width),
    };
    row(&driven(module).map(value).collect::<Vec<_>>())
}

/// Applies the stimulus of one case before each edge and prints the outputs at the edge.
pub fn case_bench(case: &Case, files: &[SourceFile], dir: &Path) -> SourceFile {
    let (seed, top) = (case.seed, case.design.top());
    let width: u32 = driven(top).map(|p| p.ty.width).sum();
    let mut text = format!(
        "module bench_{seed} (input clk, input go, input [31:0] cycle);\n  \
         reg [{0}:0] stimulus [0:{1}];\n  initial $readmemb(\"{2}/stimulus_{seed}.hex\", stimulus);\n  \
         wire [{0}:0] now = go && cycle < {CYCLES} ? stimulus[cycle[5:0]] : {width}'b{3};\n",
        width - 1,
        CYCLES - 1,
        dir.display(),
        idle(top)
    );
    let mut below = width;
    for p in driven(top) {
        below -= p.ty.width;
        let gate = if p.kind == PortKind::Clock { "clk & " } else { "" };
        let _ = writeln!(
            text,
            "  wire [{}:0] pin_{} = {gate}now[{}:{below}];",
            p.ty.width - 1,
            p.name,
            below + p.ty.width - 1
        );
    }
    for p in outputs(top) {
        let _ = writeln!(text, "  wire [{}:0] pin_{};", p.ty.width - 1, p.name);
    }
    let pins: Vec<String> = top.ports.values().map(|p| format!(".{0}(pin_{0})", p.name)).collect();
    let names: Vec<String> = outputs(top).map(|p| format!("pin_{}", p.name)).collect();
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

/// Statements that clear all state, which powers up as zero.
fn clears(design: &Design, files: &[SourceFile]) -> String {
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
