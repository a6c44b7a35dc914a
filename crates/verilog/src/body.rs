//! The body of a module as statements and items, ready to print.

use crate::ast::{Always, BinOp, Expr, Item, Stmt};
use crate::cases::cases;
use crate::dialect::Dialect;
use crate::enums::{name_constants, types, Labels, Types};
use crate::graph::{SigId, Val};
use crate::legalise::Legaliser;
use crate::lower::{Access, Kind, Lowered, Pin, Property, Signal};
use crate::names::Interface;
use crate::order::{order, Ordered, Step};
use crate::plan::{named, Site};
use crate::update::{self, blocks, Block};
use seedbed_ir::{
    Bits, Collision, Dir, Disable, Entity, InstId, Mem, MemId, MemPort, PortId, RegId, Ty,
};
use std::collections::HashSet;

/// Everything between the ports and `endmodule`.
pub struct Body<'d> {
    /// The module, its signals completed by the named intermediates.
    pub lowered: Lowered<'d>,
    /// Items in order.
    pub items: Vec<Item>,
    /// Wires that are declared before all items.
    pub early: HashSet<SigId>,
    /// Wires that only properties read.
    pub checked: Vec<Item>,
    /// Properties: where each is checked, and what is to hold.
    pub checks: Vec<(Option<Expr>, Expr)>,
    /// Resets that disable properties, and the names of the wires that say so: Verilator warns of an
    /// asynchronous reset that is also read at an edge.
    pub disables: Vec<(Disable, String)>,
    /// The names of the values of enums that appear in `items`.
    pub constants: Labels,
    /// Enums that are types, in SystemVerilog.
    pub types: Types,
    /// The free name for the wire that gathers unused bits.
    pub unused_name: String,
}

/// Arranges the body of a lowered module.
pub fn body<'d>(mut lowered: Lowered<'d>, interface: &Interface, dialect: Dialect) -> Body<'d> {
    let blocks = blocks(&mut lowered);
    let roots = roots(&lowered, &blocks);
    let named = named(&lowered.graph, &roots);
    let temps = make_temps(&mut lowered, &named);
    let Ordered { steps, checked, early } = order(&mut lowered, &blocks, &temps);
    let labels = lane_labels(&mut lowered);
    let legal = Legaliser { graph: &lowered.graph, signals: &lowered.signals, temps: &temps };
    let builder = Builder { lowered: &lowered, legal, interface, blocks: &blocks, labels };
    let items = |steps: &[Step]| steps.iter().flat_map(|&step| builder.items(step)).collect();
    let (mut items, checked): (Vec<Item>, _) = (items(&steps), items(&checked));
    let check =
        |p: &Property| (p.when.map(|w| builder.legal.inner(w)), builder.legal.inner(p.holds));
    let checks = lowered.props.iter().map(check).collect();
    let unused_name = lowered.names.claim("unused_bits");
    let disables = disables(&mut lowered);
    let mut constants = name_constants(&mut lowered, &mut items);
    let types = match dialect {
        Dialect::Verilog2005 => Types::default(),
        Dialect::SystemVerilog => {
            items = cases(items);
            types(&mut lowered, &items, &mut constants)
        }
    };
    Body { lowered, items, early, checked, checks, disables, constants, types, unused_name }
}

/// All uses of values by something that is not a value.
fn roots(lowered: &Lowered, blocks: &[Block]) -> Vec<(Val, Site)> {
    let mut roots = Vec::new();
    roots.extend(lowered.signals.iter().filter_map(|s| Some((s.driver?, Site::Top))));
    blocks.iter().for_each(|b| stmt_roots(&b.body, &mut roots));
    for (id, mem) in lowered.module.mems.iter() {
        let ports = &lowered.mems[id.index()].ports;
        ports.iter().for_each(|port| access_roots(mem, port, &mut roots));
    }
    for inst in &lowered.insts {
        roots.extend(inst.pins.iter().filter_map(|(_, pin)| match pin {
            Pin::In(v) => Some((*v, Site::Pin)),
            Pin::Out(_) => None,
        }));
    }
    let props = lowered.props.iter().flat_map(|p| p.when.into_iter().chain([p.holds]));
    roots.extend(props.map(|v| (v, Site::Inner)));
    roots
}

fn stmt_roots(stmts: &[update::Stmt], roots: &mut Vec<(Val, Site)>) {
    for stmt in stmts {
        match stmt {
            update::Stmt::Assign(_, v) => roots.push((*v, Site::Top)),
            update::Stmt::If { cond, then, otherwise } => {
                roots.push((*cond, Site::Inner));
                stmt_roots(then, roots);
                stmt_roots(otherwise, roots);
            }
            update::Stmt::Case { subject, arms, default } => {
                roots.push((*subject, Site::Inner));
                arms.iter().for_each(|(_, body)| stmt_roots(body, roots));
                stmt_roots(default, roots);
            }
        }
    }
}

fn access_roots(mem: &Mem, port: &Access, roots: &mut Vec<(Val, Site)>) {
    let forwards = mem.collision == Collision::New;
    roots.push((port.addr, Site::Address));
    roots.push((port.enable, Site::Inner));
    roots.extend(port.write.map(|w| (w, Site::Inner)));
    if let Some((data, mask)) = port.data {
        let lanes = mask.is_some() && mem.granule < mem.width;
        roots.push((data, if lanes || forwards { Site::Name } else { Site::Top }));
        roots.extend(mask.map(|m| (m, if lanes { Site::Name } else { Site::Inner })));
    }
}

/// Finds a signal for each value that needs a name: the wire or output it is the value of, or a new signal
/// that is still without a name.
fn make_temps(lowered: &mut Lowered, named: &[bool]) -> Vec<Option<SigId>> {
    let mut temps = vec![None; lowered.graph.len()];
    for kind in [Kind::Wire, Kind::Port(Dir::Output)] {
        for (i, signal) in lowered.signals.iter().enumerate().filter(|(_, s)| s.kind == kind) {
            let wanted = signal.driver.filter(|v| named[v.index()] && temps[v.index()].is_none());
            if let Some(v) = wanted {
                temps[v.index()] = Some(SigId(i as u32));
            }
        }
    }
    let rest: Vec<Val> = lowered.graph.vals().filter(|v| named[v.index()]).collect();
    for v in rest.into_iter().filter(|v| temps[v.index()].is_none()).collect::<Vec<_>>() {
        let value = lowered.graph.get(v);
        let ty = Ty { width: value.width, signed: value.signed };
        temps[v.index()] = Some(SigId(lowered.signals.len() as u32));
        lowered.signals.push(Signal {
            name: String::new(),
            ty,
            kind: Kind::Wire,
            driver: Some(v),
            comment: "",
            labels: None,
            at: None,
        });
    }
    temps
}

/// Names of the write block and the loop variable of each memory that is written in lanes.
fn lane_labels(lowered: &mut Lowered) -> Vec<Option<(String, String)>> {
    let has_lanes = |m: &Mem| m.granule < m.width;
    let mems: Vec<bool> = lowered.module.mems.values().map(has_lanes).collect();
    let lane = if mems.contains(&true) { lowered.names.claim("lane") } else { String::new() };
    let label = |(i, lanes): (usize, bool)| {
        lanes.then(|| {
            let block = format!("{}_write", lowered.mems[i].name);
            (lowered.names.claim(&block), lane.clone())
        })
    };
    mems.into_iter().enumerate().map(label).collect()
}

struct Builder<'a, 'd> {
    lowered: &'a Lowered<'d>,
    legal: Legaliser<'a>,
    interface: &'a Interface,
    blocks: &'a [Block],
    labels: Vec<Option<(String, String)>>,
}

impl Builder<'_, '_> {
    fn items(&self, step: Step) -> Vec<Item> {
        match step {
            Step::Memory(i) => self.memory(MemId::new(i)),
            step => self.item(step).into_iter().collect(),
        }
    }

    fn item(&self, step: Step) -> Option<Item> {
        Some(match step {
            Step::Wire(sig) => Item::Wire(sig, self.value(sig)?),
            Step::Assign(sig) => Item::Assign(sig, self.value(sig)?),
            Step::Block(i) => Item::Always(self.block(&self.blocks[i])),
            Step::Memory(_) => return None,
            Step::Instance(i) => self.instance(i),
        })
    }

    fn value(&self, sig: SigId) -> Option<Expr> {
        let signal = self.lowered.signal(sig);
        let v = signal.driver?;
        Some(self.legal.top(v, self.legal.temps[v.index()] == Some(sig)))
    }

    fn reg(&self, id: RegId) -> SigId {
        self.lowered.regs[id.index()].sig
    }

    fn block(&self, block: &Block) -> Always {
        let value =
            |id: RegId| self.lowered.module.regs[id].reset.as_ref().map(|r| r.value.clone());
        let reset = block.reset.map(|(port, kind)| {
            let resets = block.regs.iter().filter_map(|&id| {
                let bits = value(id)?;
                let negative = self.lowered.module.regs[id].ty.signed && bits.width() > 1;
                let signed = negative && bits.bit(bits.width() - 1);
                Some(Stmt::Assign(self.reg(id), Expr::Lit { bits, signed, mask: false }))
            });
            (self.lowered.port(port), kind, resets.collect())
        });
        let clock = self.lowered.port(block.clock);
        Always { clock, reset, body: self.stmts(&block.body), lanes: None }
    }

    fn stmts(&self, stmts: &[update::Stmt]) -> Vec<Stmt> {
        stmts.iter().map(|s| self.stmt(s)).collect()
    }

    fn stmt(&self, stmt: &update::Stmt) -> Stmt {
        match stmt {
            update::Stmt::Assign(reg, v) => Stmt::Assign(self.reg(*reg), self.legal.top(*v, false)),
            update::Stmt::If { cond, then, otherwise } => {
                test(self.legal.inner(*cond), self.stmts(then), self.stmts(otherwise))
            }
            update::Stmt::Case { subject, arms, default } => Stmt::Case {
                subject: self.legal.inner(*subject),
                arms: arms.iter().map(|(l, b)| (self.legal.inner(*l), self.stmts(b))).collect(),
                default: self.stmts(default),
            },
        }
    }

    /// The blocks of a memory, one per clock; none when no port can do anything.
    fn memory(&self, id: MemId) -> Vec<Item> {
        let mem = &self.lowered.module.mems[id];
        let mut clocks: Vec<PortId> = mem.ports.iter().map(MemPort::clock).collect();
        clocks.sort();
        clocks.dedup();
        let starts = mem.contents.as_ref().is_some_and(|words| !words.is_empty());
        let initial = (starts && self.is_written(id)).then_some(Item::Initial(id));
        let blocks = clocks.into_iter().filter_map(|clock| self.memory_block(id, clock));
        initial.into_iter().chain(blocks.map(Item::Always)).collect()
    }

    fn memory_block(&self, id: MemId, clock: PortId) -> Option<Always> {
        let mem = &self.lowered.module.mems[id];
        let ports = mem.ports.iter().enumerate().filter(|(_, p)| p.clock() == clock);
        let body: Vec<Stmt> = ports.flat_map(|(i, _)| self.access(id, mem, i)).collect();
        let lanes = self.labels[id.index()].clone().filter(|_| has_lanes(&body));
        let clock = self.lowered.port(clock);
        (!body.is_empty()).then_some(Always { clock, reset: None, body, lanes })
    }

    fn access(&self, id: MemId, mem: &Mem, index: usize) -> Vec<Stmt> {
        let port = &self.lowered.mems[id.index()].ports[index];
        let write = port.data.map(|(data, mask)| self.write(id, mem, port.addr, data, mask));
        let read = port.read.map(|sig| self.read(id, mem, index, sig));
        let body = match (write, read, port.write) {
            (Some(then), Some(otherwise), Some(select)) => self.when(select, then, otherwise),
            (write, read, _) => write.or(read).unwrap_or_default(),
        };
        let mut stmts = self.when(port.enable, body, Vec::new());
        // Read data that can never change still need a driver.
        let idle = port.read.filter(|&sig| !assigns(&stmts, sig));
        stmts.extend(idle.map(|sig| Stmt::Assign(sig, Expr::Ref(sig))));
        stmts
    }

    /// Whether anything can ever be written; a memory that stays at zero needs no array.
    fn is_written(&self, mem: MemId) -> bool {
        let shape = &self.lowered.module.mems[mem];
        let stores = |p: &Access| {
            let Some((data, mask)) = p.data else { return false };
            let store = self.write(mem, shape, p.addr, data, mask);
            let store = match p.write {
                Some(select) => self.when(select, store, Vec::new()),
                None => store,
            };
            !self.when(p.enable, store, Vec::new()).is_empty()
        };
        self.lowered.mems[mem.index()].ports.iter().any(stores)
    }

    /// `if (cond) then else otherwise`, decided here when `cond` is a constant.
    fn when(&self, cond: Val, then: Vec<Stmt>, otherwise: Vec<Stmt>) -> Vec<Stmt> {
        match self.legal.graph.constant(cond).map(|b| b.bit(0)) {
            Some(true) => then,
            Some(false) => otherwise,
            None if then.is_empty() && otherwise.is_empty() => Vec::new(),
            None => vec![test(self.legal.inner(cond), then, otherwise)],
        }
    }

    fn write(&self, mem: MemId, shape: &Mem, addr: Val, data: Val, mask: Option<Val>) -> Vec<Stmt> {
        let word = self.legal.index(addr);
        let whole = |cond: Option<Val>| {
            let store = Stmt::Write { mem, addr: word.clone(), data: self.legal.top(data, false) };
            match cond {
                Some(cond) => self.when(cond, vec![store], Vec::new()),
                None => vec![store],
            }
        };
        let store = match mask {
            Some(mask) if shape.granule < shape.width => {
                let name =
                    |v: Val| self.legal.name(v).expect("the plan names masks and their data");
                vec![Stmt::WriteLanes {
                    mem,
                    addr: word.clone(),
                    data: name(data),
                    mask: name(mask),
                }]
            }
            mask => whole(mask),
        };
        self.within(shape, addr, store, Vec::new())
    }

    fn read(&self, mem: MemId, shape: &Mem, index: usize, sig: SigId) -> Vec<Stmt> {
        let addr = self.lowered.mems[mem.index()].ports[index].addr;
        let zero = Stmt::Assign(sig, Expr::lit(Bits::zero(shape.width)));
        if !self.is_written(mem) {
            return vec![match &shape.contents {
                None => zero,
                Some(words) => self.table(mem, words, addr, sig),
            }];
        }
        let word = Expr::Word { mem, addr: Box::new(self.legal.index(addr)) };
        let mut inside = vec![Stmt::Assign(sig, word)];
        if shape.collision == Collision::New {
            let others = (0..shape.ports.len()).filter(|&i| i != index);
            inside.extend(others.flat_map(|i| self.forward(mem, shape, i, addr, sig)));
        }
        self.within(shape, addr, inside, vec![zero])
    }

    /// The word of a ROM.
    fn table(&self, mem: MemId, words: &[Bits], addr: Val, to: SigId) -> Stmt {
        match self.legal.graph.constant(addr).map(crate::bitwise::small) {
            Some(fixed) => {
                let word = fixed.and_then(|a| words.get(a as usize)).cloned();
                let zero = || Bits::zero(self.lowered.module.mems[mem].width);
                Stmt::Assign(to, Expr::lit(word.unwrap_or_else(zero)))
            }
            None => Stmt::Table { mem, addr: self.legal.index(addr), to },
        }
    }

    /// What port `from` writes to the word at `addr` goes to the read data `to` too.
    fn forward(&self, mem: MemId, shape: &Mem, from: usize, addr: Val, to: SigId) -> Vec<Stmt> {
        let port = &self.lowered.mems[mem.index()].ports[from];
        let Some((data, mask)) = port.data else { return Vec::new() };
        let constant = |v: Val| self.legal.graph.constant(v);
        if let (Some(a), Some(b)) = (constant(addr), constant(port.addr)) {
            if a != b {
                return Vec::new();
            }
        }
        let name = |v: Val| self.legal.name(v).expect("the plan names forwarded data and masks");
        let whole = || vec![Stmt::Assign(to, self.legal.top(data, false))];
        let copy = match mask {
            Some(mask) if shape.granule < shape.width => {
                let (data, mask) = (name(data), name(mask));
                vec![Stmt::ForwardLanes { mem, to, data, mask }]
            }
            Some(mask) => self.when(mask, whole(), Vec::new()),
            None => whole(),
        };
        let same = Expr::binary(BinOp::Eq, self.legal.index(port.addr), self.legal.index(addr));
        let copy = match port.write {
            Some(select) => self.when(select, copy, Vec::new()),
            None => copy,
        };
        let copy = self.when(port.enable, copy, Vec::new());
        if copy.is_empty() {
            return copy;
        }
        vec![test(same, copy, Vec::new())]
    }

    /// `inside` where the address exists, else `outside`.
    fn within(&self, shape: &Mem, addr: Val, inside: Vec<Stmt>, outside: Vec<Stmt>) -> Vec<Stmt> {
        let width = self.legal.graph.width(addr);
        let words = u64::from(shape.depth);
        let every_address_exists = width < 64 && 1u64 << width <= words;
        if every_address_exists || (inside.is_empty() && outside.is_empty()) {
            return inside;
        }
        let limit = Bits::from_u64(width, words);
        if let Some(fixed) = self.legal.graph.constant(addr) {
            let exists = crate::bitwise::small(fixed).is_some_and(|a| a < words);
            return if exists { inside } else { outside };
        }
        let cond = Expr::binary(BinOp::Lt, self.legal.inner(addr), Expr::lit(limit));
        vec![test(cond, inside, outside)]
    }

    fn instance(&self, i: usize) -> Item {
        let id = InstId::new(i);
        let module = self.lowered.module.insts[id].module;
        let pin = |&(port, pin): &(_, Pin)| {
            let value = match pin {
                Pin::In(v) => self.legal.inner(v),
                Pin::Out(sig) => Expr::Ref(sig),
            };
            (self.interface.port(module, port).to_owned(), value)
        };
        Item::Instance(id, self.lowered.insts[i].pins.iter().map(pin).collect())
    }
}

fn disables(lowered: &mut Lowered) -> Vec<(Disable, String)> {
    let mut found: Vec<Disable> = Vec::new();
    if !lowered.props.is_empty() {
        found.extend(lowered.module.props.values().filter_map(|p| p.disable));
        found.sort_by_key(|d| d.port);
        found.dedup();
    }
    let single = found.len() == 1;
    let name = |disable: Disable| {
        let port = &lowered.module.ports[disable.port].name;
        let name = if single { "in_reset".to_string() } else { format!("in_{port}") };
        (disable, lowered.names.claim(&name))
    };
    found.into_iter().map(name).collect()
}

fn assigns(stmts: &[Stmt], sig: SigId) -> bool {
    stmts.iter().any(|stmt| match stmt {
        Stmt::Assign(to, _) | Stmt::Table { to, .. } => *to == sig,
        Stmt::If { then, otherwise, .. } => assigns(then, sig) || assigns(otherwise, sig),
        _ => false,
    })
}

fn has_lanes(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|stmt| match stmt {
        Stmt::WriteLanes { .. } | Stmt::ForwardLanes { .. } => true,
        Stmt::If { then, otherwise, .. } => has_lanes(then) || has_lanes(otherwise),
        _ => false,
    })
}

/// `if (cond) then else otherwise`; two tests that only guard one thing are one test.
fn test(cond: Expr, mut then: Vec<Stmt>, otherwise: Vec<Stmt>) -> Stmt {
    if !otherwise.is_empty() || then.len() != 1 {
        return Stmt::If { cond, then, otherwise };
    }
    match then.pop() {
        Some(Stmt::If { cond: inner, then, otherwise }) if otherwise.is_empty() => {
            Stmt::If { cond: Expr::binary(BinOp::LogicAnd, cond, inner), then, otherwise }
        }
        last => Stmt::If { cond, then: last.into_iter().collect(), otherwise },
    }
}

/// Whether a signal is an output port.
pub fn is_output(signal: &Signal) -> bool {
    signal.kind == Kind::Port(Dir::Output)
}
