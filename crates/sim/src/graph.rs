//! The flat netlist: values without hierarchy, names or aliases, shared when equal.

use seedbed_ir::{Binary, Bits, Ty, Unary};
use std::collections::HashMap;

/// A flat value. Operands always have smaller numbers than the values that read them.
pub(crate) type Value = u32;

/// An operand: a value and the type it is read by. A value is stored with zeros above its width, so
/// the type may be wider than the value within the same limb.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Arg {
    /// The value.
    pub value: Value,
    /// The type it is read by.
    pub ty: Ty,
}

/// What a flat value computes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum FlatOp {
    /// A constant.
    Const(Bits),
    /// An input port of the top, by port index.
    Input(u32),
    /// A register or memory output, numbered by creation.
    State(u32),
    /// See [`Unary`].
    Unary(Unary),
    /// See [`Binary`].
    Binary(Binary),
    /// Operands: selector, on true, on false.
    Mux,
    /// Bits from the given position on.
    Slice(u32),
    /// Operands most significant first.
    Concat,
    /// Extension by the operand's signedness.
    Extend,
}

/// A flat value with its operands.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct FlatNode {
    /// Operator.
    pub op: FlatOp,
    /// Width of the result.
    pub width: u32,
    /// Operands.
    pub args: Vec<Arg>,
}

/// The flat netlist under construction.
#[derive(Default)]
pub(crate) struct Graph {
    /// All values.
    pub nodes: Vec<FlatNode>,
    seen: HashMap<FlatNode, Value>,
}

impl Graph {
    /// The value that computes `op`; simplified, and shared with an equal one.
    pub fn add(&mut self, op: FlatOp, width: u32, args: Vec<Arg>) -> Value {
        match op {
            FlatOp::Slice(lo) => self.slice(args[0], lo, width),
            FlatOp::Extend => self.extend(args[0], width),
            FlatOp::Mux => self.mux(width, args),
            FlatOp::Concat if args.len() == 1 => args[0].value,
            _ => self.intern(FlatNode { op, width, args }),
        }
    }

    /// A constant.
    pub fn constant(&mut self, bits: &Bits) -> Value {
        self.add(FlatOp::Const(bits.clone()), bits.width(), Vec::new())
    }

    /// For each value its low bits that can change: none of what is computed from constants alone, and
    /// not the zeros that extend another one.
    pub fn changing(&self) -> Vec<u32> {
        let mut changing: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let of_arg = |a: &Arg| changing[a.value as usize].min(a.ty.width);
            changing.push(match node.op {
                FlatOp::Input(_) | FlatOp::State(_) => node.width,
                _ if node.args.iter().all(|a| of_arg(a) == 0) => 0,
                FlatOp::Extend if !node.args[0].ty.signed => of_arg(&node.args[0]),
                _ => node.width,
            });
        }
        changing
    }

    fn intern(&mut self, node: FlatNode) -> Value {
        let next = self.nodes.len() as Value;
        let value = *self.seen.entry(node).or_insert_with_key(|node| {
            self.nodes.push(node.clone());
            next
        });
        value
    }

    /// Slices read through concatenations and other slices, so that a vector that only bundles
    /// values on its way through a module boundary costs nothing.
    fn slice(&mut self, of: Arg, lo: u32, width: u32) -> Value {
        if lo == 0 && width == of.ty.width {
            return of.value;
        }
        let node = &self.nodes[of.value as usize];
        match node.op {
            // Above the value are the zeros of an extension that is free.
            _ if lo >= node.width => return self.constant(&Bits::zero(width)),
            FlatOp::Concat => {
                if let Some((part, at)) = part_with(&node.args, lo, width) {
                    return self.slice(part, lo - at, width);
                }
            }
            FlatOp::Slice(inner) if lo + width <= node.width => {
                let (below, lo) = (node.args[0], lo + inner);
                return self.slice(below, lo, width);
            }
            _ => {}
        }
        self.intern(FlatNode { op: FlatOp::Slice(lo), width, args: vec![of] })
    }

    /// Zero extension within one number of limbs is free: bits above a value are stored as zeros.
    fn extend(&mut self, of: Arg, width: u32) -> Value {
        let same_limbs = Bits::limbs_for(of.ty.width) == Bits::limbs_for(width);
        if width == of.ty.width || (!of.ty.signed && same_limbs) {
            return of.value;
        }
        self.intern(FlatNode { op: FlatOp::Extend, width, args: vec![of] })
    }

    fn mux(&mut self, width: u32, args: Vec<Arg>) -> Value {
        let (sel, on_true, on_false) = (args[0], args[1], args[2]);
        match &self.nodes[sel.value as usize].op {
            FlatOp::Const(bits) if bits.is_zero() => on_false.value,
            FlatOp::Const(_) => on_true.value,
            _ if on_true.value == on_false.value => on_true.value,
            _ => self.intern(FlatNode { op: FlatOp::Mux, width, args }),
        }
    }
}

/// The part of a concatenation that holds bits `lo .. lo + width`, and its lowest bit.
fn part_with(parts: &[Arg], lo: u32, width: u32) -> Option<(Arg, u32)> {
    let mut at = 0;
    for part in parts.iter().rev() {
        let end = at + part.ty.width;
        if lo < end {
            return (lo >= at && lo + width <= end).then_some((*part, at));
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A C shift by more bits than the value's type has would be undefined.
    #[test]
    fn a_slice_above_a_value_is_zero() {
        let mut graph = Graph::default();
        let value = graph.add(FlatOp::Input(0), 20, Vec::new());
        let read_as_64 = Arg { value, ty: Ty::uint(64) };
        let [inside, above] = [19, 20].map(|lo| graph.add(FlatOp::Slice(lo), 4, vec![read_as_64]));
        assert_eq!(graph.nodes[inside as usize].op, FlatOp::Slice(19));
        assert_eq!(graph.nodes[above as usize].op, FlatOp::Const(Bits::zero(4)));
    }
}
