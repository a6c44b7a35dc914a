//! Properties, in a guard at the end of a module.

use crate::ast::{BinOp, Expr};
use crate::module::Printer;
use crate::print::layout;
use crate::Properties;
use seedbed_ir::{Disable, Entity, PropId, PropKind, Property};

impl Printer<'_, '_> {
    /// The guarded end of a module; nothing without properties.
    pub(crate) fn properties(&mut self) {
        let (style, guard) = match self.options.properties {
            Properties::Concurrent => (Self::concurrent as fn(&mut Self, Check), "SVA"),
            Properties::Immediate => (Self::immediate as fn(&mut Self, Check), "FORMAL"),
            Properties::Omitted => return,
        };
        let body = self.body;
        if body.checks.is_empty() {
            return;
        }
        self.out.push_str(&format!("\n`ifdef {guard}\n"));
        for (disable, name) in &body.disables {
            let value = self.reset_is_on(disable);
            self.line(2, &format!("wire {name} = {value};"));
        }
        body.checked.iter().for_each(|item| self.item(item));
        for (i, (when, holds)) in body.checks.iter().enumerate() {
            let property = &body.lowered.module.props[PropId::new(i)];
            let name = &body.lowered.props[i].name;
            if i > 0 || !body.checked.is_empty() || !body.disables.is_empty() {
                self.out.push('\n');
            }
            if !property.message.is_empty() {
                property.message.lines().for_each(|line| self.comment(2, line));
            }
            style(self, Check { name, property, when: when.as_ref(), holds });
        }
        self.out.push_str("`endif\n");
    }

    /// ```text
    /// no_overflow: assert property (@(posedge clk) disable iff (in_reset)
    ///     push |-> !full) else $error("pushed while full");
    /// ```
    fn concurrent(&mut self, check: Check) {
        let Check { name, property, .. } = check;
        let word = property.kind.word();
        let clock = &self.signal(self.body.lowered.port(property.clock)).name;
        let disable = match &property.disable {
            Some(d) => format!(" disable iff ({})", self.in_reset(d)),
            None => String::new(),
        };
        let locator = self.locator(Some(property.at));
        self.line(2, &format!("{name}: {word} property (@(posedge {clock}){disable}{locator}"));
        let text = match (property.kind, check.when) {
            (PropKind::Cover, _) => self.expression(&check.both()),
            (_, None) => self.expression(check.holds),
            (_, Some(when)) => {
                format!("{} |-> {}", self.operand(when), self.operand(check.holds))
            }
        };
        let report = match (property.kind, property.message.is_empty()) {
            (PropKind::Cover, _) | (_, true) => String::new(),
            (_, false) => format!(" else $error(\"{}\")", string_text(&property.message)),
        };
        self.line(6, &format!("{text}){report};"));
    }

    /// ```text
    /// always @(posedge clk) begin
    ///   if (!in_reset && push) begin
    ///     no_overflow: assert (!full);
    ///   end
    /// end
    /// ```
    fn immediate(&mut self, check: Check) {
        let Check { name, property, when, holds } = check;
        let clock = &self.signal(self.body.lowered.port(property.clock)).name;
        self.line(2, &format!("always @(posedge {clock}) begin"));
        let running = property.disable.as_ref().map(|d| format!("!{}", self.in_reset(d)));
        let conditions: Vec<String> =
            running.into_iter().chain(when.map(|w| self.operand(w))).collect();
        let indent = if conditions.is_empty() { 4 } else { 6 };
        if !conditions.is_empty() {
            self.line(4, &format!("if ({}) begin", conditions.join(" && ")));
        }
        let locator = self.locator(Some(property.at));
        let text = self.expression(holds);
        self.line(indent, &format!("{name}: {} ({text});{locator}", property.kind.word()));
        if !conditions.is_empty() {
            self.line(4, "end");
        }
        self.line(2, "end");
    }

    fn expression(&self, e: &Expr) -> String {
        layout(self.body, e, 10, 10)
    }

    /// An expression that may stand beside `&&` and `|->`.
    fn operand(&self, e: &Expr) -> String {
        match e {
            Expr::Ref(_) | Expr::Part { .. } | Expr::Unary(..) => self.expression(e),
            _ => format!("({})", self.expression(e)),
        }
    }

    fn reset_is_on(&self, disable: &Disable) -> String {
        let name = &self.signal(self.body.lowered.port(disable.port)).name;
        if disable.kind.is_low() {
            format!("!{name}")
        } else {
            name.clone()
        }
    }

    /// The name of the wire that is 1 under this reset.
    fn in_reset(&self, disable: &Disable) -> &str {
        let found = self.body.disables.iter().find(|(d, _)| d == disable);
        found.map_or("", |(_, name)| name)
    }
}

/// A property with its expressions.
struct Check<'a> {
    name: &'a str,
    property: &'a Property,
    when: Option<&'a Expr>,
    holds: &'a Expr,
}

impl Check<'_> {
    /// `when && holds`.
    fn both(&self) -> Expr {
        match self.when {
            Some(when) => Expr::binary(BinOp::LogicAnd, when.clone(), self.holds.clone()),
            None => self.holds.clone(),
        }
    }
}

/// The inside of a string literal: one line of printable ASCII, no format specifications.
fn string_text(message: &str) -> String {
    let escape = |c: char| match c {
        '"' => "'".to_string(),
        '\\' => "/".to_string(),
        '%' => "%%".to_string(),
        ' '..='~' => c.to_string(),
        '\n' | '\t' => " ".to_string(),
        _ => "?".to_string(),
    };
    message.chars().map(escape).collect()
}
