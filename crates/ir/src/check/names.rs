//! Names are identifiers, and unique where Verilog needs it (E0013).

use super::{each_module, Paths, Report};
use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::module::{Design, Module, Op, Port};
use crate::name;
use std::collections::HashMap;

/// The module in Verilog that a clock gate is an instance of. A chip replaces it by a cell of its library.
pub const CLOCK_GATE_CELL: &str = "seedbed_clock_gate";

/// Reports names that clash or that Verilog does not accept.
pub(super) fn run(design: &Design, paths: &Paths) -> Vec<Diagnostic> {
    let mut modules = HashMap::new();
    each_module(&design.modules, paths, |_, module, report| {
        if let Some(problem) = name::problem(&module.name) {
            let message = format!("the module name `{}` {problem}", module.name);
            report.add(Code::Name, place(module), message);
        }
        if let Some(first) = modules.insert(module.name.clone(), place(module)) {
            let message = format!("two modules are called `{}`", module.name);
            let notes = vec![("the first has its ports here".to_string(), Some(first))];
            report.add_with(Code::Name, place(module), message, notes);
        }
        apart(module, report);
        inside(module, report);
        foreign(module, report);
        gates(module, report);
        if module.name == CLOCK_GATE_CELL {
            let message =
                format!("the module name `{CLOCK_GATE_CELL}` is that of the cell of clock gates");
            report.add(Code::Name, place(module), message);
        }
    })
}

/// The names by which Verilog knows a black box and its parameters.
fn foreign(module: &Module, report: &mut Report<'_>) {
    let Some(black_box) = &module.black_box else { return };
    let parameters = black_box.parameters.iter().map(|(name, _)| ("parameter", name));
    let verilog = black_box.verilog.iter().map(|name| ("Verilog", name));
    for (what, name) in verilog.chain(parameters) {
        if let Some(problem) = name::problem(name) {
            let message =
                format!("the {what} name `{name}` of black box `{}` {problem}", module.name);
            report.add(Code::Name, place(module), message);
        }
    }
}

/// A clock gate is an instance in Verilog, `u_` before its name.
fn gates(module: &Module, report: &mut Report<'_>) {
    let gates = module.nodes.values().filter(|node| matches!(node.op, Op::ClockGate { .. }));
    for gate in gates.filter_map(|node| node.name.as_ref()) {
        let cell = format!("u_{gate}");
        if let Some((_, at)) = module.names().find(|(name, _)| *name == cell) {
            let message = format!(
                "the name `{cell}` is that of the cell of the clock gate `{gate}`; take another"
            );
            report.add(Code::Name, at, message);
        }
    }
}

/// A module has no place of its own; its first port stands for it.
fn place(module: &Module) -> Loc {
    module.ports.values().map(|p| p.at).find(|at| at.line > 0).unwrap_or(Loc::NOWHERE)
}

/// Verilator calls the instance of the top by the name of the module, which its ports stand beside.
/// Black boxes are named elsewhere and are never the top.
fn apart(module: &Module, report: &mut Report<'_>) {
    let same = |port: &&Port| module.black_box.is_none() && port.name == module.name;
    for port in module.ports.values().filter(same) {
        let message = format!(
            "the port `{}` has the name of its module, which Verilator does not accept; \
             give one of them another name",
            port.name
        );
        report.add(Code::Name, port.at, message);
    }
}

fn inside(module: &Module, report: &mut Report<'_>) {
    let mut seen: HashMap<&str, Loc> = HashMap::new();
    for (name, at) in module.names() {
        if let Some(problem) = name::problem(name) {
            report.add(Code::Name, at, format!("the name `{name}` {problem}"));
        }
        if let Some(first) = seen.insert(name, at) {
            let notes = vec![("first used here".to_string(), Some(first))];
            let message = format!("the name `{name}` is used twice in this module");
            report.add_with(Code::Name, at, message, notes);
        }
    }
}
