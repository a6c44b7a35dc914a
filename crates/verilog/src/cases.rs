//! Chains of choices by one value, as `case` in an `always_comb` block.
//!
//! SystemVerilog only. An `always_comb` runs once at the start; the `always @(*)` of Verilog-2005 waits for
//! an input to change, and what is computed from constants alone would stay unknown in simulation.

use crate::ast::{BinOp, Expr, Item, Select};
use crate::graph::SigId;

/// Fewest labels: shorter chains read as well on two lines.
const FEWEST: usize = 3;

/// `items` with chains as blocks; neighbours that compare the same signal with the same labels share one.
pub fn cases(items: Vec<Item>) -> Vec<Item> {
    let mut out: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        let item = match item {
            Item::Wire(sig, e) => select(sig, true, e).unwrap_or_else(|e| Item::Wire(sig, e)),
            Item::Assign(sig, e) => select(sig, false, e).unwrap_or_else(|e| Item::Assign(sig, e)),
            other => other,
        };
        match (out.last_mut(), item) {
            (Some(Item::Select(before)), Item::Select(next)) if before.takes(&next) => {
                before.join(next);
            }
            (_, item) => out.push(item),
        }
    }
    out
}

/// The block that gives `sig` the value `e`, or `e` where it is no chain.
///
/// Icarus 11 has no selects of bits in such blocks: "all bits will be included" in what it waits for.
fn select(sig: SigId, declared: bool, e: Expr) -> Result<Item, Expr> {
    let Some(subject) = compared(&e).map(|(subject, _)| subject) else { return Err(e) };
    let mut labels: Vec<&Expr> = Vec::new();
    let mut rest = &e;
    while let (Some((_, label)), Expr::Cond(_, _, otherwise)) =
        (compared(rest).filter(|&(s, l)| s == subject && !labels.contains(&l)), rest)
    {
        labels.push(label);
        rest = otherwise;
    }
    let mut whole_signals = true;
    e.uses(&mut |_, range| whole_signals &= range.is_none());
    let count = labels.len();
    if count < FEWEST || !whole_signals {
        return Err(e);
    }
    let (mut arms, mut rest) = (Vec::with_capacity(count), e);
    while let (true, Expr::Cond(test, value, otherwise)) = (arms.len() < count, &mut rest) {
        if let Expr::Binary(_, _, label) = &mut **test {
            arms.push((take(label), vec![take(value)]));
        }
        rest = take(otherwise);
    }
    Ok(Item::Select(Select { subject, targets: vec![(sig, declared)], arms, default: vec![rest] }))
}

/// Moves an expression out of a place that is not read again.
fn take(e: &mut Expr) -> Expr {
    std::mem::replace(e, Expr::Plain(0))
}

/// The signal and the constant that a choice compares.
fn compared(e: &Expr) -> Option<(SigId, &Expr)> {
    let Expr::Cond(test, ..) = e else { return None };
    let Expr::Binary(BinOp::Eq, subject, label) = &**test else { return None };
    match (&**subject, &**label) {
        (Expr::Ref(sig), label @ (Expr::Lit { .. } | Expr::Label(_))) => Some((*sig, label)),
        _ => None,
    }
}

impl Select {
    /// Whether `next` decides alike and reads nothing that is assigned here.
    fn takes(&self, next: &Select) -> bool {
        let labels = |s: &Select| s.arms.iter().map(|(label, _)| label.clone()).collect::<Vec<_>>();
        let mut apart = true;
        let ours = |sig: SigId| self.targets.iter().any(|&(target, _)| target == sig);
        next.values().for_each(|e| e.uses(&mut |sig, _| apart &= !ours(sig)));
        self.subject == next.subject && apart && labels(self) == labels(next)
    }

    fn join(&mut self, next: Select) {
        self.targets.extend(next.targets);
        for ((_, values), (_, more)) in self.arms.iter_mut().zip(next.arms) {
            values.extend(more);
        }
        self.default.extend(next.default);
    }

    /// All values, of all signals.
    pub fn values(&self) -> impl Iterator<Item = &Expr> {
        self.arms.iter().flat_map(|(_, values)| values).chain(&self.default)
    }
}
