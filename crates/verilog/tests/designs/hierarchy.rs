//! Instances.

use crate::common::*;
use seedbed_ir::*;

/// A weight-stationary array: PE, row of PEs, column of rows. A row's boundary is one vector per quantity.
pub fn systolic(rows: u32, cols: u32) -> Design {
    let mut design = Design::default();
    let pe = design.modules.push(pe());
    let row = systolic_row(&design, pe, cols);
    let row = design.modules.push(row);
    let top = array(&design, row, rows, cols);
    design.modules.push(top);
    design
}

fn pe() -> Module {
    let mut b = Build::clocked("pe");
    b.module.doc = "One multiply-add; the weight stays, activations go east, sums go south.".into();
    let load = b.input("load", u(1));
    let w_in = b.input("w_in", s(8));
    let a_in = b.input("a_in", s(8));
    let sum_in = b.input("sum_in", s(24));
    let (w_r, w) = b.reg("w_q", s(8), None);
    let (a_r, a) = b.reg("a_q", s(8), Some(0));
    let (sum_r, sum) = b.reg("sum_q", s(24), Some(0));
    b.drive(w_r, Some(load), w_in);
    b.drive(a_r, None, a_in);
    let product = b.mul(a_in, w, s(16));
    let next = b.add(sum_in, product, s(24));
    b.drive(sum_r, None, next);
    b.output("a_out", a);
    b.output("sum_out", sum);
    b.finish()
}

fn systolic_row(design: &Design, pe: ModuleId, cols: u32) -> Module {
    let mut b = Build::clocked(&format!("row_{cols}"));
    let load = b.input("load", u(1));
    let weights = b.input("weights", u(8 * cols));
    let mut a = b.input("a_in", s(8));
    let sums = b.input("sums_in", u(24 * cols));
    let mut out = Vec::new();
    for c in 0..cols {
        let w = b.slice(weights, 8 * c, 8);
        let w = b.cast(w, true);
        let sum = b.slice(sums, 24 * c, 24);
        let sum = b.cast(sum, true);
        let inst = b.inst(&format!("u_pe_{c}"), design, pe, &[load, w, a, sum]);
        a = b.inst_out(design, inst, "a_out");
        let sum = b.inst_out(design, inst, "sum_out");
        out.push(b.cast(sum, false));
    }
    out.reverse();
    let sums = b.cat(&out);
    b.output("sums_out", sums);
    b.finish()
}

fn array(design: &Design, row: ModuleId, rows: u32, cols: u32) -> Module {
    let mut b = Build::clocked(&format!("array_{rows}x{cols}"));
    let loads = b.input("loads", u(rows));
    let weights = b.input("weights", u(8 * cols));
    let west = b.input("west", u(8 * rows));
    let mut sums = b.lit(0, u(24 * cols));
    for r in 0..rows {
        let load = b.slice(loads, r, 1);
        let a = b.slice(west, 8 * r, 8);
        let a = b.cast(a, true);
        let inst = b.inst(&format!("u_row_{r}"), design, row, &[load, weights, a, sums]);
        sums = b.inst_out(design, inst, "sums_out");
    }
    b.output("south", sums);
    b.finish()
}

/// Pins that are expressions, outputs that go to several places, an instance without data.
pub fn pins() -> Design {
    let mut design = Design::default();
    let mut child = Build::new("adder");
    let x = child.input("x", u(8));
    let y = child.input("y", u(8));
    let go = child.input("go", u(1));
    let sum = child.add(x, y, u(9));
    let zero = child.lit(0, u(9));
    let sum = child.mux(go, sum, zero);
    child.output("sum", sum);
    let child = design.modules.push(child.finish());
    let empty = design.modules.push(Build::new("empty").finish());

    let mut b = Build::new("pins");
    let [p, q] = ["p", "q"].map(|n| b.input(n, u(8)));
    let [on, hold] = ["on", "hold"].map(|n| b.input(n, u(1)));
    let run = b.not(hold);
    let go = b.and(on, run);
    let three = b.lit(3, u(8));
    let more = b.add(p, three, u(8));
    let inst = b.inst("u_first", &design, child, &[more, q, go]);
    let first = b.inst_out(&design, inst, "sum");
    let low = b.slice(first, 0, 8);
    let inst = b.inst("u_second", &design, child, &[low, three, on]);
    let second = b.inst_out(&design, inst, "sum");
    b.wire("second_sum", second);
    b.output("first", first);
    b.output("copy", first);
    b.output("second", second);
    b.inst("u_empty", &design, empty, &[]);
    design.modules.push(b.finish());
    design
}

/// Every declaration that can carry a comment, one of which looks like an order to a tool.
pub fn comments() -> Design {
    let mut design = Design::default();
    let mut child = Build::new("invert");
    let x = child.input("x", u(8));
    let y = child.not(x);
    child.output("y", y);
    let child = design.modules.push(child.finish());

    let mut b = Build::clocked("comments");
    let x = b.input("x", u(8));
    let inst = b.inst("u_invert", &design, child, &[x]);
    let inverted = b.inst_out(&design, inst, "y");
    let (reg, last) = b.reg("last_q", u(8), Some(0));
    b.drive(reg, None, inverted);
    let mixed = b.bin(Binary::Xor, last, x, u(8));
    let mixed = b.wire("mixed", mixed);
    let mem = b.mem("history", 8, 16, 8);
    let (clock, addr, on) = (b.clock(), b.slice(x, 0, 4), b.lit(1, u(1)));
    b.mem_port(mem, MemPort::Write { clock, addr, enable: on, data: mixed, mask: None });
    let old = b.mem_port(mem, MemPort::Read { clock, addr, enable: on }).expect("reads");
    b.output("old", old);
    let mut module = b.finish();
    module.insts[inst].comment = "Turns every bit.".into();
    module.regs[reg].comment = "What came in the cycle before,\n\nbits turned.".into();
    let wire = module.wires.keys().next().expect("one wire");
    module.wires[wire].comment = "verilator lint_off UNUSED".into();
    module.mems[mem].comment = "The last value at each address.".into();
    design.modules.push(module);
    design
}

/// Clock gates: of a name and without, with and without test enable, two for one clock.
pub fn gates() -> Design {
    text::parse(include_str!("gates.ir")).expect("well formed")
}
