//! The array of kind `dot`.

use super::lane::DotLane;
use seedbed_hdl::{bit, sint, uint, Module, Ports, Scope, Sig};
use seedbed_spec::config::Config;

/// C lanes side by side. All kinds of array share this contract: R activations in, C sums of
/// products out per cycle, [`DotArray::latency`] cycles later, and two planes of weights.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `load` | in | one bit per column: take `w` as its weights |
/// | `load_plane`, `w` | in | the plane they go to, R weights, the first lowest |
/// | `a`, `plane` | in | R activations and the plane to multiply them with |
/// | `dot_C` | out | column C's sum |
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DotArray {
    /// C.
    pub cols: u32,
    /// The lane of every column.
    pub lane: DotLane,
}

/// Ports of [`DotArray`].
pub struct DotArrayIo<'m> {
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

impl DotArray {
    /// The array of `config`.
    pub fn new(config: &Config) -> Self {
        DotArray { cols: config.cols(), lane: DotLane::new(config) }
    }

    /// Cycles from the activations to the sums.
    pub fn latency(&self) -> u32 {
        self.lane.latency()
    }
}

impl Module for DotArray {
    type Io<'m> = DotArrayIo<'m>;

    fn name(&self) -> String {
        self.lane.name().replace("lane", &format!("array_c{}", self.cols))
    }

    fn doc(&self) -> String {
        format!(
            "{} columns of {} rows; `dot` follows `a` by {} cycles.",
            self.cols,
            self.lane.rows,
            self.latency()
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> DotArrayIo<'m> {
        let dot = |c| p.output(format!("dot_{c}"), sint(self.lane.dot_bits()));
        DotArrayIo {
            load: p.input("load", uint(self.cols)),
            load_plane: p.input("load_plane", bit()),
            w: p.input("w", uint(8 * self.lane.rows)),
            plane: p.input("plane", bit()),
            a: p.input("a", uint(8 * self.lane.rows)),
            dots: (0..self.cols).map(dot).collect(),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: DotArrayIo<'m>) {
        for (c, dot) in io.dots.iter().enumerate() {
            let lane = m.inst(format!("u_lane_{c}"), &self.lane);
            lane.load.set(io.load.bit(c as u32));
            lane.load_plane.set(io.load_plane);
            lane.w.set(io.w);
            lane.plane.set(io.plane);
            lane.a.set(io.a);
            dot.set(lane.dot);
        }
    }
}
