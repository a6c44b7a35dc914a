//! A bit-serial reference of the operators, independent of the simulator.

use seedbed_ir::*;

/// Bits of a value, least significant first, and its signedness.
#[derive(Clone, PartialEq, Debug)]
pub struct Word(pub Vec<bool>, pub bool);

impl Word {
    pub fn of(bits: &Bits, ty: Ty) -> Self {
        Word((0..ty.width).map(|i| bits.bit(i)).collect(), ty.signed)
    }

    fn get(&self, i: usize) -> bool {
        let sign = self.1 && *self.0.last().unwrap();
        self.0.get(i).copied().unwrap_or(sign)
    }

    pub fn to(&self, width: usize) -> Vec<bool> {
        (0..width).map(|i| self.get(i)).collect()
    }

    /// The value, at most 1,000.
    fn amount(&self) -> usize {
        let set = self.0.iter().enumerate().filter(|(_, b)| **b);
        set.fold(0, |sum, (i, _)| (sum + (1usize << i.min(10))).min(1000))
    }
}

fn add(a: &[bool], b: &[bool], mut carry: bool) -> Vec<bool> {
    let step = |(&x, &y): (&bool, &bool)| {
        let sum = x ^ y ^ carry;
        carry = (x && y) || (carry && (x || y));
        sum
    };
    a.iter().zip(b).map(step).collect()
}

fn not(a: &[bool]) -> Vec<bool> {
    a.iter().map(|b| !b).collect()
}

fn mul(a: &[bool], b: &[bool]) -> Vec<bool> {
    let mut sum = vec![false; a.len()];
    for i in (0..a.len()).filter(|&i| a[i]) {
        let shifted: Vec<bool> = (0..a.len()).map(|k| k >= i && b[k - i]).collect();
        sum = add(&sum, &shifted, false);
    }
    sum
}

fn less(a: &Word, b: &Word) -> bool {
    // a < b is the sign of a - b, one bit wider than both.
    let width = a.0.len().max(b.0.len()) + 1;
    *add(&a.to(width), &not(&b.to(width)), true).last().unwrap()
}

/// The result of an operator at `width` bits (comparisons: 1 bit).
pub fn binary(op: Binary, a: &Word, b: &Word, width: usize) -> Vec<bool> {
    let zip = |f: fn(bool, bool) -> bool| (0..width).map(|i| f(a.get(i), b.get(i))).collect();
    match op {
        Binary::Add => add(&a.to(width), &b.to(width), false),
        Binary::Sub => add(&a.to(width), &not(&b.to(width)), true),
        Binary::Mul => mul(&a.to(width), &b.to(width)),
        Binary::And => zip(|x, y| x && y),
        Binary::Or => zip(|x, y| x || y),
        Binary::Xor => zip(|x, y| x != y),
        Binary::Eq => vec![a.0 == b.0],
        Binary::Lt => vec![less(a, b)],
        Binary::Shl => {
            let n = b.amount();
            (0..width).map(|i| i >= n && a.get(i - n)).collect()
        }
        Binary::Shr => (0..width).map(|i| a.get(i + b.amount())).collect(),
    }
}

/// The result of an operator of one operand.
pub fn unary(op: Unary, a: &Word) -> Vec<bool> {
    match op {
        Unary::Not => not(&a.0),
        Unary::ReduceOr => vec![a.0.contains(&true)],
        Unary::ReduceAnd => vec![!a.0.contains(&false)],
        Unary::ReduceXor => vec![a.0.iter().filter(|b| **b).count() % 2 == 1],
    }
}
