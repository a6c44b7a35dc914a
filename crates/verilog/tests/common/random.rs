//! Random designs: every operator, widths from 1 to 200, both signs, state, memories, hierarchy.

use super::*;

/// A generator of numbers (splitmix64), so that a seed names a design for ever.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() >> 32) as usize % n
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub fn width(&mut self) -> u32 {
        match self.below(12) {
            0..=1 => 1,
            2..=4 => 2 + self.below(7) as u32,
            5..=6 => 8,
            7..=8 => 9 + self.below(40) as u32,
            _ => 60 + self.below(141) as u32,
        }
    }

    pub fn ty(&mut self) -> Ty {
        Ty { width: self.width(), signed: self.chance(2) }
    }

    /// Any value, with a liking for the extremes.
    pub fn bits(&mut self, width: u32) -> Bits {
        match self.below(8) {
            0 => Bits::zero(width),
            1 => Bits::ones(width),
            2 => Bits::from_i128(width, 1i128 << (width - 1).min(126)),
            3 => Bits::from_u64(width, self.below(16) as u64),
            4 => Bits::from_i128(width, -(self.below(16) as i128)),
            _ => Bits::from_limbs(width, &[self.next(), self.next(), self.next(), self.next()]),
        }
    }
}

/// A module of random contents.
pub struct Soup<'r> {
    pub b: Build,
    random: &'r mut Random,
    pool: Vec<NodeId>,
    names: usize,
    /// One kind of reset per design: tools rightly object to both on one net.
    kind: ResetKind,
}

/// A design of one random module that instantiates another one twice.
pub fn design(seed: u64) -> Design {
    let mut random = Random(seed);
    let mut design = Design::default();
    let kind = [ResetKind::AsyncLow, ResetKind::SyncLow][(seed % 2) as usize];
    let mut child = Soup::new(&format!("d{seed}_child"), kind, &mut random);
    child.fill(12);
    let child = child.finish();
    let child = design.modules.push(child);
    let mut top = Soup::new(&format!("d{seed}_top"), kind, &mut random);
    top.fill(25);
    top.instance("u_one", &design, child);
    top.fill(15);
    top.instance("u_two", &design, child);
    top.fill(15);
    let top = top.finish();
    design.modules.push(top);
    design
}

/// A small design for campaigns of many: one module, and in every fourth a child of it.
pub fn small(seed: u64) -> Design {
    let mut random = Random(seed);
    let mut design = Design::default();
    let kind = [ResetKind::AsyncLow, ResetKind::SyncLow][(seed % 2) as usize];
    let child = random.chance(4).then(|| {
        let mut child = Soup::new(&format!("d{seed}_child"), kind, &mut random);
        child.fill(8);
        design.modules.push(child.finish())
    });
    let mut top = Soup::new(&format!("d{seed}_top"), kind, &mut random);
    top.fill(16);
    if let Some(child) = child {
        top.instance("u_one", &design, child);
        top.fill(8);
    }
    let top = top.finish();
    design.modules.push(top);
    design
}

impl<'r> Soup<'r> {
    fn new(name: &str, kind: ResetKind, random: &'r mut Random) -> Self {
        let b = Build::clocked(name);
        let mut soup = Self { b, random, pool: Vec::new(), names: 0, kind };
        for i in 0..4 + soup.random.below(4) {
            let ty = soup.random.ty();
            let input = soup.b.input(&format!("in_{i}"), ty);
            soup.pool.push(input);
        }
        soup
    }

    /// A node from the pool, recent ones more often.
    fn pick(&mut self) -> NodeId {
        let n = self.pool.len();
        let back = self.random.below(n).min(self.random.below(n));
        self.pool[n - 1 - back]
    }

    fn pick_as(&mut self, ty: Ty) -> NodeId {
        let node = self.pick();
        self.fit(node, ty)
    }

    fn bit(&mut self) -> NodeId {
        let node = self.pick();
        let ty = self.b.ty(node);
        match (ty.width, ty.signed) {
            (1, false) => node,
            (1, true) => self.b.cast(node, false),
            (width, _) => {
                let lo = self.random.below(width as usize) as u32;
                self.b.slice(node, lo, 1)
            }
        }
    }

    /// `node` as `ty`, by slicing, extending and casting.
    fn fit(&mut self, node: NodeId, ty: Ty) -> NodeId {
        let from = self.b.ty(node);
        let node = match from.width.cmp(&ty.width) {
            std::cmp::Ordering::Less => self.b.extend(node, ty.width),
            std::cmp::Ordering::Equal => node,
            std::cmp::Ordering::Greater => {
                let lo = self.random.below((from.width - ty.width) as usize + 1) as u32;
                self.b.slice(node, lo, ty.width)
            }
        };
        if self.b.ty(node).signed == ty.signed {
            node
        } else {
            self.b.cast(node, ty.signed)
        }
    }

    fn fill(&mut self, count: usize) {
        for _ in 0..count {
            let node = match self.random.below(40) {
                0..=1 => self.register(),
                2 => self.memory(),
                3 => self.wire(),
                _ => self.operator(),
            };
            if self.random.chance(12) && self.b.module.nodes[node].name.is_none() {
                let name = self.name("n");
                self.b.named(node, &name);
            }
            self.pool.push(node);
        }
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn operator(&mut self) -> NodeId {
        let a = self.pick();
        let ty = self.b.ty(a);
        match self.random.below(14) {
            0..=2 => self.sum(a),
            3 => self.product(a),
            4 => {
                let op = [Binary::And, Binary::Or, Binary::Xor][self.random.below(3)];
                let c = self.same(a);
                self.b.bin(op, a, c, ty)
            }
            5 => {
                let c = self.same(a);
                self.b.eq(a, c)
            }
            6 => {
                let c = self.same(a);
                self.b.lt(a, c)
            }
            7 => self.shift(a),
            8 => {
                let (sel, c) = (self.bit(), self.same(a));
                self.b.mux(sel, a, c)
            }
            9 => {
                let lo = self.random.below(ty.width as usize) as u32;
                let width = 1 + self.random.below((ty.width - lo) as usize) as u32;
                self.b.slice(a, lo, width)
            }
            10 => self.concat(a),
            11 => {
                let width = ty.width + self.random.below(20) as u32;
                self.b.extend(a, width.min(200.max(ty.width)))
            }
            12 => self.b.cast(a, !ty.signed),
            _ => self.unary(a),
        }
    }

    /// Another value of the type of `a`, often a constant.
    fn same(&mut self, a: NodeId) -> NodeId {
        let ty = self.b.ty(a);
        if self.random.chance(3) {
            let bits = self.random.bits(ty.width);
            return self.b.node(Op::Const(bits), ty);
        }
        self.pick_as(ty)
    }

    fn sum(&mut self, a: NodeId) -> NodeId {
        let ty = self.b.ty(a);
        let op = [Binary::Add, Binary::Sub][self.random.below(2)];
        let c = if self.random.chance(3) { self.same(a) } else { self.pick() };
        let c_width = self.b.ty(c).width;
        let width = match self.random.below(4) {
            0 => ty.width,
            1 => 1 + self.random.below(40) as u32,
            _ => (ty.width.max(c_width) + 1).min(200),
        };
        let signed = self.random.chance(2);
        self.b.bin(op, a, c, Ty { width, signed })
    }

    fn product(&mut self, a: NodeId) -> NodeId {
        let c = if self.random.chance(4) { self.same(a) } else { self.pick() };
        let full = (self.b.ty(a).width + self.b.ty(c).width).min(200);
        let width = match self.random.below(3) {
            0 => 1 + self.random.below(full as usize) as u32,
            _ => full,
        };
        let signed = self.random.chance(2);
        self.b.mul(a, c, Ty { width, signed })
    }

    fn shift(&mut self, a: NodeId) -> NodeId {
        let op = [Binary::Shl, Binary::Shr][self.random.below(2)];
        let widest = if self.random.chance(6) { 70 } else { 7 };
        let width = 1 + self.random.below(widest) as u32;
        let by = if self.random.chance(3) {
            let n = self.random.below(140) as i128 % (1i128 << width.min(20));
            self.b.lit(n, u(width))
        } else {
            self.pick_as(u(width))
        };
        let ty = self.b.ty(a);
        self.b.bin(op, a, by, ty)
    }

    fn concat(&mut self, a: NodeId) -> NodeId {
        let mut parts = vec![a];
        for _ in 0..1 + self.random.below(3) {
            let part = if self.random.chance(4) { self.same(a) } else { self.pick() };
            let again = parts[0];
            parts.push(if self.random.chance(5) { again } else { part });
        }
        while parts.len() > 1 && parts.iter().map(|&p| self.b.ty(p).width).sum::<u32>() > 200 {
            parts.pop();
        }
        self.b.cat(&parts)
    }

    fn unary(&mut self, a: NodeId) -> NodeId {
        let ops = [Unary::Not, Unary::ReduceOr, Unary::ReduceAnd, Unary::ReduceXor];
        let op = ops[self.random.below(4)];
        let ty = if op == Unary::Not { self.b.ty(a) } else { u(1) };
        self.b.node(Op::Unary(op, a), ty)
    }

    fn wire(&mut self) -> NodeId {
        let (name, driver) = (self.name("w"), self.pick());
        self.b.wire(&name, driver)
    }

    /// A register whose next value is a tree of decisions over earlier values and itself.
    fn register(&mut self) -> NodeId {
        let ty = self.random.ty();
        let name = self.name("r") + "_q";
        let reset = (!self.random.chance(4)).then_some(0);
        let (reg, q) = self.b.reg_kind(&name, ty, reset, self.kind);
        if let Some(reset) = &mut self.b.module.regs[reg].reset {
            reset.value = self.random.bits(ty.width);
        }
        let mut next = if self.random.chance(2) { q } else { self.pick_as(ty) };
        let mut enable = None;
        for _ in 0..self.random.below(5) {
            let (cond, value) = (self.condition(), self.pick_as(ty));
            let value = if self.random.chance(6) { q } else { value };
            next = self.b.mux(cond, value, next);
            enable = Some(enable.map_or(cond, |e| self.b.or(e, cond)));
        }
        if self.random.chance(4) {
            enable = Some(self.bit());
        }
        let enable = enable.filter(|_| !self.random.chance(3));
        self.b.drive(reg, enable, next);
        q
    }

    /// A bit, often a comparison with a constant as in a state machine.
    fn condition(&mut self) -> NodeId {
        if self.random.chance(3) {
            return self.bit();
        }
        let subject = self.pool[0];
        let ty = self.b.ty(subject);
        let k = self.random.below(4) as u64;
        let value = self.b.node(Op::Const(Bits::from_u64(ty.width, k)), ty);
        self.b.eq(subject, value)
    }

    /// A memory or a ROM with one to three ports; the read data of one of them.
    fn memory(&mut self) -> NodeId {
        let granule = 1 + self.random.below(9) as u32;
        let lanes = 1 + self.random.below(4) as u32;
        let depth = 2 + self.random.below(14) as u32;
        let name = self.name("mem");
        let mem = self.b.mem(&name, granule * lanes, depth, granule);
        if self.random.chance(2) {
            self.b.module.mems[mem].collision = Collision::New;
        }
        if self.random.chance(5) {
            let words = 1 + self.random.below(depth as usize);
            let words = (0..words).map(|_| self.random.bits(granule * lanes)).collect();
            self.b.module.mems[mem].contents = Some(words);
            return self.read_port(mem, depth);
        }
        if self.random.chance(3) {
            self.write_port(mem, depth, lanes);
        }
        if self.random.chance(2) {
            if self.random.chance(2) {
                let read = self.both_port(mem, depth, lanes);
                self.pool.push(read);
            }
            return self.both_port(mem, depth, lanes);
        }
        self.write_port(mem, depth, lanes);
        for _ in 0..self.random.below(2) {
            let read = self.read_port(mem, depth);
            self.pool.push(read);
        }
        self.read_port(mem, depth)
    }

    /// An address and an enable.
    fn word(&mut self, depth: u32) -> (NodeId, NodeId) {
        (self.pick_as(u(u32::BITS - (depth - 1).leading_zeros())), self.bit())
    }

    fn write_data(&mut self, mem: MemId, lanes: u32) -> (NodeId, Option<NodeId>) {
        let width = self.b.module.mems[mem].width;
        let data = self.pick_as(u(width));
        (data, (lanes > 1 || self.random.chance(2)).then(|| self.pick_as(u(lanes))))
    }

    fn read_port(&mut self, mem: MemId, depth: u32) -> NodeId {
        let (clock, (addr, enable)) = (self.b.clock(), self.word(depth));
        self.b.mem_port(mem, MemPort::Read { clock, addr, enable }).expect("reads")
    }

    fn write_port(&mut self, mem: MemId, depth: u32, lanes: u32) {
        let (clock, (addr, enable)) = (self.b.clock(), self.word(depth));
        let (data, mask) = self.write_data(mem, lanes);
        self.b.mem_port(mem, MemPort::Write { clock, addr, enable, data, mask });
    }

    fn both_port(&mut self, mem: MemId, depth: u32, lanes: u32) -> NodeId {
        let (clock, (addr, enable), write) = (self.b.clock(), self.word(depth), self.bit());
        let (data, mask) = self.write_data(mem, lanes);
        let port = MemPort::ReadWrite { clock, addr, enable, write, data, mask };
        self.b.mem_port(mem, port).expect("reads")
    }

    fn instance(&mut self, name: &str, design: &Design, child: ModuleId) {
        let ports: Vec<Port> = design.modules[child].ports.values().cloned().collect();
        let inputs: Vec<Ty> = ports
            .iter()
            .filter(|p| p.dir == Dir::Input && p.kind == PortKind::Data)
            .map(|p| p.ty)
            .collect();
        let data: Vec<NodeId> = inputs.into_iter().map(|ty| self.pick_as(ty)).collect();
        let inst = self.b.inst(name, design, child, &data);
        for p in ports.iter().filter(|p| p.dir == Dir::Output) {
            let out = self.b.inst_out(design, inst, &p.name);
            self.pool.push(out);
        }
    }

    fn finish(mut self) -> Module {
        for i in 0..8 {
            let driver = self.pick();
            self.b.output(&format!("out_{i}"), driver);
        }
        let regs: Vec<NodeId> = self
            .b
            .module
            .nodes
            .iter()
            .filter(|(_, n)| matches!(n.op, Op::Reg(_) | Op::MemRead { .. }))
            .map(|(id, _)| id)
            .collect();
        for (i, q) in regs.into_iter().enumerate() {
            if self.random.chance(2) {
                self.b.output(&format!("state_{i}"), q);
            }
        }
        self.b.finish()
    }
}
