//! From hierarchy to a flat netlist: ports, wires, instance outputs and casts become aliases.

use crate::graph::{Arg, FlatOp, Graph, Value};
use crate::properties::FlatProp;
use crate::tree::{Raw, Source, Tree};
use seedbed_ir::{
    Bits, Code, Collision, Design, Diagnostic, Entity, Mem, MemPort, NodeId, Op, PortId, PortKind,
    Reg, ResetKind,
};

const UNSEEN: Value = Value::MAX;
const OPEN: Value = Value::MAX - 1;

/// A register of one instance.
pub(crate) struct FlatReg {
    /// Module and register index: registers of equal description are laid out together.
    pub kind: (u32, u32),
    /// Its output.
    pub out: Value,
    /// The value loaded.
    pub next: Value,
    /// Load enable.
    pub enable: Option<Value>,
    /// Reset signal, kind and value.
    pub reset: Option<(Value, ResetKind, Bits)>,
    /// Port index of the top's clock.
    pub clock: u32,
}

/// A port of a flat memory. Roles that a port lacks are `None`.
pub(crate) struct FlatMemPort {
    /// Port index of the top's clock.
    pub clock: u32,
    pub addr: Value,
    pub enable: Value,
    /// Write select of a read-write port.
    pub write: Option<Value>,
    pub data: Option<Value>,
    pub mask: Option<Value>,
    /// Read data.
    pub out: Option<Value>,
}

/// A memory of one instance.
pub(crate) struct FlatMem {
    pub width: u32,
    pub depth: u32,
    pub granule: u32,
    pub collision: Collision,
    /// The leading words at power-up.
    pub contents: Vec<Bits>,
    pub ports: Vec<FlatMemPort>,
}

/// The flattened design.
pub(crate) struct Flat<'d> {
    pub tree: Tree<'d>,
    pub graph: Graph,
    pub regs: Vec<FlatReg>,
    pub mems: Vec<FlatMem>,
    pub props: Vec<FlatProp>,
    /// Values of the top's ports, by port index.
    pub ports: Vec<Value>,
    /// For each instance: number of registers before it, memories before it.
    bases: Vec<(usize, usize)>,
    /// Outputs of registers, then read data per memory and port.
    reg_outs: Vec<Value>,
    mem_outs: Vec<Vec<Option<Value>>>,
    map: Vec<Value>,
}

/// What a raw node turns into.
enum Step {
    Known(Value),
    Alias(Raw),
    Compute(FlatOp, Vec<Raw>),
}

impl<'d> Flat<'d> {
    /// Flattens `design`.
    pub fn new(design: &'d Design) -> Result<Self, Diagnostic> {
        let tree = Tree::new(design)?;
        let map = vec![UNSEEN; tree.node_count];
        let mut flat = Flat {
            tree,
            graph: Graph::default(),
            regs: Vec::new(),
            mems: Vec::new(),
            props: Vec::new(),
            ports: Vec::new(),
            bases: Vec::new(),
            reg_outs: Vec::new(),
            mem_outs: Vec::new(),
            map,
        };
        flat.declare();
        flat.connect_ports()?;
        for inst in 0..flat.tree.instances.len() as u32 {
            flat.connect_regs(inst)?;
            flat.connect_mems(inst)?;
            flat.connect_props(inst)?;
        }
        Ok(flat)
    }

    /// Makes the sources: top inputs, registers and read data.
    fn declare(&mut self) {
        for (id, port) in self.tree.module(0).ports.iter() {
            self.graph.add(FlatOp::Input(id.index() as u32), port.ty.width, Vec::new());
        }
        for inst in 0..self.tree.instances.len() as u32 {
            self.bases.push((self.reg_outs.len(), self.mem_outs.len()));
            let module = self.tree.module(inst);
            for reg in module.regs.values() {
                let out = self.state(reg.ty.width);
                self.reg_outs.push(out);
            }
            for mem in module.mems.values() {
                let outs = mem.ports.iter().map(|p| match p {
                    MemPort::Write { .. } => None,
                    _ => Some(self.state(mem.width)),
                });
                let outs = outs.collect();
                self.mem_outs.push(outs);
            }
        }
    }

    fn state(&mut self, width: u32) -> Value {
        let number = self.graph.nodes.len() as u32;
        self.graph.add(FlatOp::State(number), width, Vec::new())
    }

    fn connect_ports(&mut self) -> Result<(), Diagnostic> {
        for port in self.tree.module(0).ports.keys() {
            let value = self.port(0, port)?;
            self.ports.push(value);
        }
        Ok(())
    }

    fn connect_regs(&mut self, inst: u32) -> Result<(), Diagnostic> {
        let module = self.tree.instances[inst as usize].module;
        for (id, reg) in self.tree.module(inst).regs.iter() {
            let flat = self.reg(inst, (module.index() as u32, id.index() as u32), reg)?;
            self.regs.push(flat);
        }
        Ok(())
    }

    fn reg(&mut self, inst: u32, kind: (u32, u32), reg: &Reg) -> Result<FlatReg, Diagnostic> {
        let next = reg.next.ok_or_else(|| self.tree.undriven(inst, &reg.name, reg.at))?;
        let reset = match &reg.reset {
            Some(r) => Some((self.port(inst, r.port)?, r.kind, r.value.clone())),
            None => None,
        };
        Ok(FlatReg {
            kind,
            out: self.reg_outs[self.bases[inst as usize].0 + kind.1 as usize],
            next: self.node(inst, next)?,
            enable: reg.enable.map(|e| self.node(inst, e)).transpose()?,
            reset,
            clock: self.clock(inst, reg.clock, &reg.name)?,
        })
    }

    fn connect_mems(&mut self, inst: u32) -> Result<(), Diagnostic> {
        for (id, mem) in self.tree.module(inst).mems.iter() {
            let index = self.bases[inst as usize].1 + id.index();
            let flat = self.mem(inst, index, mem)?;
            self.mems.push(flat);
        }
        Ok(())
    }

    fn mem(&mut self, inst: u32, index: usize, mem: &Mem) -> Result<FlatMem, Diagnostic> {
        let mut ports = Vec::new();
        for (i, port) in mem.ports.iter().enumerate() {
            let (addr, enable, write, data, mask) = match *port {
                MemPort::Read { addr, enable, .. } => (addr, enable, None, None, None),
                MemPort::Write { addr, enable, data, mask, .. } => {
                    (addr, enable, None, Some(data), mask)
                }
                MemPort::ReadWrite { addr, enable, write, data, mask, .. } => {
                    (addr, enable, Some(write), Some(data), mask)
                }
            };
            let mut optional = |n: Option<NodeId>| n.map(|n| self.node(inst, n)).transpose();
            let (write, data, mask) = (optional(write)?, optional(data)?, optional(mask)?);
            ports.push(FlatMemPort {
                clock: self.clock(inst, port.clock(), &mem.name)?,
                addr: self.node(inst, addr)?,
                enable: self.node(inst, enable)?,
                write,
                data,
                mask,
                out: self.mem_outs[index][i],
            });
        }
        let Mem { width, depth, granule, collision, .. } = *mem;
        let contents = mem.contents.clone().unwrap_or_default();
        Ok(FlatMem { width, depth, granule, collision, contents, ports })
    }

    /// The top's clock port behind a clock port of an instance.
    pub fn clock(&mut self, inst: u32, port: PortId, user: &str) -> Result<u32, Diagnostic> {
        let value = self.port(inst, port)?;
        let top = self.tree.module(0);
        match self.graph.nodes[value as usize].op {
            FlatOp::Input(i) if top.ports[PortId::new(i as usize)].kind == PortKind::Clock => Ok(i),
            _ => {
                let at = self.tree.module(inst).ports[port].at;
                let text = format!(
                    "the clock of `{user}` is not a clock input of the top; \
                     simulated clocks are not derived from values"
                );
                Err(self.tree.error(Code::Parameter, inst, text, at))
            }
        }
    }

    /// The value of a port of an instance.
    pub fn port(&mut self, inst: u32, port: PortId) -> Result<Value, Diagnostic> {
        match self.tree.port_source(inst, port)? {
            Source::TopInput(p) => Ok(p.index() as Value),
            Source::Node(raw) => self.node(raw.inst, raw.node),
        }
    }

    /// The output of register `reg` of an instance.
    pub fn reg_out(&self, inst: u32, reg: usize) -> Value {
        self.reg_outs[self.bases[inst as usize].0 + reg]
    }

    /// The index in [`Flat::mems`] of memory `mem` of an instance.
    pub fn mem_index(&self, inst: u32, mem: usize) -> usize {
        self.bases[inst as usize].1 + mem
    }

    /// The value of a node of an instance. Walks with its own stack: chains are as long as arrays.
    pub fn node(&mut self, inst: u32, node: NodeId) -> Result<Value, Diagnostic> {
        let root = Raw { inst, node };
        let mut stack = vec![root];
        while let Some(&raw) = stack.last() {
            if self.seen(raw) < OPEN {
                stack.pop();
                continue;
            }
            match self.step(raw)? {
                Step::Known(value) => self.close(raw, value),
                Step::Alias(to) => self.visit(raw, &[to], &mut stack, |flat| flat.seen(to))?,
                Step::Compute(op, args) => self.visit(raw, &args, &mut stack, |flat| {
                    let width = flat.tree.module(raw.inst).nodes[raw.node].ty.width;
                    let args = args.iter().map(|&a| flat.arg(a)).collect();
                    flat.graph.add(op, width, args)
                })?,
            }
        }
        Ok(self.seen(root))
    }

    /// Pushes the operands at the first visit, builds the value at the second.
    fn visit(
        &mut self,
        raw: Raw,
        args: &[Raw],
        stack: &mut Vec<Raw>,
        build: impl FnOnce(&mut Self) -> Value,
    ) -> Result<(), Diagnostic> {
        let slot = self.slot(raw);
        if self.map[slot] == OPEN {
            let value = build(self);
            self.close(raw, value);
            return Ok(());
        }
        self.map[slot] = OPEN;
        for &arg in args {
            match self.seen(arg) {
                OPEN => return Err(self.loop_error(arg)),
                UNSEEN => stack.push(arg),
                _ => {}
            }
        }
        Ok(())
    }

    fn step(&mut self, raw: Raw) -> Result<Step, Diagnostic> {
        let module = self.tree.module(raw.inst);
        let same = |node: &NodeId| Raw { inst: raw.inst, node: *node };
        Ok(match &module.nodes[raw.node].op {
            Op::Port(p) => match self.tree.port_source(raw.inst, *p)? {
                Source::TopInput(p) => Step::Known(p.index() as Value),
                Source::Node(raw) => Step::Alias(raw),
            },
            Op::InstOut { inst, port } => {
                let child = self.tree.instances[raw.inst as usize].children[inst.index()];
                match self.tree.port_source(child, *port)? {
                    Source::TopInput(_) => unreachable!("a child is not the top"),
                    Source::Node(raw) => Step::Alias(raw),
                }
            }
            Op::Wire(w) => {
                let wire = &module.wires[*w];
                let driver = wire.driver.as_ref();
                Step::Alias(same(
                    driver.ok_or_else(|| self.tree.undriven(raw.inst, &wire.name, wire.at))?,
                ))
            }
            Op::Reg(r) => Step::Known(self.reg_out(raw.inst, r.index())),
            Op::MemRead { mem, port } => {
                let outs = &self.mem_outs[self.mem_index(raw.inst, mem.index())];
                Step::Known(outs[*port].ok_or_else(|| self.not_a_read_port(raw))?)
            }
            Op::Const(bits) => Step::Known(self.graph.constant(bits)),
            Op::Cast(a) => Step::Alias(same(a)),
            Op::Unary(u, a) => Step::Compute(FlatOp::Unary(*u), vec![same(a)]),
            Op::Binary(b, x, y) => Step::Compute(FlatOp::Binary(*b), vec![same(x), same(y)]),
            Op::Mux { sel, on_true, on_false } => {
                Step::Compute(FlatOp::Mux, vec![same(sel), same(on_true), same(on_false)])
            }
            Op::Slice { of, lo } => Step::Compute(FlatOp::Slice(*lo), vec![same(of)]),
            Op::Concat(parts) => Step::Compute(FlatOp::Concat, parts.iter().map(same).collect()),
            Op::Extend(a) => Step::Compute(FlatOp::Extend, vec![same(a)]),
            Op::ClockGate { .. } => {
                let at = module.nodes[raw.node].at;
                let text = "a gated clock is read as a value; let it drive clocks only".into();
                return Err(self.tree.error(Code::Internal, raw.inst, text, at));
            }
        })
    }

    fn arg(&self, raw: Raw) -> Arg {
        Arg { value: self.seen(raw), ty: self.tree.module(raw.inst).nodes[raw.node].ty }
    }

    fn slot(&self, raw: Raw) -> usize {
        self.tree.instances[raw.inst as usize].node_base + raw.node.index()
    }

    fn seen(&self, raw: Raw) -> Value {
        self.map[self.slot(raw)]
    }

    fn close(&mut self, raw: Raw, value: Value) {
        let slot = self.slot(raw);
        self.map[slot] = value;
    }

    fn loop_error(&self, raw: Raw) -> Diagnostic {
        let node = &self.tree.module(raw.inst).nodes[raw.node];
        let name = node.name.as_deref().unwrap_or("a value");
        let text = format!("{name} depends on itself without a register between; add one");
        self.tree.error(Code::Loop, raw.inst, text, node.at)
    }

    fn not_a_read_port(&self, raw: Raw) -> Diagnostic {
        let at = self.tree.module(raw.inst).nodes[raw.node].at;
        let text = "a write port of a memory has no read data; read another port".into();
        self.tree.error(Code::Internal, raw.inst, text, at)
    }
}
