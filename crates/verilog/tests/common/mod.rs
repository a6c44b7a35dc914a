//! Netlists written by hand, and the tools that read the output.
#![allow(dead_code)]

pub mod tools;

use seedbed_ir::*;

pub const AT: Loc = Loc::new("tests/design.rs", 7, 1);

pub fn u(width: u32) -> Ty {
    Ty::uint(width)
}

pub fn s(width: u32) -> Ty {
    Ty::sint(width)
}

/// A module under construction: every method adds one node.
pub struct Build {
    pub module: Module,
    pub clk: Option<PortId>,
    pub rst: Option<PortId>,
}

impl Build {
    pub fn new(name: &str) -> Self {
        Self { module: Module { name: name.into(), ..Module::default() }, clk: None, rst: None }
    }

    /// A module with clock and reset.
    pub fn clocked(name: &str) -> Self {
        let mut b = Self::new(name);
        b.clk = Some(b.port("clk", Dir::Input, u(1), PortKind::Clock));
        b.rst = Some(b.port("rst_n", Dir::Input, u(1), PortKind::Reset));
        b
    }

    pub fn port(&mut self, name: &str, dir: Dir, ty: Ty, kind: PortKind) -> PortId {
        self.module.ports.push(Port {
            name: name.into(),
            dir,
            ty,
            kind,
            domain: None,
            driver: None,
            labels: None,
            at: AT,
        })
    }

    pub fn node(&mut self, op: Op, ty: Ty) -> NodeId {
        self.module.nodes.push(Node { op, ty, name: None, at: AT })
    }

    pub fn ty(&self, n: NodeId) -> Ty {
        self.module.nodes[n].ty
    }

    pub fn named(&mut self, n: NodeId, name: &str) -> NodeId {
        self.module.nodes[n].name = Some(name.into());
        n
    }

    pub fn input(&mut self, name: &str, ty: Ty) -> NodeId {
        let p = self.port(name, Dir::Input, ty, PortKind::Data);
        self.node(Op::Port(p), ty)
    }

    pub fn clock_node(&mut self) -> NodeId {
        let p = self.clk.expect("clocked");
        self.node(Op::Port(p), u(1))
    }

    pub fn reset_node(&mut self) -> NodeId {
        let p = self.rst.expect("clocked");
        self.node(Op::Port(p), u(1))
    }

    pub fn output(&mut self, name: &str, driver: NodeId) -> PortId {
        let ty = self.ty(driver);
        let p = self.port(name, Dir::Output, ty, PortKind::Data);
        self.module.ports[p].driver = Some(driver);
        p
    }

    pub fn lit(&mut self, value: i128, ty: Ty) -> NodeId {
        self.node(Op::Const(Bits::from_i128(ty.width, value)), ty)
    }

    pub fn bin(&mut self, op: Binary, a: NodeId, b: NodeId, ty: Ty) -> NodeId {
        self.node(Op::Binary(op, a, b), ty)
    }

    pub fn add(&mut self, a: NodeId, b: NodeId, ty: Ty) -> NodeId {
        self.bin(Binary::Add, a, b, ty)
    }

    pub fn mul(&mut self, a: NodeId, b: NodeId, ty: Ty) -> NodeId {
        self.bin(Binary::Mul, a, b, ty)
    }

    pub fn and(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let ty = self.ty(a);
        self.bin(Binary::And, a, b, ty)
    }

    pub fn or(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let ty = self.ty(a);
        self.bin(Binary::Or, a, b, ty)
    }

    pub fn not(&mut self, a: NodeId) -> NodeId {
        let ty = self.ty(a);
        self.node(Op::Unary(Unary::Not, a), ty)
    }

    pub fn eq(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.bin(Binary::Eq, a, b, u(1))
    }

    pub fn eq_lit(&mut self, a: NodeId, value: i128) -> NodeId {
        let ty = self.ty(a);
        let b = self.lit(value, ty);
        self.eq(a, b)
    }

    pub fn lt(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.bin(Binary::Lt, a, b, u(1))
    }

    pub fn mux(&mut self, sel: NodeId, on_true: NodeId, on_false: NodeId) -> NodeId {
        let ty = self.ty(on_true);
        self.node(Op::Mux { sel, on_true, on_false }, ty)
    }

    pub fn slice(&mut self, of: NodeId, lo: u32, width: u32) -> NodeId {
        self.node(Op::Slice { of, lo }, u(width))
    }

    pub fn cat(&mut self, parts: &[NodeId]) -> NodeId {
        let width = parts.iter().map(|&p| self.ty(p).width).sum();
        self.node(Op::Concat(parts.to_vec()), u(width))
    }

    pub fn cast(&mut self, a: NodeId, signed: bool) -> NodeId {
        let width = self.ty(a).width;
        self.node(Op::Cast(a), Ty { width, signed })
    }

    pub fn extend(&mut self, a: NodeId, width: u32) -> NodeId {
        let signed = self.ty(a).signed;
        self.node(Op::Extend(a), Ty { width, signed })
    }

    /// A register with reset value; returns it and its output.
    pub fn reg(&mut self, name: &str, ty: Ty, reset: Option<i128>) -> (RegId, NodeId) {
        self.reg_kind(name, ty, reset, ResetKind::AsyncLow)
    }

    pub fn reg_kind(
        &mut self,
        name: &str,
        ty: Ty,
        reset: Option<i128>,
        kind: ResetKind,
    ) -> (RegId, NodeId) {
        let port = self.rst.expect("clocked");
        let value = |v| Reset { port, kind, value: Bits::from_i128(ty.width, v) };
        let id = self.module.regs.push(Reg {
            name: name.into(),
            ty,
            clock: self.clk.expect("clocked"),
            reset: reset.map(value),
            enable: None,
            next: None,
            labels: None,
            sync: false,
            comment: String::new(),
            at: AT,
        });
        (id, self.node(Op::Reg(id), ty))
    }

    pub fn drive(&mut self, reg: RegId, enable: Option<NodeId>, next: NodeId) {
        self.module.regs[reg].enable = enable;
        self.module.regs[reg].next = Some(next);
    }

    pub fn wire(&mut self, name: &str, driver: NodeId) -> NodeId {
        let ty = self.ty(driver);
        let (name, comment) = (name.into(), String::new());
        let wire = Wire { name, ty, driver: Some(driver), labels: None, comment, at: AT };
        let id = self.module.wires.push(wire);
        self.node(Op::Wire(id), ty)
    }

    pub fn mem(&mut self, name: &str, width: u32, depth: u32, granule: u32) -> MemId {
        self.module.mems.push(Mem {
            name: name.into(),
            width,
            depth,
            granule,
            collision: Collision::Old,
            contents: None,
            ports: Vec::new(),
            comment: String::new(),
            at: AT,
        })
    }

    /// The clock port.
    pub fn clock(&self) -> PortId {
        self.clk.expect("clocked")
    }

    /// Adds a port; the node of its read data if it reads.
    pub fn mem_port(&mut self, mem: MemId, port: MemPort) -> Option<NodeId> {
        let reads = port.reads();
        let m = &mut self.module.mems[mem];
        m.ports.push(port);
        let (port, width) = (m.ports.len() - 1, m.width);
        reads.then(|| self.node(Op::MemRead { mem, port }, u(width)))
    }

    /// Instantiates `child`; clock and reset are connected, data inputs in port order.
    pub fn inst(
        &mut self,
        name: &str,
        design: &Design,
        child: ModuleId,
        data: &[NodeId],
    ) -> InstId {
        let mut data = data.iter();
        let mut inputs = Vec::new();
        for (id, p) in design.modules[child].ports.iter().filter(|(_, p)| p.dir == Dir::Input) {
            let value = match p.kind {
                PortKind::Clock => self.clock_node(),
                PortKind::Reset => self.reset_node(),
                PortKind::Data => *data.next().expect("one value per input"),
            };
            inputs.push((id, value));
        }
        let comment = String::new();
        self.module.insts.push(Inst {
            name: name.into(),
            module: child,
            inputs,
            parameters: vec![],
            comment,
            at: AT,
        })
    }

    pub fn inst_out(&mut self, design: &Design, inst: InstId, port: &str) -> NodeId {
        let child = &design.modules[self.module.insts[inst].module];
        let port = child.port(port).expect("a port of the child");
        let ty = child.ports[port].ty;
        self.node(Op::InstOut { inst, port }, ty)
    }

    pub fn finish(self) -> Module {
        self.module
    }
}

/// A design of one module.
pub fn single(module: Module) -> Design {
    let mut design = Design::default();
    design.modules.push(module);
    design
}

/// The text of the only file.
pub fn text(module: Module) -> String {
    let files = seedbed_verilog::emit(&single(module), &seedbed_verilog::Options::default());
    files[0].text.clone()
}
