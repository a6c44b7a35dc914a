//! A level of one bit into the domain of the part.

use super::two_flops;
use seedbed_hdl::{bit, Module, Ports, Scope, Sig};

/// A synchroniser of two flops.
///
/// | port | direction | type | |
/// |---|---|---|---|
/// | `d` | in | bit | a register of any clock domain, or an input of no domain |
/// | `q` | out | bit | in the domain of the part |
///
/// Timing: `q` follows `d` after one to two cycles. A level shorter than a cycle may be missed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct BitSync;

/// Ports of [`BitSync`].
pub struct BitSyncIo<'m> {
    /// The level in.
    pub d: Sig<'m>,
    /// The level out.
    pub q: Sig<'m>,
}

impl Module for BitSync {
    type Io<'m> = BitSyncIo<'m>;

    fn name(&self) -> String {
        "bit_sync".into()
    }

    fn doc(&self) -> String {
        "Synchroniser of two flops for one bit of another clock domain.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> BitSyncIo<'m> {
        BitSyncIo { d: p.input("d", bit()), q: p.output("q", bit()) }
    }

    fn build<'m>(&self, m: &'m Scope, io: BitSyncIo<'m>) {
        io.q.set(two_flops(m, "d", io.d));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;

    #[test]
    fn a_level_takes_two_edges() {
        let mut b = Bench::new(&BitSync);
        b.set("d", 1);
        let seen: Vec<u64> = (0..4)
            .map(|_| {
                let q = b.get("q");
                b.tick();
                q
            })
            .collect();
        assert_eq!(seen, [0, 0, 1, 1]);
    }
}
