//! What the netlist can say and the emitter or the simulator cannot do (E0014).

use super::{each_module, Paths, Report};
use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::module::{Design, Op};

/// Reports what a reader of the netlist would get wrong.
pub(super) fn run(design: &Design, paths: &Paths) -> Vec<Diagnostic> {
    each_module(&design.modules, paths, |_, module, report| {
        for node in module.nodes.values() {
            if matches!(node.op, Op::ClockGate { .. }) {
                refuse(report, node.at, "a clock gate");
            }
        }
    })
}

fn refuse(report: &mut Report<'_>, at: Loc, what: &str) {
    report.add(Code::Parameter, at, format!("{what} is not supported; describe it otherwise"));
}
