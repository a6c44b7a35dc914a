//! What a design for tape-out cannot have (E0030).

use super::{each_module, paths};
use crate::diagnostic::{Code, Diagnostic};
use crate::module::Design;

/// The parts of a verified design that work in FPGAs only, at their instances.
pub fn tape_out(design: &Design) -> Vec<Diagnostic> {
    each_module(&design.modules, &paths(design), |_, module, report| {
        for inst in module.insts.values() {
            let child = &design.modules[inst.module];
            if child.black_box.as_ref().is_some_and(|b| b.fpga_only) {
                let message = format!(
                    "`{}` works in FPGAs only: its registers have no reset; a design for tape-out needs \
                     another part",
                    child.name
                );
                report.add(Code::Target, inst.at, message);
            }
        }
    })
}
