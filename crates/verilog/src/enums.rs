//! Named values: constants that are compared with, or assigned to, a labelled signal are written by name.
//!
//! This happens on the finished statements, so that nothing before depends on names. In Verilog only the names
//! that are written somewhere are declared: tools warn about parameters that nothing reads. In
//! SystemVerilog the whole list is a type, and a signal that takes nothing but variants of it is declared
//! with that type, so that waves show their names; one that also takes plain bits would need a cast, which
//! Icarus 11 and Yosys 0.23 do not read, and stays a vector.

use crate::ast::{BinOp, Expr, Item, Stmt};
use crate::graph::SigId;
use crate::lower::{Kind, Lowered, Signal};
use seedbed_ir::{Bits, Entity, Enum, EnumId};
use std::collections::{BTreeMap, HashSet};

/// A variant, by list and place in it.
pub type Label = (usize, usize);

/// The names of the constants that stand for variants.
pub type Labels = BTreeMap<Label, String>;

/// Lists that are types.
#[derive(Default)]
pub struct Types {
    /// Their names, by list.
    pub names: BTreeMap<usize, String>,
    /// The signals that are declared with the type of their list.
    pub signals: HashSet<SigId>,
}

/// The types of the lists that `labels` has names of, and who can have them. Completes `labels`: a type
/// has all of its variants. Lists of signed values are no types.
pub fn types(lowered: &mut Lowered, items: &[Item], labels: &mut Labels) -> Types {
    let mut types = Types::default();
    let lists: Vec<usize> = labels.keys().map(|&(list, _)| list).collect();
    for list in lists {
        let described = &lowered.module.enums[EnumId::new(list)];
        if described.ty.signed || types.names.contains_key(&list) {
            continue;
        }
        for variant in 0..described.variants.len() {
            let name = || lowered.names.claim(&constant_name(described, variant));
            labels.entry((list, variant)).or_insert_with(name);
        }
        let name = lowered.names.claim(&format!("{}_e", shout(&described.name).to_lowercase()));
        types.names.insert(list, name);
    }
    types.signals = takers_of_variants(lowered, items, &types.names);
    types
}

/// Registers and wires of these lists that get nothing but variants of their list, or copies of each
/// other.
fn takers_of_variants(
    lowered: &Lowered,
    items: &[Item],
    lists: &BTreeMap<usize, String>,
) -> HashSet<SigId> {
    // Ports are vectors, and what nothing assigns here comes from an instance.
    let mut signals = HashSet::new();
    let candidate = |sig: SigId| {
        let signal = lowered.signal(sig);
        let inside = matches!(signal.kind, Kind::Reg | Kind::Wire);
        inside && signal.labels.is_some_and(|list| lists.contains_key(&list.index()))
    };
    let assigned = |sig: SigId| candidate(sig).then_some(sig);
    for item in items {
        item.assignments(&mut |sig, _| signals.extend(assigned(sig)));
    }
    loop {
        let mut wrong = Vec::new();
        let mut look = |sig: SigId, value: Option<&Expr>| {
            let list = lowered.signal(sig).labels;
            let fits = list.zip(value).is_some_and(|(l, e)| is_variant(lowered, &signals, l, e));
            wrong.extend((!fits && signals.contains(&sig)).then_some(sig));
        };
        items.iter().for_each(|item| item.assignments(&mut look));
        if wrong.is_empty() {
            return signals;
        }
        signals.retain(|sig| !wrong.contains(sig));
    }
}

fn is_variant(lowered: &Lowered, typed: &HashSet<SigId>, list: EnumId, e: &Expr) -> bool {
    match e {
        Expr::Label((of, _)) => *of == list.index(),
        Expr::Ref(sig) => typed.contains(sig) && lowered.signal(*sig).labels == Some(list),
        Expr::Cond(_, a, b) => [a, b].iter().all(|e| is_variant(lowered, typed, list, e)),
        _ => false,
    }
}

/// The name wanted for a variant.
fn constant_name(list: &Enum, variant: usize) -> String {
    format!("{}_{}", shout(&list.name), shout(&list.variants[variant].0))
}

/// Replaces constants by names in `items`; gives the names, in the order of the lists.
pub fn name_constants(lowered: &mut Lowered, items: &mut [Item]) -> Labels {
    let mut namer = Namer { lowered, used: Labels::new() };
    items.iter_mut().for_each(|item| namer.item(item));
    let mut used = namer.used;
    for (&(list, variant), name) in &mut used {
        let list = &lowered.module.enums[EnumId::new(list)];
        *name = lowered.names.claim(&constant_name(list, variant));
    }
    used
}

/// `LoadWord` as `LOAD_WORD`.
fn shout(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
        before = c;
    }
    out
}

/// The only variant of `list` that `arms` leave out.
pub fn remaining<'l, 'e>(
    list: &'l Enum,
    list_id: usize,
    arms: impl Iterator<Item = &'e Expr> + Clone,
) -> Option<&'l str> {
    let listed = |variant: usize| {
        let label = (list_id, variant);
        arms.clone().any(|e| matches!(e, Expr::Label(l) if *l == label))
    };
    let mut rest = (0..list.variants.len()).filter(|&variant| !listed(variant));
    let last = rest.next()?;
    rest.next().is_none().then(|| list.variants[last].0.as_str())
}

struct Namer<'a, 'd> {
    lowered: &'a Lowered<'d>,
    used: Labels,
}

impl Namer<'_, '_> {
    fn labels(&self, sig: SigId) -> Option<EnumId> {
        let signal: &Signal = self.lowered.signal(sig);
        signal.labels
    }

    fn item(&mut self, item: &mut Item) {
        match item {
            Item::Wire(sig, e) | Item::Assign(sig, e) => self.assigned(*sig, e),
            Item::Always(always) => {
                always.reset.iter_mut().for_each(|(_, _, resets)| self.stmts(resets));
                self.stmts(&mut always.body);
            }
            Item::Initial(_) | Item::Select(_) => {}
            Item::Instance(_, pins) => pins.iter_mut().for_each(|(_, e)| self.compared(e)),
        }
    }

    fn stmts(&mut self, stmts: &mut [Stmt]) {
        stmts.iter_mut().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Assign(sig, e) => self.assigned(*sig, e),
            Stmt::Write { addr, data, .. } => {
                self.compared(addr);
                self.compared(data);
            }
            Stmt::WriteLanes { addr, .. } | Stmt::Table { addr, .. } => self.compared(addr),
            Stmt::ForwardLanes { .. } => {}
            Stmt::If { cond, then, otherwise } => {
                self.compared(cond);
                self.stmts(then);
                self.stmts(otherwise);
            }
            Stmt::Case { subject, arms, default } => {
                let labels = self.labels_of(subject);
                for (label, body) in arms {
                    labels.into_iter().for_each(|list| self.name(list, label));
                    self.stmts(body);
                }
                self.stmts(default);
            }
        }
    }

    /// The list whose variants `e` holds.
    fn labels_of(&self, e: &Expr) -> Option<EnumId> {
        match e {
            Expr::Ref(sig) => self.labels(*sig),
            _ => None,
        }
    }

    fn assigned(&mut self, sig: SigId, e: &mut Expr) {
        self.compared(e);
        if let Some(list) = self.labels(sig) {
            self.name(list, e);
        }
    }

    /// Names the constants that `e` may have as its value.
    fn name(&mut self, list: EnumId, e: &mut Expr) {
        match e {
            Expr::Lit { bits, .. } => {
                if let Some(variant) = self.variant(list, bits) {
                    let label = (list.index(), variant);
                    self.used.entry(label).or_default();
                    *e = Expr::Label(label);
                }
            }
            Expr::Cond(_, a, b) => {
                self.name(list, a);
                self.name(list, b);
            }
            _ => {}
        }
    }

    fn variant(&self, list: EnumId, bits: &Bits) -> Option<usize> {
        let variants = &self.lowered.module.enums[list].variants;
        variants.iter().position(|(_, value)| value == bits)
    }

    /// Names the constants in `e` that a labelled signal is compared with.
    fn compared(&mut self, e: &mut Expr) {
        if let Expr::Binary(BinOp::Eq | BinOp::Ne, a, b) = e {
            let labels = self.labels_of(a).or_else(|| self.labels_of(b));
            if let Some(list) = labels {
                self.name(list, a);
                self.name(list, b);
            }
        }
        e.parts_mut(&mut |part| self.compared(part));
    }
}

#[cfg(test)]
mod tests {
    use super::shout;

    #[test]
    fn names_of_constants_are_upper_case_with_underscores() {
        assert_eq!(shout("LoadWord"), "LOAD_WORD");
        assert_eq!(shout("idle"), "IDLE");
        assert_eq!(shout("Step_3b"), "STEP_3B");
        assert_eq!(shout("Q2Full"), "Q2_FULL");
    }
}
