//! Values as C expressions.
//!
//! A value of at most 32 bits is a `u32`, any other a `u64` per limb; bits above the width are zero, as
//! everywhere in the simulator.

use crate::graph::{Arg, FlatNode, FlatOp, Value};
use crate::kernel::{limbs, mask};
use seedbed_ir::{Binary, Unary};

/// A C expression. What may differ between the elements of a loop is not in the text.
#[derive(Default)]
pub(crate) struct Expression {
    pub text: String,
    /// Value and limb of each leaf; leaf `k` is written `\x01k\x02`, as it has no place yet.
    pub leaves: Vec<(Value, u32)>,
    /// Numbers of bits by which slices shift; number `k` is written `\x03k\x04`.
    pub numbers: Vec<u32>,
}

impl Expression {
    /// The text with its leaves and numbers.
    pub fn fill(&self, leaf: impl Fn(usize) -> String, number: impl Fn(usize) -> String) -> String {
        let text = replace(&self.text, ['\x01', '\x02'], leaf);
        replace(&text, ['\x03', '\x04'], number)
    }
}

/// Replaces each `k` between two marks.
fn replace(text: &str, [open, close]: [char; 2], by: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(2 * text.len());
    for (i, part) in text.split(open).enumerate() {
        match part.split_once(close) {
            Some((k, rest)) if i > 0 => {
                out += &by(k.parse().expect("an index"));
                out += rest;
            }
            _ => out += part,
        }
    }
    out
}

/// Writes expressions over a netlist.
pub(crate) struct Writer<'a> {
    pub nodes: &'a [FlatNode],
    /// Whether a value is read from its place and not computed where it is used.
    pub is_leaf: &'a dyn Fn(Value) -> bool,
    /// What was written; its text is returned.
    pub done: Expression,
}

/// The C type of a value.
pub(crate) fn ctype(width: u32) -> &'static str {
    if width <= 32 {
        "u32"
    } else {
        "u64"
    }
}

/// Whether a value is computed all limbs at once, by a helper function.
pub(crate) fn by_helper(node: &FlatNode) -> bool {
    match node.op {
        FlatOp::Binary(Binary::Add | Binary::Sub | Binary::Mul) => node.width > 64,
        FlatOp::Binary(Binary::Shl | Binary::Shr) => node.width > 64 || node.args[1].ty.width > 64,
        _ => false,
    }
}

fn literal(value: u64, width: u32) -> String {
    format!("{value}{}", if width <= 32 { "u" } else { "ul" })
}

/// Cuts to `bits` what has the C type of a value of `width` bits.
fn cut(text: String, bits: u32, width: u32) -> String {
    if bits == if width <= 32 { 32 } else { 64 } {
        text
    } else {
        format!("({text} & {})", literal(mask(bits), width))
    }
}

/// Sign extension of a value of `width` bits to the C type of `to` bits.
fn sign_extend(x: &str, width: u32, to: u32) -> String {
    let t = ctype(to);
    match width {
        8 | 16 | 32 | 64 => format!("(({t})(i{})(i{width}){x})", &t[1..]),
        _ => {
            let sign = literal(1 << (width - 1), to);
            format!("((({t}){x} ^ {sign}) - {sign})")
        }
    }
}

/// Bits of limb `j` of a value.
fn limb_width(width: u32, j: u32) -> u32 {
    (width - 64 * j).min(64)
}

impl Writer<'_> {
    /// Limb `j` of a value where it is used.
    pub fn value(&mut self, v: Value, j: u32) -> String {
        let node = &self.nodes[v as usize];
        if let FlatOp::Const(bits) = &node.op {
            return literal(bits.limbs()[j as usize], node.width);
        }
        if (self.is_leaf)(v) {
            return format!("(({}){})", ctype(node.width), self.leaf(v, j));
        }
        self.operation(v, j)
    }

    /// A leaf without its type.
    pub fn leaf(&mut self, v: Value, j: u32) -> String {
        let leaves = &mut self.done.leaves;
        let k = leaves.iter().position(|&l| l == (v, j)).unwrap_or_else(|| {
            leaves.push((v, j));
            leaves.len() - 1
        });
        format!("\x01{k}\x02")
    }

    /// Limb `j` of what a value computes.
    pub fn operation(&mut self, v: Value, j: u32) -> String {
        let node = &self.nodes[v as usize];
        let (width, args) = (node.width, &node.args);
        match &node.op {
            FlatOp::Const(_) | FlatOp::Input(_) | FlatOp::State(_) => self.value(v, j),
            FlatOp::Unary(op) => self.unary(*op, args[0], j),
            FlatOp::Binary(op) => self.binary(*op, node, j),
            FlatOp::Mux => {
                let [s, t, f] = [0, 1, 2].map(|k| (args[k].value, if k == 0 { 0 } else { j }));
                let [s, t, f] = [s, t, f].map(|(v, j)| self.value(v, j));
                format!("({s} ? {t} : {f})")
            }
            FlatOp::Slice(lo) => self.slice(args[0], *lo, width, j),
            FlatOp::Concat => self.concat(args, width, j),
            FlatOp::Extend => {
                let limb = self.extended(args[0], width, j);
                cut(limb, limb_width(width, j), width)
            }
        }
    }

    fn unary(&mut self, op: Unary, a: Arg, j: u32) -> String {
        let width = a.ty.width;
        let count = limbs(width) as u32;
        if op == Unary::Not {
            let bits = limb_width(width, j);
            let all = if count > 1 { literal(mask(bits), 64) } else { literal(mask(bits), width) };
            return format!("({} ^ {all})", self.value(a.value, j));
        }
        let each: Vec<_> = (0..count).map(|k| self.value(a.value, k)).collect();
        match op {
            Unary::Not | Unary::ReduceOr => format!("((u32)(({}) != 0))", each.join(" | ")),
            Unary::ReduceAnd => {
                let full = |(k, x): (usize, &String)| {
                    format!("({x} == {})", literal(mask(limb_width(width, k as u32)), 64))
                };
                let full: Vec<_> = each.iter().enumerate().map(full).collect();
                format!("((u32)({}))", full.join(" & "))
            }
            Unary::ReduceXor => format!("((u32)__builtin_parityl({}))", each.join(" ^ ")),
        }
    }

    fn binary(&mut self, op: Binary, node: &FlatNode, j: u32) -> String {
        let (a, b) = (node.args[0], node.args[1]);
        let symbol = match op {
            Binary::Add => "+",
            Binary::Sub => "-",
            Binary::Mul => "*",
            Binary::And => "&",
            Binary::Or => "|",
            Binary::Xor => "^",
            Binary::Eq => return self.equal(a, b),
            Binary::Lt => return self.less(a, b),
            Binary::Shl | Binary::Shr => return self.shift(op, a, b),
        };
        if matches!(op, Binary::And | Binary::Or | Binary::Xor) {
            return format!("({} {symbol} {})", self.value(a.value, j), self.value(b.value, j));
        }
        let (x, y) = (self.operand(a, node.width), self.operand(b, node.width));
        cut(format!("({x} {symbol} {y})"), node.width, node.width)
    }

    /// An operand of arithmetic of at most 64 bits: extended to the C type of the result, or cut to it.
    fn operand(&mut self, a: Arg, width: u32) -> String {
        let x = self.value(a.value, 0);
        if a.ty.signed && a.ty.width < width {
            sign_extend(&x, a.ty.width, width)
        } else {
            format!("(({}){x})", ctype(width))
        }
    }

    fn equal(&mut self, a: Arg, b: Arg) -> String {
        let count = limbs(a.ty.width) as u32;
        let each: Vec<_> = (0..count)
            .map(|k| format!("({} == {})", self.value(a.value, k), self.value(b.value, k)))
            .collect();
        format!("((u32)({}))", each.join(" & "))
    }

    fn less(&mut self, a: Arg, b: Arg) -> String {
        let width = a.ty.width;
        if width > 64 {
            let (x, y) = (self.list(a, width), self.list(b, width));
            let (n, signed) = (limbs(width), u32::from(a.ty.signed));
            return format!("w_less({x}, {y}, {n}, {signed})");
        }
        let (x, y) = (self.value(a.value, 0), self.value(b.value, 0));
        if a.ty.signed {
            let (x, y) = (sign_extend(&x, width, width), sign_extend(&y, width, width));
            let signed = &ctype(width)[1..];
            return format!("((u32)((i{signed}){x} < (i{signed}){y}))");
        }
        format!("((u32)({x} < {y}))")
    }

    /// Shifts of at most 64 bits by an amount of at most 64.
    fn shift(&mut self, op: Binary, a: Arg, b: Arg) -> String {
        let (width, t) = (a.ty.width, ctype(a.ty.width));
        let bits: u32 = t[1..].parse().expect("a number of bits");
        let (x, n) = (self.value(a.value, 0), self.value(b.value, 0));
        match op {
            Binary::Shl => cut(format!("({n} < {bits} ? ({t}){x} << {n} : 0)"), width, width),
            _ if a.ty.signed => {
                let x = sign_extend(&x, width, width);
                let most = bits - 1;
                cut(format!("(({t})((i{bits}){x} >> ({n} < {most} ? {n} : {most})))"), width, width)
            }
            _ => format!("({n} < {bits} ? ({t}){x} >> {n} : 0)"),
        }
    }

    fn slice(&mut self, of: Arg, lo: u32, width: u32, j: u32) -> String {
        let lo = lo + 64 * j;
        let (limb, shift) = (lo / 64, lo % 64);
        let bits = limb_width(width, j);
        if let FlatOp::Const(value) = &self.nodes[of.value as usize].op {
            let above = value.limbs().get(limb as usize + 1).copied().unwrap_or(0);
            let pair = u128::from(above) << 64 | u128::from(value.limbs()[limb as usize]);
            return literal((pair >> shift) as u64 & mask(bits), width);
        }
        let mut text = self.value(of.value, limb);
        if bits > 64 - shift {
            let above = self.value(of.value, limb + 1);
            text = format!("({text} >> {shift} | {above} << {})", 64 - shift);
        } else if bits < limb_width(of.ty.width, limb) {
            // Slices of one value are alike, also the lowest one.
            let numbers = &mut self.done.numbers;
            text = format!("({text} >> \x03{}\x04)", numbers.len());
            numbers.push(shift);
        }
        cut(format!("(({}){text})", ctype(width)), bits, width)
    }

    fn concat(&mut self, parts: &[Arg], width: u32, j: u32) -> String {
        let t = ctype(width);
        let (from, to) = (i64::from(64 * j), i64::from(64 * j + 64));
        let (mut pieces, mut top) = (Vec::new(), i64::from(width));
        for part in parts {
            let lo = top - i64::from(part.ty.width);
            for k in 0..limbs(part.ty.width) as u32 {
                let first = lo + i64::from(64 * k);
                let end = first + i64::from(limb_width(part.ty.width, k));
                if first >= to || end <= from {
                    continue;
                }
                let x = self.value(part.value, k);
                pieces.push(match first - from {
                    0 => format!("({t}){x}"),
                    n if n > 0 => format!("({t}){x} << {n}"),
                    n => format!("({t}){x} >> {}", -n),
                });
            }
            top = lo;
        }
        format!("({})", pieces.join(" | "))
    }

    /// Limb `j` of an operand extended to `width` bits or beyond; not cut.
    fn extended(&mut self, a: Arg, width: u32, j: u32) -> String {
        if width <= 64 {
            return self.operand(a, width);
        }
        let top = limbs(a.ty.width) as u32 - 1;
        if j < top {
            return self.value(a.value, j);
        }
        if !a.ty.signed {
            return if j > top {
                "0ul".into()
            } else {
                format!("((u64){})", self.value(a.value, top))
            };
        }
        let x = self.value(a.value, top);
        let x = sign_extend(&x, limb_width(a.ty.width, top), 64);
        if j == top {
            x
        } else {
            format!("((u64)((i64){x} >> 63))")
        }
    }

    /// All limbs of an operand extended to `width` bits and beyond, as an array.
    fn list(&mut self, a: Arg, width: u32) -> String {
        let each: Vec<_> =
            (0..limbs(width) as u32).map(|j| self.extended(a, width.max(65), j)).collect();
        format!("(const u64[]){{{}}}", each.join(", "))
    }

    /// A statement that computes all limbs of a value into the array `to`.
    pub fn helper(&mut self, v: Value, to: &str) -> String {
        let node = &self.nodes[v as usize];
        let (a, b, n) = (node.args[0], node.args[1], limbs(node.width));
        let call = match node.op {
            FlatOp::Binary(op @ (Binary::Shl | Binary::Shr)) => {
                let (x, amount) = (self.list(a, a.ty.width), self.amount(b, a.ty.width));
                let name = if op == Binary::Shl { "w_shl" } else { "w_shr" };
                let signed = u32::from(a.ty.signed && op == Binary::Shr);
                format!("{name}({to}, {x}, {n}, {amount}, {signed});")
            }
            FlatOp::Binary(op) => {
                let (x, y) = (self.list(a, node.width), self.list(b, node.width));
                match op {
                    Binary::Add => format!("w_add({to}, {x}, {y}, {n}, 0);"),
                    Binary::Sub => format!("w_add({to}, {x}, {y}, {n}, ~0ul);"),
                    _ => format!("w_mul({to}, {x}, {y}, {n});"),
                }
            }
            _ => unreachable!("see by_helper"),
        };
        let bits = limb_width(node.width, n as u32 - 1);
        format!("{call} {to}[{}] &= {};", n - 1, literal(mask(bits), 64))
    }

    /// A shift amount, at most `width`.
    fn amount(&mut self, n: Arg, width: u32) -> String {
        let low = self.value(n.value, 0);
        let above: Vec<_> = (1..limbs(n.ty.width) as u32).map(|k| self.value(n.value, k)).collect();
        let beyond = if above.is_empty() { "0".into() } else { above.join(" | ") };
        format!("(({beyond}) || {low} > {width} ? {width} : {low})")
    }
}
