//! What every MAC array does, whatever its structure.

use super::dot::DotArray;
use super::systolic::SystolicArray;
use seedbed_hdl::{bit, sint, uint, Module, Ports, Scope, Sig};
use seedbed_spec::config::{Config, Kind};

/// Ports of every kind of array: R activations in, C sums of products out per cycle, a fixed number of
/// cycles later, and two planes of weights, one of which computes while the other is loaded.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `load` | in | one bit per column: take `w` as its weights |
/// | `load_plane`, `w` | in | the plane they go to; R weights, the first lowest |
/// | `a`, `plane` | in | R activations, the first lowest, and the plane to multiply them with |
/// | `dot_C` | out | column C's sum |
///
/// A row of activations sees the weights loaded in earlier cycles. After the last row of a plane its
/// column c may be loaded again c cycles later or more: who loads the columns in order, one per
/// cycle at most, may begin in the cycle of that row.
pub struct ArrayIo<'m> {
    /// Take `w`, a bit per column.
    pub load: Sig<'m>,
    /// The plane to load.
    pub load_plane: Sig<'m>,
    /// R weights.
    pub w: Sig<'m>,
    /// The plane to compute with.
    pub plane: Sig<'m>,
    /// R activations.
    pub a: Sig<'m>,
    /// The columns' sums.
    pub dots: Vec<Sig<'m>>,
}

impl<'m> ArrayIo<'m> {
    /// The ports of an array of this size.
    pub(crate) fn declare(p: &Ports<'_, 'm>, rows: u32, cols: u32) -> Self {
        let dot = |c| p.output(format!("dot_{c}"), sint(dot_bits(rows)));
        ArrayIo {
            load: p.input("load", uint(cols)),
            load_plane: p.input("load_plane", bit()),
            w: p.input("w", uint(8 * rows)),
            plane: p.input("plane", bit()),
            a: p.input("a", uint(8 * rows)),
            dots: (0..cols).map(dot).collect(),
        }
    }
}

/// Bits of the exact sum of `rows` products of two int8 values, whose largest is 2^14.
pub(crate) fn dot_bits(rows: u32) -> u32 {
    16 + rows.ilog2()
}

/// The array of a configuration: the only place that knows which kinds there are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum MacArray {
    /// Of kind `dot`.
    Dot(DotArray),
    /// Of kind `systolic`.
    Systolic(SystolicArray),
}

impl MacArray {
    /// The array of `config`.
    pub fn new(config: &Config) -> Self {
        match config.array.kind {
            Kind::Dot => MacArray::Dot(DotArray::new(config)),
            Kind::Systolic => MacArray::Systolic(SystolicArray::new(config)),
        }
    }

    /// Cycles from the activations to the sums.
    pub fn latency(&self) -> u32 {
        match self {
            MacArray::Dot(array) => array.latency(),
            MacArray::Systolic(array) => array.latency(),
        }
    }
}

impl Module for MacArray {
    type Io<'m> = ArrayIo<'m>;

    fn name(&self) -> String {
        match self {
            MacArray::Dot(array) => array.name(),
            MacArray::Systolic(array) => array.name(),
        }
    }

    fn doc(&self) -> String {
        match self {
            MacArray::Dot(array) => array.doc(),
            MacArray::Systolic(array) => array.doc(),
        }
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ArrayIo<'m> {
        match self {
            MacArray::Dot(array) => array.io(p),
            MacArray::Systolic(array) => array.io(p),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ArrayIo<'m>) {
        match self {
            MacArray::Dot(array) => array.build(m, io),
            MacArray::Systolic(array) => array.build(m, io),
        }
    }
}
