//! Walks through a memory that may leave it, and the record of the first access that did.

use seedbed_hdl::{bit, bits_for, uint, Module, Ports, Scope, Sig};
use seedbed_spec::fault::Cause;

/// Bits of a byte address in LM; walks wrap there.
pub(crate) const LM_BITS: u32 = 24;

/// Bits of a row number in PS; walks wrap there.
pub(crate) const PS_BITS: u32 = 16;

/// Whether an address lies beyond a memory of `size` bytes or rows, a power of two that leaves at
/// least one of its bits.
#[track_caller]
pub(crate) fn outside(addr: Sig<'_>, size: u32) -> Sig<'_> {
    let bits = size.ilog2();
    addr.slice(bits, addr.width() - bits).or_reduce()
}

/// Whether one of the `bytes` bytes at a byte address of LM lies beyond its `size` bytes. An operand whose
/// size is a power of two is aligned to it and does not lie on both sides of the end.
#[track_caller]
pub(crate) fn reaches_outside(addr: Sig<'_>, bytes: u32, size: u32) -> Sig<'_> {
    if bytes.is_power_of_two() {
        return outside(addr, size);
    }
    addr.gt(size - bytes)
}

/// The first byte outside LM of an operand at `addr`, when there is one.
pub(crate) fn first_byte_outside<'m>(
    m: &'m Scope,
    addr: Sig<'m>,
    bytes: u32,
    size: u32,
) -> Sig<'m> {
    if bytes.is_power_of_two() {
        return addr;
    }
    first_outside(m, addr, size)
}

/// The first address outside a memory of `size` bytes among those from `start` on, when there is one:
/// `start` itself, or the memory's end.
pub(crate) fn first_outside<'m>(m: &'m Scope, start: Sig<'m>, size: u32) -> Sig<'m> {
    m.mux(outside(start, size), start, m.lit(size, start.ty()))
}

/// Keeps the first access of a command that left its memory, and holds the engine until the
/// command's fault is reported: so one record is enough for any number of commands in the pipeline.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `CLASS_out`, `CLASS_addr` | in | an access of this class is made now, outside, at this address |
/// | `last` | in | the command's last access is made now |
/// | `retire` | in | the command that `faulty` marked is reported now |
/// | `faulty` | out | the command left a memory, now or before |
/// | `hold` | out | no further access may be made |
/// | `cause`, `addr` | out | what to report |
///
/// A class that comes earlier in the list goes before later ones; within a class the first access
/// counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RangeRecord {
    /// The engine, for the module name.
    pub engine: &'static str,
    /// Names and causes of the classes, up to 3, the most important first.
    pub classes: Vec<(&'static str, Cause)>,
}

/// Ports of [`RangeRecord`].
pub struct RangeRecordIo<'m> {
    /// Per class: an access outside, and its address.
    pub classes: Vec<(Sig<'m>, Sig<'m>)>,
    /// The command's last access is made.
    pub last: Sig<'m>,
    /// The faulty command is reported.
    pub retire: Sig<'m>,
    /// The command left a memory.
    pub faulty: Sig<'m>,
    /// Make no access.
    pub hold: Sig<'m>,
    /// Code of the cause.
    pub cause: Sig<'m>,
    /// The address.
    pub addr: Sig<'m>,
}

impl Module for RangeRecord {
    type Io<'m> = RangeRecordIo<'m>;

    fn name(&self) -> String {
        format!("{}_range_record", self.engine)
    }

    fn doc(&self) -> String {
        let names: Vec<&str> = self.classes.iter().map(|c| c.0).collect();
        format!("First access of a command outside its memory, by class: {}.", names.join(", "))
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RangeRecordIo<'m> {
        let class = |name: &str| {
            let out = p.input(format!("{name}_out"), bit());
            (out, p.input(format!("{name}_addr"), uint(LM_BITS)))
        };
        RangeRecordIo {
            classes: self.classes.iter().map(|c| class(c.0)).collect(),
            last: p.input("last", bit()),
            retire: p.input("retire", bit()),
            faulty: p.output("faulty", bit()),
            hold: p.output("hold", bit()),
            cause: p.output("cause", uint(4)),
            addr: p.output("addr", uint(LM_BITS)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: RangeRecordIo<'m>) {
        // 0: nothing yet; a larger rank is more important.
        let rank_ty = uint(bits_for(self.classes.len() as u64));
        let [rank, now] = [m.reg("rank_q", rank_ty, 0), m.wire("rank_now", rank_ty)];
        let addr = m.reg_no_reset("addr_q", uint(LM_BITS));
        let addr_now = m.wire("addr_now", uint(LM_BITS));
        now.set(0);
        addr_now.set(io.classes[0].1);
        for (i, &(out, class_addr)) in io.classes.iter().enumerate().rev() {
            m.when(out, || {
                now.set(self.classes.len() - i);
                addr_now.set(class_addr);
            });
        }
        let faulty = (rank.ne(0) | now.ne(0)).named("faulty_now");
        let hold = m.reg("hold_q", bit(), 0);
        m.when(now.gt(rank), || {
            rank.set(now);
            addr.set(addr_now);
        });
        m.when(io.last & faulty, || hold.set(1));
        m.when(io.retire, || {
            hold.set(0);
            rank.set(0);
        });
        io.faulty.set(faulty);
        io.hold.set(hold);
        io.addr.set(addr);
        io.cause.set(m.select(rank, &self.cause_codes(m)));
    }
}

impl RangeRecord {
    /// The cause's code by rank.
    fn cause_codes<'m>(&self, m: &'m Scope) -> Vec<Sig<'m>> {
        let none = std::iter::once(0);
        let codes = none.chain(self.classes.iter().rev().map(|c| c.1 as u32));
        codes.map(|code| m.lit(code, uint(4))).collect()
    }
}
