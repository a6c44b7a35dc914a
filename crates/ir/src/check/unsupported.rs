//! What the netlist can say and the emitter or the simulator cannot do (E0014).

use super::{each_module, Paths, Report};
use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::module::{Design, Module, Op};

/// Reports what a reader of the netlist would get wrong.
pub(super) fn run(design: &Design, paths: &Paths) -> Vec<Diagnostic> {
    each_module(&design.modules, paths, |_, module, report| {
        for node in module.nodes.values() {
            if matches!(node.op, Op::ClockGate { .. }) {
                refuse(report, node.at, "a clock gate");
            }
        }
        if module.black_box.as_ref().is_some_and(|b| !b.parameters.is_empty()) {
            refuse(report, place(module), "a black box with parameters");
        }
    })
}

fn refuse(report: &mut Report<'_>, at: Loc, what: &str) {
    report.add(Code::Parameter, at, format!("{what} is not supported; describe it otherwise"));
}

fn place(module: &Module) -> Loc {
    module.ports.values().map(|p| p.at).next().unwrap_or(Loc::NOWHERE)
}
