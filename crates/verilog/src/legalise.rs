//! From values to expressions that mean exactly the same in Verilog.
//!
//! Verilog widens operands to their context and forgets signs when one operand is unsigned. The graph's
//! operators have operands of one width, so no widening happens inside an expression, and signs matter
//! only to `<` and `>>>`, whose operands are made signed here. The two deliberate exceptions, products and sums with
//! carry, are written bare only as a whole right-hand side, where the context is the declared width.

use crate::ast::{BinOp, Expr};
use crate::bitwise;
use crate::graph::{Bitwise, Graph, Node, SigId, Val};
use crate::lower::Signal;
use crate::plan::grows;
use seedbed_ir::Bits;

/// Translates values, given which of them have names.
pub struct Legaliser<'a> {
    /// The values.
    pub graph: &'a Graph,
    /// The declared names.
    pub signals: &'a [Signal<'a>],
    /// The name of each value that got one.
    pub temps: &'a [Option<SigId>],
}

impl Legaliser<'_> {
    /// `v` as a whole right-hand side; `definition` when it is that of its own name.
    pub fn top(&self, v: Val, definition: bool) -> Expr {
        if !definition {
            if let Some(sig) = self.name(v) {
                return Expr::Ref(sig);
            }
        }
        match *self.graph.node(v) {
            Node::Mul { a, b, signed } if grows(self.graph, v) => {
                self.product(a, b, signed, self.graph.width(v))
            }
            Node::Add(a, b) => self.with_carry(BinOp::Add, v, a, b),
            Node::Sub(a, b) => self.with_carry(BinOp::Sub, v, a, b),
            Node::Shr { of, by, arith: true } => self.shift_arith(of, by),
            _ => self.operator(v),
        }
    }

    /// `v` as a part of another expression. A constant is written as such even where one user needed a
    /// name for it.
    pub fn inner(&self, v: Val) -> Expr {
        match self.name(v).filter(|_| !matches!(self.graph.node(v), Node::Const { .. })) {
            Some(sig) => Expr::Ref(sig),
            None => self.operator(v),
        }
    }

    /// `v` as an index: Verilog takes a signed one for negative.
    pub fn index(&self, v: Val) -> Expr {
        let e = self.name(v).map_or_else(|| self.inner(v), Expr::Ref);
        if self.is_signed(&e) {
            Expr::Unsigned(Box::new(e))
        } else {
            e
        }
    }

    /// The identifier `v` goes by, if it has one.
    pub fn name(&self, v: Val) -> Option<SigId> {
        self.graph.signal(v).or(self.temps[v.index()])
    }

    fn declared(&self, sig: SigId) -> bool {
        self.signals[sig.index()].ty.signed
    }

    fn signed(&self, e: Expr) -> Expr {
        e.into_signed(&|s| self.declared(s))
    }

    fn is_signed(&self, e: &Expr) -> bool {
        e.is_signed(&|s| self.declared(s))
    }

    /// Makes one of the operands unsigned when both are signed.
    fn unsigned_pair(&self, a: Expr, b: Expr) -> (Expr, Expr) {
        match (self.is_signed(&a), self.is_signed(&b)) {
            (true, true) => match unsigned_literal(b) {
                b @ Expr::Lit { .. } => (a, b),
                b => (Expr::Unsigned(Box::new(a)), b),
            },
            _ => (a, b),
        }
    }

    fn operator(&self, v: Val) -> Expr {
        let is_bit = self.graph.width(v) == 1;
        match self.graph.node(v) {
            Node::Sig(sig) => Expr::Ref(*sig),
            Node::Const { bits, signed } => {
                Expr::Lit { bits: bits.clone(), signed: *signed, mask: false }
            }
            Node::Not(a) => self.not(*a),
            Node::Reduce(op, a) => Expr::Unary(bit_operator(*op).text(), Box::new(self.inner(*a))),
            Node::Bitwise(op, a, b) if is_bit && *op != Bitwise::Xor => {
                let logic = if *op == Bitwise::And { BinOp::LogicAnd } else { BinOp::LogicOr };
                Expr::binary(logic, self.inner(*a), self.inner(*b))
            }
            Node::Bitwise(op, a, b) => {
                Expr::binary(bit_operator(*op), self.mask(*a), self.mask(*b))
            }
            Node::Add(a, b) => self.sum(BinOp::Add, self.inner(*a), *b),
            Node::Sub(a, b) => self.sum(BinOp::Sub, self.inner(*a), *b),
            Node::Mul { a, b, .. } => Expr::binary(BinOp::Mul, self.inner(*a), self.inner(*b)),
            Node::Eq(a, b) => Expr::binary(BinOp::Eq, self.inner(*a), self.inner(*b)),
            Node::Lt { a, b, signed } => self.less(*a, *b, *signed, false),
            Node::Shl(of, by) => Expr::binary(BinOp::Shl, self.inner(*of), self.amount(*by)),
            Node::Shr { of, by, arith: false } => {
                Expr::binary(BinOp::Shr, self.inner(*of), self.amount(*by))
            }
            Node::Shr { of, by, arith: true } => Expr::Signed(Box::new(self.shift_arith(*of, *by))),
            Node::Mux { sel, on_true, on_false } => self.mux(*sel, *on_true, *on_false),
            Node::Slice { of, lo } => self.part(*of, lo + self.graph.width(v) - 1, *lo),
            Node::Concat(parts) => self.concat(parts),
            Node::SignExt(a) => self.sign_extension(*a, self.graph.width(v)),
        }
    }

    fn mask(&self, v: Val) -> Expr {
        match self.inner(v) {
            Expr::Lit { bits, .. } => Expr::Lit { bits, signed: false, mask: true },
            other => other,
        }
    }

    /// The complement of `a`: comparisons turn round instead.
    fn not(&self, a: Val) -> Expr {
        if self.name(a).is_none() {
            match self.graph.node(a) {
                Node::Eq(x, y) => return Expr::binary(BinOp::Ne, self.inner(*x), self.inner(*y)),
                Node::Lt { a, b, signed } => return self.less(*a, *b, *signed, true),
                Node::Reduce(Bitwise::Or, x) => {
                    let zero = Expr::lit(Bits::zero(self.graph.width(*x)));
                    return Expr::binary(BinOp::Eq, self.inner(*x), zero);
                }
                Node::Not(x) => return self.inner(*x),
                _ => {}
            }
        }
        let sign = if self.graph.width(a) == 1 { "!" } else { "~" };
        Expr::Unary(sign, Box::new(self.inner(a)))
    }

    /// `a < b` or its complement, with a constant on the right.
    fn less(&self, a: Val, b: Val, signed: bool, complement: bool) -> Expr {
        let (x, y) = (self.inner(a), self.inner(b));
        let (x, y) = match signed {
            true => (self.signed(x), self.signed(y)),
            false => self.unsigned_pair(x, y),
        };
        match (matches!(x, Expr::Lit { .. }), complement) {
            (false, false) => Expr::binary(BinOp::Lt, x, y),
            (false, true) => Expr::binary(BinOp::Ge, x, y),
            (true, false) => Expr::binary(BinOp::Gt, y, x),
            (true, true) => Expr::binary(BinOp::Le, y, x),
        }
    }

    /// `a + b` or `a - b` at one width; the sign of a negative constant goes into the operator.
    fn sum(&self, op: BinOp, a: Expr, b: Val) -> Expr {
        match self.inner(b) {
            Expr::Lit { bits, signed: true, .. } if !bitwise::is_min(&bits) => {
                let turned = if op == BinOp::Add { BinOp::Sub } else { BinOp::Add };
                Expr::binary(turned, a, Expr::lit(bitwise::negate(&bits)))
            }
            b => Expr::binary(op, a, b),
        }
    }

    /// A sum one bit wider than both operands, written bare: the context supplies the carry.
    fn with_carry(&self, op: BinOp, v: Val, a: Val, b: Val) -> Expr {
        let kinds = (self.widened(a), self.widened(b));
        let ((Some((x, x_signed)), Some((y, y_signed))), true) = (kinds, self.graph.width(v) > 2)
        else {
            return self.operator(v);
        };
        if x_signed != y_signed {
            return self.operator(v);
        }
        let (x, y) = (self.inner(x), self.inner(y));
        let (x, y) = match x_signed {
            true => (self.signed(x), self.signed(y)),
            false => self.unsigned_pair(x, y),
        };
        Expr::binary(op, x, y)
    }

    /// The named signal that `v` extends by one bit, and whether by its sign.
    fn widened(&self, v: Val) -> Option<(Val, bool)> {
        if self.temps[v.index()].is_some() {
            return None;
        }
        let (inner, signed) = match self.graph.node(v) {
            Node::SignExt(a) => (*a, true),
            Node::Concat(parts) => match parts.as_slice() {
                [zero, a] if self.graph.constant(*zero).is_some_and(Bits::is_zero) => (*a, false),
                _ => return None,
            },
            _ => return None,
        };
        let sig = self.name(inner)?;
        let fits =
            self.graph.width(inner) + 1 == self.graph.width(v) && self.declared(sig) == signed;
        fits.then_some((inner, signed))
    }

    /// A product wider than its factors, as a whole right-hand side.
    fn product(&self, a: Val, b: Val, signed: bool, width: u32) -> Expr {
        // A minus in front of a constant is an operator of its own and must have the final width.
        let factor = |v| match self.signed(self.inner(v)) {
            Expr::Lit { bits, mask, .. } if bits.bit(bits.width() - 1) => {
                Expr::Lit { bits: bitwise::sign_extend(&bits, width), signed: true, mask }
            }
            other => other,
        };
        let (a, b) = match signed {
            true => (factor(a), factor(b)),
            false => {
                self.unsigned_pair(unsigned_literal(self.inner(a)), unsigned_literal(self.inner(b)))
            }
        };
        Expr::binary(BinOp::Mul, a, b)
    }

    fn shift_arith(&self, of: Val, by: Val) -> Expr {
        Expr::binary(BinOp::ShrArith, self.signed(self.inner(of)), self.amount(by))
    }

    fn amount(&self, by: Val) -> Expr {
        match self.graph.constant(by).and_then(bitwise::small) {
            Some(n) => Expr::Plain(n),
            None => self.inner(by),
        }
    }

    /// A choice; one between constant bits is logic.
    fn mux(&self, sel: Val, on_true: Val, on_false: Val) -> Expr {
        let bit = |v: Val| self.graph.constant(v).filter(|b| b.width() == 1).map(|b| b.bit(0));
        let chosen = || self.inner(sel);
        let (t, f) = (|| self.inner(on_true), || self.inner(on_false));
        match (bit(on_true), bit(on_false)) {
            (Some(true), Some(false)) => chosen(),
            (Some(false), Some(true)) => self.not(sel),
            (Some(_), Some(_)) => t(),
            (Some(true), None) => Expr::binary(BinOp::LogicOr, chosen(), f()),
            (Some(false), None) => Expr::binary(BinOp::LogicAnd, self.not(sel), f()),
            (None, Some(true)) => Expr::binary(BinOp::LogicOr, self.not(sel), t()),
            (None, Some(false)) => Expr::binary(BinOp::LogicAnd, chosen(), t()),
            (None, None) => Expr::Cond(Box::new(chosen()), Box::new(t()), Box::new(f())),
        }
    }

    fn part(&self, of: Val, hi: u32, lo: u32) -> Expr {
        match self.name(of) {
            Some(sig) => Expr::Part { sig, hi, lo },
            None => unreachable!("the plan names every value that is sliced"),
        }
    }

    fn concat(&self, parts: &[Val]) -> Expr {
        let group = |equal: &[Val]| {
            let part = unsigned_literal(self.inner(equal[0]));
            match equal.len() {
                1 => part,
                n => Expr::Repeat(n as u32, Box::new(part)),
            }
        };
        let mut groups: Vec<Expr> = parts.chunk_by(|a, b| a == b).map(group).collect();
        match groups.len() {
            1 => groups.remove(0),
            _ => Expr::Concat(groups),
        }
    }

    fn sign_extension(&self, a: Val, width: u32) -> Expr {
        let own = self.graph.width(a);
        let whole = self.inner(a);
        let sign = match whole {
            Expr::Part { sig, hi, .. } => Expr::Part { sig, hi, lo: hi },
            _ if own == 1 => whole.clone(),
            Expr::Ref(sig) => Expr::Part { sig, hi: own - 1, lo: own - 1 },
            _ => unreachable!("the plan names every value that is extended by its sign"),
        };
        let copies = width - own;
        match (own, copies) {
            (1, _) => Expr::Repeat(width, Box::new(whole)),
            (_, 1) => Expr::Concat(vec![sign, whole]),
            _ => Expr::Concat(vec![Expr::Repeat(copies, Box::new(sign)), whole]),
        }
    }
}

/// A constant without a sign, whose width a wider context extends by zeros.
fn unsigned_literal(e: Expr) -> Expr {
    match e {
        Expr::Lit { bits, mask, .. } => Expr::Lit { bits, signed: false, mask },
        other => other,
    }
}

fn bit_operator(op: Bitwise) -> BinOp {
    match op {
        Bitwise::And => BinOp::And,
        Bitwise::Or => BinOp::Or,
        Bitwise::Xor => BinOp::Xor,
    }
}
