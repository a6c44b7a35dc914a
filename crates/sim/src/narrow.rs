//! Execution of vector operations on values of one limb.

use crate::kernel::{Arith, Kernel, Mixed, Numbers, Shape};
use crate::schedule::{Group, Schedule};
use crate::wide;

/// Runs one group. All operands lie below the slots that the group writes.
pub(crate) fn run(schedule: &Schedule, group: &Group, vals: &mut [u64], scratch: &mut Vec<u64>) {
    let (src, dst) = vals.split_at_mut(group.dst);
    let dst = &mut dst[..group.count * group.limbs];
    let args = Args { src, idx: &schedule.idx[group.idx.clone()], n: group.count, run: group.run };
    match group.kernel {
        Kernel::And => args.two(dst, |a, b| a & b),
        Kernel::Or => args.two(dst, |a, b| a | b),
        Kernel::Xor => args.two(dst, |a, b| a ^ b),
        Kernel::Mux => args.mux(dst),
        Kernel::Not { mask } => args.one(dst, |a| a ^ mask),
        Kernel::Any => args.one(dst, |a| u64::from(a != 0)),
        Kernel::All { mask } => args.one(dst, |a| u64::from(a == mask)),
        Kernel::Parity => args.one(dst, |a| u64::from(a.count_ones() & 1)),
        Kernel::Eq => args.two(dst, |a, b| u64::from(a == b)),
        Kernel::LtU => args.two(dst, |a, b| u64::from(a < b)),
        // Flipping the sign bit orders signed values like unsigned ones.
        Kernel::LtS { sign } => args.two(dst, |a, b| u64::from((a ^ sign) < (b ^ sign))),
        Kernel::Arith { op: Arith::Add, mask } => args.two(dst, |a, b| a.wrapping_add(b) & mask),
        Kernel::Arith { op: Arith::Sub, mask } => args.two(dst, |a, b| a.wrapping_sub(b) & mask),
        Kernel::Arith { op: Arith::Mul, mask } => args.two(dst, |a, b| a.wrapping_mul(b) & mask),
        Kernel::ArithS { op, signs, mask } => args.arith(dst, op, signs, mask),
        Kernel::Shl { mask } => args.two(dst, |a, n| shl(a, n, mask)),
        Kernel::ShrU => args.two(dst, |a, n| if n < 64 { a >> n } else { 0 }),
        Kernel::ShrS { sign, mask } => args.two(dst, |a, n| sar(a, n, sign, mask)),
        Kernel::Slice { lo, mask } => args.one(dst, |a| a >> lo & mask),
        Kernel::Slice2 { lo, mask } => args.slice2(dst, lo, mask),
        Kernel::Sext { sign, mask } => args.one(dst, |a| sext(a, sign) & mask),
        Kernel::Cat { shape } => args.cat(dst, &schedule.shapes[shape as usize]),
        Kernel::Mixed(kernel) => args.mixed(kernel, &schedule.numbers[group.numbers.clone()], dst),
        kernel => wide::run(kernel, &args, &schedule.shapes, dst, scratch),
    }
}

/// Extends from the sign bit `sign`; from none when it is 0.
fn sext(v: u64, sign: u64) -> u64 {
    (v ^ sign).wrapping_sub(sign)
}

fn shl(v: u64, n: u64, mask: u64) -> u64 {
    if n < 64 {
        v << n & mask
    } else {
        0
    }
}

/// Arithmetic shift right of a value with the sign bit `sign`.
fn sar(v: u64, n: u64, sign: u64, mask: u64) -> u64 {
    (sext(v, sign) as i64 >> n.min(63)) as u64 & mask
}

/// The operands of a group.
pub(crate) struct Args<'a> {
    /// All slots below the group's own.
    pub src: &'a [u64],
    /// Operand slots, operand-major.
    idx: &'a [u32],
    /// Number of elements.
    pub n: usize,
    /// See [`Group::run`].
    run: bool,
}

impl<'a> Args<'a> {
    /// The slots of operand `k` of all elements.
    pub fn operand(&self, k: usize) -> &'a [u32] {
        &self.idx[k * self.n..][..self.n]
    }

    /// The values of operand `k` of all elements, which are neighbours.
    fn slice(&self, k: usize) -> &'a [u64] {
        &self.src[self.idx[k * self.n] as usize..][..self.n]
    }

    fn one(&self, dst: &mut [u64], f: impl Fn(u64) -> u64) {
        if self.run {
            for (d, &a) in dst.iter_mut().zip(self.slice(0)) {
                *d = f(a);
            }
        } else {
            for (d, &a) in dst.iter_mut().zip(self.operand(0)) {
                *d = f(self.src[a as usize]);
            }
        }
    }

    fn two(&self, dst: &mut [u64], f: impl Fn(u64, u64) -> u64) {
        if self.run {
            for ((d, &a), &b) in dst.iter_mut().zip(self.slice(0)).zip(self.slice(1)) {
                *d = f(a, b);
            }
        } else {
            for ((d, &a), &b) in dst.iter_mut().zip(self.operand(0)).zip(self.operand(1)) {
                *d = f(self.src[a as usize], self.src[b as usize]);
            }
        }
    }

    fn mux(&self, dst: &mut [u64]) {
        let pick = |s: u64, t: u64, f: u64| f ^ ((f ^ t) & s.wrapping_neg());
        if self.run {
            let branches = self.slice(1).iter().zip(self.slice(2));
            for ((d, &s), (&t, &f)) in dst.iter_mut().zip(self.slice(0)).zip(branches) {
                *d = pick(s, t, f);
            }
        } else {
            let branches = self.operand(1).iter().zip(self.operand(2));
            for ((d, &s), (&t, &f)) in dst.iter_mut().zip(self.operand(0)).zip(branches) {
                *d = pick(self.src[s as usize], self.src[t as usize], self.src[f as usize]);
            }
        }
    }

    fn arith(&self, dst: &mut [u64], op: Arith, (sa, sb): (u64, u64), mask: u64) {
        match op {
            Arith::Add => self.two(dst, |a, b| sext(a, sa).wrapping_add(sext(b, sb)) & mask),
            Arith::Sub => self.two(dst, |a, b| sext(a, sa).wrapping_sub(sext(b, sb)) & mask),
            Arith::Mul => self.two(dst, |a, b| sext(a, sa).wrapping_mul(sext(b, sb)) & mask),
        }
    }

    /// Slices across a limb boundary; `lo` is not 0 here.
    fn slice2(&self, dst: &mut [u64], lo: u32, mask: u64) {
        for (d, &a) in dst.iter_mut().zip(self.operand(0)) {
            let pair = &self.src[a as usize..][..2];
            *d = (pair[0] >> lo | pair[1] << (64 - lo)) & mask;
        }
    }

    fn cat(&self, dst: &mut [u64], shape: &Shape) {
        self.one(dst, |a| a << shape[0].1);
        for (k, &(_, lo)) in shape.iter().enumerate().skip(1) {
            for (d, &a) in dst.iter_mut().zip(self.operand(k)) {
                *d |= self.src[a as usize] << lo;
            }
        }
    }

    fn mixed(&self, kernel: Mixed, numbers: &[Numbers], dst: &mut [u64]) {
        match kernel {
            Mixed::Not => self.one_mixed(dst, numbers, |a, n| a ^ n.mask),
            Mixed::All => self.one_mixed(dst, numbers, |a, n| u64::from(a == n.mask)),
            Mixed::Slice => self.one_mixed(dst, numbers, |a, n| a >> n.signs.0 & n.mask),
            Mixed::Sext => self.one_mixed(dst, numbers, |a, n| sext(a, n.signs.0) & n.mask),
            Mixed::LtS => {
                self.two_mixed(dst, numbers, |a, b, n| u64::from((a ^ n.signs.0) < (b ^ n.signs.0)))
            }
            Mixed::Arith(Arith::Add) => self.arith_mixed(dst, numbers, u64::wrapping_add),
            Mixed::Arith(Arith::Sub) => self.arith_mixed(dst, numbers, u64::wrapping_sub),
            Mixed::Arith(Arith::Mul) => self.arith_mixed(dst, numbers, u64::wrapping_mul),
            Mixed::Shl => self.two_mixed(dst, numbers, |a, s, n| shl(a, s, n.mask)),
            Mixed::ShrS => self.two_mixed(dst, numbers, |a, s, n| sar(a, s, n.signs.0, n.mask)),
            Mixed::Cat2 => self.two_mixed(dst, numbers, |a, b, n| a << n.signs.0 | b),
        }
    }

    fn one_mixed(&self, dst: &mut [u64], numbers: &[Numbers], f: impl Fn(u64, &Numbers) -> u64) {
        for ((d, &a), n) in dst.iter_mut().zip(self.operand(0)).zip(numbers) {
            *d = f(self.src[a as usize], n);
        }
    }

    fn two_mixed(
        &self,
        dst: &mut [u64],
        numbers: &[Numbers],
        f: impl Fn(u64, u64, &Numbers) -> u64,
    ) {
        let operands = self.operand(0).iter().zip(self.operand(1));
        for ((d, (&a, &b)), n) in dst.iter_mut().zip(operands).zip(numbers) {
            *d = f(self.src[a as usize], self.src[b as usize], n);
        }
    }

    fn arith_mixed(&self, dst: &mut [u64], numbers: &[Numbers], f: impl Fn(u64, u64) -> u64) {
        self.two_mixed(dst, numbers, |a, b, n| f(sext(a, n.signs.0), sext(b, n.signs.1)) & n.mask);
    }
}
