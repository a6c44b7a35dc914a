//! Timing constraints (SDC) of the top module.

use crate::names::Interface;
use crate::resets::Resets;
use seedbed_ir::check::{crossings, Crossing, CrossingKind};
use seedbed_ir::{Design, Dir, Module, ModuleId, Port, PortId, PortKind};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the constraints are made from, in nanoseconds.
#[derive(Clone, PartialEq, Debug)]
pub struct Timing {
    /// Period of every clock that has none of its own.
    pub period: f64,
    /// Periods of single clocks, by the names of their ports.
    pub periods: BTreeMap<String, f64>,
    /// The part of the period that the surroundings take before inputs arrive and after outputs leave.
    pub outside: f64,
    /// Whether bounds of crossings leave out the skew of the clocks, by the option `-datapath_only` of
    /// Vivado. Plain SDC has no word for it; between clocks of two trees other tools need one of their
    /// own too, or the skew counts.
    pub datapath_only: bool,
}

impl Timing {
    /// Clocks of `megahertz`; the surroundings take 40 % of the period.
    pub fn at(megahertz: f64) -> Self {
        let (period, periods) = (1000.0 / megahertz, BTreeMap::new());
        Timing { period, periods, outside: 0.4, datapath_only: false }
    }

    /// The clock at port `name` has `megahertz` of its own.
    pub fn clock(mut self, name: &str, megahertz: f64) -> Self {
        self.periods.insert(name.into(), 1000.0 / megahertz);
        self
    }

    fn period(&self, clock: &Port) -> f64 {
        self.periods.get(&clock.name).copied().unwrap_or(self.period)
    }
}

/// Constraints of the top module of `design`, in the commands that SDC readers share. A design without a
/// module has none.
///
/// | for | command |
/// |---|---|
/// | each clock port | `create_clock` |
/// | each pair of clocks with crossings, and direction | `set_max_delay` of the shorter period, `set_false_path -hold` |
/// | data ports, and resets that are not asynchronous | `set_input_delay`, `set_output_delay` against the clock of their domain |
/// | data ports of no clock, in a module with several | `set_false_path` |
/// | reset ports of asynchronous resets only (their release is synchronised outside) | `set_false_path -from` |
///
/// The crossings are those that the checks found and accepted ([`crossings`]); each is listed in a
/// comment. One bound per pair of clocks is right for every kind: the bits of a Gray pointer arrive
/// within one step of it, a held word and a word of a memory arrive before the synchroniser has announced
/// them, and a level or reset at a synchroniser is not delayed for nothing. It names clocks only, so it
/// is the same before and after synthesis, whatever a tool calls its registers, and it cannot match
/// nothing. There is no `set_clock_groups -asynchronous`: tools let it, like `set_false_path`, win over
/// `set_max_delay`, and a crossing without a bound may be as late as routing likes. Two clocks without
/// crossings have no path between them and no constraint.
pub fn sdc(design: &Design, timing: &Timing) -> String {
    let Some((id, top)) = design.modules.iter().last() else { return String::new() };
    let interface = Interface::new(design);
    let mut writer = Writer { interface, id, top, timing, out: String::new() };
    writer.clocks();
    writer.crossings(&crossings(design));
    writer.ports(&Resets::new(design, true));
    writer.out
}

struct Writer<'a> {
    interface: Interface,
    id: ModuleId,
    top: &'a Module,
    timing: &'a Timing,
    out: String,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }

    fn name(&self, port: PortId) -> &str {
        self.interface.port(self.id, port)
    }

    fn clock_ports(&self) -> Vec<PortId> {
        let clocks = self.top.ports.iter().filter(|(_, p)| p.kind == PortKind::Clock);
        clocks.map(|(port, _)| port).collect()
    }

    fn clocks(&mut self) {
        let head = format!("# Constraints of {}; times in ns.", self.interface.module(self.id));
        self.line(&head);
        for clock in self.clock_ports() {
            let (name, period) = (self.name(clock), self.timing.period(&self.top.ports[clock]));
            let text =
                format!("create_clock -name {name} -period {period:.3} [get_ports {{{name}}}]");
            self.line(&text);
        }
    }

    fn crossings(&mut self, all: &[Crossing]) {
        let clocks = self.clock_ports();
        let pairs = clocks.iter().flat_map(|&from| clocks.iter().map(move |&to| (from, to)));
        for (from, to) in pairs {
            let wanted = [Some(from), Some(to)];
            let these: Vec<&Crossing> = all.iter().filter(|c| c.clocks == wanted).collect();
            if !these.is_empty() {
                self.pair(from, to, &these);
            }
        }
        if !all.is_empty() {
            self.line("");
        }
    }

    /// The bound of what crosses from one clock to another.
    fn pair(&mut self, from: PortId, to: PortId, crossings: &[&Crossing]) {
        let [a, b] = [from, to].map(|clock| self.timing.period(&self.top.ports[clock]));
        let [from, to] = [from, to].map(|clock| self.name(clock).to_string());
        let _ = writeln!(self.out, "\n# From {from} to {to}, within the shorter period:");
        for Crossing { from, to, width, kind, .. } in crossings {
            let bits = if *width == 1 { "bit" } else { "bits" };
            self.line(&format!("#   {from} -> {to}, {width} {bits}, {}", word(*kind)));
        }
        let option = if self.timing.datapath_only { " -datapath_only" } else { "" };
        let ends = format!("-from [get_clocks {{{from}}}] -to [get_clocks {{{to}}}]");
        self.line(&format!("set_max_delay{option} {:.3} {ends}", a.min(b)));
        self.line(&format!("set_false_path -hold {ends}"));
    }

    fn ports(&mut self, resets: &Resets) {
        for (id, port) in self.top.ports.iter().filter(|(_, p)| p.kind != PortKind::Clock) {
            let text = self.port(id, port, resets);
            text.into_iter().for_each(|text| self.line(&text));
        }
    }

    /// The constraint of a port that is no clock; none for outputs of a module without clocks.
    fn port(&self, id: PortId, port: &Port, resets: &Resets) -> Option<String> {
        let bits = if port.ty.width == 1 { "" } else { "[*]" };
        let object = format!("[get_ports {{{}{bits}}}]", self.name(id));
        let (word, end) = match port.dir {
            Dir::Input => ("input", "from"),
            Dir::Output => ("output", "to"),
        };
        // A reset that resets no register here may be sampled: by logic, or in a black box.
        let kinds = resets.of(self.id, id);
        let free = port.kind == PortKind::Reset
            && !kinds.is_empty()
            && kinds.iter().all(|kind| kind.is_async());
        let clocks = self.clock_ports();
        let clock = match clocks[..] {
            [only] => Some(port.domain.unwrap_or(only)),
            _ => port.domain,
        };
        match clock.filter(|_| !free) {
            Some(clock) => {
                let delay = self.timing.period(&self.top.ports[clock]) * self.timing.outside;
                let clock = self.name(clock);
                Some(format!("set_{word}_delay {delay:.3} -clock {clock} {object}"))
            }
            None if free || !clocks.is_empty() => Some(format!("set_false_path -{end} {object}")),
            None => None,
        }
    }
}

fn word(kind: CrossingKind) -> &'static str {
    match kind {
        CrossingKind::Level => "to a synchroniser",
        CrossingKind::Gray => "a Gray counter to a synchroniser",
        CrossingKind::Held => "held still by a handshake",
        CrossingKind::Memory => "of a memory that pointers guard",
        CrossingKind::Reset => "a reset to a reset synchroniser",
    }
}
