//! Declarations: types and constants of enums, registers, memories, wires that come early.

use crate::enums::Label;
use crate::graph::SigId;
use crate::literal::literal;
use crate::lower::Kind;
use crate::module::Printer;
use crate::print::Scope;
use crate::unused::Unused;
use seedbed_ir::{Entity, EnumId, Ty};

impl Printer<'_, '_> {
    /// Registers, memories, instance outputs and the few wires that must come early.
    pub(crate) fn declarations(&mut self, unused: &Unused) {
        let all = || (0..self.body.lowered.signals.len() as u32).map(SigId);
        let of = |kind: Kind| all().filter(|&s| self.signal(s).kind == kind).collect::<Vec<_>>();
        let (regs, pins) = (of(Kind::Reg), of(Kind::Pin));
        let early = all().filter(|s| {
            let signal = self.signal(*s);
            self.body.early.contains(s) || (signal.kind == Kind::Wire && signal.driver.is_none())
        });
        let early: Vec<SigId> = early.collect();
        let dialect = self.options.dialect;
        self.declare(dialect.register(), &regs);
        self.memories(unused);
        self.declare(dialect.net(), &pins);
        self.declare(dialect.net(), &early);
    }

    /// The names of the values of enums: types where they can be, else constants.
    pub(crate) fn constants(&mut self) {
        let body = self.body;
        let list = |label: Label| &body.lowered.module.enums[EnumId::new(label.0)];
        for (&id, name) in &body.types.names {
            self.enum_type(id, name);
        }
        let labels =
            body.constants.iter().filter(|(label, _)| !body.types.names.contains_key(&label.0));
        let labels: Vec<(&Label, &String)> = labels.collect();
        if !labels.is_empty() {
            self.out.push('\n');
        }
        let types = aligned_types(labels.iter().map(|(&label, _)| list(label).ty));
        let width = labels.iter().map(|(_, name)| name.len()).max().unwrap_or(0);
        for ((&label, name), ty) in labels.into_iter().zip(types) {
            let value = literal(&list(label).variants[label.1].1, false, false);
            let word = self.options.dialect.constant();
            self.line(2, &format!("{word}{ty} {name:<width$} = {value};"));
        }
    }

    /// An enum with all its variants.
    fn enum_type(&mut self, id: usize, name: &str) {
        let list = &self.body.lowered.module.enums[EnumId::new(id)];
        let names: Vec<&str> =
            (0..list.variants.len()).map(|variant| self.body.label((id, variant))).collect();
        let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
        let ty = aligned_types([list.ty].into_iter()).concat();
        self.out.push('\n');
        self.line(2, &format!("typedef enum logic{ty} {{"));
        for (variant, name) in names.iter().enumerate() {
            let value = literal(&list.variants[variant].1, false, false);
            let comma = if variant + 1 == names.len() { "" } else { "," };
            self.line(4, &format!("{name:<width$} = {value}{comma}"));
        }
        self.line(2, &format!("}} {name};"));
    }

    /// The type of an enum that `sig` is declared with.
    pub(crate) fn named_type(&self, sig: SigId) -> Option<&str> {
        let list = self.signal(sig).labels.filter(|_| self.body.types.signals.contains(&sig))?;
        Some(&self.body.types.names[&list.index()])
    }

    fn declare(&mut self, keyword: &str, sigs: &[SigId]) {
        if sigs.is_empty() {
            return;
        }
        self.out.push('\n');
        let ranges = aligned_types(sigs.iter().map(|&s| self.signal(s).ty));
        let whole = |(&sig, range): (&SigId, &String)| match self.named_type(sig) {
            Some(name) => name.to_string(),
            None => format!("{keyword}{range}"),
        };
        let types: Vec<String> = sigs.iter().zip(&ranges).map(whole).collect();
        let width = types.iter().map(String::len).max().unwrap_or(0);
        for (&sig, ty) in sigs.iter().zip(&types) {
            let locator = self.locator(self.signal(sig).at);
            self.comments(2, self.signal(sig).comment);
            let text = format!("{ty:<width$} {};{locator}", self.signal(sig).name);
            self.line(2, &text);
        }
    }

    fn memories(&mut self, unused: &Unused) {
        let mems = unused.present.iter().map(|&id| (id, &self.body.lowered.module.mems[id]));
        let mems: Vec<_> = mems.collect();
        let types = aligned_types(mems.iter().map(|(_, m)| Ty::uint(m.width)));
        if !mems.is_empty() {
            self.out.push('\n');
        }
        for ((id, mem), ty) in mems.into_iter().zip(types) {
            let locator = self.locator(Some(mem.at));
            self.comments(2, &mem.comment);
            let name = self.body.memory(id);
            let word = self.options.dialect.register();
            self.line(2, &format!("{word}{ty} {name} [0:{}];{locator}", mem.depth - 1));
        }
    }
}

/// The declared types before names, each with a leading space where it is not empty, in columns.
pub fn aligned_types(types: impl Iterator<Item = Ty>) -> Vec<String> {
    let range = |ty: &Ty| match ty.width {
        1 => String::new(),
        width => format!(" [{}:0]", width - 1),
    };
    let types: Vec<Ty> = types.collect();
    let width = types.iter().map(|t| range(t).len()).max().unwrap_or(0);
    let any_signed = types.iter().any(|t| t.signed);
    let text = |ty: &Ty| {
        let sign = match (any_signed, ty.signed) {
            (true, true) => " signed",
            (true, false) => "       ",
            (false, _) => "",
        };
        format!("{sign}{:>width$}", range(ty))
    };
    types.iter().map(text).collect()
}
