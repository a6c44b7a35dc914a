//! Instances as text.

use crate::ast::Expr;
use crate::module::Printer;
use crate::parameters;
use crate::print::{fill, flat, layout, COLUMNS};
use seedbed_ir::{Entity, InstId, Module};

impl Printer<'_, '_> {
    /// An instance on one line, or packed into full lines where there are many, or a line per pin.
    pub(crate) fn instance(&mut self, id: InstId, pins: &[(String, Expr)]) {
        let lowered = &self.body.lowered;
        let inst = &lowered.module.insts[id];
        let module = self.interface.module(inst.module);
        let name = &lowered.insts[id.index()].name;
        let values = parameters_of(lowered.child(id.index()), inst);
        let locator = self.locator(Some(inst.at));
        self.comments(2, &inst.comment);
        let all: Vec<String> =
            pins.iter().map(|(port, e)| format!(".{port}({})", flat(self.body, e))).collect();
        let mut head = match values.is_empty() {
            true => format!("{module} {name} ("),
            false => format!("{module} #({}) {name} (", aligned(&values, 0).join(", ")),
        };
        let one_line = format!("{head}{});{locator}", all.join(", "));
        if one_line.len() + 2 <= COLUMNS {
            return self.line(2, &one_line);
        }
        if !values.is_empty() {
            self.line(2, &format!("{module} #("));
            let width = values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            self.line(6, &aligned(&values, width).join(",\n      "));
            head = format!(") {name} (");
        }
        if self.is_packed() {
            return self.packed(&head, pins, &locator);
        }
        self.line(2, &head);
        let width = pins.iter().map(|(port, _)| port.len()).max().unwrap_or(0);
        for (i, (port, e)) in pins.iter().enumerate() {
            let lead = format!(".{port:<width$}(");
            let value = layout(self.body, e, 6 + lead.len() + 1, 6 + lead.len());
            let comma = if i + 1 == pins.len() { "" } else { "," };
            self.line(6, &format!("{lead}{value}){comma}"));
        }
        self.line(2, &format!(");{locator}"));
    }

    fn packed(&mut self, head: &str, pins: &[(String, Expr)], locator: &str) {
        let pin = |(port, e): &(String, Expr)| {
            let lead = format!(".{port}(");
            format!("{lead}{})", layout(self.body, e, 6 + lead.len() + 1, 6 + lead.len()))
        };
        let pins: Vec<String> = pins.iter().map(pin).collect();
        if pins.first().is_some_and(|pin| pin.contains('\n')) {
            self.line(2, head);
            return self.line(6, &format!("{});{locator}", fill(&pins, 6, 6)));
        }
        let packed = fill(&pins, 2 + head.len(), 6);
        self.line(2, &format!("{head}{packed});{locator}"));
    }
}

/// Names and values of the parameters of an instance of `child`.
fn parameters_of<'d>(child: &'d Module, inst: &'d seedbed_ir::Inst) -> Vec<(&'d str, String)> {
    let values = child.black_box.iter().flat_map(|black_box| black_box.values(inst));
    values.map(|(name, value)| (name, parameters::value(value))).collect()
}

/// `.NAME(value)` each, with names of `width` columns.
fn aligned(values: &[(&str, String)], width: usize) -> Vec<String> {
    values.iter().map(|(name, value)| format!(".{name:<width$}({value})")).collect()
}
