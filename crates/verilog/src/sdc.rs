//! Timing constraints (SDC) of the top module.

use crate::names::Interface;
use seedbed_ir::{Design, Dir, PortId, PortKind, ResetKind};
use std::fmt::Write;

/// What the constraints are made from, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Timing {
    /// Period of every clock.
    pub period: f64,
    /// The part of the period that the surroundings take before inputs arrive and after outputs leave.
    pub outside: f64,
}

impl Timing {
    /// A clock of `megahertz`; the surroundings take 40 % of its period.
    pub fn at(megahertz: f64) -> Self {
        Timing { period: 1000.0 / megahertz, outside: 0.4 }
    }
}

/// Constraints of the top module of `design`, in the commands that SDC readers share: `create_clock` for
/// each clock port, asynchronous clocks when there are several, `set_input_delay` and
/// `set_output_delay` for data ports, `set_false_path` from resets that are asynchronous (their release
/// is synchronised outside). A design without a module has none.
///
/// A port of a module with several clocks is constrained against the clock of its domain, or against the
/// first where it has none.
pub fn sdc(design: &Design, timing: Timing) -> String {
    let interface = Interface::new(design);
    let Some((id, module)) = design.modules.iter().last() else { return String::new() };
    let name = |port: PortId| interface.port(id, port);
    let of = |kind: PortKind| {
        let ports = module.ports.iter().filter(move |(_, p)| p.kind == kind);
        ports.map(|(port, _)| name(port)).collect::<Vec<_>>()
    };
    let clocks = of(PortKind::Clock);
    let mut out = format!("# Constraints of {}; times in ns.\n", interface.module(id));
    for clock in &clocks {
        let period = timing.period;
        let _ =
            writeln!(out, "create_clock -name {clock} -period {period:.3} [get_ports {{{clock}}}]");
    }
    if clocks.len() > 1 {
        let groups: String = clocks.iter().map(|clock| format!(" -group {{{clock}}}")).collect();
        let _ = writeln!(out, "set_clock_groups -asynchronous{groups}");
    }
    let asynchronous = is_asynchronous(design);
    for reset in of(PortKind::Reset).iter().filter(|_| asynchronous) {
        let _ = writeln!(out, "set_false_path -from [get_ports {{{reset}}}]");
    }
    let delay = timing.period * timing.outside;
    for (id, port) in module.ports.iter().filter(|(_, p)| p.kind != PortKind::Clock) {
        let clock = port.domain.map(name).or(clocks.first().copied());
        let free = port.kind == PortKind::Reset && asynchronous;
        let Some(clock) = clock.filter(|_| !free) else { continue };
        let direction = if port.dir == Dir::Input { "input" } else { "output" };
        let bits = if port.ty.width == 1 { "" } else { "[*]" };
        let _ = writeln!(
            out,
            "set_{direction}_delay {delay:.3} -clock {clock} [get_ports {{{}{bits}}}]",
            name(id)
        );
    }
    out
}

/// Whether resets are asynchronous: unless all registers of the design with a reset say otherwise.
fn is_asynchronous(design: &Design) -> bool {
    let regs = design.modules.values().flat_map(|module| module.regs.values());
    let resets = regs.filter_map(|reg| reg.reset.as_ref());
    let mut kinds = resets.map(|reset| reset.kind).peekable();
    kinds.peek().is_none() || kinds.any(ResetKind::is_async)
}
