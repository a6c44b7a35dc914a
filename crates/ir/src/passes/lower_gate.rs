//! Clock gates as enables.

use super::{sweep, Pass};
use crate::diagnostic::Loc;
use crate::entity::{Arena, Entity};
use crate::module::{
    Binary, Design, Dir, Inst, InstId, Module, ModuleId, Node, NodeId, Op, Port, PortId, PortKind,
    RegId, Unary,
};
use crate::ty::Ty;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Gives what a gated clock clocks the clock itself, and an enable in place of the gate: for FPGAs, whose
/// clock networks have few gates, and for simulators.
///
/// A module with a gated clock `clk` is copied as NAME_gated (NAME_gated_CLK where it has several clocks)
/// with one more input, `clk_en`; with that at 0 its registers hold, its memories neither read nor
/// write and its properties are not checked. A synchronous reset becomes a part of the next value,
/// because without edges it does not act either. What every instance left behind is dropped.
///
/// A gate with a test enable is open while `test ? test : enable`. It could as well be `test | enable`,
/// but a test enable may come from anywhere, and by that form the check of clock crossings knows it.
///
/// Gates stay where they clock a black box.
pub struct LowerGate;

impl Pass for LowerGate {
    const NAME: &'static str = "lower_gate";
    const DESCRIPTION: &'static str = "turns clock gates into enables";

    fn run(&self, design: &mut Design) {
        let is_gate = |node: &Node| matches!(node.op, Op::ClockGate { .. });
        if !design.modules.values().any(|module| module.nodes.values().any(is_gate)) {
            return;
        }
        let needs = needs(design);
        let names = design.modules.values().map(|module| module.name.clone()).collect();
        let mut lowering = Lowering { names, copies: HashMap::new(), out: Arena::default() };
        for (id, gated) in design.modules.keys().zip(&needs) {
            gated.iter().for_each(|gated| lowering.copy(design, id, gated));
        }
        design.modules = lowering.out;
    }
}

/// The clock ports of a module that are gated outside, in order.
type Gated = Vec<PortId>;

/// What clocks a clock port of an instance.
#[derive(Clone, Copy)]
struct Source {
    /// The clock port of the parent.
    clock: PortId,
    /// The gate between the two.
    gate: Option<NodeId>,
}

/// What drives the clock ports of an instance, in order.
fn sources(module: &Module, child: &Module, inst: &Inst) -> Vec<(PortId, Source)> {
    let clocks = inst.inputs.iter().filter(|(port, _)| child.ports[*port].kind == PortKind::Clock);
    let source = |&(port, node): &(PortId, NodeId)| match module.nodes[node].op {
        Op::Port(clock) => Some((port, Source { clock, gate: None })),
        Op::ClockGate { clock, .. } => Some((port, Source { clock, gate: Some(node) })),
        _ => None,
    };
    clocks.filter_map(source).collect()
}

/// For each module the sets of gated clocks with which it is instantiated.
fn needs(design: &Design) -> Vec<BTreeSet<Gated>> {
    let mut needs = vec![BTreeSet::new(); design.modules.len()];
    if let Some(top) = needs.last_mut() {
        top.insert(Gated::new());
    }
    for (id, module) in design.modules.iter().collect::<Vec<_>>().into_iter().rev() {
        for gated in needs[id.index()].clone() {
            for inst in module.insts.values() {
                let child = &design.modules[inst.module];
                needs[inst.module.index()].insert(gated_ports(module, child, inst, &gated));
            }
        }
    }
    needs
}

/// The clock ports of an instance that are gated, when `gated` ones of its parent are. A black box
/// keeps its gates.
fn gated_ports(module: &Module, child: &Module, inst: &Inst, gated: &Gated) -> Gated {
    if child.black_box.is_some() {
        return Gated::new();
    }
    let is_gated = |source: &Source| source.gate.is_some() || gated.contains(&source.clock);
    let sources = sources(module, child, inst).into_iter();
    sources.filter(|(_, source)| is_gated(source)).map(|(port, _)| port).collect()
}

/// A module with enables in place of gates outside.
struct Copy {
    id: ModuleId,
    /// The enable port of each gated clock, in order.
    enables: Vec<PortId>,
}

struct Lowering {
    /// The names of modules in use.
    names: HashSet<String>,
    copies: HashMap<(ModuleId, Gated), Copy>,
    out: Arena<ModuleId, Module>,
}

impl Lowering {
    /// Adds the copy of module `id` for the gated clocks `gated`.
    fn copy(&mut self, design: &Design, id: ModuleId, gated: &Gated) {
        let mut module = design.modules[id].clone();
        if !gated.is_empty() {
            module.name = unique(&mut self.names, copy_name(&module, gated));
        }
        let mut one = One { module, open: HashMap::new(), made: HashMap::new() };
        let enables = one.enable_ports(gated);
        one.state();
        let insts = one.module.insts.keys().collect::<Vec<_>>();
        insts.into_iter().for_each(|inst| self.instance(design, &mut one, inst, gated));
        let id = (id, gated.clone());
        let copy = Copy { id: self.out.push(one.finish()), enables };
        self.copies.insert(id, copy);
    }

    /// Lets an instance be one of the copy that its clocks ask for.
    fn instance(&self, design: &Design, one: &mut One, id: InstId, gated: &Gated) {
        let inst = one.module.insts[id].clone();
        let child = &design.modules[inst.module];
        let wanted = gated_ports(&one.module, child, &inst, gated);
        let sources = sources(&one.module, child, &inst);
        let copy = &self.copies[&(inst.module, wanted.clone())];
        let mut inputs = inst.inputs;
        for &(port, source) in &sources {
            let driver = match child.black_box {
                Some(_) => one.gate(source),
                None => Some(one.node(Op::Port(source.clock))),
            };
            let input = inputs.iter_mut().find(|(input, _)| *input == port);
            input.into_iter().for_each(|(_, node)| *node = driver.unwrap_or(*node));
        }
        let open = sources.iter().filter(|(port, _)| wanted.contains(port));
        let open: Vec<NodeId> = open.map(|(_, source)| one.open(*source)).collect();
        inputs.extend(copy.enables.iter().copied().zip(open));
        let inst = &mut one.module.insts[id];
        (inst.module, inst.inputs) = (copy.id, inputs);
    }
}

fn copy_name(module: &Module, gated: &Gated) -> String {
    let clocks = module.ports.values().filter(|port| port.kind == PortKind::Clock).count();
    let mut name = format!("{}_gated", module.name);
    if clocks > 1 {
        gated.iter().for_each(|clock| name += &format!("_{}", module.ports[*clock].name));
    }
    name
}

/// `name`, longer where it is taken.
fn unique(taken: &mut HashSet<String>, mut name: String) -> String {
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// One copy of a module on its way.
struct One {
    module: Module,
    /// The enable of each clock port that is gated outside.
    open: HashMap<PortId, NodeId>,
    /// Nodes that were added.
    made: HashMap<Op, NodeId>,
}

const BIT: Ty = Ty::uint(1);

impl One {
    /// An enable port for each gated clock.
    fn enable_ports(&mut self, gated: &Gated) -> Vec<PortId> {
        let mut taken: HashSet<String> =
            self.module.names().map(|(name, _)| name.to_string()).collect();
        let ports = self.module.ports.values();
        let several = ports.filter(|port| port.kind == PortKind::Clock).count() > 1;
        let mut enables = Vec::new();
        for &clock in gated {
            let Port { name, at, .. } = &self.module.ports[clock];
            let (name, at) = (unique(&mut taken, format!("{name}_en")), *at);
            let (dir, ty, kind, driver) = (Dir::Input, BIT, PortKind::Data, None);
            let (domain, labels) = (several.then_some(clock), None);
            let port = Port { name, dir, ty, kind, domain, driver, labels, at };
            let port = self.module.ports.push(port);
            let enable = self.node(Op::Port(port));
            self.open.insert(clock, enable);
            enables.push(port);
        }
        enables
    }

    /// A bit; one for all that ask for it.
    fn node(&mut self, op: Op) -> NodeId {
        let nodes = &mut self.module.nodes;
        let at = Loc::NOWHERE;
        let node = || nodes.push(Node { op: op.clone(), ty: BIT, name: None, at });
        *self.made.entry(op.clone()).or_insert_with(node)
    }

    fn and(&mut self, a: Option<NodeId>, b: NodeId) -> NodeId {
        a.map_or(b, |a| self.node(Op::Binary(Binary::And, a, b)))
    }

    /// Whether a source passes its edges; its clock is gated outside, or it has a gate.
    fn open(&mut self, source: Source) -> NodeId {
        let outside = self.open.get(&source.clock).copied();
        let gate = source.gate.map(|gate| &self.module.nodes[gate].op);
        let Some(&Op::ClockGate { enable, test_enable, .. }) = gate else {
            return outside.expect("a clock that is gated outside");
        };
        let own = match test_enable {
            Some(test) => self.node(Op::Mux { sel: test, on_true: test, on_false: enable }),
            None => enable,
        };
        self.and(outside, own)
    }

    /// The gate before a black box, with the name of the one it replaces; `None` when it is the one that
    /// is there.
    fn gate(&mut self, source: Source) -> Option<NodeId> {
        self.open.contains_key(&source.clock).then(|| {
            let enable = self.open(source);
            let name = source.gate.and_then(|old| self.module.nodes[old].name.take());
            let op = Op::ClockGate { clock: source.clock, enable, test_enable: None };
            let gate = self.node(op);
            let node = &mut self.module.nodes[gate];
            node.name = node.name.take().or(name);
            gate
        })
    }

    /// Enables for what the gated clocks clock here.
    fn state(&mut self) {
        for id in self.module.regs.keys().collect::<Vec<_>>() {
            if let Some(&open) = self.open.get(&self.module.regs[id].clock) {
                self.synchronous_reset(id);
                let enable = self.module.regs[id].enable;
                self.module.regs[id].enable = Some(self.and(enable, open));
            }
        }
        for id in self.module.mems.keys().collect::<Vec<_>>() {
            for index in 0..self.module.mems[id].ports.len() {
                let port = &self.module.mems[id].ports[index];
                if let Some(&open) = self.open.get(&port.clock()) {
                    let enable = self.and(Some(port.enable()), open);
                    *self.module.mems[id].ports[index].enable_mut() = enable;
                }
            }
        }
        for id in self.module.props.keys().collect::<Vec<_>>() {
            if let Some(&open) = self.open.get(&self.module.props[id].clock) {
                let when = self.module.props[id].when;
                self.module.props[id].when = Some(self.and(when, open));
            }
        }
    }

    /// Makes a synchronous reset a part of the next value.
    fn synchronous_reset(&mut self, id: RegId) {
        let reg = self.module.regs[id].clone();
        let Some(reset) = reg.reset.filter(|reset| !reset.kind.is_async()) else { return };
        let mut sel = self.node(Op::Port(reset.port));
        if reset.kind.is_low() {
            sel = self.node(Op::Unary(Unary::Not, sel));
        }
        let enable = reg.enable.map(|enable| self.node(Op::Binary(Binary::Or, enable, sel)));
        let next = reg.next.map(|on_false| {
            let mut node =
                |op| self.module.nodes.push(Node { op, ty: reg.ty, name: None, at: reg.at });
            let on_true = node(Op::Const(reset.value));
            node(Op::Mux { sel, on_true, on_false })
        });
        let reg = &mut self.module.regs[id];
        (reg.reset, reg.enable, reg.next) = (None, enable, next);
    }

    /// The module without the gates that nothing uses any more.
    fn finish(mut self) -> Module {
        let used: HashSet<NodeId> =
            self.module.insts.values().flat_map(|i| &i.inputs).map(|(_, node)| *node).collect();
        for id in self.module.nodes.keys() {
            let node = &mut self.module.nodes[id];
            if matches!(node.op, Op::ClockGate { .. }) && !used.contains(&id) {
                node.name = None;
            }
        }
        sweep(&mut self.module);
        self.module
    }
}
