//! Recognises registers of which one bit at most changes per edge.

use super::flat::{Flat, Origin, Place, RegKey};
use crate::module::{Binary, Op};

/// Whether the register holds the Gray code of a counter that goes up by at most one per edge: its next
/// value is `n ^ (n >> 1)`, where `n` is the next value of a binary counter with the same enable, clock
/// and reset port.
pub(super) fn is_gray(flat: &Flat<'_>, key: RegKey) -> bool {
    let (inst, gray) = (key.inst, flat.reg(key));
    let at = |node| flat.behind(Place { inst, node });
    let Some((reset, next)) = flat.start(key).filter(|(reset, _)| reset.to_zero) else {
        return false;
    };
    let next = flat.behind(next);
    let Op::Binary(Binary::Xor, a, b) = &flat.module(next.inst).nodes[next.node].op else {
        return false;
    };
    let [a, b] = [*a, *b].map(|node| flat.behind(Place { inst: next.inst, node }));
    let binary = match (halves(flat, b, a), halves(flat, a, b)) {
        (true, _) => a,
        (_, true) => b,
        _ => return false,
    };
    flat.module(inst).regs.iter().any(|(id, reg)| {
        let counter = RegKey { inst, reg: id };
        let same_enable = reg.enable.map(at) == gray.enable.map(at);
        let alike = reg.clock == gray.clock && reg.ty.width == gray.ty.width;
        let start = flat.start(counter).map(|(reset, next)| (reset, flat.behind(next)));
        let steps = same_enable && alike && start == Some((reset, binary));
        steps && goes_up(flat, binary, counter)
    })
}

/// Whether `half` is `of >> 1`.
fn halves(flat: &Flat<'_>, half: Place, of: Place) -> bool {
    let node = &flat.module(half.inst).nodes[half.node];
    let place = |node| flat.behind(Place { inst: half.inst, node });
    match &node.op {
        Op::Extend(a) => !node.ty.signed && halves(flat, place(*a), of),
        Op::Concat(parts) => match parts.as_slice() {
            [zero, rest] => is_constant(flat, place(*zero), 0) && halves(flat, place(*rest), of),
            _ => false,
        },
        Op::Slice { of: a, lo: 1 } => {
            let whole = flat.module(half.inst).nodes[*a].ty.width;
            node.ty.width + 1 == whole && place(*a) == of
        }
        Op::Binary(Binary::Shr, a, by) => place(*a) == of && is_constant(flat, place(*by), 1),
        _ => false,
    }
}

/// Whether `next` is the counter, or one more.
fn goes_up(flat: &Flat<'_>, next: Place, counter: RegKey) -> bool {
    let is_counter =
        |at| matches!(flat.origin(flat.behind(at)), Origin::Reg(key) if key == counter);
    let place = |node| flat.behind(Place { inst: next.inst, node });
    match &flat.module(next.inst).nodes[next.node].op {
        Op::Reg(_) => is_counter(next),
        Op::Mux { on_true, on_false, .. } => {
            goes_up(flat, place(*on_true), counter) && goes_up(flat, place(*on_false), counter)
        }
        Op::Binary(Binary::Add, a, b) => {
            let pairs = [(place(*a), place(*b)), (place(*b), place(*a))];
            pairs.into_iter().any(|(a, b)| is_counter(a) && at_most_one(flat, b))
        }
        _ => false,
    }
}

/// Whether a value is 0 or 1 in every cycle.
fn at_most_one(flat: &Flat<'_>, at: Place) -> bool {
    let node = &flat.module(at.inst).nodes[at.node];
    match &node.op {
        Op::Const(bits) => bits.limbs()[0] <= 1 && bits.limbs()[1..].iter().all(|l| *l == 0),
        Op::Extend(a) => {
            !node.ty.signed && at_most_one(flat, flat.behind(Place { inst: at.inst, node: *a }))
        }
        _ => node.ty.width == 1 && !node.ty.signed,
    }
}

fn is_constant(flat: &Flat<'_>, at: Place, value: u64) -> bool {
    match &flat.module(at.inst).nodes[at.node].op {
        Op::Const(bits) => bits.limbs()[0] == value && bits.limbs()[1..].iter().all(|l| *l == 0),
        _ => false,
    }
}
