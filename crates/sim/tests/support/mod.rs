//! A small builder of netlists for tests: no checks, no conveniences.
#![allow(dead_code, reason = "each test binary uses its part")]

use seedbed_ir::*;

pub const AT: Loc = Loc::new("test", 1, 1);

/// A module under construction.
#[derive(Default)]
pub struct Net(pub Module);

impl Net {
    pub fn new(name: &str) -> Self {
        Net(Module { name: name.into(), ..Module::default() })
    }

    pub fn port(&mut self, name: &str, dir: Dir, ty: Ty, kind: PortKind) -> PortId {
        self.0.ports.push(Port {
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
        self.0.nodes.push(Node { op, ty, name: None, at: AT })
    }

    pub fn input(&mut self, name: &str, ty: Ty) -> NodeId {
        let p = self.port(name, Dir::Input, ty, PortKind::Data);
        self.node(Op::Port(p), ty)
    }

    pub fn output(&mut self, name: &str, driver: NodeId) -> PortId {
        let ty = self.0.nodes[driver].ty;
        let p = self.port(name, Dir::Output, ty, PortKind::Data);
        self.0.ports[p].driver = Some(driver);
        p
    }

    pub fn clock(&mut self) -> PortId {
        self.port("clk", Dir::Input, Ty::uint(1), PortKind::Clock)
    }

    pub fn reset(&mut self) -> PortId {
        self.port("rst_n", Dir::Input, Ty::uint(1), PortKind::Reset)
    }

    pub fn binary(&mut self, op: Binary, a: NodeId, b: NodeId, ty: Ty) -> NodeId {
        self.node(Op::Binary(op, a, b), ty)
    }

    pub fn unary(&mut self, op: Unary, a: NodeId, ty: Ty) -> NodeId {
        self.node(Op::Unary(op, a), ty)
    }

    pub fn lit(&mut self, value: i128, ty: Ty) -> NodeId {
        self.node(Op::Const(Bits::from_i128(ty.width, value)), ty)
    }

    /// A register without reset; returns the handle and its value.
    pub fn reg(&mut self, name: &str, ty: Ty, clock: PortId) -> (RegId, NodeId) {
        let (reset, enable, next, labels) = (None, None, None, None);
        let (name, comment) = (name.into(), String::new());
        let reg =
            Reg { name, ty, clock, reset, enable, next, labels, sync: false, comment, at: AT };
        let id = self.0.regs.push(reg);
        (id, self.node(Op::Reg(id), ty))
    }

    pub fn next(&mut self, reg: RegId, next: NodeId) {
        self.0.regs[reg].next = Some(next);
    }

    pub fn reset_to(&mut self, reg: RegId, port: PortId, kind: ResetKind, value: i128) {
        let value = Bits::from_i128(self.0.regs[reg].ty.width, value);
        self.0.regs[reg].reset = Some(Reset { port, kind, value });
    }

    pub fn wire(&mut self, name: &str, driver: Option<NodeId>, ty: Ty) -> (WireId, NodeId) {
        let (name, labels, comment) = (name.into(), None, String::new());
        let id = self.0.wires.push(Wire { name, ty, driver, labels, comment, at: AT });
        (id, self.node(Op::Wire(id), ty))
    }

    pub fn inst(&mut self, name: &str, module: ModuleId, inputs: Vec<(PortId, NodeId)>) -> InstId {
        let comment = String::new();
        self.0.insts.push(Inst {
            name: name.into(),
            module,
            inputs,
            parameters: vec![],
            comment,
            at: AT,
        })
    }

    pub fn inst_out(&mut self, inst: InstId, port: PortId, ty: Ty) -> NodeId {
        self.node(Op::InstOut { inst, port }, ty)
    }

    pub fn alone(self) -> Design {
        let mut design = Design::default();
        design.modules.push(self.0);
        design
    }
}

/// A deterministic source of random numbers (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Random bits; extremes (all zeros, all ones, only the top bit) are frequent.
    pub fn bits(&mut self, width: u32) -> Bits {
        let limbs: Vec<u64> = (0..width.div_ceil(64)).map(|_| self.next()).collect();
        let random = Bits::from_limbs(width, &limbs);
        match self.below(8) {
            0 => Bits::zero(width),
            1 => Bits::ones(width),
            2 => top_bit(width),
            3 => Bits::from_u64(width, self.below(4)),
            _ => random,
        }
    }
}

fn top_bit(width: u32) -> Bits {
    let mut limbs = vec![0; width.div_ceil(64) as usize];
    limbs[(width as usize - 1) / 64] = 1 << ((width - 1) % 64);
    Bits::from_limbs(width, &limbs)
}
