//! Fields of a command's body, and small records packed into a stream.

use seedbed_hdl::{Scope, Sig};
use seedbed_spec::command::{field, Encoding, Opcode, BODY_LSB};

/// The bits of a field in a command body; signed fields come as two's complement, counts as one
/// less than the count.
#[track_caller]
pub(crate) fn body_field<'m>(m: &'m Scope, body: Sig<'m>, opcode: Opcode, name: &str) -> Sig<'m> {
    let Some(field) = field(opcode, name) else {
        m.error(format!("{opcode} has no field `{name}`: see spec::command::FIELDS"));
        return m.low();
    };
    let bits = body.slice(field.lsb - BODY_LSB, field.width);
    match field.encoding {
        Encoding::Signed => bits.as_signed(),
        Encoding::Plain | Encoding::MinusOne => bits,
    }
}

/// Cuts a packed record back into its items, the widths given in the order of
/// [`Scope::cat`](seedbed_hdl::Scope::cat): the first is the most significant.
#[track_caller]
pub(crate) fn unpack<'m, const N: usize>(packed: Sig<'m>, widths: [u32; N]) -> [Sig<'m>; N] {
    let mut top = packed.width();
    widths.map(|width| {
        top = top.saturating_sub(width);
        packed.slice(top, width)
    })
}
