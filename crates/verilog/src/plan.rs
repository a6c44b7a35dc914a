//! Which values get a name of their own and which are written where they are used.
//!
//! A value needs a name when Verilog demands an identifier (a select of an expression), when it is used
//! more than once and is not trivial, or when writing it in place would change its meaning or hurt the eye.

use crate::graph::{Graph, Node, Val};
use crate::uses;

/// Where a value is used by something that is not a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Site {
    /// It is the whole right-hand side of an assignment of its own width.
    Top,
    /// It is a condition or an index: any expression will do.
    Inner,
    /// A port connection: only simple expressions.
    Pin,
    /// An address: a name or a select. Not a constant: Yosys would dissolve the memory, with a warning.
    Address,
    /// Something that must be an identifier.
    Name,
}

/// Deepest expression.
const DEPTH: u32 = 100;
/// Most leaves of an arithmetic expression, and of one that is only a list or a choice.
const ARITHMETIC_LEAVES: u32 = 16;
const LIST_LEAVES: u32 = 256;

/// For each value whether it needs a name; dead values do not.
pub fn named(graph: &Graph, roots: &[(Val, Site)]) -> Vec<bool> {
    let uses = uses::count(graph, roots.iter().map(|&(v, _)| v));
    let mut plan = Plan { graph, named: vec![false; graph.len()] };
    let mut tops = vec![0u32; graph.len()];
    for &(v, site) in roots {
        tops[v.index()] += u32::from(site == Site::Top);
        plan.demand(v, site);
    }
    for v in graph.vals().filter(|v| uses[v.index()] > 0) {
        let only_top = tops[v.index()] == 1 && uses[v.index()] == 1;
        let repeated = uses[v.index()] > 1 && !plan.is_cheap(v);
        if repeated || (grows(graph, v) && !only_top) {
            plan.name(v);
        }
        plan.demand_operands(v);
    }
    plan.limit_size(&uses);
    (0..graph.len()).map(|i| plan.named[i] && uses[i] > 0).collect()
}

/// Whether this is a product wider than one of its factors: Verilog computes it only as a whole
/// right-hand side.
pub fn grows(graph: &Graph, v: Val) -> bool {
    match *graph.node(v) {
        Node::Mul { a, b, .. } => graph.width(a).min(graph.width(b)) < graph.width(v),
        _ => false,
    }
}

struct Plan<'g> {
    graph: &'g Graph,
    named: Vec<bool>,
}

impl Plan<'_> {
    /// Names `v`, unless it is a name or a constant already.
    fn name(&mut self, v: Val) {
        self.named[v.index()] = !matches!(self.graph.node(v), Node::Sig(_));
    }

    fn demand(&mut self, v: Val, site: Site) {
        let fine = match site {
            Site::Top | Site::Inner => true,
            Site::Pin => self.is_simple(v),
            Site::Address => self.is_leaf(v) && self.graph.constant(v).is_none(),
            Site::Name => false,
        };
        if !fine {
            self.name(v);
        }
    }

    /// Names operands that must be identifiers.
    fn demand_operands(&mut self, v: Val) {
        match *self.graph.node(v) {
            Node::Slice { of, .. } => self.name(of),
            Node::SignExt(a) if !self.is_select(a) => self.name(a),
            Node::Mul { a, b, .. } if grows(self.graph, v) => {
                for factor in [a, b] {
                    if !self.is_isolated(factor) {
                        self.name(factor);
                    }
                }
            }
            _ => {}
        }
    }

    /// A signal, a constant or a select.
    fn is_leaf(&self, v: Val) -> bool {
        self.named[v.index()]
            || matches!(self.graph.node(v), Node::Sig(_) | Node::Const { .. } | Node::Slice { .. })
    }

    fn is_select(&self, v: Val) -> bool {
        matches!(self.graph.node(v), Node::Sig(_) | Node::Slice { .. })
    }

    /// Written without operators, or in braces, so that a wider context does not reach inside.
    fn is_isolated(&self, v: Val) -> bool {
        self.is_leaf(v) || matches!(self.graph.node(v), Node::Concat(_) | Node::SignExt(_))
    }

    /// Short enough to be written wherever it is used.
    fn is_cheap(&self, v: Val) -> bool {
        match self.graph.node(v) {
            Node::Not(a) => match self.graph.node(*a) {
                Node::Eq(..) | Node::Lt { .. } | Node::Reduce(..) => self.is_cheap(*a),
                _ => self.is_leaf(*a),
            },
            Node::Reduce(_, a) => self.is_leaf(*a),
            Node::SignExt(_) => true,
            Node::Eq(a, b) | Node::Lt { a, b, .. } => {
                let constant = |v: &Val| self.graph.constant(*v).is_some();
                [a, b].into_iter().any(constant) && self.is_leaf(*a) && self.is_leaf(*b)
            }
            Node::Concat(parts) => parts.len() <= 2 && parts.iter().all(|&p| self.is_leaf(p)),
            _ => self.is_leaf(v),
        }
    }

    /// Simple enough for a port connection.
    fn is_simple(&self, v: Val) -> bool {
        match self.graph.node(v) {
            Node::Concat(parts) => parts.iter().all(|&p| self.is_leaf(p)),
            Node::Bitwise(_, a, b) if self.graph.width(v) == 1 => {
                self.is_cheap(*a) && self.is_cheap(*b)
            }
            _ => self.is_cheap(v),
        }
    }

    /// Names the largest operands of expressions that would grow too deep or too long.
    fn limit_size(&mut self, uses: &[u32]) {
        let mut depth = vec![0u32; self.graph.len()];
        let mut leaves = vec![1u32; self.graph.len()];
        for v in self.graph.vals().filter(|v| uses[v.index()] > 0) {
            let mut operands = Vec::new();
            self.graph.node(v).operands(|o| operands.push(o));
            let limit = leaf_limit(self.graph.node(v));
            operands.sort_by_key(|o| std::cmp::Reverse(leaves[o.index()]));
            let mut total: u32 = operands.iter().map(|o| leaves[o.index()]).sum();
            for &o in &operands {
                let size = leaves[o.index()];
                if size > 1 && (total > limit || depth[o.index()] >= DEPTH) {
                    self.name(o);
                    (depth[o.index()], leaves[o.index()]) = (0, 1);
                    total -= size - 1;
                }
            }
            if !self.is_leaf(v) {
                leaves[v.index()] = total.max(1);
                depth[v.index()] = 1 + operands.iter().map(|o| depth[o.index()]).max().unwrap_or(0);
            }
        }
    }
}

fn leaf_limit(node: &Node) -> u32 {
    match node {
        Node::Bitwise(..) | Node::Not(_) | Node::Mux { .. } | Node::Concat(_) => LIST_LEAVES,
        _ => ARITHMETIC_LEAVES,
    }
}
