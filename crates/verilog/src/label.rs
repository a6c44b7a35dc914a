//! Names for values that have none: what they are, in words, or else what they are for.
//!
//! No name contains a counter, so an added instance or register renames nothing else.

use crate::graph::{Bitwise, Graph, Node, SigId, Val};
use crate::lower::Signal;
use std::collections::HashMap;

/// Longest name made from words, and longest name made from those of users.
const LONGEST: usize = 24;
const LONGEST_PATH: usize = 40;

/// How many operators a name spells out.
const OPERATORS: u32 = 3;

/// What naming looks at.
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    /// The values.
    pub graph: &'a Graph,
    /// The declared names; a value that is still to be named has an empty one.
    pub signals: &'a [Signal<'a>],
    /// The names given to values.
    pub temps: &'a [Option<SigId>],
    /// Outputs and wires by the value that drives them.
    pub drives: &'a HashMap<Val, SigId>,
    /// Fingerprints of values.
    pub prints: &'a [u64],
}

/// What needs a value.
#[derive(Clone, Copy, Debug)]
pub struct User<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name the designer gave to what that in turn is needed for.
    pub origin: &'a str,
}

/// A number for each value that depends on its expression and on nothing else of the module.
pub fn fingerprints(graph: &Graph, signals: &[Signal]) -> Vec<u64> {
    let mut prints: Vec<u64> = Vec::with_capacity(graph.len());
    for v in graph.vals() {
        let node = graph.node(v);
        let text = match node {
            Node::Sig(sig) => signals[sig.index()].name.clone(),
            Node::Const { bits, .. } => format!("{bits:?}"),
            Node::Slice { lo, .. } => format!("slice{lo}"),
            node => kind(node).to_owned(),
        };
        let mut print = fnv(0xcbf2_9ce4_8422_2325, text.as_bytes());
        node.operands(|o| print = fnv(print, &prints[o.index()].to_le_bytes()));
        prints.push(fnv(print, &graph.width(v).to_le_bytes()));
    }
    prints
}

/// The FNV-1a hash of `bytes` after `start`.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Where a value stands in its user.
#[derive(Clone, Copy, Debug)]
pub enum Position<'a> {
    /// It is all of a role that has a word, such as the write data of a memory.
    Role(&'a str),
    /// It is one of several operands.
    Operand(&'static str),
    /// Anything else.
    Whole,
}

impl Labels<'_> {
    /// Names for `v` in order of preference; `user` is what first needs it.
    pub fn candidates(&self, v: Val, user: User, position: Position) -> Vec<String> {
        let sink = stem(user.name);
        let kind = kind(self.graph.node(v));
        let is_name = |w: &String| w.contains('_') && !w.starts_with(|c: char| c.is_ascii_digit());
        let words = self.words(v, OPERATORS).filter(is_name);
        let paths = match position {
            Position::Role(role) => [format!("{sink}_{role}"), format!("{sink}_{role}_{kind}")],
            Position::Operand(side) => [format!("{sink}_{side}"), format!("{sink}_{side}_{kind}")],
            Position::Whole => [format!("{sink}_{kind}"), format!("{sink}_{kind}_value")],
        };
        let mut names: Vec<String> = words.into_iter().chain(paths).collect();
        names.retain(|name| name.len() <= LONGEST_PATH);
        // Deep inside a long expression only the value itself still tells it apart.
        let (origin, print) = (stem(user.origin), self.prints[v.index()]);
        names.push(format!("{origin}_{kind}_{:04x}", print as u16));
        names.push(format!("{origin}_{kind}_{print:016x}"));
        names
    }

    /// The name `v` has already, or that of an output or wire it drives.
    fn given(&self, v: Val) -> Option<&str> {
        let signals = [self.graph.signal(v), self.temps[v.index()], self.drives.get(&v).copied()];
        let names = signals.into_iter().flatten().map(|s| self.signals[s.index()].name.as_str());
        names.into_iter().find(|name| !name.is_empty())
    }

    fn words(&self, v: Val, operators: u32) -> Option<String> {
        self.spell(v, operators).filter(|w| w.len() <= LONGEST)
    }

    fn spell(&self, v: Val, left: u32) -> Option<String> {
        if let Some(name) = self.given(v) {
            return Some(stem(name).to_owned());
        }
        match self.graph.node(v) {
            Node::Const { bits, signed: false } => {
                crate::bitwise::small(bits).filter(|&n| n < 10_000).map(|n| n.to_string())
            }
            Node::SignExt(a) => self.words(*a, left),
            Node::Slice { of, lo } => self.spell_slice(*of, *lo, self.graph.width(v), left),
            Node::Concat(parts) => match parts.as_slice() {
                [zero, a] if self.is_zero(*zero) => self.words(*a, left),
                _ => None,
            },
            node => self.spell_operator(node, left.checked_sub(1)?),
        }
    }

    fn is_zero(&self, v: Val) -> bool {
        self.graph.constant(v).is_some_and(seedbed_ir::Bits::is_zero)
    }

    fn spell_slice(&self, of: Val, lo: u32, width: u32, left: u32) -> Option<String> {
        let of = self.words(of, left)?;
        Some(match width {
            1 => format!("{of}_{lo}"),
            _ => format!("{of}_{}_{lo}", lo + width - 1),
        })
    }

    fn spell_operator(&self, node: &Node, left: u32) -> Option<String> {
        let pair = |a: &Val, word: &str, b: &Val| {
            Some(format!("{}_{word}_{}", self.words(*a, left)?, self.words(*b, left)?))
        };
        match node {
            Node::Not(a) => match self.graph.node(*a) {
                Node::Eq(x, y) => pair(x, "is_not", y),
                Node::Lt { a, b, .. } => pair(a, "at_least", b),
                _ => Some(format!("not_{}", self.words(*a, left)?)),
            },
            Node::Reduce(Bitwise::Or, a) => Some(format!("any_{}", self.words(*a, left)?)),
            Node::Reduce(Bitwise::And, a) => Some(format!("all_{}", self.words(*a, left)?)),
            Node::Reduce(Bitwise::Xor, a) => Some(format!("parity_{}", self.words(*a, left)?)),
            Node::Bitwise(Bitwise::And, a, b) => {
                self.handshake(*a, *b).or_else(|| pair(a, "and", b))
            }
            Node::Bitwise(Bitwise::Or, a, b) => pair(a, "or", b),
            Node::Bitwise(Bitwise::Xor, a, b) => pair(a, "xor", b),
            Node::Add(a, b) => pair(a, "plus", b),
            Node::Sub(a, b) => pair(a, "minus", b),
            Node::Mul { a, b, .. } => pair(a, "times", b),
            Node::Eq(a, b) => pair(a, "is", b),
            Node::Lt { a, b, .. } => pair(a, "below", b),
            Node::Shl(a, b) => pair(a, "shl", b),
            Node::Shr { of, by, .. } => pair(of, "shr", by),
            _ => None,
        }
    }

    /// `x_valid & x_ready` is `x_fire`.
    fn handshake(&self, a: Val, b: Val) -> Option<String> {
        let (a, b) = (self.given(a)?, self.given(b)?);
        let prefix = a.strip_suffix("valid").or_else(|| b.strip_suffix("valid"))?;
        let other = [a, b].into_iter().find_map(|n| n.strip_suffix("ready"))?;
        (prefix == other).then(|| format!("{prefix}fire"))
    }
}

/// The name of a register without the mark of a register.
fn stem(name: &str) -> &str {
    name.strip_suffix("_q").filter(|s| !s.is_empty()).unwrap_or(name)
}

fn kind(node: &Node) -> &'static str {
    match node {
        Node::Add(..) => "sum",
        Node::Sub(..) => "difference",
        Node::Mul { .. } => "product",
        Node::Mux { .. } => "choice",
        Node::Shl(..) | Node::Shr { .. } => "shifted",
        Node::Eq(..) => "match",
        Node::Lt { .. } => "less",
        Node::Reduce(Bitwise::Or, _) => "any",
        Node::Reduce(Bitwise::And, _) => "all",
        Node::Reduce(Bitwise::Xor, _) => "parity",
        Node::Bitwise(Bitwise::And, ..) => "masked",
        Node::Bitwise(Bitwise::Or, ..) => "merged",
        Node::Bitwise(Bitwise::Xor, ..) => "toggled",
        Node::Not(_) => "inverted",
        Node::SignExt(_) => "extended",
        Node::Const { .. } => "constant",
        Node::Sig(_) | Node::Slice { .. } | Node::Concat(_) => "bits",
    }
}

/// Where the operands of a node stand that itself stands at `at`.
pub fn sides<'p>(node: &Node, at: Position<'p>) -> [Position<'p>; 3] {
    use Position::{Operand, Whole};
    match node {
        Node::Mux { .. } => [Operand("select"), Operand("then"), Operand("else")],
        Node::Bitwise(..)
        | Node::Add(..)
        | Node::Sub(..)
        | Node::Mul { .. }
        | Node::Eq(..)
        | Node::Lt { .. } => [Operand("lhs"), Operand("rhs"), Whole],
        Node::Shl(..) | Node::Shr { .. } => [Whole, Operand("amount"), Whole],
        Node::SignExt(_) | Node::Slice { .. } | Node::Concat(_) => [at; 3],
        _ => [Whole; 3],
    }
}
