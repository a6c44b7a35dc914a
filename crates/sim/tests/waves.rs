//! The wave file read back.

mod support;

use seedbed_ir::*;
use seedbed_sim::Simulator;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use support::Net;
use vcd::{Command, IdCode, Parser, Scope, ScopeItem, Value, Var, VarType};

/// A file in memory.
#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>);

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A counter in an instance, and a 70-bit copy of it that nothing reads.
fn design() -> Design {
    let mut design = Design::default();
    let ty = Ty::uint(4);
    let mut child = Net::new("counter");
    let (clk, rst_n) = (child.clock(), child.reset());
    let (reg, q) = child.reg("count_q", ty, clk);
    child.reset_to(reg, rst_n, ResetKind::AsyncLow, 3);
    let one = child.lit(1, ty);
    let next = child.binary(Binary::Add, q, one, ty);
    child.0.nodes[next].name = Some("next".into());
    child.next(reg, next);
    let count = child.output("count", q);
    let child = design.modules.push(child.0);
    let mut top = Net::new("top");
    let (clk, rst_n) = (top.clock(), top.reset());
    let inputs = [clk, rst_n].map(|p| (p, top.node(Op::Port(p), Ty::uint(1))));
    let inst = top.inst("u_counter", child, inputs.to_vec());
    let value = top.inst_out(inst, count, ty);
    let wide = top.node(Op::Extend(value), Ty::uint(70));
    top.wire("wide_w", Some(wide), Ty::uint(70));
    top.output("count", value);
    design.modules.push(top.0);
    design
}

fn trace(cycles: usize) -> Vec<u8> {
    let file = File::default();
    let mut sim = Simulator::new(&design());
    sim.trace(file.clone()).unwrap();
    for cycle in 0..cycles {
        sim.set(sim.input("rst_n").unwrap(), u64::from(cycle >= 2));
        sim.tick();
    }
    sim.finish_trace().unwrap();
    let bytes = file.0.lock().unwrap().clone();
    bytes
}

fn vars(scope: &Scope) -> Vec<(&str, u32, VarType)> {
    let var = |item: &ScopeItem| match item {
        ScopeItem::Var(v) => Some(v.clone()),
        _ => None,
    };
    let all: Vec<Var> = scope.items.iter().filter_map(var).collect();
    let name = |v: &Var| {
        scope.items.iter().find_map(|i| match i {
            ScopeItem::Var(w) if w.reference == v.reference => Some(w.reference.as_str()),
            _ => None,
        })
    };
    all.iter().map(|v| (name(v).unwrap(), v.size, v.var_type)).collect()
}

#[test]
fn the_header_has_all_named_signals_in_their_modules() {
    let bytes = trace(1);
    let header = Parser::new(&bytes[..]).parse_header().unwrap();
    let top = header.find_scope(&["top"]).unwrap();
    let (wire, reg) = (VarType::Wire, VarType::Reg);
    assert_eq!(
        vars(top),
        [("clk", 1, wire), ("rst_n", 1, wire), ("count", 4, wire), ("wide_w", 70, wire)]
    );
    let child = header.find_scope(&["top", "u_counter"]).unwrap();
    assert_eq!(
        vars(child),
        [
            ("clk", 1, wire),
            ("rst_n", 1, wire),
            ("count", 4, wire),
            ("count_q", 4, reg),
            ("next", 4, wire)
        ]
    );
}

/// The values of `id` at each rising edge of the clock.
fn history(bytes: &[u8], path: &[&str]) -> Vec<u64> {
    let mut parser = Parser::new(bytes);
    let header = parser.parse_header().unwrap();
    let id = header.find_var(path).unwrap().code;
    let clk = header.find_var(&["top", "clk"]).unwrap().code;
    let (mut values, mut now, mut time, mut rose) = (Vec::new(), None, 0, false);
    let mut close = |rose: &mut bool, now: Option<u64>| {
        if std::mem::take(rose) {
            values.push(now.expect("a value before the first edge is over"));
        }
    };
    for command in parser {
        match command.unwrap() {
            Command::Timestamp(t) => {
                assert!(t >= time, "time goes back");
                time = t;
                close(&mut rose, now);
            }
            Command::ChangeScalar(code, v) => {
                rose |= code == clk && v == Value::V1;
                change(&mut now, code == id, [v]);
            }
            Command::ChangeVector(code, v) => change(&mut now, code == id, v.iter()),
            _ => {}
        }
    }
    values
}

fn change(now: &mut Option<u64>, mine: bool, bits: impl IntoIterator<Item = Value>) {
    let value = bits.into_iter().fold(0, |sum, bit| {
        assert!(matches!(bit, Value::V0 | Value::V1), "unknown value {bit}");
        sum << 1 | u64::from(bit == Value::V1)
    });
    if mine {
        *now = Some(value);
    }
}

#[test]
fn the_values_after_each_edge_stand_at_it() {
    let bytes = trace(6);
    assert_eq!(history(&bytes, &["top", "rst_n"]), [0, 1, 1, 1, 1, 1]);
    assert_eq!(history(&bytes, &["top", "u_counter", "count_q"]), [3, 3, 4, 5, 6, 7]);
    assert_eq!(history(&bytes, &["top", "u_counter", "next"]), [4, 4, 5, 6, 7, 8]);
    assert_eq!(history(&bytes, &["top", "wide_w"]), [3, 3, 4, 5, 6, 7]);
}

/// Times of the rising edges of a signal of one bit of the top `pair`.
fn rises(bytes: &[u8], name: &str) -> Vec<u64> {
    let mut parser = Parser::new(bytes);
    let id = parser.parse_header().unwrap().find_var(&["pair", name]).unwrap().code;
    let (mut time, mut rises) = (0, Vec::new());
    for command in parser {
        match command.unwrap() {
            Command::Timestamp(t) => time = t,
            Command::ChangeScalar(code, Value::V1) if code == id => rises.push(time),
            _ => {}
        }
    }
    rises
}

#[test]
fn only_the_clock_that_ticks_rises() {
    let mut net = Net::new("pair");
    let bit = Ty::uint(1);
    for name in ["a", "b"] {
        let clock = net.port(name, Dir::Input, bit, PortKind::Clock);
        let (reg, q) = net.reg(&format!("{name}_q"), bit, clock);
        let not = net.unary(Unary::Not, q, bit);
        net.next(reg, not);
    }
    let (file, mut sim) = (File::default(), Simulator::new(&net.alone()));
    sim.trace(file.clone()).unwrap();
    let [a, b] = ["a", "b"].map(|name| sim.input(name).unwrap());
    sim.tick_clock(a);
    sim.tick_clock(b);
    sim.tick_clock(b);
    sim.tick();
    sim.finish_trace().unwrap();
    let bytes = file.0.lock().unwrap().clone();
    assert_eq!((rises(&bytes, "a"), rises(&bytes, "b")), (vec![10, 40], vec![20, 30, 40]));
    assert_eq!((rises(&bytes, "a_q"), rises(&bytes, "b_q")), (vec![10], vec![20, 40]));
}

#[test]
fn names_of_one_value_share_its_changes() {
    let bytes = trace(1);
    let header = Parser::new(&bytes[..]).parse_header().unwrap();
    let code = |path: &[&str]| -> IdCode { header.find_var(path).unwrap().code };
    assert_eq!(code(&["top", "count"]), code(&["top", "u_counter", "count_q"]));
    assert_ne!(code(&["top", "count"]), code(&["top", "wide_w"]));
}

/// A disk that is full after the header.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_error_of_writing_is_reported_at_the_end_and_does_not_stop_the_simulation() {
    let mut sim = Simulator::new(&design());
    sim.trace(Full(1500)).unwrap();
    sim.set(sim.input("rst_n").unwrap(), 1);
    for _ in 0..100 {
        sim.tick();
    }
    assert_eq!(sim.finish_trace().unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(sim.get(sim.output("count").unwrap()), (3 + 100) % 16);
    assert!(sim.trace(Full(10)).is_err());
}
