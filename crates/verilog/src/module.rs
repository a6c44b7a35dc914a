//! A whole module as text.

use crate::ast::{Always, Expr, Item, Select, Stmt};
use crate::body::Body;
use crate::declare::aligned_types;
use crate::enums::{remaining, Label};
use crate::graph::SigId;
use crate::lower::Signal;
use crate::names::Interface;
use crate::notes::PortNotes;
use crate::print::{fill, flat, layout, Scope, COLUMNS};
use crate::resets::Resets;
use crate::unused::{unused, Unused};
use crate::Options;
use seedbed_ir::{Bits, Dir, Entity, Loc, MemId, ModuleId};
use std::fmt::Write;

/// From this many instances on, connections are packed into full lines.
const MANY_INSTANCES: usize = 16;

/// Prints a module with its header.
pub fn print(
    body: &Body,
    interface: &Interface,
    resets: &Resets,
    id: ModuleId,
    options: &Options,
) -> String {
    let mut printer = Printer { body, interface, options, out: header(options) };
    printer.ports(interface.module(id), &PortNotes::new(body, id, resets));
    let unused = unused(body);
    printer.constants();
    printer.declarations(&unused);
    printer.items();
    printer.unused(&unused);
    printer.properties();
    printer.out.push_str("\nendmodule\n");
    printer.out
}

/// The comment at the head of a file.
pub(crate) fn header(options: &Options) -> String {
    let lines = options.header.iter().flat_map(|text| text.lines()).map(comment_line);
    let lines: String = lines.map(|line| line + "\n").collect();
    if lines.is_empty() {
        lines
    } else {
        lines + "\n"
    }
}

/// `text` as a comment.
fn comment_line(text: &str) -> String {
    format!("// {}", comment_text(text)).trim_end().to_string()
}

impl Scope for Body<'_> {
    fn signal(&self, sig: SigId) -> &str {
        &self.lowered.signals[sig.index()].name
    }

    fn memory(&self, mem: MemId) -> &str {
        &self.lowered.mems[mem.index()].name
    }

    fn label(&self, label: Label) -> &str {
        &self.constants[&label]
    }
}

pub(crate) struct Printer<'a, 'd> {
    pub(crate) body: &'a Body<'d>,
    pub(crate) interface: &'a Interface,
    pub(crate) options: &'a Options,
    pub(crate) out: String,
}

impl<'d> Printer<'_, 'd> {
    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        let _ = writeln!(self.out, "{:indent$}{}", "", text);
    }

    pub(crate) fn comment(&mut self, indent: usize, text: &str) {
        self.line(indent, &comment_line(text));
    }

    /// The lines of what a user wrote, as comments.
    pub(crate) fn comments(&mut self, indent: usize, text: &str) {
        text.lines().for_each(|line| self.comment(indent, line));
    }

    /// `  // (file:line)` when wanted.
    pub(crate) fn locator(&self, at: Option<Loc>) -> String {
        match at.filter(|_| self.options.locators) {
            Some(at) => format!("  // ({}:{})", at.file, at.line),
            None => String::new(),
        }
    }

    pub(crate) fn signal(&self, sig: SigId) -> &Signal<'d> {
        self.body.lowered.signal(sig)
    }

    fn ports(&mut self, name: &str, notes: &PortNotes) {
        let module = self.body.lowered.module;
        notes.rest.iter().for_each(|line| self.comment(0, line));
        if module.ports.is_empty() {
            return self.line(0, &format!("module {name} ();"));
        }
        self.line(0, &format!("module {name} ("));
        let types = aligned_types(module.ports.values().map(|p| p.ty));
        let last = module.ports.len() - 1;
        let declare = |(i, p): (usize, &seedbed_ir::Port)| {
            let dir = if p.dir == Dir::Input { "input  " } else { "output " };
            let dir = format!("{dir}{}", self.options.dialect.port());
            let comma = if i == last { "" } else { "," };
            format!("{dir}{} {}{comma}", types[i], self.body.lowered.signals[i].name)
        };
        let lines: Vec<String> = module.ports.values().enumerate().map(declare).collect();
        let text_width = lines.iter().map(String::len).max().unwrap_or(0);
        for (i, line) in lines.iter().enumerate() {
            let locator = self.locator(self.body.lowered.signals[i].at);
            let note = match (&notes.ports[i], locator.is_empty()) {
                (Some(note), true) => format!("  // {}", comment_text(note)),
                (Some(note), false) => format!("  // {} {}", comment_text(note), &locator[5..]),
                (None, _) => locator,
            };
            self.line(4, format!("{line:<text_width$}{note}").trim_end());
        }
        self.line(0, ");");
    }

    fn items(&mut self) {
        let mut last = None;
        for item in &self.body.items {
            let kind = std::mem::discriminant(item);
            let packed = matches!(item, Item::Instance(..)) && self.is_packed();
            let block = matches!(item, Item::Always(_) | Item::Select(_) | Item::Instance(..));
            let joins = !block || packed;
            if last != Some(kind) || !joins {
                self.out.push('\n');
            }
            last = Some(kind);
            self.item(item);
        }
    }

    pub(crate) fn is_packed(&self) -> bool {
        self.body.lowered.insts.len() >= MANY_INSTANCES
    }

    pub(crate) fn item(&mut self, item: &Item) {
        match item {
            Item::Wire(sig, value) => {
                let signal = self.signal(*sig);
                let ty = match self.named_type(*sig) {
                    Some(name) => format!(" {name}"),
                    None => aligned_types([signal.ty].into_iter()).concat(),
                };
                let lead = format!("wire{ty} {} = ", signal.name);
                let locator = self.locator(self.signal(*sig).at);
                self.comments(2, signal.comment);
                self.assignment(2, &lead, value, &locator);
            }
            Item::Assign(sig, value) => {
                let lead = format!("assign {} = ", self.signal(*sig).name);
                self.assignment(2, &lead, value, "");
            }
            Item::Always(always) => self.always(always),
            Item::Select(select) => self.select(select),
            Item::Initial(mem) => self.initial(*mem),
            Item::Instance(id, pins) => self.instance(*id, pins),
        }
    }

    fn select(&mut self, select: &Select) {
        let declared = select.targets.iter().filter(|(_, here)| *here);
        for &(sig, _) in declared {
            let signal = self.signal(sig);
            let ty = match self.named_type(sig) {
                Some(name) => name.to_string(),
                None => {
                    let net = self.options.dialect.net();
                    net.to_string() + &aligned_types([signal.ty].into_iter()).concat()
                }
            };
            let text = format!("{ty} {};{}", signal.name, self.locator(signal.at));
            self.comments(2, self.signal(sig).comment);
            self.line(2, &text);
        }
        self.line(2, "always_comb begin");
        self.line(4, &format!("case ({})", self.signal(select.subject).name));
        let subject = Expr::Ref(select.subject);
        let labels = select.arms.iter().map(|(label, _)| label);
        let rest = self.remaining(&subject, labels).map(|name| format!("  // {name}"));
        for (label, values) in &select.arms {
            self.values(&flat(self.body, label), "", &select.targets, values);
        }
        self.values("default", &rest.unwrap_or_default(), &select.targets, &select.default);
        self.line(4, "endcase");
        self.line(2, "end");
    }

    /// An arm of a combinational block.
    fn values(&mut self, label: &str, remark: &str, to: &[(SigId, bool)], values: &[Expr]) {
        self.line(6, &format!("{label}: begin{remark}"));
        for ((sig, _), value) in to.iter().zip(values) {
            let lead = format!("{} = ", self.signal(*sig).name);
            self.assignment(8, &lead, value, "");
        }
        self.line(6, "end");
    }

    /// `lead value;`, the value on lines of its own when it is long.
    fn assignment(&mut self, indent: usize, lead: &str, value: &Expr, end: &str) {
        let one_line = flat(self.body, value);
        if indent + lead.len() + one_line.len() < COLUMNS {
            return self.line(indent, &format!("{lead}{one_line};{end}"));
        }
        let below = indent + 4;
        if let Expr::Concat(_) = value {
            let column = indent + lead.len();
            let text = layout(self.body, value, column, below);
            return self.line(indent, &format!("{lead}{text};{end}"));
        }
        self.line(indent, lead.trim_end());
        let text = layout(self.body, value, below, below);
        self.line(below, &format!("{text};{end}"));
    }

    fn always(&mut self, always: &Always) {
        let clock = &self.signal(always.clock).name;
        let edge = match &always.reset {
            Some((reset, kind, _)) if kind.is_async() => {
                let edge = if kind.is_low() { "negedge" } else { "posedge" };
                format!("posedge {clock} or {edge} {}", self.signal(*reset).name)
            }
            _ => format!("posedge {clock}"),
        };
        let label = match &always.lanes {
            Some((block, _)) => format!(" : {block}"),
            None => String::new(),
        };
        let dialect = self.options.dialect;
        let contents = |mem: MemId| self.body.lowered.module.mems[mem].contents.is_some();
        let word = dialect.always(always.body.iter().any(|stmt| stmt.writes(&contents)));
        self.line(2, &format!("{word} @({edge}) begin{label}"));
        if let Some((_, lane)) =
            always.lanes.as_ref().filter(|_| dialect.loop_variable().is_empty())
        {
            self.line(4, &format!("integer {lane};"));
        }
        let lane = always.lanes.as_ref().map_or("", |(_, lane)| lane);
        match &always.reset {
            Some((reset, kind, resets)) => {
                let not = if kind.is_low() { "!" } else { "" };
                let cond = format!("{not}{}", self.signal(*reset).name);
                self.line(4, &format!("if ({cond}) begin"));
                self.stmts(6, resets, lane);
                self.otherwise(4, &always.body, lane);
            }
            None => self.stmts(4, &always.body, lane),
        }
        self.line(2, "end");
    }

    fn stmts(&mut self, indent: usize, stmts: &[Stmt], lane: &str) {
        stmts.iter().for_each(|s| self.stmt(indent, s, lane));
    }

    fn stmt(&mut self, indent: usize, stmt: &Stmt, lane: &str) {
        match stmt {
            Stmt::Assign(sig, value) => {
                let lead = format!("{} <= ", self.signal(*sig).name);
                self.assignment(indent, &lead, value, "");
            }
            Stmt::Write { mem, addr, data } => {
                let lead = format!("{}[{}] <= ", self.body.memory(*mem), flat(self.body, addr));
                self.assignment(indent, &lead, data, "");
            }
            Stmt::WriteLanes { mem, addr, data, mask } => {
                self.lanes(indent, (*mem, addr), *data, *mask, lane);
            }
            Stmt::ForwardLanes { mem, to, data, mask } => {
                let to = self.signal(*to).name.clone();
                self.each_lane(indent, *mem, &to, *data, *mask, lane);
            }
            Stmt::Table { mem, addr, to } => self.table(indent, *mem, addr, *to),
            Stmt::If { cond, then, otherwise } => {
                self.condition(indent, "if (", cond);
                self.stmts(indent + 2, then, lane);
                self.otherwise(indent, otherwise, lane);
            }
            Stmt::Case { subject, arms, default } => {
                self.line(indent, &format!("case ({})", flat(self.body, subject)));
                for (label, body) in arms {
                    let label = flat(self.body, label);
                    self.arm(indent + 2, &label, body, lane);
                }
                let labels = arms.iter().map(|(label, _)| label);
                let rest = self.remaining(subject, labels).filter(|_| !default.is_empty());
                self.arm_with(indent + 2, "default", rest, default, lane);
                self.line(indent, "endcase");
            }
        }
    }

    /// `if (cond) begin`, the condition broken when it is long.
    pub(crate) fn condition(&mut self, indent: usize, lead: &str, cond: &Expr) {
        let column = indent + lead.len();
        // Room for `) begin`.
        let text = layout(self.body, cond, column + 7, column);
        self.line(indent, &format!("{lead}{text}) begin"));
    }

    /// The `else` part of an `if` and its `end`.
    fn otherwise(&mut self, indent: usize, stmts: &[Stmt], lane: &str) {
        let mut rest = stmts;
        while let [Stmt::If { cond, then, otherwise }] = rest {
            self.condition(indent, "end else if (", cond);
            self.stmts(indent + 2, then, lane);
            rest = otherwise;
        }
        if !rest.is_empty() {
            self.line(indent, "end else begin");
            self.stmts(indent + 2, rest, lane);
        }
        self.line(indent, "end");
    }

    /// The variant of an enum that only the default of a `case` stands for.
    fn remaining<'e>(
        &self,
        subject: &Expr,
        arms: impl Iterator<Item = &'e Expr> + Clone,
    ) -> Option<String> {
        let Expr::Ref(sig) = subject else { return None };
        let id = self.signal(*sig).labels?;
        let list = &self.body.lowered.module.enums[id];
        remaining(list, id.index(), arms).map(str::to_owned)
    }

    fn arm(&mut self, indent: usize, label: &str, body: &[Stmt], lane: &str) {
        self.arm_with(indent, label, None, body, lane);
    }

    /// An arm, with a remark behind its label.
    fn arm_with(
        &mut self,
        indent: usize,
        label: &str,
        remark: Option<String>,
        body: &[Stmt],
        lane: &str,
    ) {
        if body.is_empty() {
            return self.line(indent, &format!("{label}: ;"));
        }
        let remark = remark.map_or(String::new(), |text| format!("  // {text}"));
        self.line(indent, &format!("{label}: begin{remark}"));
        self.stmts(indent + 2, body, lane);
        self.line(indent, "end");
    }

    /// The loop over the lanes of a masked write.
    fn lanes(&mut self, indent: usize, to: (MemId, &Expr), data: SigId, mask: SigId, lane: &str) {
        let word = format!("{}[{}]", self.body.memory(to.0), flat(self.body, to.1));
        self.each_lane(indent, to.0, &word, data, mask, lane);
    }

    /// `if (mask[lane]) to[lane] <= data[lane]` for all lanes of a word of `mem`.
    fn each_lane(
        &mut self,
        indent: usize,
        mem: MemId,
        to: &str,
        data: SigId,
        mask: SigId,
        lane: &str,
    ) {
        let mem = &self.body.lowered.module.mems[mem];
        let count = mem.width / mem.granule;
        let select = match mem.granule {
            1 => format!("[{lane}]"),
            bits => format!("[{lane} * {bits} +: {bits}]"),
        };
        let (data, mask) = (self.signal(data).name.clone(), self.signal(mask).name.clone());
        let int = self.options.dialect.loop_variable();
        let head = format!("for ({int}{lane} = 0; {lane} < {count}; {lane} = {lane} + 1) begin");
        self.line(indent, &head);
        self.line(indent + 2, &format!("if ({mask}[{lane}]) begin"));
        self.line(indent + 4, &format!("{to}{select} <= {data}{select};"));
        self.line(indent + 2, "end");
        self.line(indent, "end");
    }

    /// The words of a ROM; those that are zero are its default. Where all are, the first one is an arm
    /// nevertheless: Icarus 11 stops at a `case` that has a default alone.
    fn table(&mut self, indent: usize, mem: MemId, addr: &Expr, to: SigId) {
        let shape = &self.body.lowered.module.mems[mem];
        let to = self.signal(to).name.clone();
        let literal = |bits: &Bits| flat(self.body, &Expr::lit(bits.clone()));
        let width = u32::BITS - (shape.depth - 1).leading_zeros();
        let first = [Bits::zero(shape.width)];
        let words = || match &shape.contents {
            Some(words) if !words.is_empty() => words.iter().enumerate(),
            _ => first.iter().enumerate(),
        };
        let blank = words().all(|(_, word)| word.is_zero());
        let words = words().filter(|(i, word)| !word.is_zero() || blank && *i == 0);
        let arm = |(i, word): (usize, &Bits)| format!("{width}'d{i}: {to} <= {};", literal(word));
        let mut arms: Vec<String> = words.map(arm).collect();
        arms.push(format!("default: {to} <= {};", literal(&Bits::zero(shape.width))));
        self.line(indent, &format!("case ({})", flat(self.body, addr)));
        arms.iter().for_each(|arm| self.line(indent + 2, arm));
        self.line(indent, "endcase");
    }

    /// What a memory that is written holds at power-up.
    fn initial(&mut self, mem: MemId) {
        let name = self.body.memory(mem).to_owned();
        let words = self.body.lowered.module.mems[mem].contents.clone().unwrap_or_default();
        self.line(2, "initial begin");
        for (i, word) in words.into_iter().enumerate() {
            let lead = format!("{name}[{i}] = ");
            self.assignment(4, &lead, &Expr::lit(word), "");
        }
        self.line(2, "end");
    }

    fn unused(&mut self, unused: &Unused) {
        let words = unused.unread.iter().map(|&m| format!("{}[0]", self.body.memory(m)));
        let bits = unused.bits.iter().map(|e| flat(self.body, e));
        let all: Vec<String> = bits.chain(words).collect();
        if all.is_empty() {
            return;
        }
        let name = &self.body.unused_name;
        let lead = format!("wire {name} = &{{1'b0, ");
        let list = fill(&all, 2 + lead.len(), 6);
        self.out.push('\n');
        self.comment(2, "Received but not used.");
        self.line(2, &format!("{lead}{list}}};"));
    }
}

/// Words by which tools take a comment for an order.
const ORDERS: &str =
    "verilator verilog synopsys synthesis pragma cadence ambit exemplar xilinx altera \
                      translate_off translate_on lint_off lint_on coverage";

/// A comment that no tool can take for a pragma.
fn comment_text(text: &str) -> String {
    let first = text.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next();
    let is_order = |w: &str| ORDERS.split_whitespace().any(|o| o.eq_ignore_ascii_case(w));
    match first.filter(|w| is_order(w)) {
        Some(_) => format!("| {text}"),
        None => text.replace('\r', ""),
    }
}
