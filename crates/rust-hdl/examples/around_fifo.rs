//! A design of ours around a block of `rust-hdl`: its FIFO holds operands, our MAC array adds them up.
//!
//! Run with `cargo run -p seedbed-rust-hdl --example around_fifo`. The FIFO runs inside our simulator;
//! with Icarus Verilog there, our Verilog and that of `rust-hdl` are run together.

use rust_hdl::prelude::{Bits, SynchronousFIFO};
use seedbed_hdl::{bit, elaborate, sint, uint, Module, Ports, Profile, Scope, Settings, Sig};
use seedbed_rust_hdl::{import, Foreign, Imported};
use seedbed_sim::black_box::Hosted;
use seedbed_verilog::{emit, Options};

#[path = "mac/design.rs"]
mod design;
#[path = "support/mod.rs"]
mod support;

use design::MacArray;
use support::{icarus, operands, sums};

/// A FIFO of eight words of `rust-hdl`.
type Fifo = SynchronousFIFO<Bits<64>, 3, 4, 1>;

/// Multiplies and adds what is in the FIFO.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Buffered {
    fifo: Foreign,
}

struct BufferedIo<'m> {
    push: Sig<'m>,
    operands: Sig<'m>,
    full: Sig<'m>,
    sum: Sig<'m>,
}

impl Module for Buffered {
    type Io<'m> = BufferedIo<'m>;

    fn name(&self) -> String {
        "buffered".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> BufferedIo<'m> {
        BufferedIo {
            push: p.input("push", bit()),
            operands: p.input("operands", uint(64)),
            full: p.output("full", bit()),
            sum: p.output("sum", sint(24)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: BufferedIo<'m>) {
        let fifo = m.inst("fifo", &self.fifo);
        fifo["write"].set(io.push);
        fifo["data_in"].set(io.operands);
        io.full.set(fifo["full"]);
        let valid = !fifo["empty"];
        fifo["read"].set(valid);

        let mac = m.inst("mac", &MacArray { lanes: 4 });
        mac.clear.set(m.low());
        mac.valid.set(valid);
        mac.a.set(fifo["data_out"].slice(0, 32));
        mac.w.set(fifo["data_out"].slice(32, 32));
        io.sum.set(mac.sum);
    }
}

fn main() {
    run();
}

/// Runs all comparisons.
pub fn run() {
    let imported = import("operand_fifo", &mut Fifo::default()).expect("a FIFO of one clock");
    let top = Buffered { fifo: imported.component.clone() };
    let tape_out = Settings { profile: Profile::TapeOut, ..Settings::default() };
    let refused = elaborate(&top, &tape_out).expect_err("registers without reset");
    println!("for tape-out:\n{}", refused[0]);

    let (operands, [expected, _]) = (operands(), sums(&operands()));
    assert_eq!(simulated(&top, &imported, &operands), expected, "our simulator");
    let design = elaborate(&top, &Settings::default()).expect("a correct design");
    let ours: String = emit(&design, &Options::default()).into_iter().map(|f| f.text).collect();
    match icarus(&[&ours, &imported.verilog, &bench(&operands)]) {
        Some(output) => {
            assert_eq!(output.trim(), expected.to_string(), "the printed Verilog");
            println!("our simulator and Icarus agree: sum {expected}");
        }
        None => println!("our simulator gives {expected}; no Icarus Verilog here"),
    }
}

/// The sum after all operands, with the FIFO's own `update_all` in our simulator.
fn simulated(top: &Buffered, imported: &Imported, operands: &[u64]) -> i32 {
    let design = elaborate(top, &Settings::default()).expect("a correct design");
    let mut sim = Hosted::new(&design, |_| {
        let model = imported.model(Fifo::default(), |fifo, pins| {
            pins.clock("clock", &mut fifo.clock);
            pins.drive("read", &mut fifo.read);
            pins.drive("write", &mut fifo.write);
            pins.drive("data_in", &mut fifo.data_in);
        });
        Some(Box::new(model.expect("all inputs are driven")))
    })
    .expect("a model for the FIFO");
    let input = |sim: &Hosted, name: &str| sim.simulator().input(name).expect("an input");
    let [rst_n, push, data] = ["rst_n", "push", "operands"].map(|name| input(&sim, name));
    let sum = sim.simulator().output("sum").expect("an output");
    sim.simulator_mut().set(rst_n, 1);
    for &word in operands {
        sim.simulator_mut().set(push, 1);
        sim.simulator_mut().set(data, word);
        sim.tick().expect("a FIFO that settles");
    }
    sim.simulator_mut().set(push, 0);
    for _ in 0..12 {
        sim.tick().expect("a FIFO that settles");
    }
    ((sim.simulator().get(sum) as u32) << 8) as i32 >> 8
}

/// The same steps as a Verilog bench; it prints the sum.
fn bench(operands: &[u64]) -> String {
    let push = |word| format!("    operands = 64'h{word:016x}; push = 1; @(negedge clk);\n");
    let pushes: String = operands.iter().map(push).collect();
    format!(
        "module bench;
  reg clk = 0, rst_n = 0, push = 0;
  reg [63:0] operands = 0;
  wire full;
  wire signed [23:0] sum;
  buffered dut (.clk(clk), .rst_n(rst_n), .push(push), .operands(operands), .full(full), .sum(sum));
  always #1 clk = !clk;
  initial begin
    @(negedge clk);
    rst_n = 1;
{pushes}    push = 0;
    repeat (12) @(negedge clk);
    $display(\"%0d\", sum);
    $finish;
  end
endmodule
"
    )
}
