//! The adder behind the array.

use crate::stage::Staged;
use seedbed_hdl::{bit, sint, Module, Ports, Scope, Sig};
use seedbed_spec::timing;

/// Adds a dot product to a partial sum. All columns are instances of this one module.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `dot` | in | the dot product |
/// | `partial` | in | the partial sum so far |
/// | `first` | in | take 0 instead of `partial` |
/// | `sum` | out | the sum modulo 2^acc_bits, one cycle later |
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Accumulator {
    /// Bits of a dot product.
    pub dot_bits: u32,
    /// Bits of a partial sum.
    pub acc_bits: u32,
}

/// Ports of [`Accumulator`].
pub struct AccumulatorIo<'m> {
    /// The dot product.
    pub dot: Sig<'m>,
    /// The partial sum so far.
    pub partial: Sig<'m>,
    /// Start from zero.
    pub first: Sig<'m>,
    /// The new partial sum.
    pub sum: Sig<'m>,
}

impl Module for Accumulator {
    type Io<'m> = AccumulatorIo<'m>;

    fn name(&self) -> String {
        format!("accumulator_{}_{}", self.dot_bits, self.acc_bits)
    }

    fn doc(&self) -> String {
        "Adds a dot product to a partial sum, or starts a new one.".to_string()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> AccumulatorIo<'m> {
        AccumulatorIo {
            dot: p.input("dot", sint(self.dot_bits)),
            partial: p.input("partial", sint(self.acc_bits)),
            first: p.input("first", bit()),
            sum: p.output("sum", sint(self.acc_bits)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: AccumulatorIo<'m>) {
        let start = m.mux(io.first, m.zero(io.partial.ty()), io.partial).named("start");
        let dot = io.dot.resize(self.acc_bits);
        let sum = Staged::new(start.wrapping_add(dot), 0).pipe("sum_q");
        io.sum.set(sum.expect(m, timing::ACCUMULATE, "the accumulator"));
    }
}
