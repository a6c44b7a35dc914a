//! The array of kind `systolic`.

mod column;
mod pe;
mod skew;

pub use column::{Column, ColumnIo};
pub use pe::{Pe, PeIo};
pub use skew::{Skew, SkewIo, Slope};

use super::array::{dot_bits, ArrayIo};
use crate::stage::{shift_register, Reset, Staged};
use seedbed_hdl::{Module, Ports, Scope, Sig};
use seedbed_spec::config::{Config, Cut};
use seedbed_spec::timing;

/// A weight-stationary array of R x C elements; ports and promises of [`ArrayIo`].
///
/// Activations move to the right by one column per cycle, sums move down by one row per cycle, so row r
/// of a wave of activations starts r cycles late and column c's sum is ready c cycles late: a [`Skew`]
/// of each slope hides both. The plane bit moves with its wave: nothing stops between two planes.
///
/// Weights pass straight to all columns of a row, r cycles late too. So in element (r, c) a column
/// loaded in cycle L counts from L + r + 1 on, and the wave of cycle A looks at its weights in
/// A + r + c. A wave of any later cycle than L (A >= L + 1) therefore sees them in every element, and a
/// wave of cycle A <= L - c sees the weights before in every element: r drops out of both. This is the
/// promise of [`ArrayIo`]. A weight chain along the rows would allow any order of loads, for 8 more
/// flip-flops per element.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SystolicArray {
    /// C.
    pub cols: u32,
    /// Every column.
    pub column: Column,
}

impl SystolicArray {
    /// The array of `config`.
    pub fn new(config: &Config) -> Self {
        let column = Column { rows: config.rows(), product_cut: config.has_cut(Cut::Product) };
        SystolicArray { cols: config.cols(), column }
    }

    /// Cycles from the activations to the sums.
    pub fn latency(&self) -> u32 {
        let cuts = u32::from(self.column.product_cut);
        timing::systolic_array(self.column.rows, self.cols, cuts)
    }

    /// Delays the parts of a vector by their row.
    fn skew<'m>(&self, m: &'m Scope, name: &str, vector: Sig<'m>) -> Sig<'m> {
        let skew = Skew { parts: self.column.rows, bits: 8, slope: Slope::Rising };
        let skewed = m.inst(name, &skew);
        skewed.parts.set(vector);
        skewed.delayed
    }

    /// A vector with a bit per row: `sig`, as many cycles late.
    fn per_row<'m>(&self, m: &'m Scope, name: &str, sig: Sig<'m>) -> Sig<'m> {
        let late = format!("{name}_rows_q");
        let late = shift_register(m, late, sig, self.column.rows - 1, Reset::No);
        m.cat(&[late, sig]).named(format!("{name}_rows"))
    }
}

impl Module for SystolicArray {
    type Io<'m> = ArrayIo<'m>;

    fn name(&self) -> String {
        self.column.name().replace("column", &format!("array_c{}", self.cols))
    }

    fn doc(&self) -> String {
        format!(
            "{} columns of {} elements; `dot` follows `a` by {} cycles.\n\
             A column is loaded no earlier than its index in cycles after the last row of its plane.",
            self.cols,
            self.column.rows,
            self.latency()
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ArrayIo<'m> {
        ArrayIo::declare(p, self.column.rows, self.cols)
    }

    fn build<'m>(&self, m: &'m Scope, io: ArrayIo<'m>) {
        let w = self.skew(m, "u_skew_w", io.w);
        let load_plane = self.per_row(m, "load_plane", io.load_plane);
        let mut a = self.skew(m, "u_skew_a", io.a);
        let mut plane = self.per_row(m, "plane", io.plane);
        let mut dots = Vec::new();
        for c in 0..self.cols {
            let column = m.inst(format!("u_column_{c}"), &self.column);
            column.load.set(io.load.bit(c));
            column.load_plane.set(load_plane);
            column.w.set(w);
            column.a.set(a);
            column.plane.set(plane);
            (a, plane) = (column.a_right, column.plane_right);
            dots.push(Staged::new(column.dot, c * Pe::HOP + self.column.latency()));
        }
        self.align(m, &dots, &io.dots);
    }
}

impl SystolicArray {
    /// Delays the sums so that those of one wave come together.
    fn align<'m>(&self, m: &'m Scope, dots: &[Staged<'m>], outputs: &[Sig<'m>]) {
        let bits = dot_bits(self.column.rows);
        let deskew = Skew { parts: self.cols, bits, slope: Slope::Falling };
        let aligned = m.inst("u_deskew", &deskew);
        let parts: Vec<Sig> = dots.iter().rev().map(|dot| dot.sig).collect();
        aligned.parts.set(m.cat(&parts));
        for (c, (output, dot)) in (0..).zip(outputs.iter().zip(dots)) {
            let part = aligned.delayed.slice(bits * c, bits).as_signed();
            let part = Staged::new(part, dot.stage + deskew.delay(c));
            output.set(part.expect(m, self.latency(), "the systolic array"));
        }
    }
}
