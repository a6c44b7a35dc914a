//! A module of random contents under construction.

use super::{Child, Random};
use crate::diagnostic::Loc;
use crate::module::{
    Design, Dir, Inst, MemPort, Module, Node, NodeId, Op, Port, PortId, PortKind, ResetKind, Wire,
};
use crate::ty::Ty;

pub(super) const AT: Loc = Loc::new("random", 1, 1);
pub(super) const BIT: Ty = Ty::uint(1);

/// A clock domain of the module.
pub(super) struct Domain {
    /// Which clock of the design it is.
    pub number: usize,
    pub clock: PortId,
    pub reset: PortId,
    pub kind: ResetKind,
    /// Its values so far.
    pub pool: Vec<NodeId>,
    /// Its flops that follow a register of the other domain.
    pub synced: Vec<NodeId>,
}

/// A module of random contents: every method adds something, most of them to the current domain.
pub(super) struct Soup<'r> {
    pub module: Module,
    pub random: &'r mut Random,
    pub domains: Vec<Domain>,
    /// Index of the current domain.
    pub now: usize,
    names: usize,
}

impl<'r> Soup<'r> {
    /// A module with inputs in these clock domains, the numbers of which are the places in `kinds`.
    pub fn new(name: &str, kinds: &[ResetKind], clocks: &[usize], random: &'r mut Random) -> Self {
        let module = Module { name: name.into(), ..Module::default() };
        let mut soup = Soup { module, random, domains: Vec::new(), now: 0, names: 0 };
        for &number in clocks {
            let suffix = ["", "_b"][number];
            let clock = soup.port(&format!("clk{suffix}"), Dir::Input, BIT, PortKind::Clock, None);
            let kind = kinds[number];
            let low = if kind.is_low() { "_n" } else { "" };
            let reset = format!("rst{suffix}{low}");
            let domain = (clocks.len() > 1).then_some(clock);
            let reset = soup.port(&reset, Dir::Input, BIT, PortKind::Reset, domain);
            let (pool, synced) = (Vec::new(), Vec::new());
            soup.domains.push(Domain { number, clock, reset, kind, pool, synced });
        }
        for i in 0..4 + soup.random.below(4) {
            // Every domain has an input.
            soup.now = i % soup.domains.len();
            let ty = soup.random.ty();
            let port = soup.data_port(&format!("in_{i}"), Dir::Input, ty);
            let input = soup.node(Op::Port(port), ty);
            soup.push(input);
        }
        soup
    }

    fn port(
        &mut self,
        name: &str,
        dir: Dir,
        ty: Ty,
        kind: PortKind,
        domain: Option<PortId>,
    ) -> PortId {
        let (name, driver, labels) = (name.into(), None, None);
        self.module.ports.push(Port { name, dir, ty, kind, domain, driver, labels, at: AT })
    }

    /// A data port of the current domain.
    fn data_port(&mut self, name: &str, dir: Dir, ty: Ty) -> PortId {
        let domain = (self.domains.len() > 1).then_some(self.domain().clock);
        self.port(name, dir, ty, PortKind::Data, domain)
    }

    pub fn node(&mut self, op: Op, ty: Ty) -> NodeId {
        self.module.nodes.push(Node { op, ty, name: None, at: AT })
    }

    pub fn ty(&self, node: NodeId) -> Ty {
        self.module.nodes[node].ty
    }

    /// The current domain.
    pub fn domain(&self) -> &Domain {
        &self.domains[self.now]
    }

    /// Makes `node` available in the current domain.
    pub fn push(&mut self, node: NodeId) {
        self.domains[self.now].pool.push(node);
    }

    pub fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// A value of the current domain, recent ones more often.
    pub fn pick(&mut self) -> NodeId {
        let n = self.domain().pool.len();
        let back = self.random.below(n).min(self.random.below(n));
        self.domain().pool[n - 1 - back]
    }

    pub fn pick_as(&mut self, ty: Ty) -> NodeId {
        let node = self.pick();
        self.fit(node, ty)
    }

    pub fn bit(&mut self) -> NodeId {
        self.pick_as(BIT)
    }

    /// `node` as `ty`, by slicing, extending and casting.
    pub fn fit(&mut self, node: NodeId, ty: Ty) -> NodeId {
        let from = self.ty(node);
        let node = match from.width.cmp(&ty.width) {
            std::cmp::Ordering::Less => {
                let wide = Ty { width: ty.width, signed: from.signed };
                self.node(Op::Extend(node), wide)
            }
            std::cmp::Ordering::Equal => node,
            std::cmp::Ordering::Greater => {
                let lo = self.random.below((from.width - ty.width) as usize + 1) as u32;
                self.node(Op::Slice { of: node, lo }, Ty::uint(ty.width))
            }
        };
        match self.ty(node).signed == ty.signed {
            true => node,
            false => self.node(Op::Cast(node), ty),
        }
    }

    /// Adds `count` items of any kind, in any domain.
    pub fn fill(&mut self, count: usize) {
        for _ in 0..count {
            self.now = self.random.below(self.domains.len());
            let node = match self.random.below(40) {
                0..=2 => self.register(),
                3 => self.state_machine(),
                4..=5 => self.memory(),
                6 => self.wire(),
                7 => self.read_back(),
                8..=9 if self.domains.len() > 1 => self.synchroniser(),
                _ => self.operator(),
            };
            if self.random.chance(12) && self.module.nodes[node].name.is_none() {
                self.module.nodes[node].name = Some(self.name("n"));
            }
            self.push(node);
        }
    }

    fn wire(&mut self) -> NodeId {
        let (name, driver, comment) = (self.name("w"), self.pick(), String::new());
        let ty = self.ty(driver);
        let wire = Wire { name, ty, driver: Some(driver), labels: None, comment, at: AT };
        let wire = self.module.wires.push(wire);
        self.node(Op::Wire(wire), ty)
    }

    fn output(&mut self, name: &str, driver: NodeId) -> PortId {
        let ty = self.ty(driver);
        let port = self.data_port(name, Dir::Output, ty);
        self.module.ports[port].driver = Some(driver);
        if let Op::Reg(reg) = self.module.nodes[driver].op {
            self.module.ports[port].labels = self.module.regs[reg].labels;
        }
        port
    }

    /// An output, and its value read inside.
    fn read_back(&mut self) -> NodeId {
        let (name, driver) = (self.name("seen_"), self.pick());
        let port = self.output(&name, driver);
        let ty = self.ty(driver);
        self.node(Op::Port(port), ty)
    }

    /// Instantiates `child` of `design`; each of its inputs is driven in its own domain.
    pub fn instance(&mut self, name: &str, design: &Design, child: &Child) {
        let ports = &design.modules[child.module].ports;
        // The place in `domains` of the clock port of the child.
        let clocks = ports.iter().filter(|(_, p)| p.kind == PortKind::Clock).map(|(id, _)| id);
        let place = |number: &usize| self.domains.iter().position(|d| d.number == *number);
        let places: Vec<(PortId, usize)> =
            clocks.zip(child.clocks.iter().filter_map(place)).collect();
        let mut inputs = Vec::new();
        for (id, port) in ports.iter().filter(|(_, p)| p.dir == Dir::Input) {
            self.now = self.place_of(&places, id, port);
            let node = match port.kind {
                PortKind::Clock => self.node(Op::Port(self.domain().clock), BIT),
                PortKind::Reset => self.node(Op::Port(self.domain().reset), BIT),
                PortKind::Data => self.pick_as(port.ty),
            };
            inputs.push((id, node));
        }
        let inst = self.module.insts.push(Inst {
            name: name.into(),
            module: child.module,
            inputs,
            parameters: Vec::new(),
            comment: String::new(),
            at: AT,
        });
        for (id, port) in ports.iter().filter(|(_, p)| p.dir == Dir::Output) {
            self.now = self.place_of(&places, id, port);
            let node = self.node(Op::InstOut { inst, port: id }, port.ty);
            self.push(node);
        }
    }

    /// The place in `domains` that a port of a child belongs to, from the places of its clock ports.
    fn place_of(&self, places: &[(PortId, usize)], id: PortId, port: &Port) -> usize {
        let clock = port.domain.unwrap_or(id);
        places.iter().find(|(c, _)| *c == clock).map_or(places[0].1, |(_, place)| *place)
    }

    /// Adds outputs: some values, and half of the state.
    pub fn finish(mut self) -> Module {
        for i in 0..8 {
            self.now = i % self.domains.len();
            let driver = self.pick();
            self.output(&format!("out_{i}"), driver);
        }
        for place in 0..self.domains.len() {
            self.now = place;
            let is_state =
                |n: &&NodeId| matches!(self.module.nodes[**n].op, Op::Reg(_) | Op::MemRead { .. });
            let state: Vec<NodeId> = self.domain().pool.iter().filter(is_state).copied().collect();
            for q in state {
                if self.random.chance(2) {
                    let name = self.name("state_");
                    self.output(&name, q);
                }
            }
        }
        self.module
    }

    /// A port of the last memory; the node of its read data, if it reads.
    pub fn mem_port(&mut self, port: MemPort) -> Option<NodeId> {
        let mem = self.module.mems.keys().next_back()?;
        let reads = port.reads();
        let memory = &mut self.module.mems[mem];
        memory.ports.push(port);
        let (port, ty) = (memory.ports.len() - 1, Ty::uint(memory.width));
        reads.then(|| self.node(Op::MemRead { mem, port }, ty))
    }
}
