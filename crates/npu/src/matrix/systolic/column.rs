//! One column of elements.

use super::pe::Pe;
use crate::matrix::array::dot_bits;
use crate::stage::Staged;
use seedbed_hdl::{bit, sint, uint, Module, Ports, Scope, Sig};

/// R elements, one above the other; all columns of an array are instances of this one module. Vectors
/// hold row 0 in their lowest bits, and row r of every vector is r cycles late.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `load` | in | take the weights of row 0 now, those of row r in r cycles |
/// | `load_plane`, `w` | in | the plane to load, a bit per row; R weights |
/// | `a`, `plane` | in | R activations; the plane to multiply them with, a bit per row |
/// | `a_right`, `plane_right` | out | the same, a cycle later |
/// | `dot` | out | the sum, [`Column::latency`] cycles after row 0's activation |
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Column {
    /// R.
    pub rows: u32,
    /// A register behind every multiplier.
    pub product_cut: bool,
}

/// Ports of [`Column`].
pub struct ColumnIo<'m> {
    /// Take the weights.
    pub load: Sig<'m>,
    /// The plane to load.
    pub load_plane: Sig<'m>,
    /// R weights.
    pub w: Sig<'m>,
    /// R activations.
    pub a: Sig<'m>,
    /// The plane to compute with.
    pub plane: Sig<'m>,
    /// `a` for the column to the right.
    pub a_right: Sig<'m>,
    /// `plane` for the column to the right.
    pub plane_right: Sig<'m>,
    /// The sum of products.
    pub dot: Sig<'m>,
}

impl Column {
    /// Cycles from the activation of row 0 to the sum.
    pub fn latency(&self) -> u32 {
        let last = self.rows - 1;
        last * Pe::HOP + Pe::of_row(last, self.product_cut).latency()
    }
}

impl Module for Column {
    type Io<'m> = ColumnIo<'m>;

    fn name(&self) -> String {
        let cut = if self.product_cut { "_p" } else { "" };
        format!("systolic_column_r{}{cut}", self.rows)
    }

    fn doc(&self) -> String {
        format!(
            "{} elements; `dot` follows the activation of row 0 by {} cycles.",
            self.rows,
            self.latency()
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ColumnIo<'m> {
        let (bytes, bits) = (uint(8 * self.rows), uint(self.rows));
        ColumnIo {
            load: p.input("load", bit()),
            load_plane: p.input("load_plane", bits),
            w: p.input("w", bytes),
            a: p.input("a", bytes),
            plane: p.input("plane", bits),
            a_right: p.output("a_right", bytes),
            plane_right: p.output("plane_right", bits),
            dot: p.output("dot", sint(dot_bits(self.rows))),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ColumnIo<'m>) {
        let mut load = io.load;
        let mut sum: Option<Staged<'m>> = None;
        let (mut a_right, mut plane_right) = (Vec::new(), Vec::new());
        for r in 0..self.rows {
            let element = Pe::of_row(r, self.product_cut);
            let pe = m.inst(format!("u_pe_{r}"), &element);
            pe.load.set(load);
            pe.load_plane.set(io.load_plane.bit(r));
            pe.w.set(io.w.slice(8 * r, 8).as_signed());
            pe.a.set(io.a.slice(8 * r, 8).as_signed());
            pe.plane.set(io.plane.bit(r));
            let start = r * Pe::HOP;
            if let (Some(port), Some(sum)) = (pe.sum, sum) {
                port.set(sum.expect(m, start + element.sum_stage(), "the sum from above"));
            }
            sum = Some(Staged::new(pe.sum_down, start + element.latency()));
            load = pe.load_down;
            a_right.insert(0, pe.a_right.as_unsigned());
            plane_right.insert(0, pe.plane_right);
        }
        io.a_right.set(m.cat(&a_right));
        io.plane_right.set(m.cat(&plane_right));
        sum.into_iter().for_each(|sum| io.dot.set(sum.expect(m, self.latency(), "the column")));
    }
}
