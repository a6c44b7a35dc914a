//! Timing constraints (SDC) of the top module.

use crate::names::Interface;
use crate::resets::Resets;
use seedbed_ir::{Design, Dir, Port, PortId, PortKind};
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
/// `set_output_delay` for data ports, `set_false_path` from each reset port of asynchronous resets only
/// (their release is synchronised outside). A design without a module has none.
///
/// A port of a module with several clocks is constrained against the clock of its domain, or against the
/// first where it has none.
pub fn sdc(design: &Design, timing: Timing) -> String {
    let interface = Interface::new(design);
    let Some((id, module)) = design.modules.iter().last() else { return String::new() };
    let name = |port: PortId| interface.port(id, port);
    let clocks = module.ports.iter().filter(|(_, p)| p.kind == PortKind::Clock);
    let clocks: Vec<&str> = clocks.map(|(port, _)| name(port)).collect();
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
    let resets = Resets::new(design, true);
    let free = |port: PortId| {
        let is_reset = module.ports[port].kind == PortKind::Reset;
        is_reset && resets.of(id, port).iter().all(|kind| kind.is_async())
    };
    for reset in module.ports.keys().filter(|&port| free(port)).map(name) {
        let _ = writeln!(out, "set_false_path -from [get_ports {{{reset}}}]");
    }
    let delay = timing.period * timing.outside;
    let timed = |&(id, port): &(PortId, &Port)| port.kind != PortKind::Clock && !free(id);
    for (id, port) in module.ports.iter().filter(timed) {
        let Some(clock) = port.domain.map(name).or(clocks.first().copied()) else { continue };
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
