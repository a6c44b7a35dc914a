//! Concatenation and selection. Verilog selects only from names, so a selection moves inwards as far as
//! that costs nothing, and what is left of it needs a name.

use super::{Graph, Node, SigId, Val};
use crate::bitwise as fold;

/// How deep a slice is pushed into its operand.
const PUSH_DEPTH: u32 = 24;

impl Graph {
    /// Concatenation, most significant first: nested ones are flattened, neighbouring constants and
    /// neighbouring slices of one value are joined.
    pub fn concat(&mut self, parts: &[Val]) -> Val {
        let mut flat: Vec<Val> = Vec::with_capacity(parts.len());
        for &part in parts {
            let inner = match self.node(part) {
                Node::Concat(inner) => inner.clone(),
                _ => vec![part],
            };
            for v in inner {
                match flat.last().and_then(|&high| self.join(high, v)) {
                    Some(joined) => *flat.last_mut().expect("just looked at") = joined,
                    None => flat.push(v),
                }
            }
        }
        if flat.len() == 1 {
            return flat[0];
        }
        let width = flat.iter().map(|&v| self.width(v)).sum();
        self.add_node(Node::Concat(flat), width)
    }

    fn join(&mut self, high: Val, low: Val) -> Option<Val> {
        if let (Some(h), Some(l)) = (self.constant(high), self.constant(low)) {
            let bits = fold::join(h, l);
            return Some(self.lit(bits, false));
        }
        match (self.node(high), self.node(low)) {
            (&Node::Slice { of, lo: from }, &Node::Slice { of: same, lo })
                if of == same && lo + self.width(low) == from =>
            {
                let width = self.width(high) + self.width(low);
                Some(self.slice(of, lo, width))
            }
            _ => None,
        }
    }

    /// Bits `lo .. lo + width` of `of`. Verilog selects only from names, so the selection moves
    /// inwards as far as that costs nothing.
    pub fn slice(&mut self, of: Val, lo: u32, width: u32) -> Val {
        self.slice_within(of, lo, width, PUSH_DEPTH)
    }

    fn slice_within(&mut self, of: Val, lo: u32, width: u32, depth: u32) -> Val {
        if lo == 0 && width == self.width(of) {
            return of;
        }
        if let Some(bits) = self.constant(of) {
            let bits = fold::slice(bits, lo, width);
            return self.lit(bits, false);
        }
        let moved = match depth.checked_sub(1) {
            Some(depth) => self.move_inwards(of, lo, width, depth),
            None => None,
        };
        moved.unwrap_or_else(|| self.add_node(Node::Slice { of, lo }, width))
    }

    /// The selection made further inside, where that is possible and saves something.
    fn move_inwards(&mut self, of: Val, lo: u32, width: u32, depth: u32) -> Option<Val> {
        Some(match self.node(of).clone() {
            Node::Sig(sig) => return self.constant_part(sig, lo, width, depth),
            Node::Slice { of: inner, lo: base } => {
                self.slice_within(inner, base + lo, width, depth)
            }
            Node::Concat(parts) => self.slice_concat(&parts, lo, width, depth),
            Node::SignExt(inner) => {
                // From the sign bit up all bits are equal.
                let (own, last) = (self.width(inner), self.width(inner) - 1);
                let from = lo.min(last);
                let low = self.slice_within(inner, from, width.min(own - from), depth);
                self.extend(low, true, width)
            }
            _ if self.get(of).shared => return None,
            Node::Not(a) => {
                let a = self.slice_within(a, lo, width, depth);
                self.not(a)
            }
            Node::Bitwise(op, a, b) => {
                let [a, b] = [a, b].map(|v| self.slice_within(v, lo, width, depth));
                self.bitwise(op, a, b)
            }
            Node::Mux { sel, on_true, on_false } => {
                let [t, f] = [on_true, on_false].map(|v| self.slice_within(v, lo, width, depth));
                self.mux(sel, t, f)
            }
            node if lo == 0 => return self.cut_arithmetic(node, width, depth),
            _ => return None,
        })
    }

    /// The low bits of a sum, difference or product depend only on the low bits of the operands.
    fn cut_arithmetic(&mut self, node: Node, width: u32, depth: u32) -> Option<Val> {
        let mut cut = |a, b| [a, b].map(|v| self.slice_within(v, 0, width, depth));
        Some(match node {
            Node::Add(a, b) => {
                let [a, b] = cut(a, b);
                self.add(a, b)
            }
            Node::Sub(a, b) => {
                let [a, b] = cut(a, b);
                self.sub(a, b)
            }
            Node::Mul { a, b, signed } => self.mul((a, signed), (b, signed), width),
            _ => return None,
        })
    }

    fn slice_concat(&mut self, parts: &[Val], lo: u32, width: u32, depth: u32) -> Val {
        let (mut base, mut taken) = (0, Vec::new());
        for &part in parts.iter().rev() {
            let (from, to) = (lo.max(base), (lo + width).min(base + self.width(part)));
            if from < to {
                taken.push(self.slice_within(part, from - base, to - from, depth));
            }
            base += self.width(part);
        }
        taken.reverse();
        self.concat(&taken)
    }

    /// Bits of a signal that its driver shows to be constant.
    fn constant_part(&mut self, sig: SigId, lo: u32, width: u32, depth: u32) -> Option<Val> {
        let driver = *self.drivers.get(&sig)?;
        let part = match self.node(driver).clone() {
            Node::Concat(parts) => self.slice_concat(&parts, lo, width, depth),
            _ => return None,
        };
        self.constant(part).is_some().then_some(part)
    }

    /// The signal `v`, if it is one.
    pub fn signal(&self, v: Val) -> Option<SigId> {
        match self.node(v) {
            Node::Sig(s) => Some(*s),
            _ => None,
        }
    }
}
