//! Black boxes with parameters: the text, the tools' opinion of it, and what Icarus makes of it against
//! a model in Rust that gets the same parameters.

mod common;

use common::tools;
use seedbed_hdl::{
    elaborate, uint, Bits, BlackBox, Design, Module, Parameter, Ports, Scope, Settings, Sig,
};
use seedbed_ir::text;
use seedbed_sim::black_box::{Hosted, Model, Site};
use seedbed_verilog::{emit, Options, SourceFile};
use std::process::Command;

/// The module that the boxes are, written by hand.
const CELL: &str = r#"module TEXT_CELL #(
    parameter integer WIDTH = 1,
    parameter integer OFFSET = 0,
    parameter [11:0] MASK = 12'd0,
    parameter TEXT = "",
    parameter real RATIO = 0.0
) (
    input  wire [WIDTH-1:0] a,
    output wire [WIDTH-1:0] y
);

  localparam [31:0] SUM = OFFSET + $rtoi(RATIO * 4.0);

  assign y = (a + SUM[WIDTH-1:0]) ^ MASK[WIDTH-1:0] ^ TEXT[WIDTH-1:0];

endmodule
"#;

/// `y` is a function of `a` and of the parameters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Cell {
    width: u32,
    /// Whether a parameter has a fraction: Yosys 0.23 warns that it makes a text of such a one.
    real: bool,
}

struct CellIo<'m> {
    a: Sig<'m>,
    y: Sig<'m>,
}

impl Module for Cell {
    type Io<'m> = CellIo<'m>;

    fn name(&self) -> String {
        format!("cell_w{}", self.width)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> CellIo<'m> {
        CellIo { a: p.input("a", uint(self.width)), y: p.output("y", uint(self.width)) }
    }

    fn build<'m>(&self, m: &'m Scope, _: CellIo<'m>) {
        let cell = m
            .black_box(BlackBox { combinational: true, ..BlackBox::default() })
            .verilog_name("TEXT_CELL")
            .parameter("WIDTH", self.width)
            .parameter("OFFSET", -5)
            .parameter("MASK", Bits::from_u64(12, 0xa5c))
            .parameter("TEXT", "two\tlines\n\"100%\" \\ \u{e9}");
        if self.real {
            cell.parameter("RATIO", 0.25);
        }
    }
}

/// Three cells, two of one Verilog module with different ports, one with parameters of its own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Cells {
    real: bool,
}

impl Module for Cells {
    type Io<'m> = [Sig<'m>; 4];

    fn name(&self) -> String {
        "cells".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        let outputs = [("x", 12), ("y", 8), ("z", 8)].map(|(n, w)| p.output(n, uint(w)));
        [p.input("a", uint(12)), outputs[0], outputs[1], outputs[2]]
    }

    fn build<'m>(&self, m: &'m Scope, [a, x, y, z]: Self::Io<'m>) {
        let real = self.real;
        let wide = m.inst("u_wide", &Cell { width: 12, real });
        wide.a.set(a);
        x.set(wide.y);
        let narrow = m.inst("u_narrow", &Cell { width: 8, real });
        narrow.a.set(a.trunc(8));
        y.set(narrow.y);
        let given: [(&str, Parameter); 3] =
            [("TEXT", "odd".into()), ("OFFSET", 300.into()), ("RATIO", (-2.5).into())];
        let given = &given[..if real { 3 } else { 2 }];
        let own = m.inst_with("u_own", &Cell { width: 8, real }, given);
        own.a.set(a.trunc(8));
        z.set(own.y);
    }
}

fn cells(real: bool) -> (Design, Vec<SourceFile>) {
    let design = elaborate(&Cells { real }, &Settings::default()).expect("no mistakes");
    let files = emit(&design, &Options::default());
    (design, files)
}

#[test]
fn every_instance_passes_all_parameters_by_name() {
    let (design, files) = cells(true);
    assert_eq!(files.len(), 1, "black boxes have no file");
    let wide = r#"
  TEXT_CELL #(
      .WIDTH (12),
      .OFFSET(-5),
      .MASK  (12'ha5c),
      .TEXT  ("two\tlines\n\"100%\" \\ \303\251"),
      .RATIO (0.25)
  ) u_wide (
      .a(a),
      .y(x)
  );
"#;
    assert!(files[0].text.contains(wide), "{}", files[0].text);
    let own =
        "  TEXT_CELL #(\n      .WIDTH (8),\n      .OFFSET(300),\n      .MASK  (12'ha5c),\n      \
               .TEXT  (\"odd\"),\n      .RATIO (-2.5)\n  ) u_own (\n";
    assert!(files[0].text.contains(own), "{}", files[0].text);
    let printed = text::print(&design);
    let again = text::parse(&printed).expect("what is printed is read back");
    assert_eq!(text::print(&again), printed);
    assert_eq!(emit(&again, &Options::default()), files);
}

/// A single parameter shares the line of a short instance.
#[test]
fn a_short_instance_is_one_line() {
    let text = "module box {\n  blackbox parameter N 3\n  input a: u1\n}\nmodule top {\n  \
                input a: u1\n  inst u: box (a = %0) parameter N 4\n  %0 = port a : u1\n}\n";
    let design = text::parse(text).expect("well formed");
    let files = emit(&design, &Options::default());
    assert!(files[0].text.contains("\n  box #(.N(4)) u (.a(a));\n"), "{}", files[0].text);
}

/// What the Verilog of the cell computes.
struct CellModel {
    width: u32,
    sum: i64,
    mask: u64,
}

impl CellModel {
    fn new(site: &Site) -> Self {
        let value = |name: &str| {
            let found = site.parameters.iter().find(|(n, _)| n == name);
            &found.unwrap_or_else(|| panic!("{name} in {:?}", site.parameters)).1
        };
        let (Parameter::Integer(width), Parameter::Integer(offset)) =
            (value("WIDTH"), value("OFFSET"))
        else {
            panic!("{site:?}")
        };
        let (Parameter::Bits(mask), Parameter::Text(text)) = (value("MASK"), value("TEXT")) else {
            panic!("{site:?}")
        };
        let Parameter::Real(ratio) = value("RATIO") else { panic!("{site:?}") };
        let last = text.bytes().rev().take(2).enumerate();
        let text = last.fold(0, |all, (i, byte)| all | u64::from(byte) << (8 * i));
        let sum = i64::from(*offset) + (ratio.get() * 4.0) as i64;
        CellModel { width: *width as u32, sum, mask: mask.to_u64() ^ text }
    }
}

impl Model for CellModel {
    fn settle(&mut self, inputs: &[Bits]) -> Result<Vec<Bits>, String> {
        let y = (inputs[0].to_u64() as i64).wrapping_add(self.sum) as u64 ^ self.mask;
        Ok(vec![Bits::from_limbs(self.width, &[y])])
    }

    fn rise(&mut self, clock: usize) -> Result<(), String> {
        Err(format!("the cell has no clock {clock}"))
    }
}

const INPUTS: [u64; 5] = [0, 1, 0x7ff, 0x800, 0xfff];

#[test]
fn tools_take_it() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let paths = tools::write(dir.path(), &with_cell(cells(false).1));
    assert_eq!(tools::lint(&paths, "cells", true), Vec::<String>::new());
}

fn with_cell(mut files: Vec<SourceFile>) -> Vec<SourceFile> {
    files.insert(0, SourceFile { name: "TEXT_CELL.v".into(), text: CELL.into() });
    files
}

#[test]
fn icarus_agrees_with_the_model() {
    let (design, files) = cells(true);
    let mut sim = Hosted::new(&design, |site| Some(Box::new(CellModel::new(site))))
        .expect("every cell has a model");
    let port = |sim: &Hosted, name: &str| sim.simulator().output(name).expect("an output");
    let a = sim.simulator().input("a").expect("an input");
    let mut expected = Vec::new();
    for value in INPUTS {
        sim.simulator_mut().set(a, value);
        sim.settle().expect("the models settle");
        let values = ["x", "y", "z"].map(|name| sim.simulator().get(port(&sim, name)));
        expected.push(values.map(|v| v.to_string()).join(" "));
    }
    if tools::available("iverilog") {
        assert_eq!(icarus(with_cell(files)), expected);
    }
}

/// The outputs for each input, a line each.
fn icarus(mut files: Vec<SourceFile>) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let steps: String = INPUTS
        .iter()
        .map(|a| format!("    a = 12'd{a};\n    #1 $display(\"%0d %0d %0d\", x, y, z);\n"))
        .collect();
    let text = format!(
        "module bench;\n  reg [11:0] a;\n  wire [11:0] x;\n  wire [7:0] y, z;\n  \
         cells dut (.a(a), .x(x), .y(y), .z(z));\n  initial begin\n{steps}  end\nendmodule\n"
    );
    files.push(SourceFile { name: "bench.v".into(), text });
    let program = dir.path().join("bench.vvp");
    let mut compile = Command::new("iverilog");
    compile.args(["-g2005", "-s", "bench", "-o"]).arg(&program);
    compile.args(tools::write(dir.path(), &files));
    tools::silent(&mut compile).unwrap_or_else(|e| panic!("{e}"));
    let out = Command::new("vvp").arg("-n").arg(&program).output().expect("vvp runs");
    String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect()
}
