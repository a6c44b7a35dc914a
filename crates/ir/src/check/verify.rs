//! The verifier: invariants that every builder and every pass must keep (E0099).
//!
//! 1. Every entity a module mentions exists, and children come before their parents in the design.
//! 2. The operands of a node come before it, so node order is an evaluation order (wires, read-back
//!    outputs and instances aside).
//! 3. Each node has the operand types and the result type that its [`Op`] states; no width is zero.
//! 4. A driver has the type of what it drives: outputs, wires, registers (`enable` is u1), memory
//!    ports, inputs of instances. Inputs have no driver.
//! 5. Clock and reset ports are 1-bit inputs and come before data ports; registers and memories name
//!    a clock port as their clock, and a reset port as their reset. Reset values have the width of
//!    their register. The domain of a port is a clock port before it; clock ports
//!    have none.
//! 6. A memory has at least 2 words, its granule divides its width, and [`Op::MemRead`] names a port
//!    that reads. All ports that write have one clock; with two clocks, collisions are undefined. A
//!    memory that no port writes has contents, which are no more words than the memory has, each of
//!    its width.
//! 7. The inputs of an instance are in port order, each at most once. Its clock inputs are driven by
//!    clock ports and clock gates, which drive nothing else. Its parameters are those of a black box,
//!    in order, and finite where they are numbers with a fraction.
//! 8. A property names a clock port and, where a reset disables it, a reset port; its nodes are u1.
//! 9. A list of named values has at least one, and no name or value twice; its names are identifiers,
//!    and no other list of the module has its name.
//!    The labels of a port, register or wire are of its type; clocks and resets have none.
//! 10. A black box has ports and nothing else, and is not the top.
//!
//! A missing driver is not a broken invariant but the user's mistake (E0010).

use super::{each_module, paths, Paths, Report};
use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::entity::{Arena, Entity};
use crate::module::{
    Binary, BlackBox, Collision, Design, Dir, Enum, EnumId, Inst, Mem, MemPort, Module, ModuleId,
    NodeId, Op, PortId, PortKind, Property, Reg, Unary,
};
use crate::name;
use crate::ty::Ty;
use std::collections::HashSet;

/// All broken invariants of `design`. A non-empty list is always a bug of the code that made it.
pub fn verify(design: &Design) -> Vec<Diagnostic> {
    run(design, &paths(design))
}

pub(super) fn run(design: &Design, paths: &Paths) -> Vec<Diagnostic> {
    each_module(&design.modules, paths, |id, module, report| {
        Verifier { design, id, module, report }.run();
    })
}

struct Verifier<'a, 'r> {
    design: &'a Design,
    id: ModuleId,
    module: &'a Module,
    report: &'a mut Report<'r>,
}

/// Whether `key` is in `arena`.
fn has<K: Entity, T>(arena: &Arena<K, T>, key: K) -> bool {
    key.index() < arena.len()
}

const BIT: Ty = Ty::uint(1);

impl Verifier<'_, '_> {
    fn run(&mut self) {
        self.ports();
        let mut names = HashSet::new();
        for list in self.module.enums.values() {
            self.list(list);
            let new = names.insert(&list.name);
            self.expect(new, list.at, || format!("two lists of values are called `{}`", list.name));
        }
        // Node types are read below, so instances (their modules exist) come before nodes.
        for inst in self.module.insts.values() {
            self.instance(inst);
        }
        for id in self.module.nodes.keys() {
            self.node(id);
        }
        for reg in self.module.regs.values() {
            self.register(reg);
        }
        for wire in self.module.wires.values() {
            self.expect(wire.ty.width > 0, wire.at, || format!("wire `{}` has width 0", wire.name));
            self.driver(wire.driver, wire.ty, wire.at, &wire.name);
            self.labels(wire.labels, wire.ty, wire.at, &wire.name);
        }
        for mem in self.module.mems.values() {
            self.memory(mem);
        }
        for prop in self.module.props.values() {
            self.property(prop);
        }
        self.clock_gates();
        if let Some(black_box) = &self.module.black_box {
            self.black_box(black_box);
        }
    }

    fn expect(&mut self, holds: bool, at: Loc, message: impl FnOnce() -> String) {
        if !holds {
            self.report.add(Code::Internal, at, message());
        }
    }

    fn ports(&mut self) {
        let mut data_seen = false;
        for (id, port) in self.module.ports.iter() {
            let name = &port.name;
            data_seen |= port.kind == PortKind::Data;
            if port.kind != PortKind::Data {
                let fine = port.dir == Dir::Input && port.ty == BIT && !data_seen;
                self.expect(fine, port.at, || {
                    format!("clock or reset port `{name}` is not a leading 1-bit input")
                });
            }
            self.expect(port.ty.width > 0, port.at, || format!("port `{name}` has width 0"));
            self.expect(port.dir == Dir::Output || port.driver.is_none(), port.at, || {
                format!("input `{name}` has a driver")
            });
            self.driver(port.driver, port.ty, port.at, name);
            self.labels(port.labels, port.ty, port.at, name);
            let plain = port.kind == PortKind::Data || port.labels.is_none();
            self.expect(plain, port.at, || format!("the clock or reset `{name}` has labels"));
            let is_clock = |c| c < id && self.port_kind(c) == Some(PortKind::Clock);
            let domain = port.domain.is_none_or(|c| port.kind != PortKind::Clock && is_clock(c));
            self.expect(domain, port.at, || {
                format!("the domain of port `{name}` is no clock before it")
            });
        }
    }

    fn black_box(&mut self, black_box: &BlackBox) {
        let (module, name) = (self.module, &self.module.name);
        let at = module.ports.values().map(|p| p.at).next().unwrap_or(Loc::NOWHERE);
        let empty = module.nodes.is_empty() && module.regs.is_empty() && module.wires.is_empty();
        let empty = empty && module.mems.is_empty() && module.insts.is_empty();
        let driven = module.ports.values().any(|p| p.driver.is_some());
        self.expect(empty && !driven, at, || format!("black box `{name}` has a body"));
        let top = self.id.index() + 1 == self.design.modules.len();
        self.expect(!top, at, || format!("the top `{name}` is a black box"));
        let names = || black_box.parameters.iter().map(|(name, _)| name);
        let twice = names().enumerate().any(|(i, n)| names().take(i).any(|other| other == n));
        self.expect(!twice, at, || format!("black box `{name}` has two equal parameter names"));
        let writable = black_box.parameters.iter().all(|(_, value)| value.is_writable());
        self.expect(writable, at, || format!("a parameter of black box `{name}` is not finite"));
    }

    /// Gated clocks go to clock inputs only, and nothing else does but clock ports.
    fn clock_gates(&mut self) {
        let module = self.module;
        let op = |node: NodeId| has(&module.nodes, node).then(|| &module.nodes[node].op);
        let is_gate = |node: NodeId| matches!(op(node), Some(Op::ClockGate { .. }));
        for (id, node) in module.nodes.iter() {
            let mut gates = false;
            node.op.operands(|operand| gates |= is_gate(operand));
            if let Op::ClockGate { clock, .. } = node.op {
                gates |= self.port_kind(clock) != Some(PortKind::Clock);
            }
            self.expect(!gates, node.at, || format!("node {} computes with a clock", id.index()));
        }
        let ports = module.ports.values().filter_map(|p| p.driver);
        let wires = module.wires.values().filter_map(|w| w.driver);
        let regs = module.regs.values().flat_map(|r| r.enable.into_iter().chain(r.next));
        let mems = module.mems.values().flat_map(|m| m.ports.iter().flat_map(MemPort::operands));
        let props = module.props.values().flat_map(|p| p.when.into_iter().chain([p.holds]));
        let sinks = ports.chain(wires).chain(regs).chain(mems).chain(props);
        for node in sinks.filter(|&node| is_gate(node)) {
            let at = module.nodes[node].at;
            self.expect(false, at, || "a gated clock drives something that is no clock".into());
        }
        let before = self.id.index();
        for inst in module.insts.values().filter(|i| i.module.index() < before) {
            let child = &self.design.modules[inst.module];
            for &(port, node) in inst.inputs.iter().filter(|(p, _)| has(&child.ports, *p)) {
                let clock = match op(node) {
                    Some(Op::Port(p)) => self.port_kind(*p) == Some(PortKind::Clock),
                    _ => is_gate(node),
                };
                let fits = match child.ports[port].kind {
                    PortKind::Clock => clock,
                    PortKind::Data | PortKind::Reset => !is_gate(node),
                };
                let name = &child.ports[port].name;
                self.expect(fits, inst.at, || {
                    format!("`{name}` of `{}` mixes clock and data", inst.name)
                });
            }
        }
    }

    fn list(&mut self, list: &Enum) {
        let name = &list.name;
        let identifiers = std::iter::once(name).chain(list.variants.iter().map(|(name, _)| name));
        for name in identifiers.filter(|name| !name::is_identifier(name)) {
            self.expect(false, list.at, || format!("the name `{name}` in a list of values"));
        }
        self.expect(!list.variants.is_empty(), list.at, || format!("list `{name}` is empty"));
        for (index, (variant, value)) in list.variants.iter().enumerate() {
            let fits = list.ty.width > 0 && value.width() == list.ty.width;
            self.expect(fits, list.at, || format!("`{name}.{variant}` is not a {}", list.ty));
            let mut before = list.variants[..index].iter();
            let again = before.any(|(n, v)| n == variant || v == value);
            self.expect(!again, list.at, || format!("`{name}.{variant}` is listed twice"));
        }
    }

    /// `labels`, when there are any, exist and are of type `ty`.
    fn labels(&mut self, labels: Option<EnumId>, ty: Ty, at: Loc, name: &str) {
        let enums = &self.module.enums;
        let fits = labels.is_none_or(|id| has(enums, id) && enums[id].ty == ty);
        self.expect(fits, at, || format!("the labels of `{name}` are not of type {ty}"));
    }

    /// `driver`, when there is one, exists and has type `ty`.
    fn driver(&mut self, driver: Option<NodeId>, ty: Ty, at: Loc, name: &str) {
        let Some(driver) = driver else {
            return;
        };
        let have = self.type_of(driver);
        self.expect(have == Some(ty), at, || {
            let have = have.map_or("which there is not".into(), |have| format!("of type {have}"));
            format!("`{name}` of type {ty} is driven by %{}, {have}", driver.index())
        });
    }

    fn type_of(&self, node: NodeId) -> Option<Ty> {
        has(&self.module.nodes, node).then(|| self.module.nodes[node].ty)
    }

    fn port_kind(&self, port: PortId) -> Option<PortKind> {
        has(&self.module.ports, port).then(|| self.module.ports[port].kind)
    }

    fn register(&mut self, reg: &Reg) {
        let name = &reg.name;
        self.driver(reg.next, reg.ty, reg.at, name);
        self.driver(reg.enable, BIT, reg.at, name);
        self.labels(reg.labels, reg.ty, reg.at, name);
        let clock = self.port_kind(reg.clock);
        self.expect(clock == Some(PortKind::Clock), reg.at, || {
            format!("the clock of register `{name}` is not a clock port")
        });
        if let Some(reset) = &reg.reset {
            let kind = self.port_kind(reset.port);
            self.expect(kind == Some(PortKind::Reset), reg.at, || {
                format!("the reset of register `{name}` is not a reset port")
            });
            self.expect(reset.value.width() == reg.ty.width, reg.at, || {
                format!("the reset value of `{name}` has {} bits", reset.value.width())
            });
        }
    }

    fn memory(&mut self, mem: &Mem) {
        let name = &mem.name;
        let granule_fits = mem.granule > 0 && mem.width > 0 && mem.width % mem.granule == 0;
        self.expect(granule_fits, mem.at, || format!("memory `{name}`: bad width or granule"));
        self.expect(mem.depth >= 2, mem.at, || format!("memory `{name}` has {} words", mem.depth));
        let clocked = |p: &MemPort| self.port_kind(p.clock()) == Some(PortKind::Clock);
        let clocked = mem.ports.iter().all(clocked);
        self.expect(clocked, mem.at, || format!("a clock of memory `{name}` is not a clock port"));
        let clocks = |writers: bool| {
            let mut all = mem.ports.iter().filter(|p| p.writes() || !writers).map(MemPort::clock);
            let first = all.next();
            all.all(|c| Some(c) == first)
        };
        self.expect(clocks(true), mem.at, || format!("memory `{name}` is written by two clocks"));
        let defined = clocks(false) || mem.collision == Collision::Undefined;
        self.expect(defined, mem.at, || format!("memory `{name}`: collisions of two clocks"));
        let fits = match &mem.contents {
            None => mem.ports.is_empty() || mem.ports.iter().any(MemPort::writes),
            Some(words) => {
                words.len() <= mem.depth as usize && words.iter().all(|w| w.width() == mem.width)
            }
        };
        self.expect(fits, mem.at, || format!("memory `{name}` has wrong contents"));
        if granule_fits && mem.depth >= 2 {
            for port in &mem.ports {
                self.memory_port(mem, port);
            }
        }
    }

    fn memory_port(&mut self, mem: &Mem, port: &MemPort) {
        let word = Ty::uint(mem.width);
        let mask_ty = Ty::uint(mem.width / mem.granule);
        let address = Ty::uint(u32::BITS - (mem.depth - 1).leading_zeros());
        let mut expect = |node: NodeId, ty: Ty| self.driver(Some(node), ty, mem.at, &mem.name);
        match *port {
            MemPort::Read { addr, enable, .. } => {
                expect(addr, address);
                expect(enable, BIT);
            }
            MemPort::Write { addr, enable, data, mask, .. } => {
                expect(addr, address);
                expect(enable, BIT);
                expect(data, word);
                mask.into_iter().for_each(|mask| expect(mask, mask_ty));
            }
            MemPort::ReadWrite { addr, enable, write, data, mask, .. } => {
                expect(addr, address);
                expect(enable, BIT);
                expect(write, BIT);
                expect(data, word);
                mask.into_iter().for_each(|mask| expect(mask, mask_ty));
            }
        }
    }

    fn property(&mut self, prop: &Property) {
        let name = &prop.name;
        self.driver(Some(prop.holds), BIT, prop.at, name);
        self.driver(prop.when, BIT, prop.at, name);
        let clocked = self.port_kind(prop.clock) == Some(PortKind::Clock);
        self.expect(clocked, prop.at, || {
            format!("the clock of property `{name}` is not a clock port")
        });
        let reset = prop.disable.map(|d| self.port_kind(d.port) == Some(PortKind::Reset));
        self.expect(reset != Some(false), prop.at, || {
            format!("the reset that disables property `{name}` is not a reset port")
        });
    }

    fn instance(&mut self, inst: &Inst) {
        let (name, design) = (&inst.name, self.design);
        if inst.module.index() >= self.id.index() {
            self.expect(false, inst.at, || {
                format!("the module of `{name}` comes after its parent")
            });
            return;
        }
        let child = &design.modules[inst.module];
        let in_order = inst.inputs.windows(2).all(|w| w[0].0 < w[1].0);
        self.expect(in_order, inst.at, || format!("the inputs of `{name}` are not in port order"));
        for &(port, node) in &inst.inputs {
            let is_input = has(&child.ports, port) && child.ports[port].dir == Dir::Input;
            self.expect(is_input, inst.at, || format!("`{name}` drives a port that is no input"));
            if is_input {
                self.driver(Some(node), child.ports[port].ty, inst.at, &child.ports[port].name);
            }
        }
        let known = child.black_box.iter().flat_map(|b| &b.parameters);
        let mut known = known.map(|(name, _)| name);
        let in_order = inst.parameters.iter().all(|(name, _)| known.any(|k| k == name));
        self.expect(in_order, inst.at, || format!("`{name}` has parameters its module has not"));
        let writable = inst.parameters.iter().all(|(_, value)| value.is_writable());
        self.expect(writable, inst.at, || {
            format!("a parameter of `{name}` is not finite or has no bits")
        });
    }

    fn node(&mut self, id: NodeId) {
        let node = &self.module.nodes[id];
        let mut ordered = true;
        node.op.operands(|operand| ordered &= operand.index() < id.index());
        self.expect(ordered, node.at, || format!("an operand of %{} comes after it", id.index()));
        let fits = ordered && node.ty.width > 0 && self.well_typed(&node.op, node.ty);
        self.expect(fits || !ordered, node.at, || {
            let mut operands = Vec::new();
            node.op.operands(|operand| operands.push(self.module.nodes[operand].ty.to_string()));
            let (index, ty, operands) = (id.index(), node.ty, operands.join(", "));
            format!("%{index} of type {ty} does not fit its operator on ({operands})")
        });
    }

    /// Whether `op`, whose operands exist, may have result type `ty`.
    fn well_typed(&self, op: &Op, ty: Ty) -> bool {
        let of = |node: NodeId| self.module.nodes[node].ty;
        match op {
            Op::Const(bits) => bits.width() == ty.width,
            Op::Unary(Unary::Not, a) => of(*a) == ty,
            Op::Unary(_, _) => ty == BIT,
            Op::Binary(op, a, b) => binary_fits(*op, of(*a), of(*b), ty),
            Op::Mux { sel, on_true, on_false } => {
                of(*sel) == BIT && of(*on_true) == ty && of(*on_false) == ty
            }
            Op::Slice { of: a, lo } => {
                let end = lo.checked_add(ty.width);
                !ty.signed && end.is_some_and(|end| end <= of(*a).width)
            }
            Op::Concat(parts) => {
                let width: u64 = parts.iter().map(|p| u64::from(of(*p).width)).sum();
                !ty.signed && width == u64::from(ty.width)
            }
            Op::Cast(a) => of(*a).width == ty.width && of(*a).signed != ty.signed,
            Op::Extend(a) => of(*a).width <= ty.width && of(*a).signed == ty.signed,
            Op::ClockGate { enable, test_enable, .. } => {
                ty == BIT && of(*enable) == BIT && test_enable.is_none_or(|t| of(t) == BIT)
            }
            leaf => self.leaf_type(leaf) == Some(ty),
        }
    }

    /// The type of a node without operands, when what it names exists.
    fn leaf_type(&self, op: &Op) -> Option<Ty> {
        let module = self.module;
        match *op {
            Op::Port(port) => has(&module.ports, port).then(|| module.ports[port].ty),
            Op::Reg(reg) => has(&module.regs, reg).then(|| module.regs[reg].ty),
            Op::Wire(wire) => has(&module.wires, wire).then(|| module.wires[wire].ty),
            Op::MemRead { mem, port } => {
                let mem = has(&module.mems, mem).then(|| &module.mems[mem])?;
                let reads = !matches!(mem.ports.get(port)?, MemPort::Write { .. });
                reads.then_some(Ty::uint(mem.width))
            }
            Op::InstOut { inst, port } => {
                let inst = has(&module.insts, inst).then(|| &module.insts[inst])?;
                let child = has(&self.design.modules, inst.module)
                    .then(|| &self.design.modules[inst.module])?;
                let port = has(&child.ports, port).then(|| &child.ports[port])?;
                (port.dir == Dir::Output).then_some(port.ty)
            }
            _ => None,
        }
    }
}

fn binary_fits(op: Binary, a: Ty, b: Ty, ty: Ty) -> bool {
    match op {
        Binary::Add | Binary::Sub | Binary::Mul => true,
        Binary::And | Binary::Or | Binary::Xor => a == ty && b == ty,
        Binary::Eq | Binary::Lt => a == b && ty == BIT,
        Binary::Shl | Binary::Shr => a == ty && !b.signed,
    }
}
