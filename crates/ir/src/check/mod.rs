//! Checks of a whole design, run before emission and simulation.
//!
//! | check | finds |
//! |---|---|
//! | `drivers` | outputs, wires, registers and inputs of instances that nobody drives (E0010) |
//! | `loops` | combinational loops, also through instances (E0012) |
//! | `cdc` | values and resets that reach another clock domain unprotected (E0020, E0021, E0022) |
//! | `names` | two things with one name, names that are no identifiers (E0013) |
//! | [`tape_out`] | what a design for tape-out cannot have (E0030); only on request |
//! | [`verify`] | broken invariants of the netlist: a bug of a builder or a pass (E0099) |
//!
//! The driver of anything is a single field, so "driven twice" cannot be stored; the builder reports it.

mod cdc;
mod drivers;
mod loops;
mod names;
mod tape_out;
mod verify;

use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::entity::{Arena, Entity};
use crate::module::{Design, Module, ModuleId};
pub use cdc::{crossings, Crossing, CrossingKind};
pub use names::CLOCK_GATE_CELL;
pub use tape_out::tape_out;
pub use verify::verify;

/// All mistakes of `design`, modules in order. An empty list means that the emitter and the simulator
/// accept it.
pub fn check(design: &Design) -> Vec<Diagnostic> {
    let paths = paths(design);
    let broken = verify::run(design, &paths);
    if !broken.is_empty() {
        // The other checks follow references, which only a verified netlist is known to have.
        return broken;
    }
    let mut found = names::run(design, &paths);
    found.extend(drivers::run(design, &paths));
    found.extend(loops::run(design, &paths));
    // What comes from where is known of a netlist without gaps and loops.
    if !found.iter().any(|d| matches!(d.code, Code::Undriven | Code::Loop)) {
        found.extend(cdc::run(design, &paths));
    }
    found
}

/// For each module, the instance path that leads to its first instance, from the top module's name.
type Paths = Vec<String>;

fn paths(design: &Design) -> Paths {
    let mut paths: Paths = design.modules.values().map(|m| m.name.clone()).collect();
    let mut known = vec![false; paths.len()];
    for (id, module) in design.modules.iter().collect::<Vec<_>>().into_iter().rev() {
        for inst in module.insts.values() {
            let child = inst.module.index();
            if child < id.index() && !std::mem::replace(&mut known[child], true) {
                paths[child] = format!("{}.{}", paths[id.index()], inst.name);
            }
        }
    }
    paths
}

/// The diagnostics of one module.
struct Report<'a> {
    path: &'a str,
    found: Vec<Diagnostic>,
}

impl Report<'_> {
    fn add(&mut self, code: Code, at: Loc, message: String) {
        self.add_with(code, at, message, Vec::new());
    }

    fn add_with(
        &mut self,
        code: Code,
        at: Loc,
        message: String,
        notes: Vec<(String, Option<Loc>)>,
    ) {
        self.found.push(Diagnostic { code, message, at, notes, path: self.path.to_string() });
    }
}

/// Runs `f` on every module and collects what it reports.
fn each_module(
    modules: &Arena<ModuleId, Module>,
    paths: &Paths,
    mut f: impl FnMut(ModuleId, &Module, &mut Report<'_>),
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, module) in modules.iter() {
        let mut report = Report { path: &paths[id.index()], found };
        f(id, module, &mut report);
        found = report.found;
    }
    found
}
