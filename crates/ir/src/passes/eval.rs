//! The value of an operator whose operands are known.

use crate::module::{Binary, Op, Unary};
use crate::ty::Ty;
use seedbed_bits::Bits;
use std::cmp::Ordering;

/// The value of `op` at type `ty`, where `operand` gives the operands with their types, in the order of
/// [`Op::operands`]. `None` for what is not computed from operands alone.
pub(super) fn eval(op: &Op, ty: Ty, operands: &[(&Bits, Ty)]) -> Option<Bits> {
    let width = ty.width;
    let a = operands.first().copied();
    Some(match op {
        Op::Unary(op, _) => unary(*op, a?.0),
        Op::Binary(op, ..) => binary(*op, a?, *operands.get(1)?, width),
        Op::Mux { .. } => operands[if a?.0.bit(0) { 1 } else { 2 }].0.clone(),
        Op::Slice { lo, .. } => from_bits(width, |i| a.is_some_and(|(a, _)| a.bit(lo + i))),
        Op::Concat(_) => concat(operands, width),
        Op::Cast(_) => a?.0.clone(),
        Op::Extend(_) => extend(a?, width),
        _ => return None,
    })
}

fn from_bits(width: u32, bit: impl Fn(u32) -> bool) -> Bits {
    let mut limbs = vec![0u64; Bits::limbs_for(width)];
    for i in (0..width).filter(|&i| bit(i)) {
        limbs[(i / 64) as usize] |= 1 << (i % 64);
    }
    Bits::from_limbs(width, &limbs)
}

/// `a` extended by its signedness, or cut.
fn extend((a, ty): (&Bits, Ty), width: u32) -> Bits {
    let sign = ty.signed && a.bit(ty.width - 1);
    from_bits(width, |i| if i < ty.width { a.bit(i) } else { sign })
}

fn concat(parts: &[(&Bits, Ty)], width: u32) -> Bits {
    let bits = parts.iter().rev().flat_map(|(part, ty)| (0..ty.width).map(|i| part.bit(i)));
    let bits: Vec<bool> = bits.collect();
    from_bits(width, |i| bits[i as usize])
}

fn unary(op: Unary, a: &Bits) -> Bits {
    let width = a.width();
    let bit = |value: bool| Bits::from_u64(1, value.into());
    match op {
        Unary::Not => from_bits(width, |i| !a.bit(i)),
        Unary::ReduceOr => bit(!a.is_zero()),
        Unary::ReduceAnd => bit(*a == Bits::ones(width)),
        Unary::ReduceXor => {
            bit(a.limbs().iter().map(|limb| limb.count_ones()).sum::<u32>() % 2 == 1)
        }
    }
}

fn binary(op: Binary, a: (&Bits, Ty), b: (&Bits, Ty), width: u32) -> Bits {
    let bit = |value: bool| Bits::from_u64(1, value.into());
    let both = |f: fn(bool, bool) -> bool| from_bits(width, |i| f(a.0.bit(i), b.0.bit(i)));
    match op {
        Binary::Add => add(&extend(a, width), &extend(b, width), false),
        Binary::Sub => add(&extend(a, width), &unary(Unary::Not, &extend(b, width)), true),
        Binary::Mul => mul(&extend(a, width), &extend(b, width)),
        Binary::And => both(|a, b| a & b),
        Binary::Or => both(|a, b| a | b),
        Binary::Xor => both(|a, b| a ^ b),
        Binary::Eq => bit(a.0 == b.0),
        Binary::Lt => bit(less(a, b)),
        Binary::Shl => {
            let n = amount(b.0);
            from_bits(width, |i| u64::from(i) >= n && a.0.bit(i - n as u32))
        }
        Binary::Shr => {
            let (n, sign) = (amount(b.0), a.1.signed && a.0.bit(width - 1));
            from_bits(width, |i| match u64::from(i).saturating_add(n) {
                from if from < u64::from(width) => a.0.bit(from as u32),
                _ => sign,
            })
        }
    }
}

/// An unsigned amount; the greatest number when it is beyond 64 bits.
fn amount(bits: &Bits) -> u64 {
    match bits.limbs()[1..].iter().all(|limb| *limb == 0) {
        true => bits.to_u64(),
        false => u64::MAX,
    }
}

/// `a + b + carry`, all of one width.
fn add(a: &Bits, b: &Bits, carry: bool) -> Bits {
    let mut carry = u128::from(carry);
    let limb = |(a, b): (&u64, &u64)| {
        let sum = u128::from(*a) + u128::from(*b) + carry;
        carry = sum >> 64;
        sum as u64
    };
    let limbs: Vec<u64> = a.limbs().iter().zip(b.limbs()).map(limb).collect();
    Bits::from_limbs(a.width(), &limbs)
}

/// The low half of the product of two values of one width.
fn mul(a: &Bits, b: &Bits) -> Bits {
    let size = a.limbs().len();
    let mut limbs = vec![0u64; size];
    for (i, x) in a.limbs().iter().enumerate() {
        let mut carry = 0;
        for (j, y) in b.limbs()[..size - i].iter().enumerate() {
            let sum = u128::from(*x) * u128::from(*y) + u128::from(limbs[i + j]) + carry;
            limbs[i + j] = sum as u64;
            carry = sum >> 64;
        }
    }
    Bits::from_limbs(a.width(), &limbs)
}

fn less((a, ty): (&Bits, Ty), (b, _): (&Bits, Ty)) -> bool {
    let negative = |bits: &Bits| ty.signed && bits.bit(ty.width - 1);
    match (negative(a), negative(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => a.limbs().iter().rev().cmp(b.limbs().iter().rev()) == Ordering::Less,
    }
}
