//! From a netlist module to signals and a [`Graph`].

use crate::graph::{Bitwise, Graph, SigId, Val};
use crate::names::{outputs, Interface, Names};
use crate::{Options, Properties};
use seedbed_ir::{
    Binary, Design, Dir, Entity, EnumId, InstId, Loc, MemId, MemPort, Module, ModuleId, NodeId, Op,
    PortId, Ty, Unary,
};
use std::collections::hash_map::{Entry, HashMap};
use std::collections::HashSet;

/// How a signal is declared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A port of the module.
    Port(Dir),
    /// A register or the read data of a memory.
    Reg,
    /// Connected to an output of an instance.
    Pin,
    /// A wire with an expression.
    Wire,
}

/// A declared name.
#[derive(Debug)]
pub struct Signal<'d> {
    /// Its Verilog name.
    pub name: String,
    /// Its declared type.
    pub ty: Ty,
    /// Its declaration.
    pub kind: Kind,
    /// The value of a wire or output.
    pub driver: Option<Val>,
    /// The user's comment.
    pub comment: &'d str,
    /// The names of its values.
    pub labels: Option<EnumId>,
    /// Where the user made it.
    pub at: Option<Loc>,
}

/// Operands of a memory port.
#[derive(Debug)]
pub struct Access {
    /// Word address.
    pub addr: Val,
    /// Access happens.
    pub enable: Val,
    /// `ReadWrite` only: the access writes.
    pub write: Option<Val>,
    /// Data and mask of a writing port.
    pub data: Option<(Val, Option<Val>)>,
    /// Where a reading port puts its data.
    pub read: Option<SigId>,
}

/// A memory.
#[derive(Debug)]
pub struct Memory {
    /// Its Verilog name.
    pub name: String,
    /// Its ports.
    pub ports: Vec<Access>,
}

/// A connection of an instance.
#[derive(Clone, Copy, Debug)]
pub enum Pin {
    /// An input and its value.
    In(Val),
    /// An output and the signal it drives.
    Out(SigId),
}

/// An instance.
#[derive(Debug)]
pub struct Instance {
    /// Its Verilog name.
    pub name: String,
    /// Connections in the order of the child's ports.
    pub pins: Vec<(PortId, Pin)>,
}

/// The operands of a register.
#[derive(Debug)]
pub struct Register {
    /// Its signal.
    pub sig: SigId,
    /// Its enable.
    pub enable: Option<Val>,
    /// Its next value.
    pub next: Option<Val>,
}

/// A property that is to be printed.
#[derive(Debug)]
pub struct Property {
    /// Its Verilog name.
    pub name: String,
    /// It is checked where this is 1.
    pub when: Option<Val>,
    /// What is to be 1.
    pub holds: Val,
}

/// A module ready for naming and printing.
pub struct Lowered<'d> {
    /// The design it is part of.
    pub design: &'d Design,
    /// The module it came from.
    pub module: &'d Module,
    /// Its values.
    pub graph: Graph,
    /// Its declared names; later steps add more.
    pub signals: Vec<Signal<'d>>,
    /// Registers, by `RegId`.
    pub regs: Vec<Register>,
    /// Memories, by `MemId`.
    pub mems: Vec<Memory>,
    /// Instances, by `InstId`.
    pub insts: Vec<Instance>,
    /// Properties, by `PropId`; none when they are not printed.
    pub props: Vec<Property>,
    /// Names taken so far.
    pub names: Names,
}

impl<'d> Lowered<'d> {
    /// A declared name.
    pub fn signal(&self, sig: SigId) -> &Signal<'d> {
        &self.signals[sig.index()]
    }

    /// The module of instance `i`.
    pub fn child(&self, i: usize) -> &'d Module {
        &self.design.modules[self.module.insts[InstId::new(i)].module]
    }

    /// The signal of a port: ports are declared first, in order.
    pub fn port(&self, port: PortId) -> SigId {
        SigId(port.index() as u32)
    }
}

/// Lowers module `id` of `design`.
pub fn lower<'d>(
    design: &'d Design,
    interface: &Interface,
    id: ModuleId,
    options: &Options,
) -> Lowered<'d> {
    let mut lowering = Lowering::new(design, id);
    lowering.properties = options.properties != Properties::Omitted;
    lowering.declare(interface, id);
    lowering.count_uses();
    lowering.name_results(interface);
    lowering.values();
    lowering.finish()
}

/// Something outside the graph whose value a node names: an instance output or a memory read port.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Pin(InstId, PortId),
    Read(MemId, usize),
}

struct Lowering<'d> {
    design: &'d Design,
    out: Lowered<'d>,
    /// Whether properties are printed.
    properties: bool,
    sources: HashMap<Source, SigId>,
    /// Nodes whose name became the name of their source.
    naming: HashSet<NodeId>,
    /// Uses of each node by live nodes and by roots.
    uses: Vec<u32>,
    /// Live nodes, operands first.
    order: Vec<NodeId>,
    lowered: Vec<Option<Val>>,
    first_reg: u32,
    first_wire: u32,
}

impl<'d> Lowering<'d> {
    fn new(design: &'d Design, id: ModuleId) -> Self {
        let module = &design.modules[id];
        let out = Lowered {
            design,
            module,
            graph: Graph::default(),
            signals: Vec::new(),
            regs: Vec::new(),
            mems: Vec::new(),
            insts: Vec::new(),
            props: Vec::new(),
            names: Names::default(),
        };
        Self {
            design,
            out,
            properties: false,
            sources: HashMap::new(),
            naming: HashSet::new(),
            uses: vec![0; module.nodes.len()],
            order: Vec::new(),
            lowered: vec![None; module.nodes.len()],
            first_reg: 0,
            first_wire: 0,
        }
    }

    fn signal(&mut self, wanted: &str, ty: Ty, kind: Kind, at: Loc) -> SigId {
        let name = self.out.names.claim(wanted);
        let sig = SigId(self.out.signals.len() as u32);
        let (driver, comment, labels) = (None, "", None);
        self.out.signals.push(Signal { name, ty, kind, driver, comment, labels, at: Some(at) });
        sig
    }

    /// Takes all names the user gave, ports first, so that no derived name can displace one.
    fn declare(&mut self, interface: &Interface, id: ModuleId) {
        let module = self.out.module;
        for (port, p) in module.ports.iter() {
            let sig = self.signal(interface.port(id, port), p.ty, Kind::Port(p.dir), p.at);
            self.out.signals[sig.index()].labels = p.labels;
        }
        self.first_reg = self.out.signals.len() as u32;
        for r in module.regs.values() {
            let sig = self.signal(&r.name, r.ty, Kind::Reg, r.at);
            self.out.signals[sig.index()].comment = &r.comment;
            self.out.signals[sig.index()].labels = r.labels;
        }
        self.first_wire = self.out.signals.len() as u32;
        for w in module.wires.values() {
            let sig = self.signal(&w.name, w.ty, Kind::Wire, w.at);
            self.out.signals[sig.index()].comment = &w.comment;
            self.out.signals[sig.index()].labels = w.labels;
        }
        for m in module.mems.values() {
            let name = self.out.names.claim(&m.name);
            self.out.mems.push(Memory { name, ports: Vec::new() });
        }
        for i in module.insts.values() {
            let name = self.out.names.claim(&i.name);
            self.out.insts.push(Instance { name, pins: Vec::new() });
        }
    }

    fn roots(&self) -> Vec<NodeId> {
        let m = self.out.module;
        let mut roots: Vec<NodeId> = m.wires.values().filter_map(|w| w.driver).collect();
        roots.extend(m.regs.values().flat_map(|r| r.enable.into_iter().chain(r.next)));
        roots.extend(m.mems.values().flat_map(|m| &m.ports).flat_map(MemPort::operands));
        roots.extend(m.insts.values().flat_map(|i| i.inputs.iter().map(|&(_, n)| n)));
        roots.extend(m.ports.values().filter_map(|p| p.driver));
        if self.properties {
            roots.extend(m.props.values().flat_map(|p| p.when.into_iter().chain([p.holds])));
        }
        roots
    }

    fn count_uses(&mut self) {
        let mut seen = vec![false; self.uses.len()];
        let nodes = &self.out.module.nodes;
        for root in self.roots() {
            self.uses[root.index()] += 1;
            self.visit(root, &mut seen);
        }
        // A name the user gave is kept even where nothing reads it.
        for (id, _) in nodes.iter().filter(|(_, n)| n.name.is_some()) {
            self.visit(id, &mut seen);
        }
    }

    /// Appends `root` and what it needs to the order, without recursion: chains may be long.
    fn visit(&mut self, root: NodeId, seen: &mut [bool]) {
        let nodes = &self.out.module.nodes;
        let mut stack = vec![(root, false)];
        while let Some((id, expanded)) = stack.pop() {
            if expanded {
                self.order.push(id);
            } else if !std::mem::replace(&mut seen[id.index()], true) {
                stack.push((id, true));
                nodes[id].op.operands(|operand| {
                    self.uses[operand.index()] += 1;
                    stack.push((operand, false));
                });
            }
        }
    }

    fn source(&self, node: NodeId) -> Option<Source> {
        match self.out.module.nodes[node].op {
            Op::InstOut { inst, port } => Some(Source::Pin(inst, port)),
            Op::MemRead { mem, port } => Some(Source::Read(mem, port)),
            _ => None,
        }
    }

    /// Names instance outputs and read data after what the user called them, or else after the port.
    fn name_results(&mut self, interface: &Interface) {
        let module = self.out.module;
        for &id in &self.order.clone() {
            let node = &module.nodes[id];
            if let (Some(source), Some(name)) = (self.source(id), &node.name) {
                if !self.sources.contains_key(&source) {
                    let sig = self.signal(name, node.ty, kind_of(source), node.at);
                    self.sources.insert(source, sig);
                    self.naming.insert(id);
                }
            }
        }
        for (i, wire) in module.wires.values().enumerate() {
            self.adopt(SigId(self.first_wire + i as u32), wire.driver, Kind::Pin);
        }
        for (id, port) in module.ports.iter() {
            self.adopt(self.out.port(id), port.driver, Kind::Port(Dir::Output));
        }
        self.name_remaining_pins(interface);
        self.name_remaining_reads();
        self.comment_on_roms();
    }

    /// A ROM is printed as nothing but its read data, which take over its comment.
    fn comment_on_roms(&mut self) {
        for (id, mem) in self.out.module.mems.iter() {
            let reads = (0..mem.ports.len()).find_map(|i| self.sources.get(&Source::Read(id, i)));
            if let Some(sig) = reads.filter(|_| !mem.ports.iter().any(MemPort::writes)) {
                self.out.signals[sig.index()].comment = &mem.comment;
            }
        }
    }

    /// Connects an instance output straight to the wire or port that is nothing but that output.
    fn adopt(&mut self, sig: SigId, driver: Option<NodeId>, kind: Kind) {
        let Some(source @ Source::Pin(..)) = driver.and_then(|d| self.source(d)) else { return };
        if let Entry::Vacant(free) = self.sources.entry(source) {
            free.insert(sig);
            self.out.signals[sig.index()].kind = kind;
        }
    }

    fn name_remaining_pins(&mut self, interface: &Interface) {
        let module = self.out.module;
        for (id, inst) in module.insts.iter() {
            let child = &self.design.modules[inst.module];
            for port in outputs(child) {
                if !self.sources.contains_key(&Source::Pin(id, port)) {
                    let prefix = &self.out.insts[id.index()].name;
                    let name = format!("{prefix}_{}", interface.port(inst.module, port));
                    let sig = self.signal(&name, child.ports[port].ty, Kind::Pin, inst.at);
                    self.sources.insert(Source::Pin(id, port), sig);
                }
            }
        }
    }

    fn name_remaining_reads(&mut self) {
        for (id, mem) in self.out.module.mems.iter() {
            let single = mem.ports.iter().filter(|p| p.reads()).count() == 1;
            for (i, _) in mem.ports.iter().enumerate().filter(|(_, p)| p.reads()) {
                if !self.sources.contains_key(&Source::Read(id, i)) {
                    let prefix = &self.out.mems[id.index()].name;
                    let name = match single {
                        true => format!("{prefix}_rdata"),
                        false => format!("{prefix}_port{i}_rdata"),
                    };
                    let sig = self.signal(&name, Ty::uint(mem.width), Kind::Reg, mem.at);
                    self.sources.insert(Source::Read(id, i), sig);
                }
            }
        }
    }

    fn values(&mut self) {
        let mut wires: HashMap<NodeId, Vec<SigId>> = HashMap::new();
        for (i, wire) in self.out.module.wires.values().enumerate() {
            let sig = SigId(self.first_wire + i as u32);
            wire.driver.into_iter().for_each(|d| wires.entry(d).or_default().push(sig));
        }
        for &id in &self.order.clone() {
            let node = &self.out.module.nodes[id];
            let val = self.operator(id);
            self.out.graph.note(val, node.ty.signed, self.uses[id.index()] > 1);
            let named_here = node.name.as_ref().filter(|_| !self.naming.contains(&id));
            self.lowered[id.index()] = Some(match named_here {
                Some(name) => {
                    let sig = self.signal(name, node.ty, Kind::Wire, node.at);
                    self.out.signals[sig.index()].driver = Some(val);
                    self.out.graph.note_driver(sig, val);
                    self.out.graph.sig(sig, node.ty.width)
                }
                None => val,
            });
            for &sig in wires.get(&id).into_iter().flatten() {
                self.out.graph.note_driver(sig, val);
            }
        }
    }

    fn at(&self, id: NodeId) -> Val {
        self.lowered[id.index()].expect("operands come before their users")
    }

    fn operator(&mut self, id: NodeId) -> Val {
        let module = self.out.module;
        let node = &module.nodes[id];
        let width = node.ty.width;
        let ty = |n: NodeId| module.nodes[n].ty;
        match &node.op {
            Op::Port(p) => self.leaf(self.out.port(*p), width),
            Op::Reg(r) => self.leaf(SigId(self.first_reg + r.index() as u32), width),
            Op::Wire(w) => self.leaf(SigId(self.first_wire + w.index() as u32), width),
            Op::MemRead { .. } | Op::InstOut { .. } => {
                let source = self.source(id).expect("both are sources");
                self.leaf(self.sources[&source], width)
            }
            Op::Const(bits) => self.out.graph.lit(bits.clone(), node.ty.signed),
            Op::Unary(op, a) => self.unary(*op, *a),
            Op::Binary(op, a, b) => self.binary(*op, *a, *b, width),
            Op::Mux { sel, on_true, on_false } => {
                let [sel, t, f] = [*sel, *on_true, *on_false].map(|n| self.at(n));
                self.out.graph.mux(sel, t, f)
            }
            Op::Slice { of, lo } => {
                let of = self.at(*of);
                self.out.graph.slice(of, *lo, width)
            }
            Op::Concat(parts) => {
                let parts: Vec<Val> = parts.iter().map(|&p| self.at(p)).collect();
                self.out.graph.concat(&parts)
            }
            Op::Cast(a) => self.at(*a),
            Op::ClockGate { .. } => unreachable!("gates are instances by now"),
            Op::Extend(a) => {
                let (v, signed) = (self.at(*a), ty(*a).signed);
                self.out.graph.extend(v, signed, width)
            }
        }
    }

    fn leaf(&mut self, sig: SigId, width: u32) -> Val {
        self.out.graph.sig(sig, width)
    }

    fn unary(&mut self, op: Unary, a: NodeId) -> Val {
        let a = self.at(a);
        let g = &mut self.out.graph;
        match op {
            Unary::Not => g.not(a),
            Unary::ReduceOr => g.reduce(Bitwise::Or, a),
            Unary::ReduceAnd => g.reduce(Bitwise::And, a),
            Unary::ReduceXor => g.reduce(Bitwise::Xor, a),
        }
    }

    fn binary(&mut self, op: Binary, left: NodeId, right: NodeId, width: u32) -> Val {
        let nodes = &self.out.module.nodes;
        let [l_signed, r_signed] = [left, right].map(|n| nodes[n].ty.signed);
        let [l, r] = [left, right].map(|n| self.at(n));
        let g = &mut self.out.graph;
        match op {
            Binary::Add | Binary::Sub => {
                let (a, b) = (g.resize(l, l_signed, width), g.resize(r, r_signed, width));
                if op == Binary::Add {
                    g.add(a, b)
                } else {
                    g.sub(a, b)
                }
            }
            Binary::Mul => g.mul((l, l_signed), (r, r_signed), width),
            Binary::And => g.bitwise(Bitwise::And, l, r),
            Binary::Or => g.bitwise(Bitwise::Or, l, r),
            Binary::Xor => g.bitwise(Bitwise::Xor, l, r),
            Binary::Eq => g.eq(l, r),
            Binary::Lt => g.lt(l, r, l_signed),
            Binary::Shl => g.shl(l, r),
            Binary::Shr => g.shr(l, r, l_signed),
        }
    }

    fn finish(mut self) -> Lowered<'d> {
        let module = self.out.module;
        let val = |n: NodeId| self.lowered[n.index()].expect("every root was lowered");
        for (i, w) in module.wires.values().enumerate() {
            let signal = &mut self.out.signals[self.first_wire as usize + i];
            if signal.kind == Kind::Wire {
                signal.driver = w.driver.map(val);
            }
        }
        for (id, p) in module.ports.iter() {
            let driven_by_pin = p.driver.and_then(|d| self.source(d));
            let sig = self.out.port(id);
            if driven_by_pin.and_then(|s| self.sources.get(&s)) != Some(&sig) {
                self.out.signals[sig.index()].driver = p.driver.map(val);
            }
        }
        for (i, r) in module.regs.values().enumerate() {
            let sig = SigId(self.first_reg + i as u32);
            let (enable, next) = (r.enable.map(val), r.next.map(val));
            self.out.regs.push(Register { sig, enable, next });
        }
        for id in module.mems.keys() {
            self.out.mems[id.index()].ports = self.accesses(id);
        }
        for id in module.insts.keys() {
            self.out.insts[id.index()].pins = self.pins(id);
        }
        for p in module.props.values().filter(|_| self.properties) {
            let name = self.out.names.claim(&p.name);
            let (when, holds) = (p.when.map(val), val(p.holds));
            self.out.props.push(Property { name, when, holds });
        }
        self.out
    }

    fn accesses(&self, id: MemId) -> Vec<Access> {
        let val = |n: NodeId| self.lowered[n.index()].expect("every root was lowered");
        let ports = self.out.module.mems[id].ports.iter().enumerate();
        let access = |(i, port): (usize, &MemPort)| {
            let read = self.sources.get(&Source::Read(id, i)).copied();
            match *port {
                MemPort::Read { addr, enable, .. } => {
                    Access { addr: val(addr), enable: val(enable), write: None, data: None, read }
                }
                MemPort::Write { addr, enable, data, mask, .. } => Access {
                    addr: val(addr),
                    enable: val(enable),
                    write: None,
                    data: Some((val(data), mask.map(val))),
                    read: None,
                },
                MemPort::ReadWrite { addr, enable, write, data, mask, .. } => Access {
                    addr: val(addr),
                    enable: val(enable),
                    write: Some(val(write)),
                    data: Some((val(data), mask.map(val))),
                    read,
                },
            }
        };
        ports.map(access).collect()
    }

    fn pins(&self, id: InstId) -> Vec<(PortId, Pin)> {
        let inst = &self.out.module.insts[id];
        let inputs: HashMap<usize, NodeId> =
            inst.inputs.iter().map(|&(p, n)| (p.index(), n)).collect();
        let child = &self.design.modules[inst.module];
        let pin = |port: PortId| match child.ports[port].dir {
            Dir::Output => Some(Pin::Out(self.sources[&Source::Pin(id, port)])),
            Dir::Input => {
                inputs.get(&port.index()).and_then(|n| self.lowered[n.index()]).map(Pin::In)
            }
        };
        child.ports.keys().filter_map(|p| Some((p, pin(p)?))).collect()
    }
}

fn kind_of(source: Source) -> Kind {
    match source {
        Source::Pin(..) => Kind::Pin,
        Source::Read(..) => Kind::Reg,
    }
}
