//! The module that makes a memory of macros.

use super::fit::{Fit, Shape};
use super::is_masked;
use super::table::{constant, Macro, Port, PortKind};
use seedbed_ir::{
    Binary, Bits, BlackBox, Dir, Entity, Inst, InstId, Loc, Mem, Module, ModuleId, Node, NodeId,
    Op, PortId, Reg, RegId, Ty, Unary,
};

const BIT: Ty = Ty::uint(1);

/// The name of a control pin, without `!`.
pub(super) fn bare(pin: &str) -> &str {
    pin.trim_start_matches('!')
}

/// The pins of a port but its clock: name, direction, type.
fn pins(entry: &Macro, port: &Port) -> Vec<(String, Dir, Ty)> {
    let word = Ty::uint(entry.bits);
    let addr = Ty::uint(address_bits(entry.words));
    let mask = Ty::uint(entry.bits / entry.lane());
    let (read, write) = (port.read.as_deref(), port.write.as_deref());
    [
        (Some(port.enable.as_str()), Dir::Input, BIT),
        (write, Dir::Input, BIT),
        (read, Dir::Input, BIT),
        (Some(port.addr.as_str()), Dir::Input, addr),
        (port.wdata.as_deref(), Dir::Input, word),
        (port.mask.as_deref(), Dir::Input, mask),
        (port.rdata.as_deref(), Dir::Output, word),
    ]
    .into_iter()
    .filter_map(|(pin, dir, ty)| Some((bare(pin?).to_string(), dir, ty)))
    .collect()
}

fn address_bits(words: u32) -> u32 {
    (u32::BITS - (words - 1).leading_zeros()).max(1)
}

fn declare(
    module: &mut Module,
    name: &str,
    dir: Dir,
    ty: Ty,
    kind: seedbed_ir::PortKind,
) -> PortId {
    let (driver, domain, labels, at) = (None, None, None, Loc::NOWHERE);
    let name = name.into();
    module.ports.push(seedbed_ir::Port { name, dir, ty, kind, driver, domain, labels, at })
}

/// The macro as the netlist sees it.
pub(super) fn black_box(entry: &Macro) -> Module {
    let black_box = Some(BlackBox::default());
    let mut module = Module { name: entry.name.clone(), black_box, ..Module::default() };
    // Clocks come first in a module.
    for port in &entry.ports {
        if module.port(bare(&port.clock)).is_none() {
            let clock = seedbed_ir::PortKind::Clock;
            declare(&mut module, bare(&port.clock), Dir::Input, BIT, clock);
        }
    }
    for port in &entry.ports {
        let domain = module.port(bare(&port.clock));
        for (name, dir, ty) in pins(entry, port) {
            let id = declare(&mut module, &name, dir, ty, seedbed_ir::PortKind::Data);
            module.ports[id].domain = domain;
        }
    }
    for (name, value) in &entry.tie {
        // `Table::parse` has read the value before.
        let width = constant(value).map_or(1, |bits| bits.width());
        declare(&mut module, name, Dir::Input, Ty::uint(width), seedbed_ir::PortKind::Data);
    }
    module
}

/// One side of a memory: the read or the write, or both where they share a port.
#[derive(Clone, Copy)]
struct Access {
    enable: NodeId,
    addr: NodeId,
    /// The enable with the bounds of the memory.
    allowed: NodeId,
}

struct Wrapper<'a> {
    module: Module,
    mem: &'a Mem,
    entry: &'a Macro,
    found: &'a Fit,
    clock: PortId,
    clock_node: NodeId,
}

/// The wrapper called `name` for memories like `mem`, with instances of `black_box`, module `id`.
pub(super) fn wrapper(
    name: String,
    mem: &Mem,
    entry: &Macro,
    found: &Fit,
    (id, black_box): (ModuleId, &Module),
) -> Module {
    let doc = format!(
        "{} words of {} bits from {} x {} {}.",
        mem.depth, mem.width, found.banks, found.columns, entry.name
    );
    let mut module = Module { name, doc, ..Module::default() };
    let clock = declare(&mut module, "clk", Dir::Input, BIT, seedbed_ir::PortKind::Clock);
    let node = Node { op: Op::Port(clock), ty: BIT, name: None, at: mem.at };
    let clock_node = module.nodes.push(node);
    let mut wrapper = Wrapper { module, mem, entry, found, clock, clock_node };
    wrapper.build(id, black_box);
    wrapper.module
}

impl Wrapper<'_> {
    fn build(&mut self, id: ModuleId, black_box: &Module) {
        let addr_ty = Ty::uint(address_bits(self.mem.depth));
        let word = Ty::uint(self.mem.width);
        let (read, write, select) = match self.found.shape {
            Shape::OneRw => {
                let enable = self.input("en", BIT);
                let select = self.input("write", BIT);
                let both = self.access(enable, "addr", addr_ty);
                (both, both, Some(select))
            }
            Shape::OneROneW => {
                let re = self.input("re", BIT);
                let read = self.access(re, "raddr", addr_ty);
                let we = self.input("we", BIT);
                (read, self.access(we, "waddr", addr_ty), None)
            }
        };
        let data = self.input("wdata", word);
        let lanes = Ty::uint(self.mem.width / self.mem.granule);
        let mask = is_masked(self.mem).then(|| self.input("mask", lanes));
        let mut words = Vec::new();
        for bank in 0..self.found.banks {
            let mut columns = Vec::new();
            for column in 0..self.found.columns {
                let name = match (self.found.banks, self.found.columns) {
                    (1, 1) => "u_macro".into(),
                    (1, _) => format!("u_column_{column}"),
                    (_, 1) => format!("u_bank_{bank}"),
                    _ => format!("u_bank_{bank}_column_{column}"),
                };
                let drive = Drive { read, write, select, data, mask, bank, column };
                columns.push(self.instance(name, &drive, id, black_box));
            }
            words.push(self.word(&columns));
        }
        self.read_data(words, read, select);
    }

    fn node(&mut self, op: Op, ty: Ty) -> NodeId {
        self.module.nodes.push(Node { op, ty, name: None, at: self.mem.at })
    }

    fn input(&mut self, name: &str, ty: Ty) -> NodeId {
        let port = declare(&mut self.module, name, Dir::Input, ty, seedbed_ir::PortKind::Data);
        self.node(Op::Port(port), ty)
    }

    fn number(&mut self, width: u32, value: u64) -> NodeId {
        self.node(Op::Const(Bits::from_u64(width, value)), Ty::uint(width))
    }

    fn binary(&mut self, op: Binary, a: NodeId, b: NodeId) -> NodeId {
        let ty = match op {
            Binary::Eq | Binary::Lt => BIT,
            _ => self.module.nodes[a].ty,
        };
        self.node(Op::Binary(op, a, b), ty)
    }

    fn not(&mut self, a: NodeId) -> NodeId {
        self.node(Op::Unary(Unary::Not, a), BIT)
    }

    fn slice(&mut self, of: NodeId, lo: u32, width: u32) -> NodeId {
        match lo == 0 && width == self.module.nodes[of].ty.width {
            true => of,
            false => self.node(Op::Slice { of, lo }, Ty::uint(width)),
        }
    }

    fn concat(&mut self, parts: Vec<NodeId>) -> NodeId {
        let width = parts.iter().map(|&part| self.module.nodes[part].ty.width).sum();
        match parts[..] {
            [one] => one,
            _ => self.node(Op::Concat(parts), Ty::uint(width)),
        }
    }

    fn access(&mut self, enable: NodeId, addr: &str, ty: Ty) -> Access {
        let addr = self.input(addr, ty);
        let allowed = match self.inside(addr) {
            Some(inside) => self.binary(Binary::And, enable, inside),
            None => enable,
        };
        Access { enable, addr, allowed }
    }

    /// Whether an address is below the depth; `None` when every one is.
    fn inside(&mut self, addr: NodeId) -> Option<NodeId> {
        if self.mem.depth.is_power_of_two() {
            return None;
        }
        let depth = self.number(self.module.nodes[addr].ty.width, self.mem.depth.into());
        Some(self.binary(Binary::Lt, addr, depth))
    }

    /// The part of an address that chooses the bank; `None` for a single bank.
    fn bank_of(&mut self, addr: NodeId) -> Option<NodeId> {
        let (all, low) = (self.module.nodes[addr].ty.width, address_bits(self.entry.words));
        (self.found.banks > 1).then(|| self.slice(addr, low, all - low))
    }

    /// The enable of an access for one bank.
    fn bank_enable(&mut self, access: Access, bank: u32) -> NodeId {
        match self.bank_of(access.addr) {
            Some(select) => {
                let number = self.number(self.module.nodes[select].ty.width, bank.into());
                let here = self.binary(Binary::Eq, select, number);
                self.binary(Binary::And, access.allowed, here)
            }
            None => access.allowed,
        }
    }

    /// An address for the macro.
    fn macro_addr(&mut self, addr: NodeId) -> NodeId {
        let (have, want) = (self.module.nodes[addr].ty.width, address_bits(self.entry.words));
        match have < want {
            true => {
                let zeros = self.number(want - have, 0);
                self.concat(vec![zeros, addr])
            }
            false => self.slice(addr, 0, want),
        }
    }

    /// Where the lanes of macro column `column` come from, lowest first: granule and lowest bit in the
    /// memory's word and the number of bits, or `None` for a lane that is not used.
    fn lanes(&self, column: u32) -> Vec<Option<(u32, u32, u32)>> {
        let (lane, granule) = (self.entry.lane(), self.mem.granule);
        let (per_macro, pieces) = (self.entry.bits / lane, granule.div_ceil(lane));
        let total = self.mem.width / granule * pieces;
        let source = |position: u32| {
            let (index, piece) = (position / pieces, position % pieces);
            let bits = lane.min(granule - piece * lane);
            (position < total).then_some((index, index * granule + piece * lane, bits))
        };
        (column * per_macro..(column + 1) * per_macro).map(source).collect()
    }

    /// The data for a column.
    fn column_data(&mut self, data: NodeId, column: u32) -> NodeId {
        let lane = self.entry.lane();
        let mut parts = Vec::new();
        for source in self.lanes(column) {
            let (lo, bits) = source.map_or((0, 0), |(_, lo, bits)| (lo, bits));
            if bits > 0 {
                parts.push(self.slice(data, lo, bits));
            }
            if bits < lane {
                parts.push(self.number(lane - bits, 0));
            }
        }
        parts.reverse();
        self.concat(parts)
    }

    /// The mask for a column, a bit per lane.
    fn column_mask(&mut self, mask: Option<NodeId>, column: u32) -> NodeId {
        let mut parts = Vec::new();
        for source in self.lanes(column) {
            parts.push(match (source, mask) {
                (Some((granule, ..)), Some(mask)) => self.slice(mask, granule, 1),
                (Some(_), None) => self.number(1, 1),
                (None, _) => self.number(1, 0),
            });
        }
        parts.reverse();
        self.concat(parts)
    }

    /// The memory's word from the data of a bank's columns.
    fn word(&mut self, columns: &[NodeId]) -> NodeId {
        let lane = self.entry.lane();
        let mut parts = Vec::new();
        for (column, &data) in columns.iter().enumerate() {
            for (at, source) in self.lanes(column as u32).into_iter().enumerate() {
                if let Some((_, _, bits)) = source {
                    parts.push(self.slice(data, at as u32 * lane, bits));
                }
            }
        }
        parts.reverse();
        self.concat(parts)
    }

    fn register(&mut self, name: &str, enable: Option<NodeId>, next: NodeId) -> NodeId {
        let ty = self.module.nodes[next].ty;
        let reg: RegId = self.module.regs.push(Reg {
            name: name.into(),
            ty,
            clock: self.clock,
            reset: None,
            enable,
            next: Some(next),
            labels: None,
            sync: false,
            comment: String::new(),
            at: self.mem.at,
        });
        self.node(Op::Reg(reg), ty)
    }

    /// The output: the bank that was read, zero beyond the depth, held until the next read.
    fn read_data(&mut self, words: Vec<NodeId>, read: Access, select: Option<NodeId>) {
        let ty = self.module.nodes[words[0]].ty;
        let reads = match select {
            Some(write) => {
                let read_not_write = self.not(write);
                self.binary(Binary::And, read.enable, read_not_write)
            }
            None => read.enable,
        };
        let mut words = words.into_iter().enumerate().rev();
        let (_, mut value) = words.next().expect("one bank at least");
        if let Some(bank) = self.bank_of(read.addr) {
            let chosen = self.register("bank_q", Some(reads), bank);
            for (index, on_true) in words {
                let number = self.number(self.module.nodes[chosen].ty.width, index as u64);
                let sel = self.binary(Binary::Eq, chosen, number);
                value = self.node(Op::Mux { sel, on_true, on_false: value }, ty);
            }
        }
        if !self.entry.hold {
            let fresh = self.register("fresh_q", None, reads);
            let held = self.register("held_q", Some(fresh), value);
            value = self.node(Op::Mux { sel: fresh, on_true: value, on_false: held }, ty);
        }
        if let Some(inside) = self.inside(read.addr) {
            let sel = self.register("inside_q", Some(reads), inside);
            let on_false = self.node(Op::Const(Bits::zero(ty.width)), ty);
            value = self.node(Op::Mux { sel, on_true: value, on_false }, ty);
        }
        let data = seedbed_ir::PortKind::Data;
        let port = declare(&mut self.module, "rdata", Dir::Output, ty, data);
        self.module.ports[port].driver = Some(value);
    }

    /// One macro; gives its read data.
    fn instance(
        &mut self,
        name: String,
        drive: &Drive,
        id: ModuleId,
        black_box: &Module,
    ) -> NodeId {
        let mut inputs = Vec::new();
        for (index, port) in self.entry.ports.iter().enumerate() {
            for (pin, value) in self.port(index, port, drive) {
                inputs.extend(black_box.port(&pin).map(|id| (id, value)));
            }
        }
        for (pin, value) in &self.entry.tie {
            let bits = constant(value).unwrap_or(Bits::zero(1));
            let ty = Ty::uint(bits.width());
            let value = self.node(Op::Const(bits), ty);
            inputs.extend(black_box.port(pin).map(|id| (id, value)));
        }
        inputs.sort_by_key(|(port, _)| port.index());
        let (parameters, comment, at) = (Vec::new(), String::new(), self.mem.at);
        let inst = Inst { name, module: id, inputs, parameters, comment, at };
        let inst: InstId = self.module.insts.push(inst);
        let reader = &self.entry.ports[self.found.ports.1];
        let rdata = reader.rdata.as_deref().unwrap_or_default();
        let port = black_box.port(rdata).unwrap_or(PortId::new(0));
        self.node(Op::InstOut { inst, port }, Ty::uint(self.entry.bits))
    }

    /// The values of the input pins of port `index` of the macro.
    fn port(&mut self, index: usize, port: &Port, drive: &Drive) -> Vec<(String, NodeId)> {
        let (writes, reads) = (index == self.found.ports.0, index == self.found.ports.1);
        let access = if writes { drive.write } else { drive.read };
        let low = self.number(1, 0);
        let write = match (writes, reads, drive.select) {
            (true, true, Some(select)) => select,
            _ => self.number(1, writes.into()),
        };
        let mut enable = low;
        let mut addr = self.number(address_bits(self.entry.words), 0);
        if writes || reads {
            enable = self.bank_enable(access, drive.bank);
            addr = self.macro_addr(access.addr);
        }
        if let (true, None, Some(mask)) = (writes, self.entry.granule, drive.mask) {
            // A macro without mask holds one granule: it must not be enabled to write another.
            let granule = self.lanes(drive.column)[0].map_or(0, |(granule, ..)| granule);
            let mut may = self.slice(mask, granule, 1);
            if reads {
                let read = self.not(write);
                may = self.binary(Binary::Or, may, read);
            }
            enable = self.binary(Binary::And, enable, may);
        }
        let mut pins = vec![(bare(&port.clock).to_string(), self.clock_node)];
        let read = self.not(write);
        for (pin, value) in
            [(Some(&port.enable), enable), (port.write.as_ref(), write), (port.read.as_ref(), read)]
        {
            let Some(pin) = pin else { continue };
            let value = if pin.starts_with('!') { self.not(value) } else { value };
            pins.push((bare(pin).to_string(), value));
        }
        pins.push((port.addr.clone(), addr));
        if port.kind != PortKind::R {
            let (data, mask) = match writes {
                true => {
                    let data = self.column_data(drive.data, drive.column);
                    (data, self.column_mask(drive.mask, drive.column))
                }
                false => {
                    let lanes = self.entry.bits / self.entry.lane();
                    (self.number(self.entry.bits, 0), self.number(lanes, 0))
                }
            };
            pins.extend(port.wdata.iter().map(|pin| (pin.clone(), data)));
            pins.extend(port.mask.iter().map(|pin| (pin.clone(), mask)));
        }
        pins
    }
}

/// What one macro is driven by.
struct Drive {
    read: Access,
    write: Access,
    /// A shared port writes instead of reading.
    select: Option<NodeId>,
    data: NodeId,
    mask: Option<NodeId>,
    bank: u32,
    column: u32,
}
