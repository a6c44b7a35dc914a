//! Registers as `if`/`else` statements.
//!
//! The netlist gives a register an enable and a tree of multiplexers. A person writes decisions, so the
//! multiplexers at the root of the next value become statements again, and registers that decide
//! alike share one `always` block.

use crate::graph::{Bitwise, Graph, Node, Val};
use crate::lower::{Lowered, Register};
use crate::uses;
use seedbed_ir::{Entity, PortId, RegId, ResetKind};
use std::collections::HashMap;

/// What a register does at a clock edge.
#[derive(Clone, PartialEq, Debug)]
enum Tree {
    Hold,
    Assign(Val),
    If(Val, Box<Tree>, Box<Tree>),
}

/// A statement of a clocked block.
#[derive(Debug)]
pub enum Stmt {
    /// `reg <= value`
    Assign(RegId, Val),
    /// `if (cond) .. else ..`
    If { cond: Val, then: Vec<Stmt>, otherwise: Vec<Stmt> },
    /// `case (subject)` over distinct constants.
    Case { subject: Val, arms: Vec<(Val, Vec<Stmt>)>, default: Vec<Stmt> },
}

/// A clocked block: registers of one clock and one reset that decide alike.
#[derive(Debug)]
pub struct Block {
    /// The clock port.
    pub clock: PortId,
    /// The reset port and kind.
    pub reset: Option<(PortId, ResetKind)>,
    /// Its registers.
    pub regs: Vec<RegId>,
    /// The body, without reset.
    pub body: Vec<Stmt>,
}

/// Longest `else if` chain; the rest of a longer one stays an expression.
const CHAIN: u32 = 200;

/// What registers of one block have in common: clock, reset and first decision.
type Key = (PortId, Option<(PortId, ResetKind)>, Option<Val>);

/// The clocked blocks of a module.
pub fn blocks(lowered: &mut Lowered) -> Vec<Block> {
    let uses = uses::count(&lowered.graph, roots(lowered));
    let mut positions: HashMap<Key, usize> = HashMap::new();
    let mut groups: Vec<(Block, Vec<(RegId, Tree)>)> = Vec::new();
    for (id, reg) in lowered.module.regs.iter() {
        let register = &lowered.regs[id.index()];
        let own = lowered.graph.sig(register.sig, reg.ty.width);
        let tree = Update { graph: &mut lowered.graph, uses: &uses, own }.tree(register);
        let head = match &tree {
            Tree::If(cond, ..) => Some(*cond),
            _ => None,
        };
        let (clock, reset) = (reg.clock, reg.reset.as_ref().map(|r| (r.port, r.kind)));
        let at = *positions.entry((clock, reset, head)).or_insert_with(|| {
            groups.push((Block { clock, reset, regs: Vec::new(), body: Vec::new() }, Vec::new()));
            groups.len() - 1
        });
        groups[at].0.regs.push(id);
        groups[at].1.push((id, tree));
    }
    let body = |(block, trees)| Block { body: merge(&lowered.graph, trees), ..block };
    groups.into_iter().map(body).collect()
}

fn roots(lowered: &Lowered) -> Vec<Val> {
    let regs = lowered.regs.iter().flat_map(|r| r.enable.into_iter().chain(r.next));
    let wires = lowered.signals.iter().filter_map(|s| s.driver);
    regs.chain(wires).collect()
}

struct Update<'g> {
    graph: &'g mut Graph,
    uses: &'g [u32],
    /// The value of the register itself.
    own: Val,
}

impl Update<'_> {
    fn tree(&mut self, reg: &Register) -> Tree {
        let Some(next) = reg.next else { return Tree::Assign(self.own) };
        let plain = if self.is_short_choice(next) {
            Tree::Assign(next)
        } else {
            self.decisions(next, CHAIN)
        };
        let tree = match reg.enable {
            None => plain,
            Some(enable) => {
                let terms = self.or_terms(enable);
                self.guard(plain, &terms)
            }
        };
        // A block needs some statement: a register that never changes keeps its value explicitly.
        if tree == Tree::Hold {
            Tree::Assign(self.own)
        } else {
            tree
        }
    }

    /// `q <= sel ? a : b` reads better than four lines when both choices are plain.
    fn is_short_choice(&self, next: Val) -> bool {
        let leaf = |v: Val| {
            v != self.own
                && matches!(
                    self.graph.node(v),
                    Node::Sig(_) | Node::Slice { .. } | Node::Const { .. }
                )
        };
        match *self.graph.node(next) {
            Node::Mux { on_true, on_false, .. } => leaf(on_true) && leaf(on_false),
            _ => false,
        }
    }

    fn decisions(&mut self, v: Val, depth: u32) -> Tree {
        if v == self.own {
            return Tree::Hold;
        }
        match *self.graph.node(v) {
            // A node made later, while statements were formed, has no count and is used once.
            Node::Mux { sel, on_true, on_false }
                if depth > 0 && self.uses.get(v.index()).is_none_or(|&n| n <= 1) =>
            {
                let then = self.decisions(on_true, depth - 1);
                let otherwise = self.decisions(on_false, depth - 1);
                self.choose(sel, then, otherwise)
            }
            _ => Tree::Assign(v),
        }
    }

    fn choose(&mut self, cond: Val, then: Tree, otherwise: Tree) -> Tree {
        if then == otherwise {
            then
        } else if then == Tree::Hold {
            Tree::If(self.graph.not(cond), Box::new(otherwise), Box::new(Tree::Hold))
        } else {
            Tree::If(cond, Box::new(then), Box::new(otherwise))
        }
    }

    /// The two sides of an enable that is nothing but a choice by `cond`.
    fn decided_by(&self, terms: &[Val], cond: Val) -> Option<(Val, Val)> {
        let &[one] = terms else { return None };
        match *self.graph.node(one) {
            Node::Mux { sel, on_true, on_false } if sel == cond => Some((on_true, on_false)),
            _ => None,
        }
    }

    fn or_terms(&self, v: Val) -> Vec<Val> {
        match *self.graph.node(v) {
            Node::Bitwise(Bitwise::Or, a, b) => {
                let mut terms = self.or_terms(a);
                terms.extend(self.or_terms(b));
                terms
            }
            _ => vec![v],
        }
    }

    /// `tree` under an enable that is the OR of `terms`. Where the first decision of the tree is itself
    /// a term it implies the enable, so it is tested alone and the rest is guarded by the other terms;
    /// likewise its complement. Where the enable decides as the tree does, each branch gets its own.
    fn guard(&mut self, tree: Tree, terms: &[Val]) -> Tree {
        if terms.is_empty() {
            return Tree::Hold;
        }
        match tree {
            Tree::If(cond, then, otherwise) if terms.contains(&cond) => {
                let rest: Vec<Val> = terms.iter().copied().filter(|&t| t != cond).collect();
                let otherwise = self.guard(*otherwise, &rest);
                self.choose(cond, *then, otherwise)
            }
            Tree::If(cond, then, otherwise) if terms.contains(&self.graph.not(cond)) => {
                let complement = self.graph.not(cond);
                let rest: Vec<Val> = terms.iter().copied().filter(|&t| t != complement).collect();
                let then = self.guard(*then, &rest);
                self.choose(cond, then, *otherwise)
            }
            Tree::If(cond, then, otherwise) if self.decided_by(terms, cond).is_some() => {
                let (a, b) = self.decided_by(terms, cond).expect("just seen");
                let (a, b) = (self.or_terms(a), self.or_terms(b));
                let (then, otherwise) = (self.guard(*then, &a), self.guard(*otherwise, &b));
                self.choose(cond, then, otherwise)
            }
            tree => {
                let cond =
                    terms[1..].iter().fold(terms[0], |a, &b| self.graph.bitwise(Bitwise::Or, a, b));
                match self.graph.constant(cond) {
                    Some(bits) if bits.bit(0) => tree,
                    Some(_) => Tree::Hold,
                    None => self.choose(cond, tree, Tree::Hold),
                }
            }
        }
    }
}

/// One statement list for several registers: equal decisions are taken once.
fn merge(graph: &Graph, mut trees: Vec<(RegId, Tree)>) -> Vec<Stmt> {
    trees.reverse();
    let mut out = Vec::new();
    while let Some((reg, first)) = trees.pop() {
        match first {
            Tree::Hold => {}
            Tree::Assign(v) => out.push(Stmt::Assign(reg, v)),
            Tree::If(cond, then, otherwise) => {
                let (mut thens, mut others) = (vec![(reg, *then)], vec![(reg, *otherwise)]);
                let same = |t: &Tree| matches!(t, Tree::If(c, ..) if *c == cond);
                let (alike, rest): (Vec<_>, Vec<_>) = trees.into_iter().partition(|(_, t)| same(t));
                for (reg, tree) in alike.into_iter().rev() {
                    if let Tree::If(_, then, otherwise) = tree {
                        thens.push((reg, *then));
                        others.push((reg, *otherwise));
                    }
                }
                trees = rest;
                out.push(decide(graph, cond, merge(graph, thens), merge(graph, others)));
            }
        }
    }
    out
}

/// `x == constant`, as printed by a `case` arm.
fn arm(graph: &Graph, cond: Val) -> Option<(Val, Val)> {
    match *graph.node(cond) {
        Node::Eq(subject, label) if graph.constant(label).is_some() => Some((subject, label)),
        _ => None,
    }
}

/// `if (cond) .. else ..`, as a `case` where the other side compares the same value with another constant.
fn decide(graph: &Graph, cond: Val, then: Vec<Stmt>, mut otherwise: Vec<Stmt>) -> Stmt {
    let Some((subject, label)) = arm(graph, cond) else {
        return Stmt::If { cond, then, otherwise };
    };
    let differs = |l: Val| graph.constant(l) != graph.constant(label);
    let (more, default) = match (otherwise.pop(), otherwise.is_empty()) {
        (Some(Stmt::Case { subject: same, arms, default }), true)
            if same == subject && arms.iter().all(|&(l, _)| differs(l)) =>
        {
            (arms, default)
        }
        (Some(Stmt::If { cond: next, then, otherwise }), true)
            if arm(graph, next).is_some_and(|(s, l)| s == subject && differs(l)) =>
        {
            let label = arm(graph, next).map_or(next, |(_, l)| l);
            (vec![(label, then)], otherwise)
        }
        (last, _) => {
            otherwise.extend(last);
            return Stmt::If { cond, then, otherwise };
        }
    };
    let arms = std::iter::once((label, then)).chain(more).collect();
    Stmt::Case { subject, arms, default }
}
