//! Execution of vector operations on values of one limb.

use crate::kernel::{Arith, Kernel, Shape};
use crate::schedule::{Group, Schedule};
use crate::wide;

/// Runs one group. All operands lie below the slots that the group writes.
pub(crate) fn run(schedule: &Schedule, group: &Group, vals: &mut [u64], scratch: &mut Vec<u64>) {
    let (src, dst) = vals.split_at_mut(group.dst);
    let dst = &mut dst[..group.count * group.limbs];
    let args = Args { src, idx: &schedule.idx[group.idx.clone()], n: group.count };
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
        Kernel::LtS { shift } => {
            args.two(dst, |a, b| u64::from(((a << shift) as i64) < ((b << shift) as i64)))
        }
        Kernel::Arith { op, mask } => args.arith(dst, op, (0, 0), mask),
        Kernel::ArithS { op, shifts, mask } => args.arith(dst, op, shifts, mask),
        Kernel::Shl { mask } => args.two(dst, |a, n| if n < 64 { a << n & mask } else { 0 }),
        Kernel::ShrU => args.two(dst, |a, n| if n < 64 { a >> n } else { 0 }),
        Kernel::ShrS { shift, mask } => {
            args.two(dst, |a, n| (sext(a, shift) as i64 >> n.min(63)) as u64 & mask)
        }
        Kernel::Slice { lo, mask } => args.one(dst, |a| a >> lo & mask),
        Kernel::Slice2 { lo, mask } => args.slice2(dst, lo, mask),
        Kernel::Sext { shift, mask } => args.one(dst, |a| sext(a, shift) & mask),
        Kernel::Cat { shape } => args.cat(dst, &schedule.shapes[shape as usize]),
        kernel => wide::run(kernel, &args, &schedule.shapes, dst, scratch),
    }
}

/// Sign-extends a value of `64 - shift` bits.
fn sext(v: u64, shift: u32) -> u64 {
    ((v << shift) as i64 >> shift) as u64
}

/// The operands of a group.
pub(crate) struct Args<'a> {
    /// All slots below the group's own.
    pub src: &'a [u64],
    /// Operand slots, operand-major.
    idx: &'a [u32],
    /// Number of elements.
    pub n: usize,
}

impl<'a> Args<'a> {
    /// The slots of operand `k` of all elements.
    pub fn operand(&self, k: usize) -> &'a [u32] {
        &self.idx[k * self.n..][..self.n]
    }

    fn one(&self, dst: &mut [u64], f: impl Fn(u64) -> u64) {
        for (d, &a) in dst.iter_mut().zip(self.operand(0)) {
            *d = f(self.src[a as usize]);
        }
    }

    fn two(&self, dst: &mut [u64], f: impl Fn(u64, u64) -> u64) {
        for ((d, &a), &b) in dst.iter_mut().zip(self.operand(0)).zip(self.operand(1)) {
            *d = f(self.src[a as usize], self.src[b as usize]);
        }
    }

    fn mux(&self, dst: &mut [u64]) {
        let branches = self.operand(1).iter().zip(self.operand(2));
        for ((d, &s), (&t, &f)) in dst.iter_mut().zip(self.operand(0)).zip(branches) {
            let (t, f) = (self.src[t as usize], self.src[f as usize]);
            *d = f ^ ((f ^ t) & self.src[s as usize].wrapping_neg());
        }
    }

    fn arith(&self, dst: &mut [u64], op: Arith, (sa, sb): (u32, u32), mask: u64) {
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
}
