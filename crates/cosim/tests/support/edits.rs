//! Bugs planted in the netlist of a core. Each edit leaves a well-formed netlist, so whoever finds it
//! finds it by what the core does.

#![allow(dead_code)] // every test program uses another part

use seedbed_cosim::dut::Dut;
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::Rtl;
use seedbed_ir::check::verify;
use seedbed_ir::{Binary, Bits, Module, Node, NodeId, Op, Reg};
use std::path::Path;

/// A planted bug.
#[derive(Clone, Copy)]
pub struct Bug {
    /// What was done, in words.
    pub what: &'static str,
    /// How the names of the modules begin in which it is planted.
    pub module: &'static str,
    /// The edit.
    pub edit: fn(&mut Module),
}

/// Puts a core with a bug into the built-in simulator.
pub fn buggy(bug: Bug) -> impl Fn(&Rtl, Option<&Path>) -> Result<Box<dyn Dut>, String> + Sync {
    move |rtl: &Rtl, _: Option<&Path>| Ok(Box::new(planted(bug, rtl)) as Box<dyn Dut>)
}

/// A core with a bug.
pub fn planted(bug: Bug, rtl: &Rtl) -> SimulatedDut {
    let mut design = rtl.design.clone();
    let before = seedbed_ir::text::print(&design);
    for id in design.modules.keys().collect::<Vec<_>>() {
        if design.modules[id].name.starts_with(bug.module) {
            (bug.edit)(&mut design.modules[id]);
        }
    }
    assert!(seedbed_ir::text::print(&design) != before, "no {} in {}", bug.what, bug.module);
    assert!(verify(&design).is_empty(), "{} in {}: {:?}", bug.what, bug.module, verify(&design));
    SimulatedDut::new(&design, &rtl.layout)
}

fn node(m: &Module, name: &str) -> NodeId {
    let found = m.nodes.iter().find(|(_, node)| node.name.as_deref() == Some(name));
    found.map(|(id, _)| id).unwrap_or_else(|| panic!("{} has no value `{name}`", m.name))
}

fn reg<'a>(m: &'a mut Module, name: &str) -> &'a mut Reg {
    let found = m.regs.iter().find(|(_, reg)| reg.name == name).map(|(id, _)| id);
    let id = found.unwrap_or_else(|| panic!("{} has no register `{name}`", m.name));
    &mut m.regs[id]
}

/// AND becomes OR, and OR AND.
pub fn and_or(m: &mut Module, name: &str) {
    let id = node(m, name);
    match &mut m.nodes[id].op {
        Op::Binary(kind @ Binary::And, ..) => *kind = Binary::Or,
        Op::Binary(kind @ Binary::Or, ..) => *kind = Binary::And,
        op => panic!("`{name}` is neither AND nor OR: {op:?}"),
    }
}

/// A sum becomes a difference.
pub fn subtracted(m: &mut Module, name: &str) {
    let id = node(m, name);
    match &mut m.nodes[id].op {
        Op::Binary(kind @ Binary::Add, ..) => *kind = Binary::Sub,
        op => panic!("`{name}` is no sum: {op:?}"),
    }
}

/// The arms of a multiplexer change places.
pub fn swapped(m: &mut Module, name: &str) {
    let id = node(m, name);
    match &mut m.nodes[id].op {
        Op::Mux { on_true, on_false, .. } => std::mem::swap(on_true, on_false),
        op => panic!("`{name}` is no multiplexer: {op:?}"),
    }
}

/// A slice begins one bit lower.
pub fn lower(m: &mut Module, name: &str) {
    let id = node(m, name);
    match &mut m.nodes[id].op {
        Op::Slice { lo, .. } => *lo -= 1,
        op => panic!("`{name}` is no slice: {op:?}"),
    }
}

/// An operand that is bits read as signed becomes unsigned again.
pub fn unsigned(m: &mut Module, name: &str, operand: usize) {
    let id = node(m, name);
    let mut operands = Vec::new();
    m.nodes[id].op.operands(|of| operands.push(of));
    let Op::Cast(bits) = m.nodes[operands[operand]].op else { panic!("`{name}` has no cast") };
    let mut at = 0;
    m.nodes[id].op.operands_mut(|of| {
        if at == operand {
            *of = bits;
        }
        at += 1;
    });
}

/// The highest `bits` bits of a sum are lost.
pub fn carry_cut(m: &mut Module, name: &str, bits: u32) {
    let id = node(m, name);
    assert!(matches!(m.nodes[id].op, Op::Binary(Binary::Add, ..)), "`{name}` is no sum");
    m.nodes[id].ty.width -= bits;
}

/// The nearest constant of more than one bit that goes into a value is one too large.
pub fn one_more(m: &mut Module, name: &str) {
    let id = node(m, name);
    let constant = constant_below(m, id).unwrap_or_else(|| panic!("`{name}` has no constant"));
    if let Op::Const(bits) = &mut m.nodes[constant].op {
        *bits = Bits::from_u64(bits.width(), bits.to_u64().wrapping_add(1));
    }
}

fn constant_below(m: &Module, id: NodeId) -> Option<NodeId> {
    let mut near = vec![id];
    for _ in 0..3 {
        let wide =
            |id: &&NodeId| matches!(m.nodes[**id].op, Op::Const(_)) && m.nodes[**id].ty.width > 1;
        if let Some(found) = near.iter().find(wide) {
            return Some(*found);
        }
        let mut next = Vec::new();
        near.iter().for_each(|id| m.nodes[*id].op.operands(|of| next.push(of)));
        near = next;
    }
    None
}

/// A register loads in every cycle.
pub fn always_enabled(m: &mut Module, name: &str) {
    let enable = reg(m, name).enable.take();
    assert!(enable.is_some(), "`{name}` has no enable");
}

/// The lowest bit of a register's reset value is the other one.
pub fn reset_otherwise(m: &mut Module, name: &str) {
    let reset = reg(m, name).reset.as_mut().unwrap_or_else(|| panic!("`{name}` has no reset"));
    reset.value = Bits::from_u64(reset.value.width(), reset.value.to_u64() ^ 1);
}

/// A register takes its value one cycle later, from another register like it.
pub fn later(m: &mut Module, name: &str) {
    let mut before = reg(m, name).clone();
    before.name = format!("{name}_before");
    let (ty, at) = (before.ty, before.at);
    let before = m.regs.push(before);
    let value = m.nodes.push(Node { op: Op::Reg(before), ty, name: None, at });
    reg(m, name).next = Some(value);
}

/// What is taken from a shift register leaves it one stage earlier.
pub fn earlier(m: &mut Module, name: &str) {
    let is_line = |op: &Op| matches!(op, Op::Reg(id) if m.regs[*id].name == name);
    let line: Vec<_> =
        m.nodes.iter().filter(|(_, node)| is_line(&node.op)).map(|(id, _)| id).collect();
    for node in m.nodes.values_mut() {
        match &mut node.op {
            Op::Slice { of, lo } if line.contains(of) => *lo -= 1,
            _ => {}
        }
    }
}

/// Two inputs of the instances whose names begin with `inst` change places.
pub fn crossed(m: &mut Module, inst: &str, inputs: [usize; 2]) {
    for id in m.insts.keys().collect::<Vec<_>>() {
        let inst = if m.insts[id].name.starts_with(inst) { &mut m.insts[id] } else { continue };
        let drivers = inputs.map(|i| inst.inputs[i].1);
        (inst.inputs[inputs[0]].1, inst.inputs[inputs[1]].1) = (drivers[1], drivers[0]);
    }
}
