//! Names that stay, text that repeats, modules that are long or deep.

mod common;
mod designs;

use common::*;
use seedbed_ir::*;
use seedbed_verilog::{emit, Options};
use std::collections::HashSet;

/// Two multiply-adds; a third one and an instance when `more`.
fn sums(more: bool) -> Design {
    let mut design = Design::default();
    let mut child = Build::new("child");
    let x = child.input("x", u(4));
    child.output("y", x);
    let child = design.modules.push(child.finish());
    let mut b = Build::clocked("sums");
    let names = if more { vec!["new", "a", "b"] } else { vec!["a", "b"] };
    let mut ports = Vec::new();
    for name in names {
        let x = b.input(&format!("{name}_x"), s(8));
        let y = b.input(&format!("{name}_y"), s(8));
        let product = b.mul(x, y, s(16));
        let (reg, q) = b.reg(&format!("{name}_q"), s(24), Some(0));
        let next = b.add(q, product, s(24));
        b.drive(reg, None, next);
        ports.push((name, q));
    }
    if more {
        let q = ports[0].1;
        let part = b.slice(q, 0, 4);
        b.inst("u_new", &design, child, &[part]);
    }
    for (name, q) in ports {
        b.output(name, q);
    }
    design.modules.push(b.finish());
    design
}

#[test]
fn an_added_register_or_instance_renames_nothing() {
    let wires = |more| {
        let text = emit(&sums(more), &Options::default()).pop().expect("a top").text;
        let wires = text.lines().filter(|l| l.starts_with("  wire ")).map(str::to_owned);
        wires.collect::<HashSet<_>>()
    };
    let (before, after) = (wires(false), wires(true));
    assert!(before.iter().any(|l| l.contains("a_x_times_a_y")), "{before:?}");
    assert!(before.is_subset(&after), "{before:?}\n{after:?}");
}

#[test]
fn equal_designs_give_equal_bytes() {
    for (name, design) in designs::all() {
        let again = designs::all().into_iter().find(|(n, _)| *n == name).expect("the same list").1;
        let options = Options::default();
        assert_eq!(emit(&design, &options), emit(&again, &options), "{name}");
    }
}

/// A chain of choices, of sums and of wires, each far deeper than any stack.
#[test]
fn depth_is_not_limited_by_the_stack() {
    const DEEP: usize = 20_000;
    let mut b = Build::new("deep");
    let x = b.input("x", s(16));
    let sel = b.input("sel", u(16));
    let mut choice = x;
    let mut sum = x;
    let mut wire = x;
    for i in 0..DEEP {
        let here = b.eq_lit(sel, i as i128);
        let value = b.lit(i as i128 % 1000, s(16));
        choice = b.mux(here, value, choice);
        sum = b.add(sum, choice, s(16));
        let next = b.not(wire);
        wire = b.wire(&format!("w_{i}"), next);
    }
    b.output("choice", choice);
    b.output("sum", sum);
    b.output("wire_end", wire);
    let text = text(b.finish());

    assert!(text.lines().count() > DEEP);
}

/// Nested concatenations that are sliced again bit by bit.
#[test]
fn slices_of_deep_concatenations_end_at_names() {
    let mut b = Build::new("shuffle");
    let x = b.input("x", u(64));
    let mut value = x;
    for _ in 0..40 {
        let bits: Vec<NodeId> = (0..64).map(|i| b.slice(value, i, 1)).collect();
        value = b.cat(&bits);
    }
    b.output("y", value);
    // An even number of reversals is the identity.
    assert!(text(b.finish()).contains("assign y = x;"));
}

#[test]
fn a_flat_module_of_many_instances_is_packed() {
    let mut design = designs::systolic(1, 1);
    let pe = design.modules.keys().next().expect("the PE");
    let mut b = Build::clocked("flat");
    let load = b.input("load", u(1));
    let w = b.input("w", s(8));
    let sum = b.input("sum", s(24));
    let mut a = b.input("a", s(8));
    for i in 0..2000 {
        let inst = b.inst(&format!("u_{i}"), &design, pe, &[load, w, a, sum]);
        a = b.inst_out(&design, inst, "a_out");
    }
    b.output("out", a);
    design.modules.push(b.finish());
    let text = emit(&design, &Options::default()).pop().expect("a top").text;
    assert!(text.len() < 2000 * 300, "{} bytes", text.len());
    assert!(
        text.contains("pe u_7 (.clk(clk), .rst_n(rst_n), .load(load), .w_in(w), .a_in(u_6_a_out)")
    );
}

#[test]
fn a_packed_instance_keeps_to_the_limit_where_a_pin_is_long() {
    let mut design = Design::default();
    let mut child = Build::new("child");
    for name in ["parts", "x"] {
        let wide = child.input(name, u(32));
        child.output(&format!("{name}_out"), wide);
    }
    let child = design.modules.push(child.finish());
    let mut b = Build::new("many");
    let x = b.input("x", u(32));
    for i in 0..16 {
        let bits: Vec<NodeId> = (0..32).map(|bit| b.slice(x, (bit * 7 + i) % 32, 1)).collect();
        let parts = b.cat(&bits);
        b.inst(&format!("u_child_{i}"), &design, child, &[parts, x]);
    }
    design.modules.push(b.finish());
    let text = emit(&design, &Options::default()).pop().expect("a top").text;
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    assert!(text.contains("\n      .parts({x[0], x[7], "), "{text}");
}

/// Long choices inside the first branch of a choice, four deep.
#[test]
fn nested_choices_keep_to_the_limit() {
    let mut b = Build::new("rotate");
    let x = b.input("rather_long_input_name", u(64));
    let by = b.input("rotate_by", u(4));
    let mut choices: Vec<NodeId> = Vec::new();
    for i in 0..16 {
        let (high, low) = (b.slice(x, 4 * i + 3, 61 - 4 * i), b.slice(x, 0, 4 * i + 3));
        choices.push(b.cat(&[low, high]));
    }
    for bit in 0..4 {
        let sel = b.slice(by, bit, 1);
        choices = choices.chunks(2).map(|pair| b.mux(sel, pair[1], pair[0])).collect();
    }
    b.output("y", choices[0]);
    let text = text(b.finish());
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

/// Icarus 11 stops at a `case` that has a default alone, where the address is padded.
#[test]
fn a_table_has_an_arm_even_without_words() {
    for contents in [vec![], vec![Bits::zero(8)]] {
        let mut b = Build::clocked("table");
        let addr = b.input("addr", u(3));
        let enable = b.input("enable", u(1));
        let mem = b.mem("words", 8, 8, 8);
        b.module.mems[mem].contents = Some(contents);
        let clock = b.clock();
        let read = b.mem_port(mem, MemPort::Read { clock, addr, enable }).expect("the port reads");
        b.output("data", read);
        let text = text(b.finish());
        assert!(text.contains("3'd0: words_rdata <= 8'd0;"), "{text}");
    }
}

/// A ROM has no array to stand above, so its comment stands above its read data.
#[test]
fn the_comment_of_a_rom_is_kept() {
    let mut b = Build::clocked("squares");
    let [addr, enable] = [("addr", u(2)), ("en", u(1))].map(|(name, ty)| b.input(name, ty));
    let mem = b.mem("table", 4, 4, 4);
    b.module.mems[mem].contents = Some((0..4).map(|i| Bits::from_u64(4, i * i)).collect());
    b.module.mems[mem].comment = "Squares.".into();
    let clock = b.clock();
    let read = b.mem_port(mem, MemPort::Read { clock, addr, enable });
    b.output("square", read.expect("a port that reads"));
    let text = text(b.finish());
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| *line == "// Squares.").expect("the comment");
    assert!(lines[at + 1].starts_with("reg [3:0] table__rdata;"), "{text}");
    assert_eq!(text.matches("Squares").count(), 1, "{text}");
}
