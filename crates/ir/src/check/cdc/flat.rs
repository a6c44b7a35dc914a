//! The design without hierarchy, as far as clocks are concerned: where values come from.

use crate::entity::Entity;
use crate::module::{
    Design, Dir, InstId, Module, ModuleId, NodeId, Op, PortId, PortKind, Reg, RegId, Unary,
};
use std::ops::Range;

/// A node of one instance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Place {
    pub inst: u32,
    pub node: NodeId,
}

/// A register of one instance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct RegKey {
    pub inst: u32,
    pub reg: RegId,
}

/// A set of clock domains: a bit per clock port of the top, in order; the last bit stands for inputs
/// that belong to no clock.
pub(super) type Domains = u64;

/// The domain of what belongs to no clock.
pub(super) const ASYNCHRONOUS: Domains = 1 << 63;

/// One instance.
struct Instance {
    module: ModuleId,
    parent: Option<(u32, InstId)>,
    children: Vec<u32>,
    /// Number of nodes in all instances before this one.
    base: usize,
    path: String,
}

/// What a node takes its value from.
pub(super) enum Origin {
    /// The same value at another place.
    Alias(Place),
    /// A register.
    Reg(RegKey),
    /// Something else with a clock of its own, or of none.
    Source(Domains),
    /// A function of other places.
    Logic(Vec<Place>),
}

/// What a value is without any logic between.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Straight {
    /// A register.
    Reg(RegKey),
    /// A port of an instance: an input of the top, or an output of a black box.
    Port(u32, PortId),
}

/// Bits of a register or port, without any logic between.
pub(super) struct Part {
    pub of: Straight,
    pub bits: Range<u32>,
    /// Whether all bits of it change at one edge.
    pub at_once: bool,
}

/// How a register is reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reset {
    /// The reset port of its module.
    pub port: PortId,
    pub is_low: bool,
    /// Whether its next value has the reset, which then acts under the enable only.
    pub in_next: bool,
    /// Whether it starts at 0.
    pub to_zero: bool,
}

/// All instances of a design.
pub(super) struct Flat<'d> {
    design: &'d Design,
    instances: Vec<Instance>,
    nodes: usize,
}

impl<'d> Flat<'d> {
    pub fn new(design: &'d Design) -> Self {
        let mut flat = Flat { design, instances: Vec::new(), nodes: 0 };
        if let Some(top) = design.modules.keys().next_back() {
            flat.add(top, None, design.modules[top].name.clone());
        }
        flat
    }

    fn add(&mut self, module: ModuleId, parent: Option<(u32, InstId)>, path: String) -> u32 {
        let index = self.instances.len() as u32;
        let (design, base) = (self.design, self.nodes);
        self.nodes += design.modules[module].nodes.len();
        self.instances.push(Instance { module, parent, children: Vec::new(), base, path });
        for (id, inst) in design.modules[module].insts.iter() {
            let path = format!("{}.{}", self.instances[index as usize].path, inst.name);
            let child = self.add(inst.module, Some((index, id)), path);
            self.instances[index as usize].children.push(child);
        }
        index
    }

    /// All instances; the top is the first.
    pub fn instances(&self) -> std::ops::Range<u32> {
        0..self.instances.len() as u32
    }

    pub fn module(&self, inst: u32) -> &'d Module {
        &self.design.modules[self.instances[inst as usize].module]
    }

    /// The instance path, from the top module's name.
    pub fn path(&self, inst: u32) -> &str {
        &self.instances[inst as usize].path
    }

    pub fn reg(&self, key: RegKey) -> &'d Reg {
        &self.module(key.inst).regs[key.reg]
    }

    pub fn next(&self, key: RegKey) -> Option<Place> {
        self.reg(key).next.map(|node| Place { inst: key.inst, node })
    }

    /// The reset of a register, and its next value without it.
    pub fn start(&self, key: RegKey) -> Option<(Reset, Place)> {
        let next = self.next(key)?;
        let Some(reset) = &self.reg(key).reset else { return self.reset_mux(next) };
        let (is_low, to_zero) = (reset.kind.is_low(), reset.value.is_zero());
        Some((Reset { port: reset.port, is_low, in_next: false, to_zero }, next))
    }

    /// The two parts of `reset ? constant : x`, as which `lower_gate` writes a synchronous reset.
    pub fn reset_mux(&self, at: Place) -> Option<(Reset, Place)> {
        let module = self.module(at.inst);
        let op = |node: NodeId| &module.nodes[node].op;
        let Op::Mux { sel, on_true, on_false } = *op(at.node) else { return None };
        let Op::Const(value) = op(on_true) else { return None };
        let (sel, is_low) = match *op(sel) {
            Op::Unary(Unary::Not, port) => (port, true),
            _ => (sel, false),
        };
        let Op::Port(port) = *op(sel) else { return None };
        let reset = Reset { port, is_low, in_next: true, to_zero: value.is_zero() };
        let is_reset = module.ports[port].kind == PortKind::Reset;
        is_reset.then_some((reset, Place { inst: at.inst, node: on_false }))
    }

    /// Number of nodes of all instances.
    pub fn len(&self) -> usize {
        self.nodes
    }

    /// The number of a place among all nodes.
    pub fn index(&self, at: Place) -> usize {
        self.instances[at.inst as usize].base + at.node.index()
    }

    /// What drives `port` of `inst` from outside; `None` at the top.
    fn outside(&self, inst: u32, port: PortId) -> Option<Place> {
        let (parent, id) = self.instances[inst as usize].parent?;
        let inputs = &self.module(parent).insts[id].inputs;
        let node = inputs.iter().find(|(p, _)| *p == port).map(|(_, node)| *node)?;
        Some(Place { inst: parent, node })
    }

    /// The domain behind a clock port of an instance: gates do not change it.
    pub fn clock(&self, inst: u32, port: PortId) -> Domains {
        let (mut inst, mut port) = (inst, port);
        while let Some(place) = self.outside(inst, port) {
            inst = place.inst;
            port = match self.module(inst).nodes[place.node].op {
                Op::Port(clock) | Op::ClockGate { clock, .. } => clock,
                _ => return ASYNCHRONOUS,
            };
        }
        match self.clock_ports().position(|id| id == port) {
            Some(n) if inst == 0 && n < 63 => 1 << n,
            _ => ASYNCHRONOUS,
        }
    }

    /// The clock ports of the top, in order.
    fn clock_ports(&self) -> impl Iterator<Item = PortId> + 'd {
        let ports = self.module(0).ports.iter();
        ports.filter(|(_, p)| p.kind == PortKind::Clock).map(|(id, _)| id)
    }

    /// The clock port of the top behind one domain; `None` for the domain of what belongs to no clock.
    pub fn clock_port(&self, domain: Domains) -> Option<PortId> {
        self.clock_ports().nth(domain.trailing_zeros() as usize).filter(|_| domain != ASYNCHRONOUS)
    }

    pub fn reg_domain(&self, key: RegKey) -> Domains {
        self.clock(key.inst, self.reg(key).clock)
    }

    /// What `port` of `inst` takes its value from.
    pub fn port(&self, inst: u32, port: PortId) -> Origin {
        let p = &self.module(inst).ports[port];
        match (p.dir, p.driver, self.outside(inst, port)) {
            (Dir::Output, Some(node), _) => Origin::Alias(Place { inst, node }),
            (Dir::Input, _, Some(place)) => Origin::Alias(place),
            (Dir::Input, _, None) if p.kind == PortKind::Clock => {
                Origin::Source(self.clock(inst, port))
            }
            _ => Origin::Source(p.domain.map_or(ASYNCHRONOUS, |c| self.clock(inst, c))),
        }
    }

    /// The number of an instance inside `inst`.
    pub fn child(&self, inst: u32, id: InstId) -> u32 {
        self.instances[inst as usize].children[id.index()]
    }

    /// The domain that `port` of `inst` belongs to, if it is an input of a black box that takes it at a
    /// clock edge: the one declared, or that of its only clock.
    pub fn box_input(&self, inst: u32, port: PortId) -> Option<Domains> {
        let module = self.module(inst);
        let black_box = module.black_box.as_ref()?;
        let mut clocks = module.ports.iter().filter(|(_, p)| p.kind == PortKind::Clock);
        let only = clocks.next().map(|(id, _)| id).filter(|_| clocks.next().is_none());
        let only = only.filter(|_| !black_box.combinational);
        let p = &module.ports[port];
        let clock = p.domain.or(only).filter(|_| p.kind != PortKind::Clock)?;
        Some(self.clock(inst, clock))
    }

    /// What an output of a black box depends on.
    fn black_box(&self, inst: u32, port: PortId, combinational: bool) -> Origin {
        let module = self.module(inst);
        if combinational {
            let data = |p: PortId| module.ports[p].kind == PortKind::Data;
            let inputs = module.ports.keys().filter(|&p| data(p));
            return Origin::Logic(inputs.filter_map(|p| self.outside(inst, p)).collect());
        }
        let first = module.ports.iter().find(|(_, p)| p.kind == PortKind::Clock).map(|(id, _)| id);
        let clock = module.ports[port].domain.or(first);
        Origin::Source(clock.map_or(ASYNCHRONOUS, |c| self.clock(inst, c)))
    }

    /// What `at` takes its value from.
    pub fn origin(&self, at: Place) -> Origin {
        let (inst, module) = (at.inst, self.module(at.inst));
        match &module.nodes[at.node].op {
            Op::Port(port) => self.port(inst, *port),
            Op::InstOut { inst: child, port } => {
                let child = self.child(inst, *child);
                match &self.module(child).black_box {
                    Some(black_box) => self.black_box(child, *port, black_box.combinational),
                    None => self.port(child, *port),
                }
            }
            Op::Wire(wire) => match module.wires[*wire].driver {
                Some(node) => Origin::Alias(Place { inst, node }),
                None => Origin::Logic(Vec::new()),
            },
            Op::Reg(reg) => Origin::Reg(RegKey { inst, reg: *reg }),
            Op::MemRead { mem, port } => {
                Origin::Source(self.clock(inst, module.mems[*mem].ports[*port].clock()))
            }
            Op::Cast(node) => Origin::Alias(Place { inst, node: *node }),
            // A test enable, as `lower_gate` writes it, does not change while it matters.
            Op::Mux { sel, on_true, on_false } if sel == on_true => {
                Origin::Logic(vec![Place { inst, node: *on_false }])
            }
            op => {
                let mut operands = Vec::new();
                op.operands(|node| operands.push(Place { inst, node }));
                Origin::Logic(operands)
            }
        }
    }

    /// The place behind all aliases of `at`.
    pub fn behind(&self, mut at: Place) -> Place {
        while let Origin::Alias(next) = self.origin(at) {
            at = next;
        }
        at
    }

    /// Whether `at` is the constant 0.
    pub fn is_zero(&self, at: Place) -> bool {
        let at = self.behind(at);
        matches!(&self.module(at.inst).nodes[at.node].op, Op::Const(bits) if bits.is_zero())
    }

    /// The register or port that `at` is, or is bits of, without any logic between.
    pub fn straight(&self, at: Place) -> Option<Part> {
        let (mut at, mut lo) = (self.behind(at), 0);
        let width = self.module(at.inst).nodes[at.node].ty.width;
        let part = |of, lo, at_once| Some(Part { of, bits: lo..lo + width, at_once });
        loop {
            let inst = at.inst;
            match (self.origin(at), &self.module(inst).nodes[at.node].op) {
                (Origin::Reg(key), _) => return part(Straight::Reg(key), lo, true),
                (_, Op::Slice { of, lo: more }) => {
                    lo += more;
                    at = self.behind(Place { inst, node: *of });
                }
                (Origin::Source(domain), op) => {
                    let port = match *op {
                        Op::Port(port) => Straight::Port(inst, port),
                        Op::InstOut { inst: of, port } => {
                            Straight::Port(self.child(inst, of), port)
                        }
                        _ => return None,
                    };
                    return part(port, lo, domain != ASYNCHRONOUS);
                }
                _ => return None,
            }
        }
    }

    /// The register whose output, or a part of it, `at` is without any logic between.
    pub fn direct(&self, at: Place) -> Option<RegKey> {
        match self.straight(at)?.of {
            Straight::Reg(key) => Some(key),
            Straight::Port(..) => None,
        }
    }

    /// All registers.
    pub fn regs(&self) -> impl Iterator<Item = RegKey> + '_ {
        let of = |inst| self.module(inst).regs.keys().map(move |reg| RegKey { inst, reg });
        self.instances().flat_map(of)
    }
}
