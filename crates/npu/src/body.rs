//! Fields of a command's body, queues for its parts, and small records packed into a stream.

use seedbed_hdl::{Scope, Sig, Stream};
use seedbed_parts::FlowFifo;
use seedbed_spec::command::{field, Encoding, Opcode, BODY_LSB};
use seedbed_spec::timing;

/// The bits of a field in a command body, named `cmd_FIELD`; signed fields come as two's complement, counts as one
/// less than the count.
#[track_caller]
pub(crate) fn body_field<'m>(m: &'m Scope, body: Sig<'m>, opcode: Opcode, name: &str) -> Sig<'m> {
    let Some(field) = field(opcode, name) else {
        m.error(format!("{opcode} has no field `{name}`: see spec::command::FIELDS"));
        return m.low();
    };
    let bits = body.slice(field.lsb - BODY_LSB, field.width).named(format!("cmd_{name}"));
    match field.encoding {
        Encoding::Signed => bits.as_signed(),
        Encoding::Plain | Encoding::MinusOne => bits,
    }
}

/// Puts the parts of each command into queues of their own, all at once; gives their ends.
#[track_caller]
pub(crate) fn queue_parts<'m, const N: usize>(
    m: &'m Scope,
    cmd: Stream<'m>,
    parts: [(&str, Sig<'m>); N],
) -> [Stream<'m>; N] {
    let queues = parts.map(|(name, part)| {
        m.inst(name, &FlowFifo { ty: part.ty(), depth: timing::SEQUENCER_QUEUE })
    });
    let ready = queues.iter().map(|queue| queue.enq.ready).reduce(|a, b| a & b);
    let ready = ready.unwrap_or_else(|| m.high()).named("queue_ready");
    cmd.ready.set(ready);
    for (queue, (_, part)) in queues.iter().zip(parts) {
        queue.enq.valid.set(cmd.valid & ready);
        queue.enq.data.set(part);
    }
    queues.map(|queue| queue.deq)
}

/// Names and widths of the items of a packed record, in the order of
/// [`Scope::cat`](seedbed_hdl::Scope::cat): the first is the most significant.
pub(crate) type Record<const N: usize> = [(&'static str, u32); N];

/// Bits of a packed record.
pub(crate) fn record_bits<const N: usize>(record: Record<N>) -> u32 {
    record.iter().map(|item| item.1).sum()
}

/// Cuts a packed record back into its items, named `PREFIX_ITEM`.
#[track_caller]
pub(crate) fn unpack<'m, const N: usize>(
    packed: Sig<'m>,
    prefix: &str,
    record: Record<N>,
) -> [Sig<'m>; N] {
    let mut top = packed.width();
    record.map(|(name, width)| {
        top = top.saturating_sub(width);
        packed.slice(top, width).named(format!("{prefix}_{name}"))
    })
}
