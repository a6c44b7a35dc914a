//! Clock crossings over the whole design without hierarchy (E0020, E0021, E0022).
//!
//! Every value belongs to the domains of the registers, memory ports and inputs it is computed from; a
//! gated clock is in the domain of its clock, and the enable of the gate must be. A value of another
//! domain may arrive
//!
//! - at a flop of a synchroniser ([`Reg::sync`](crate::Reg::sync)): straight from one register or input,
//!   without logic between but a synchronous reset, and under no enable but one of its own domain; its
//!   value goes to the next such flop and nowhere else; one bit wide, or a Gray counter; once per
//!   register or input and domain, for two synchronisers may disagree for a cycle (the bits
//!   of an input that belongs to no clock may be told apart: they do not change together);
//! - at a register that loads under an enable that depends on a synchroniser of that other domain, from
//!   registers that load under an enable that depends on a synchroniser of this one: a handshake keeps
//!   them still;
//! - at the read data of a memory of two clocks, when each side's enable depends on a synchroniser of
//!   the other: its pointers keep them apart.
//!
//! An enable that is the constant 0 lets nothing cross. The test enable of a clock gate may come from
//! anywhere, also as the `test` of `test ? test : x`, which the pass `lower_gate` makes of it.
//!
//! A reset is used in its own domain, or by synchronisers. Outputs of the top and inputs of black boxes keep
//! to the clock that they are declared with. A design whose top has one clock has no
//! crossing, and is not looked at.

mod flat;
mod gray;
mod walk;

use super::Paths;
use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::module::{Design, InstId, Mem, MemPort, Node, Op, Port, PortId, PortKind};
use flat::{Domains, Flat, Part, Place, RegKey, Straight};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use walk::{Source, Walk};

/// A value of one domain that arrives in another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crossing {
    /// The register, memory or input it comes from, by instance path from the top module's name.
    pub from: String,
    /// The register that takes it; of a memory, the memory, for its read data.
    pub to: String,
    /// Its bits.
    pub width: u32,
    /// What makes it safe.
    pub kind: CrossingKind,
    /// The clock ports of the top on both sides; `None` for an input that belongs to no clock.
    pub clocks: [Option<PortId>; 2],
}

/// What makes a [`Crossing`] safe.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CrossingKind {
    /// One bit arrives at a synchroniser.
    Level,
    /// A counter of several bits, of which one changes at a time, arrives at a synchroniser.
    Gray,
    /// A handshake keeps the value still while it is taken.
    Held,
    /// Pointers keep the side of a memory that writes from the one that reads.
    Memory,
    /// An asynchronous reset arrives at a reset synchroniser.
    Reset,
}

/// Reports crossings that are not made safe.
pub(super) fn run(design: &Design, _: &Paths) -> Vec<Diagnostic> {
    if !has_domains(design) {
        return Vec::new();
    }
    let flat = Flat::new(design);
    let mut check = Check::new(&flat);
    check.run();
    let mut seen = HashSet::new();
    check.found.retain(|d| seen.insert((d.code, d.at, d.message.clone())));
    check.found
}

/// All crossings of a checked design, in the order of its registers.
pub fn crossings(design: &Design) -> Vec<Crossing> {
    if !has_domains(design) {
        return Vec::new();
    }
    let flat = Flat::new(design);
    let mut check = Check::new(&flat);
    check.run();
    check.crossings
}

/// Whether the top has several clocks.
fn has_domains(design: &Design) -> bool {
    let top = design.modules.values().next_back();
    let clocks = |m: &crate::module::Module| {
        m.ports.values().filter(|p| p.kind == PortKind::Clock).count() > 1
    };
    top.is_some_and(clocks)
}

/// Some bits of a source and the flop that takes them.
type Take = (Range<u32>, RegKey);

struct Check<'f, 'd> {
    flat: &'f Flat<'d>,
    walk: Walk<'f, 'd>,
    /// The first flops of synchronisers, with the register they take.
    synced: HashMap<RegKey, Option<RegKey>>,
    found: Vec<Diagnostic>,
    crossings: Vec<Crossing>,
}

impl<'f, 'd> Check<'f, 'd> {
    fn new(flat: &'f Flat<'d>) -> Self {
        let (found, crossings) = (Vec::new(), Vec::new());
        let walk = Walk::new(flat);
        Check { flat, walk, synced: HashMap::new(), found, crossings }
    }

    fn run(&mut self) {
        let flat = self.flat;
        for key in flat.regs().filter(|&key| flat.reg(key).sync) {
            self.first_flop(key);
        }
        self.resets();
        self.second_flops();
        self.only_once();
        flat.regs().for_each(|key| self.register(key));
        for inst in flat.instances() {
            flat.module(inst).mems.values().for_each(|mem| self.memory(inst, mem));
            flat.module(inst).insts.keys().for_each(|id| self.black_box(inst, id));
            flat.module(inst).nodes.values().for_each(|node| self.clock_gate(inst, node));
        }
        flat.module(0).ports.values().for_each(|port| self.output(port));
    }

    fn report(&mut self, code: Code, at: RegKey, message: String, from: Option<(String, Loc)>) {
        let place = self.flat.reg(at).at;
        self.report_at(code, at.inst, place, message, from);
    }

    fn report_at(
        &mut self,
        code: Code,
        inst: u32,
        at: Loc,
        message: String,
        from: Option<(String, Loc)>,
    ) {
        let note = |(name, at): (String, Loc)| (format!("`{name}` is declared here"), Some(at));
        let notes = from.into_iter().map(note).collect();
        let path = self.flat.path(inst).to_string();
        self.found.push(Diagnostic { code, message, at, notes, path });
    }

    fn name(&self, key: RegKey) -> String {
        format!("{}.{}", self.flat.path(key.inst), self.flat.reg(key).name)
    }

    /// The next value of a register; that of a synchroniser without a reset of its own domain.
    fn next(&mut self, key: RegKey) -> Option<Place> {
        let (flat, next) = (self.flat, self.flat.next(key)?);
        let Some((reset, inner)) = flat.reset_mux(next).filter(|_| flat.reg(key).sync) else {
            return Some(next);
        };
        let foreign = self.walk.port_domains(key.inst, reset.port) & !flat.reg_domain(key);
        Some(if foreign == 0 { inner } else { next })
    }

    fn enable(&self, key: RegKey) -> Option<Place> {
        self.flat.reg(key).enable.map(|node| Place { inst: key.inst, node })
    }

    /// The enable of a register where it is of another domain.
    fn foreign_enable(&mut self, key: RegKey) -> Option<Place> {
        let own = self.flat.reg_domain(key);
        self.enable(key).filter(|&enable| self.walk.domains(enable) & !own != 0)
    }

    /// A flop marked as synchroniser: if it takes a foreign value, notes and checks it.
    fn first_flop(&mut self, key: RegKey) {
        let (flat, Some(next)) = (self.flat, self.next(key)) else { return };
        let own = flat.reg_domain(key);
        let enable = self.foreign_enable(key);
        if self.walk.domains(next) & !own == 0 {
            return enable.into_iter().for_each(|enable| self.loads_when_told(key, enable));
        }
        let (reg, from) = (flat.reg(key), flat.direct(next));
        self.synced.insert(key, from);
        let (name, width) = (reg.name.clone(), reg.ty.width);
        let source = from.map(|f| (flat.reg(f).name.clone(), flat.reg(f).at));
        if enable.is_some() || flat.straight(next).is_none() {
            let message = format!(
                "synchroniser `{name}` takes another domain's value through logic or under an enable \
                 of another domain, which may glitch; put a register of that domain before it"
            );
            self.report(Code::Synchroniser, key, message, source.clone());
        }
        let is_gray =
            || from.is_some_and(|f| flat.reg(f).ty.width == width && gray::is_gray(flat, f));
        if width > 1 && !is_gray() {
            let message = format!(
                "synchroniser `{name}` takes {width} bits that may change at once and arrive in \
                 different cycles; send a Gray counter, or use a handshake"
            );
            self.report(Code::Synchroniser, key, message, source);
        }
        let from = match from {
            Some(from) => self.name(from),
            None => self.walk.source_name(next),
        };
        let to = self.name(key);
        let kind = if width == 1 { CrossingKind::Level } else { CrossingKind::Gray };
        let foreign = self.walk.domains(next) & !own;
        self.cross(kind, [from, to], width, [foreign, own]);
    }

    /// A flop marked as synchroniser that takes a value of its own domain when another domain says so.
    fn loads_when_told(&mut self, key: RegKey, enable: Place) {
        let own = self.flat.reg_domain(key);
        let message = format!(
            "synchroniser `{}` loads under an enable of another clock domain, which may change near an \
             edge; let it take that value, and use what its second flop holds as the enable",
            self.flat.reg(key).name
        );
        let source = self.declared(enable, own);
        self.report(Code::Synchroniser, key, message, source);
    }

    /// The first thing outside of domain `own` that `at` is computed from, for a note.
    fn declared(&self, at: Place, own: Domains) -> Option<(String, Loc)> {
        self.walk.sources(at, own).first().map(|source| self.walk.declared(source))
    }

    /// What domains are called in messages.
    fn domain_name(&self, domains: Domains) -> String {
        match self.flat.clock_port(domains) {
            Some(port) => format!("`{}`", self.flat.module(0).ports[port].name),
            None => "no clock".to_string(),
        }
    }

    /// Reports the operators behind `at` in which values of several domains meet, each once; returns
    /// whether there are any.
    fn mixtures(&mut self, at: Place) -> bool {
        let mut any = false;
        for at in self.walk.meetings(at) {
            let place = self.flat.module(at.inst).nodes[at.node].at;
            if place != Loc::NOWHERE {
                any = true;
                self.mixture(at, place);
            }
        }
        any
    }

    fn mixture(&mut self, at: Place, place: Loc) {
        let mut sources = self.walk.sources(at, 0);
        sources.sort_by_key(|source| source.domains);
        sources.dedup_by_key(|source| source.domains);
        let (mut names, mut notes) = (Vec::new(), Vec::new());
        for source in sources {
            let (name, declared) = self.walk.declared(&source);
            let clock = self.domain_name(source.domains);
            notes.push((format!("`{name}` of {clock} is declared here"), Some(declared)));
            names.push(clock);
        }
        let message = format!(
            "values of different clock domains meet here: {}; pass what comes from elsewhere through a \
             synchroniser first, or a handshake",
            names.join(" and ")
        );
        let path = self.flat.path(at.inst).to_string();
        self.found.push(Diagnostic { code: Code::Crossing, message, at: place, notes, path });
    }

    /// Notes a crossing from each of the domains `from` to that of `to`.
    fn cross(&mut self, kind: CrossingKind, names: [String; 2], width: u32, of: [Domains; 2]) {
        let [from, to] = names;
        for domain in (0..64).map(|n| 1 << n).filter(|domain| of[0] & domain != 0) {
            let clocks = [domain, of[1]].map(|domain| self.flat.clock_port(domain));
            let (from, to) = (from.clone(), to.clone());
            self.crossings.push(Crossing { from, to, width, kind, clocks });
        }
    }

    /// Notes the resets that arrive at reset synchronisers.
    fn resets(&mut self) {
        let flat = self.flat;
        for key in flat.regs() {
            if let Some(reset) = flat.reg(key).reset.as_ref().filter(|_| self.starts_reset(key)) {
                let (own, port) = (flat.reg_domain(key), reset.port);
                let foreign = self.walk.port_domains(key.inst, port) & !own;
                let names = [self.walk.port_name(key.inst, port), self.name(key)];
                self.cross(CrossingKind::Reset, names, 1, [foreign, own]);
            }
        }
    }

    /// The value of a first flop goes to a second one only.
    fn second_flops(&mut self) {
        let flat = self.flat;
        let mut second = HashSet::new();
        for key in flat.regs().filter(|&key| flat.reg(key).sync) {
            if self.foreign_enable(key).is_some() {
                continue;
            }
            let before = self.next(key).and_then(|next| flat.direct(next));
            if let Some(before) = before.filter(|b| flat.reg_domain(*b) == flat.reg_domain(key)) {
                second.insert(before);
            }
        }
        let read = self.walk.read_by_others();
        let mut firsts: Vec<RegKey> = self.synced.keys().copied().collect();
        firsts.extend(flat.regs().filter(|&key| self.starts_reset(key)));
        firsts.sort();
        firsts.dedup();
        for key in firsts {
            let name = flat.reg(key).name.clone();
            let problem = match (second.contains(&key), read.contains(&key)) {
                (true, false) => continue,
                (false, _) => "has one flop",
                (true, true) => "is read before its second flop",
            };
            let message = format!(
                "synchroniser `{name}` {problem}; what it holds may be undecided for a cycle, so its \
                 value goes to a second synchroniser flop, and from there on"
            );
            self.report(Code::Synchroniser, key, message, None);
        }
    }

    /// Whether a flop is the first of a reset synchroniser.
    fn starts_reset(&mut self, key: RegKey) -> bool {
        let (flat, own) = (self.flat, self.flat.reg_domain(key));
        let reg = flat.reg(key);
        let before = self.next(key).and_then(|next| flat.direct(next));
        let follows = before.is_some_and(|b| flat.reg(b).sync && flat.reg_domain(b) == own);
        let port = reg.reset.as_ref().filter(|r| r.kind.is_async()).map(|r| r.port);
        let foreign = |port| self.walk.port_domains(key.inst, port) & !own != 0;
        reg.sync && !follows && port.is_some_and(foreign)
    }

    /// Nothing is synchronised twice into one domain.
    fn only_once(&mut self) {
        let flat = self.flat;
        let mut taken: HashMap<(Straight, Domains), Vec<Take>> = HashMap::new();
        let mut firsts: Vec<RegKey> = self.synced.keys().copied().collect();
        firsts.sort();
        for to in firsts {
            let straight = self.next(to).and_then(|next| flat.straight(next));
            let Some(Part { of, bits, at_once }) = straight else { continue };
            let all = taken.entry((of, flat.reg_domain(to))).or_default();
            let meets = |other: &Range<u32>| other.start < bits.end && bits.start < other.end;
            let same = all.iter().find(|(other, _)| meets(other)).map(|(_, key)| *key);
            let apart = all.first().filter(|_| at_once).map(|(_, key)| *key);
            all.push((bits, to));
            match (same, apart) {
                (Some(other), _) => self.twice(of, other, to, true),
                (None, Some(other)) => self.twice(of, other, to, false),
                (None, None) => {}
            }
        }
    }

    /// Reports two synchronisers of `source`: of the same bits of it, or of others.
    fn twice(&mut self, source: Straight, first: RegKey, second: RegKey, same: bool) {
        let flat = self.flat;
        let (source, kind) = match source {
            Straight::Reg(key) => (&flat.reg(key).name, "register"),
            Straight::Port(inst, port) => (&flat.module(inst).ports[port].name, "port"),
        };
        let (other, name) = (flat.reg(first), &flat.reg(second).name);
        let message = if same {
            format!(
                "`{source}` is synchronised twice, by `{}` and `{name}`, which may differ for a cycle; \
                 synchronise it once and use that value",
                other.name
            )
        } else {
            format!(
                "bits of `{source}` are synchronised apart, by `{}` and `{name}`, and may arrive in \
                 different cycles; split the {kind} if they are independent, or use a handshake",
                other.name
            )
        };
        let first = Some((other.name.clone(), other.at));
        self.report(Code::Synchroniser, second, message, first);
    }

    /// A register that is no synchroniser, and the reset of any.
    fn register(&mut self, key: RegKey) {
        let (flat, own) = (self.flat, self.flat.reg_domain(key));
        let reg = flat.reg(key);
        if let Some(reset) = reg.reset.as_ref().filter(|r| !(reg.sync && r.kind.is_async())) {
            let foreign = self.walk.port_domains(key.inst, reset.port) & !own;
            if foreign != 0 {
                let name = &flat.module(key.inst).ports[reset.port].name;
                let message = format!(
                    "register `{}` is reset by `{name}` of another clock domain, so it may leave reset \
                     near an edge; pass the reset through a reset synchroniser",
                    reg.name
                );
                self.report(Code::ResetCrossing, key, message, None);
            }
        }
        if reg.sync {
            return;
        }
        let domains = |walk: &mut Walk, place: Option<Place>| place.map_or(0, |p| walk.domains(p));
        let (next, enable) = (self.next(key), self.enable(key));
        let foreign_enable = domains(&mut self.walk, enable) & !own;
        let foreign = domains(&mut self.walk, next) & !own;
        if foreign | foreign_enable == 0 {
            return;
        }
        let start = if foreign_enable != 0 { enable } else { next };
        let sources = start.map_or_else(Vec::new, |p| self.walk.sources(p, own));
        if foreign_enable == 0 && self.is_held(key, own, &sources) {
            for from in sources.iter().filter_map(|source| source.reg) {
                let (names, width) = ([from, key].map(|k| self.name(k)), flat.reg(from).ty.width);
                self.cross(CrossingKind::Held, names, width, [flat.reg_domain(from), own]);
            }
            return;
        }
        if start.is_some_and(|start| self.mixtures(start)) {
            return;
        }
        let Some(source) = sources.first() else { return };
        let from = self.walk.declared(source);
        let takes = if foreign_enable != 0 { "loads under" } else { "takes" };
        let message = format!(
            "register `{}` of {} {takes} `{}` of {}; use a synchroniser, or a handshake that keeps the \
             value still",
            reg.name,
            self.domain_name(own),
            from.0,
            self.domain_name(source.domains)
        );
        self.report(Code::Crossing, key, message, Some(from));
    }

    /// Whether a handshake keeps `sources` still while `key` loads them.
    fn is_held(&mut self, key: RegKey, own: Domains, sources: &[Source]) -> bool {
        let Some(enable) = self.enable(key) else { return false };
        sources.iter().all(|source| {
            let Some((from, hold)) = source.reg.and_then(|from| Some((from, self.enable(from)?)))
            else {
                return false;
            };
            let other = self.flat.reg_domain(from);
            self.walk.hears(enable, own, other, &self.synced)
                && self.walk.hears(hold, other, own, &self.synced)
        })
    }

    /// A port of the top: an output that belongs to a clock keeps to it.
    fn output(&mut self, port: &Port) {
        let (Some(clock), Some(node)) = (port.domain, port.driver) else { return };
        let (own, place) = (self.flat.clock(0, clock), Place { inst: 0, node });
        if self.walk.domains(place) & !own != 0 && !self.mixtures(place) {
            let clock = &self.flat.module(0).ports[clock].name;
            let message = format!(
                "output `{}` belongs to `{clock}` and gives a value of another clock domain; synchronise \
                 it first, or declare the output within that domain",
                port.name
            );
            let from = self.declared(place, own);
            self.report_at(Code::Crossing, 0, port.at, message, from);
        }
    }

    /// The inputs of a black box that belong to one of its clocks: what takes them is inside.
    fn black_box(&mut self, inst: u32, id: InstId) {
        let (flat, child) = (self.flat, self.flat.child(inst, id));
        let at = &flat.module(inst).insts[id];
        for &(port, node) in &at.inputs {
            let (place, domain) = (Place { inst, node }, flat.box_input(child, port));
            let Some(own) = domain.filter(|own| self.walk.domains(place) & !own != 0) else {
                continue;
            };
            if self.mixtures(place) {
                continue;
            }
            let port = &flat.module(child).ports[port];
            let message = format!(
                "input `{}` of `{}` takes a value of another clock domain; synchronise it first",
                port.name, at.name
            );
            let from = self.declared(place, own);
            let is_reset = port.kind == PortKind::Reset;
            let code = if is_reset { Code::ResetCrossing } else { Code::Crossing };
            self.report_at(code, inst, at.at, message, from);
        }
    }

    /// The enable of a clock gate keeps to the clock. A test enable does not change while it matters.
    fn clock_gate(&mut self, inst: u32, node: &Node) {
        let Op::ClockGate { clock, enable, .. } = node.op else { return };
        let (own, place) = (self.flat.clock(inst, clock), Place { inst, node: enable });
        if self.walk.domains(place) & !own != 0 {
            let message = format!(
                "the clock gate `{}` opens by a value of another clock domain, which may change near an \
                 edge; synchronise it first",
                node.name.as_deref().unwrap_or("without name")
            );
            let from = self.declared(place, own);
            self.report_at(Code::Crossing, inst, node.at, message, from);
        }
    }

    fn memory(&mut self, inst: u32, mem: &Mem) {
        let flat = self.flat;
        for port in &mem.ports {
            let own = flat.clock(inst, port.clock());
            let places = port.operands().into_iter().map(|node| Place { inst, node });
            let foreign: Vec<Place> =
                places.filter(|&place| self.walk.domains(place) & !own != 0).collect();
            if let Some(&place) = foreign.first().filter(|place| !self.mixtures(**place)) {
                let from = self.declared(place, own);
                let message = format!(
                    "a port of memory `{}` uses a value of another clock domain; synchronise it first",
                    mem.name
                );
                self.report_at(Code::Crossing, inst, mem.at, message, from);
            }
        }
        for (a, b) in pairs(&mem.ports) {
            let [x, y] = [a, b].map(|p| flat.clock(inst, p.clock()));
            let place = |p: &MemPort| Place { inst, node: p.enable() };
            if x == y || flat.is_zero(place(a)) || flat.is_zero(place(b)) {
                continue;
            }
            if self.walk.hears(place(a), x, y, &self.synced)
                && self.walk.hears(place(b), y, x, &self.synced)
            {
                let name = format!("{}.{}", flat.path(inst), mem.name);
                self.cross(CrossingKind::Memory, [name.clone(), name], mem.width, [x, y]);
            } else {
                let message = format!(
                    "memory `{}` is written in one clock domain and read in another, and no synchronised \
                     values keep the two apart; let both enables depend on synchronised pointers",
                    mem.name
                );
                self.report_at(Code::Crossing, inst, mem.at, message, None);
            }
        }
    }
}

/// Each port that writes with each that reads.
fn pairs(ports: &[MemPort]) -> impl Iterator<Item = (&MemPort, &MemPort)> {
    let writers = ports.iter().filter(|p| p.writes());
    writers.flat_map(|w| ports.iter().filter(|p| p.reads()).map(move |r| (w, r)))
}
