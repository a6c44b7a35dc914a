//! The bit-level graph a module is lowered to before printing.
//!
//! In the netlist a node's meaning depends on the types of its operands (an extension is signed or
//! not). Here every operator states its meaning itself and all operands of `+ - & | ^ == <` have one
//! width, so no later step has to think about Verilog's implicit extension. Casts have disappeared.
//! Equal values are one node, and operands have smaller numbers than their users.

mod select;

use crate::bitwise as fold;
use seedbed_ir::Bits;
use std::collections::HashMap;

/// A value of a [`Graph`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Val(u32);

impl Val {
    /// Position in the graph.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A named signal (index into the module's signal table).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SigId(pub u32);

impl SigId {
    /// Position in the signal table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Reductions and bitwise operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bitwise {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    /// A named signal.
    Sig(SigId),
    /// A constant; `signed` tells the printer that its author meant a negative number.
    Const { bits: Bits, signed: bool },
    /// Complement.
    Not(Val),
    /// Reduction to one bit.
    Reduce(Bitwise, Val),
    /// Bitwise operator; all one width.
    Bitwise(Bitwise, Val, Val),
    /// Sum modulo the width; all one width.
    Add(Val, Val),
    /// Difference modulo the width; all one width.
    Sub(Val, Val),
    /// Product modulo the width; operands are at most as wide as the result and extended by `signed`.
    Mul { a: Val, b: Val, signed: bool },
    /// Equality of two values of one width.
    Eq(Val, Val),
    /// Comparison of two values of one width.
    Lt { a: Val, b: Val, signed: bool },
    /// Left shift by an unsigned amount.
    Shl(Val, Val),
    /// Right shift by an unsigned amount, filling with the sign bit when `arith`.
    Shr { of: Val, by: Val, arith: bool },
    /// `sel ? on_true : on_false`.
    Mux { sel: Val, on_true: Val, on_false: Val },
    /// Bits from `lo` up.
    Slice { of: Val, lo: u32 },
    /// Concatenation, most significant first.
    Concat(Vec<Val>),
    /// Sign extension.
    SignExt(Val),
}

impl Node {
    /// Calls `f` on every operand; equal neighbours of a concatenation count once, as they are printed once.
    pub fn operands(&self, mut f: impl FnMut(Val)) {
        match self {
            Node::Sig(_) | Node::Const { .. } => {}
            Node::Not(a) | Node::Reduce(_, a) | Node::SignExt(a) | Node::Slice { of: a, .. } => {
                f(*a)
            }
            Node::Bitwise(_, a, b)
            | Node::Add(a, b)
            | Node::Sub(a, b)
            | Node::Mul { a, b, .. }
            | Node::Eq(a, b)
            | Node::Lt { a, b, .. }
            | Node::Shl(a, b)
            | Node::Shr { of: a, by: b, .. } => [*a, *b].into_iter().for_each(f),
            Node::Mux { sel, on_true, on_false } => {
                [*sel, *on_true, *on_false].into_iter().for_each(f);
            }
            Node::Concat(parts) => {
                parts.chunk_by(|a, b| a == b).for_each(|equal| f(equal[0]));
            }
        }
    }
}

/// A value with what is known about it.
#[derive(Debug)]
pub struct Value {
    /// The operator.
    pub node: Node,
    /// Width in bits.
    pub width: u32,
    /// Whether a named signal that holds it should be declared `signed`.
    pub signed: bool,
    /// Whether the design uses it more than once, so that rewriting it for one user saves nothing.
    pub shared: bool,
}

/// All values of a module.
#[derive(Default, Debug)]
pub struct Graph {
    values: Vec<Value>,
    known: HashMap<(Node, u32), Val>,
    /// What is known to drive a signal.
    drivers: HashMap<SigId, Val>,
}

/// Shift amounts wider than this are split: tools disagree on shifts by astronomical amounts.
const AMOUNT_BITS: u32 = 16;

impl Graph {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// All values, operands before users.
    pub fn vals(&self) -> impl DoubleEndedIterator<Item = Val> {
        (0..self.values.len() as u32).map(Val)
    }

    /// What is known about `v`.
    pub fn get(&self, v: Val) -> &Value {
        &self.values[v.index()]
    }

    /// The operator of `v`.
    pub fn node(&self, v: Val) -> &Node {
        &self.get(v).node
    }

    /// The width of `v`.
    pub fn width(&self, v: Val) -> u32 {
        self.get(v).width
    }

    /// The constant `v`, if it is one or a name of one. Tools look through such names and then warn
    /// about what a constant decides, so the rewriting rules must too.
    pub fn constant(&self, v: Val) -> Option<&Bits> {
        match self.node(v) {
            Node::Const { bits, .. } => Some(bits),
            Node::Sig(sig) => match self.drivers.get(sig).map(|&v| self.node(v)) {
                Some(Node::Const { bits, .. }) => Some(bits),
                _ => None,
            },
            _ => None,
        }
    }

    /// Records that `sig` is driven by `driver`.
    pub fn note_driver(&mut self, sig: SigId, driver: Val) {
        let constant = self.constant(driver).cloned();
        let driver = constant.map_or(driver, |bits| self.lit(bits, false));
        self.drivers.insert(sig, driver);
    }

    /// Records what the design says about a value.
    pub fn note(&mut self, v: Val, signed: bool, shared: bool) {
        let value = &mut self.values[v.index()];
        value.signed |= signed;
        value.shared |= shared;
    }

    fn add_node(&mut self, node: Node, width: u32) -> Val {
        let next = Val(self.values.len() as u32);
        let key = (node, width);
        if let Some(&v) = self.known.get(&key) {
            return v;
        }
        self.values.push(Value { node: key.0.clone(), width, signed: false, shared: false });
        self.known.insert(key, next);
        next
    }

    fn is_zero(&self, v: Val) -> bool {
        self.constant(v).is_some_and(Bits::is_zero)
    }

    fn is_ones(&self, v: Val) -> bool {
        self.constant(v).is_some_and(fold::is_ones)
    }

    /// The value of a signal.
    pub fn sig(&mut self, sig: SigId, width: u32) -> Val {
        self.add_node(Node::Sig(sig), width)
    }

    /// A constant; its sign matters only to how it is printed, and only when it is negative.
    pub fn lit(&mut self, bits: Bits, signed: bool) -> Val {
        let width = bits.width();
        let signed = signed && width > 1 && bits.bit(width - 1);
        self.add_node(Node::Const { bits, signed }, width)
    }

    fn zero(&mut self, width: u32) -> Val {
        self.lit(Bits::zero(width), false)
    }

    fn bit(&mut self, value: bool) -> Val {
        self.lit(Bits::from_u64(1, u64::from(value)), false)
    }

    /// Complement.
    pub fn not(&mut self, a: Val) -> Val {
        match (self.node(a), self.constant(a).map(fold::not)) {
            (Node::Not(inner), _) => *inner,
            (_, Some(bits)) => self.lit(bits, false),
            _ => self.add_node(Node::Not(a), self.width(a)),
        }
    }

    /// Reduction to one bit.
    pub fn reduce(&mut self, op: Bitwise, a: Val) -> Val {
        if self.width(a) == 1 {
            return a;
        }
        let Some(bits) = self.constant(a) else {
            return match self.node(a).clone() {
                Node::Concat(parts) if parts.iter().all(|&p| self.width(p) == 1) => {
                    self.join_bits(op, &parts)
                }
                _ => self.add_node(Node::Reduce(op, a), 1),
            };
        };
        let value = match op {
            Bitwise::And => fold::is_ones(bits),
            Bitwise::Or => !bits.is_zero(),
            Bitwise::Xor => (0..bits.width()).fold(false, |p, i| p ^ bits.bit(i)),
        };
        self.bit(value)
    }

    /// Bits joined by one operator, in the order given, as a tree without depth.
    fn join_bits(&mut self, op: Bitwise, bits: &[Val]) -> Val {
        match bits {
            [one] => *one,
            _ => {
                let (left, right) = bits.split_at(bits.len() / 2);
                let (left, right) = (self.join_bits(op, left), self.join_bits(op, right));
                self.bitwise(op, left, right)
            }
        }
    }

    /// Bitwise operator.
    pub fn bitwise(&mut self, op: Bitwise, a: Val, b: Val) -> Val {
        let width = self.width(a);
        match op {
            Bitwise::And if self.is_ones(a) || a == b => b,
            Bitwise::And if self.is_ones(b) => a,
            Bitwise::And if self.is_zero(a) || self.is_zero(b) => self.zero(width),
            Bitwise::Or | Bitwise::Xor if self.is_zero(a) => b,
            Bitwise::Or | Bitwise::Xor if self.is_zero(b) => a,
            Bitwise::Or if self.is_ones(a) || a == b => a,
            Bitwise::Or if self.is_ones(b) => b,
            Bitwise::Xor if self.is_ones(a) => self.not(b),
            Bitwise::Xor if self.is_ones(b) => self.not(a),
            Bitwise::Xor if a == b => self.zero(width),
            _ => self.add_node(Node::Bitwise(op, a, b), width),
        }
    }

    /// Sum of two values of one width.
    pub fn add(&mut self, a: Val, b: Val) -> Val {
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => {
                let sum = fold::add(x, y);
                self.lit(sum, false)
            }
            _ if self.is_zero(a) => b,
            _ if self.is_zero(b) => a,
            _ => self.add_node(Node::Add(a, b), self.width(a)),
        }
    }

    /// Difference of two values of one width.
    pub fn sub(&mut self, a: Val, b: Val) -> Val {
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => {
                let difference = fold::add(x, &fold::negate(y));
                self.lit(difference, true)
            }
            _ if self.is_zero(b) => a,
            _ if a == b => self.zero(self.width(a)),
            _ => self.add_node(Node::Sub(a, b), self.width(a)),
        }
    }

    /// Product modulo 2^`width` of operands read with their own signedness.
    pub fn mul(&mut self, a: (Val, bool), b: (Val, bool), width: u32) -> Val {
        if self.is_zero(a.0) || self.is_zero(b.0) {
            return self.zero(width);
        }
        let a = self.factor(a, b, width);
        let b = self.factor(b, (a.0, a.1), width);
        // A factor of the full width is the same modulo 2^width whichever way it is read.
        let narrow_signed = |f: (Val, bool)| self.width(f.0) < width && f.1;
        let signed = narrow_signed(a) || narrow_signed(b);
        self.add_node(Node::Mul { a: a.0, b: b.0, signed }, width)
    }

    /// Cuts a factor to `width`; widens an unsigned factor by a zero when the other one is signed.
    fn factor(&mut self, f: (Val, bool), other: (Val, bool), width: u32) -> (Val, bool) {
        let (v, signed) = f;
        let own = self.width(v);
        if own >= width {
            return (self.slice(v, 0, width), signed);
        }
        if !signed && other.1 && self.width(other.0) < width {
            return (self.extend(v, false, own + 1), true);
        }
        (v, signed)
    }

    /// Equality.
    pub fn eq(&mut self, a: Val, b: Val) -> Val {
        if a == b {
            return self.bit(true);
        }
        let (a, b) = if self.constant(a).is_some() { (b, a) } else { (a, b) };
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => {
                let equal = x == y;
                self.bit(equal)
            }
            (None, Some(y)) if self.width(a) == 1 => {
                let one = y.bit(0);
                if one {
                    a
                } else {
                    self.not(a)
                }
            }
            _ => self.add_node(Node::Eq(a, b), 1),
        }
    }

    /// `a < b`. Comparisons that a limit decides are constants: tools warn about them.
    pub fn lt(&mut self, a: Val, b: Val, signed: bool) -> Val {
        let lowest = |b: &Bits| if signed { fold::is_min(b) } else { b.is_zero() };
        let greatest = |b: &Bits| if signed { fold::is_max(b) } else { fold::is_ones(b) };
        let never = a == b
            || self.constant(b).is_some_and(lowest)
            || self.constant(a).is_some_and(greatest);
        if never {
            return self.bit(false);
        }
        if self.width(a) == 1 {
            let (low, high) = if signed { (b, a) } else { (a, b) };
            let low_is_zero = self.not(low);
            return self.bitwise(Bitwise::And, low_is_zero, high);
        }
        if let (Some(x), Some(y)) = (self.constant(a), self.constant(b)) {
            let less = less_than(x, y, signed);
            return self.bit(less);
        }
        self.add_node(Node::Lt { a, b, signed }, 1)
    }

    /// Left shift.
    pub fn shl(&mut self, of: Val, by: Val) -> Val {
        let width = self.width(of);
        let fill = self.zero(width);
        self.shift(of, by, fill, |g, by| g.add_node(Node::Shl(of, by), width))
    }

    /// Right shift.
    pub fn shr(&mut self, of: Val, by: Val, arith: bool) -> Val {
        let width = self.width(of);
        let fill = if arith && self.may_exceed(by, width) {
            let sign = self.slice(of, width - 1, 1);
            self.extend(sign, true, width)
        } else {
            self.zero(width)
        };
        self.shift(of, by, fill, |g, by| g.add_node(Node::Shr { of, by, arith }, width))
    }

    /// Whether the shift by `by` needs its `fill`: a wide amount, or a constant not below the width.
    fn may_exceed(&self, by: Val, width: u32) -> bool {
        match self.constant(by) {
            Some(bits) => fold::small(bits).is_none_or(|n| n >= u64::from(width)),
            None => self.width(by) > AMOUNT_BITS,
        }
    }

    fn shift(
        &mut self,
        of: Val,
        by: Val,
        fill: Val,
        make: impl FnOnce(&mut Self, Val) -> Val,
    ) -> Val {
        let exceeds = self.may_exceed(by, self.width(of));
        match self.constant(by) {
            _ if self.is_zero(of) => of,
            Some(bits) if bits.is_zero() => of,
            Some(_) if exceeds => fill,
            None if exceeds => {
                let high = self.slice(by, AMOUNT_BITS, self.width(by) - AMOUNT_BITS);
                let low = self.slice(by, 0, AMOUNT_BITS);
                let huge = self.reduce(Bitwise::Or, high);
                let shifted = make(self, low);
                self.mux(huge, fill, shifted)
            }
            _ => make(self, by),
        }
    }

    /// Selection.
    pub fn mux(&mut self, sel: Val, on_true: Val, on_false: Val) -> Val {
        if on_true == on_false {
            return on_true;
        }
        match self.constant(sel).map(|b| b.bit(0)) {
            Some(true) => on_true,
            Some(false) => on_false,
            None => self.add_node(Node::Mux { sel, on_true, on_false }, self.width(on_true)),
        }
    }

    /// Extension to `width`, by the sign bit or by zeros.
    pub fn extend(&mut self, a: Val, signed: bool, width: u32) -> Val {
        let own = self.width(a);
        if own == width {
            return a;
        }
        if let Some(bits) = self.constant(a) {
            let extended = match signed {
                true => fold::sign_extend(bits, width),
                false => fold::join(&Bits::zero(width - own), bits),
            };
            return self.lit(extended, signed);
        }
        if !signed {
            let zeros = self.zero(width - own);
            return self.concat(&[zeros, a]);
        }
        match self.node(a) {
            Node::SignExt(inner) => {
                let inner = *inner;
                self.extend(inner, true, width)
            }
            // A leading zero makes it a zero extension.
            Node::Concat(parts) if self.is_zero(parts[0]) => self.extend(a, false, width),
            _ => self.add_node(Node::SignExt(a), width),
        }
    }

    /// `a` extended or cut to `width`.
    pub fn resize(&mut self, a: Val, signed: bool, width: u32) -> Val {
        if self.width(a) > width {
            self.slice(a, 0, width)
        } else {
            self.extend(a, signed, width)
        }
    }
}

/// Compares two constants of one width.
fn less_than(a: &Bits, b: &Bits, signed: bool) -> bool {
    let last = a.width() - 1;
    if signed && a.bit(last) != b.bit(last) {
        return a.bit(last);
    }
    a.limbs().iter().rev().lt(b.limbs().iter().rev())
}
