//! Execution of vector operations on values of several limbs. Nothing is allocated here.

use crate::kernel::{limbs, mask, Arith, Ext, Kernel, Shape};
use crate::narrow::Args;

/// Runs one group of wide values; `dst` is its slots.
pub(crate) fn run(
    kernel: Kernel,
    args: &Args<'_>,
    shapes: &[Shape],
    dst: &mut [u64],
    scratch: &mut Vec<u64>,
) {
    let limb_count = dst.len() / args.n;
    for (i, out) in dst.chunks_exact_mut(limb_count).enumerate() {
        let at = |k: usize| args.operand(k)[i] as usize;
        let read = |k: usize, ext: Ext| Operand::new(&args.src[at(k)..], ext);
        let raw = |k: usize, limbs: u32| &args.src[at(k)..][..limbs as usize];
        match kernel {
            Kernel::WideNot { width } => not(out, raw(0, limb_count as u32), width),
            Kernel::WideAny { limbs } => out[0] = u64::from(raw(0, limbs).iter().any(|&l| l != 0)),
            Kernel::WideAll { width } => out[0] = u64::from(all(&args.src[at(0)..], width)),
            Kernel::WideParity { limbs } => {
                let folded = raw(0, limbs).iter().fold(0, |a, l| a ^ l);
                out[0] = u64::from(folded.count_ones() & 1);
            }
            Kernel::WideEq { limbs } => out[0] = u64::from(raw(0, limbs) == raw(1, limbs)),
            Kernel::WideLt { of } => out[0] = u64::from(less(read(0, of), read(1, of))),
            Kernel::WideArith { op, width, a, b } => {
                arith(op, out, read(0, a), read(1, b), scratch);
                cut(out, width);
            }
            Kernel::WideShl { width, amount } => {
                let n = shift_amount(raw(1, limbs(amount) as u32), width);
                shl(out, read(0, (width, false)), n);
                cut(out, width);
            }
            Kernel::WideShr { of, amount } => {
                let n = shift_amount(raw(1, limbs(amount) as u32), of.0);
                shr(out, read(0, of), n);
                cut(out, of.0);
            }
            Kernel::WideSlice { lo, width, of } => {
                shr(out, read(0, (of, false)), lo as usize);
                cut(out, width);
            }
            Kernel::WideExt { width, of } => {
                let a = read(0, of);
                out.iter_mut().enumerate().for_each(|(k, d)| *d = a.limb(k));
                cut(out, width);
            }
            Kernel::WideCat { shape, .. } => cat(out, args, i, &shapes[shape as usize]),
            narrow => unreachable!("{narrow:?} is not a wide kernel"),
        }
    }
}

/// An operand read with endless sign or zero extension.
#[derive(Clone, Copy)]
struct Operand<'a> {
    low: &'a [u64],
    top: u64,
    fill: u64,
}

impl<'a> Operand<'a> {
    fn new(from: &'a [u64], (width, signed): Ext) -> Self {
        let (top, low) = from[..limbs(width)].split_last().expect("at least one limb");
        let spare = (64 - width % 64) % 64;
        let top = if signed { ((*top << spare) as i64 >> spare) as u64 } else { *top };
        let fill = if signed { (top as i64 >> 63) as u64 } else { 0 };
        Operand { low, top, fill }
    }

    fn limb(self, k: usize) -> u64 {
        match k.cmp(&self.low.len()) {
            std::cmp::Ordering::Less => self.low[k],
            std::cmp::Ordering::Equal => self.top,
            std::cmp::Ordering::Greater => self.fill,
        }
    }
}

/// Clears the bits above `width`.
fn cut(out: &mut [u64], width: u32) {
    if width % 64 != 0 {
        *out.last_mut().expect("at least one limb") &= mask(width % 64);
    }
}

fn not(out: &mut [u64], a: &[u64], width: u32) {
    for (d, a) in out.iter_mut().zip(a) {
        *d = !a;
    }
    cut(out, width);
}

fn all(a: &[u64], width: u32) -> bool {
    let (top, low) = a[..limbs(width)].split_last().expect("at least one limb");
    low.iter().all(|&l| l == u64::MAX) && *top == mask((width - 1) % 64 + 1)
}

fn less(a: Operand<'_>, b: Operand<'_>) -> bool {
    // The fill limbs order by sign; below them limbs compare as unsigned.
    let signs = (b.fill & 1).cmp(&(a.fill & 1));
    let tops = a.top.cmp(&b.top);
    signs.then(tops).then_with(|| a.low.iter().rev().cmp(b.low.iter().rev())).is_lt()
}

fn arith(op: Arith, out: &mut [u64], a: Operand<'_>, b: Operand<'_>, scratch: &mut Vec<u64>) {
    match op {
        Arith::Add => add(out, a, b, 0),
        Arith::Sub => add(out, a, b, u64::MAX),
        Arith::Mul => mul(out, a, b, scratch),
    }
}

/// `a + b`, or `a + !b + 1` when `flip` is all ones.
fn add(out: &mut [u64], a: Operand<'_>, b: Operand<'_>, flip: u64) {
    let mut carry = flip & 1;
    for (k, d) in out.iter_mut().enumerate() {
        let sum = u128::from(a.limb(k)) + u128::from(b.limb(k) ^ flip) + u128::from(carry);
        *d = sum as u64;
        carry = (sum >> 64) as u64;
    }
}

fn mul(out: &mut [u64], a: Operand<'_>, b: Operand<'_>, scratch: &mut Vec<u64>) {
    scratch.clear();
    scratch.extend((0..out.len()).map(|k| b.limb(k)));
    out.fill(0);
    for i in 0..out.len() {
        let (x, mut carry) = (a.limb(i), 0);
        if x == 0 {
            continue;
        }
        for (d, &y) in out[i..].iter_mut().zip(&*scratch) {
            let t = u128::from(x) * u128::from(y) + u128::from(*d) + u128::from(carry);
            *d = t as u64;
            carry = (t >> 64) as u64;
        }
    }
}

/// The shift amount, at most `width`.
fn shift_amount(n: &[u64], width: u32) -> usize {
    if n[1..].iter().any(|&l| l != 0) {
        width as usize
    } else {
        n[0].min(u64::from(width)) as usize
    }
}

fn shl(out: &mut [u64], a: Operand<'_>, n: usize) {
    let (skip, bits) = (n / 64, n % 64);
    out.fill(0);
    for (k, d) in out.iter_mut().skip(skip).enumerate() {
        let below = if bits > 0 && k > 0 { a.limb(k - 1) >> (64 - bits) } else { 0 };
        *d = a.limb(k) << bits | below;
    }
}

fn shr(out: &mut [u64], a: Operand<'_>, n: usize) {
    let (skip, bits) = (n / 64, n % 64);
    for (k, d) in out.iter_mut().enumerate() {
        let above = if bits > 0 { a.limb(k + skip + 1) << (64 - bits) } else { 0 };
        *d = a.limb(k + skip) >> bits | above;
    }
}

fn cat(out: &mut [u64], args: &Args<'_>, element: usize, shape: &Shape) {
    out.fill(0);
    for (k, &(width, lo)) in shape.iter().enumerate() {
        let from = args.operand(k)[element] as usize;
        put(out, &args.src[from..][..limbs(width)], lo as usize, width as usize);
    }
}

/// Ors the `width` bits of `part` into `out` from bit `lo` on.
fn put(out: &mut [u64], part: &[u64], lo: usize, width: usize) {
    let (skip, bits) = (lo / 64, lo % 64);
    for (k, &limb) in part.iter().enumerate() {
        out[skip + k] |= limb << bits;
        if bits > 0 && bits + (width - 64 * k).min(64) > 64 {
            out[skip + k + 1] |= limb >> (64 - bits);
        }
    }
}
