//! The array of kind `dot`.

use super::array::ArrayIo;
use super::lane::DotLane;
use seedbed_hdl::{Module, Ports, Scope};
use seedbed_spec::config::Config;

/// C lanes side by side; ports and promises of [`ArrayIo`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DotArray {
    /// C.
    pub cols: u32,
    /// The lane of every column.
    pub lane: DotLane,
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
    type Io<'m> = ArrayIo<'m>;

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

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ArrayIo<'m> {
        ArrayIo::declare(p, self.lane.rows, self.cols)
    }

    fn build<'m>(&self, m: &'m Scope, io: ArrayIo<'m>) {
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
