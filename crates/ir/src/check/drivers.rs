//! Everything that can be driven has a driver (E0010).

use super::{each_module, Paths, Report};
use crate::diagnostic::{Code, Diagnostic};
use crate::module::{Design, Dir, Inst, Module, PortId};

/// Reports what nobody drives.
pub(super) fn run(design: &Design, paths: &Paths) -> Vec<Diagnostic> {
    each_module(&design.modules, paths, |_, module, report| {
        if module.black_box.is_some() {
            return;
        }
        outputs(module, report);
        state(module, report);
        for inst in module.insts.values() {
            instance(design, inst, report);
        }
    })
}

fn outputs(module: &Module, report: &mut Report<'_>) {
    for port in module.ports.values() {
        if port.dir == Dir::Output && port.driver.is_none() {
            report.add(Code::Undriven, port.at, format!("output `{}` is never driven", port.name));
        }
    }
}

fn state(module: &Module, report: &mut Report<'_>) {
    for reg in module.regs.values().filter(|r| r.next.is_none()) {
        let message = format!("register `{}` is never assigned", reg.name);
        report.add(Code::Undriven, reg.at, message);
    }
    for wire in module.wires.values().filter(|w| w.driver.is_none()) {
        let message = format!("wire `{}` is never driven", wire.name);
        report.add(Code::Undriven, wire.at, message);
    }
}

fn instance(design: &Design, inst: &Inst, report: &mut Report<'_>) {
    let child = &design.modules[inst.module];
    let driven = |id: PortId| inst.inputs.iter().any(|(port, _)| *port == id);
    for (id, port) in child.ports.iter() {
        if port.dir == Dir::Input && !driven(id) {
            let message =
                format!("input `{}` of instance `{}` is never driven", port.name, inst.name);
            let notes = vec![("the port is declared here".to_string(), Some(port.at))];
            report.add_with(Code::Undriven, inst.at, message, notes);
        }
    }
}
