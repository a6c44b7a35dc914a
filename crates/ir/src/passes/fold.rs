//! Constant folding.

use super::eval::eval;
use super::Pass;
use crate::entity::Entity;
use crate::module::{Binary, Design, Module, Node, NodeId, Op, Unary};
use crate::ty::Ty;
use seedbed_bits::Bits;

/// Computes what is known, and leaves out operators that change nothing.
///
/// Inside modules only: a constant at a port stays there. Wires and named values keep their drivers and
/// names; their readers read past them. Values that nobody reads any more are left for
/// [`Dead`](super::Dead).
pub struct Fold;

impl Pass for Fold {
    const NAME: &'static str = "fold";
    const DESCRIPTION: &'static str = "computes constants and leaves out operators without effect";

    fn run(&self, design: &mut Design) {
        for module in design.modules.values_mut() {
            while fold(module) {}
        }
    }
}

/// One round over a module: whether anything changed. A wire may be read before the node that drives
/// it, so one round is not enough.
fn fold(module: &mut Module) -> bool {
    let mut changed = false;
    // What each node is replaced by where it is read.
    let mut same: Vec<NodeId> = module.nodes.keys().collect();
    for id in module.nodes.keys() {
        module.nodes[id].op.operands_mut(|operand| *operand = same[operand.index()]);
        match step(module, id) {
            Some(Step::Constant(bits)) => {
                module.nodes[id].op = Op::Const(bits);
                changed = true;
            }
            Some(Step::Same(other)) => same[id.index()] = other,
            None => {}
        }
    }
    let redirect = |node: &mut NodeId| {
        changed |= same[node.index()] != *node;
        *node = same[node.index()];
    };
    module.each_root_mut(redirect);
    for reg in module.regs.values_mut() {
        let always = |id: &NodeId| matches!(&module.nodes[*id].op, Op::Const(b) if b.bit(0));
        if reg.enable.as_ref().is_some_and(always) {
            reg.enable = None;
        }
    }
    changed
}

/// What a node is better written as.
enum Step {
    Constant(Bits),
    Same(NodeId),
}

fn step(module: &Module, id: NodeId) -> Option<Step> {
    let node = &module.nodes[id];
    let mut operands = Vec::new();
    node.op.operands(|operand| operands.push(operand));
    let known: Option<Vec<(&Bits, Ty)>> =
        operands.iter().map(|&o| Some((constant(module, o)?, module.nodes[o].ty))).collect();
    if let Some(bits) = known.and_then(|known| eval(&node.op, node.ty, &known)) {
        return Some(Step::Constant(bits));
    }
    match &node.op {
        Op::Wire(wire) => {
            constant(module, module.wires[*wire].driver?).cloned().map(Step::Constant)
        }
        op => without_effect(module, op, node).filter(|step| match step {
            Step::Same(other) => module.nodes[*other].ty == node.ty,
            Step::Constant(_) => true,
        }),
    }
}

fn constant(module: &Module, node: NodeId) -> Option<&Bits> {
    match &module.nodes[node].op {
        Op::Const(bits) => Some(bits),
        _ => None,
    }
}

/// The operand that an operator passes on unchanged, if its type is right, or what it always gives.
fn without_effect(module: &Module, op: &Op, node: &Node) -> Option<Step> {
    let same = |node: &NodeId| Some(Step::Same(*node));
    match op {
        Op::Mux { sel, on_true, on_false } => match constant(module, *sel) {
            Some(sel) => same(if sel.bit(0) { on_true } else { on_false }),
            None if on_true == on_false => same(on_true),
            None => None,
        },
        Op::Slice { of, lo: 0 } | Op::Extend(of) => same(of),
        Op::Concat(parts) if parts.len() == 1 => same(&parts[0]),
        Op::Cast(a) => match &module.nodes[*a].op {
            Op::Cast(before) => same(before),
            _ => None,
        },
        Op::Unary(Unary::Not, a) => match &module.nodes[*a].op {
            Op::Unary(Unary::Not, before) => same(before),
            _ => None,
        },
        Op::Unary(_, a) => same(a),
        Op::Binary(op, a, b) => neutral(module, *op, *a, *b, node.ty),
        _ => None,
    }
}

/// What an operator of two operands gives when one of them is known or both are the same.
fn neutral(module: &Module, op: Binary, a: NodeId, b: NodeId, ty: Ty) -> Option<Step> {
    let is = |node: NodeId, value: fn(u32) -> Bits| {
        constant(module, node).is_some_and(|bits| *bits == value(bits.width()))
    };
    let zero = || Some(Step::Constant(Bits::zero(ty.width)));
    let (a_zero, b_zero) = (is(a, Bits::zero), is(b, Bits::zero));
    match op {
        Binary::Mul | Binary::And if a_zero || b_zero => zero(),
        Binary::Sub | Binary::Xor | Binary::Lt if a == b => zero(),
        Binary::Eq if a == b => Some(Step::Constant(Bits::ones(1))),
        Binary::And | Binary::Or if a == b => Some(Step::Same(a)),
        Binary::And if is(a, Bits::ones) => Some(Step::Same(b)),
        Binary::And if is(b, Bits::ones) => Some(Step::Same(a)),
        Binary::Or if is(a, Bits::ones) => Some(Step::Same(a)),
        Binary::Or if is(b, Bits::ones) => Some(Step::Same(b)),
        Binary::Add | Binary::Or | Binary::Xor if a_zero => Some(Step::Same(b)),
        Binary::Add | Binary::Sub | Binary::Or | Binary::Xor | Binary::Shl | Binary::Shr
            if b_zero =>
        {
            Some(Step::Same(a))
        }
        Binary::Shl | Binary::Shr if a_zero => zero(),
        _ => None,
    }
}
