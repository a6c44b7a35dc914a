//! One element of the array.

use crate::matrix::array::dot_bits;
use crate::stage::Staged;
use seedbed_hdl::{bit, sint, Module, Ports, Scope, Sig};
use seedbed_spec::timing;

/// A multiply-accumulate element with two planes of one weight: a DSP slice with its registers for both
/// operands, the product (optional) and the sum.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `load`, `load_plane`, `w` | in | take `w` into this plane |
/// | `load_down` | out | `load`, a cycle later |
/// | `a`, `plane` | in | activation and the plane to multiply it with |
/// | `a_right`, `plane_right` | out | the same, a cycle later |
/// | `sum` | in | of the elements above; the first element has none |
/// | `sum_down` | out | `sum` plus the product |
///
/// A weight taken in one cycle counts from the next on. `sum_down` follows `a` by [`Pe::latency`] cycles
/// and `sum` by one. Nothing is reset: what a bit of `load` or an activation meets on its way came in
/// before it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Pe {
    /// Bits of `sum`; none in the first row.
    pub sum_bits: Option<u32>,
    /// Bits of `sum_down`: enough for every sum of this row, so that the sum is exact.
    pub sum_down_bits: u32,
    /// A register behind the multiplier.
    pub product_cut: bool,
}

/// Ports of [`Pe`].
pub struct PeIo<'m> {
    /// Take `w`.
    pub load: Sig<'m>,
    /// The plane to load.
    pub load_plane: Sig<'m>,
    /// A weight.
    pub w: Sig<'m>,
    /// `load` for the element below.
    pub load_down: Sig<'m>,
    /// An activation.
    pub a: Sig<'m>,
    /// The plane to compute with.
    pub plane: Sig<'m>,
    /// `a` for the element to the right.
    pub a_right: Sig<'m>,
    /// `plane` for the element to the right.
    pub plane_right: Sig<'m>,
    /// The sum from above.
    pub sum: Option<Sig<'m>>,
    /// The sum for the element below.
    pub sum_down: Sig<'m>,
}

impl Pe {
    /// Cycles from an element to the one at its right, or below it.
    pub const HOP: u32 = 1;

    /// The element of row `row`, from 0. Most rows share few of them: the width of a sum grows with the
    /// logarithm of the row.
    pub fn of_row(row: u32, product_cut: bool) -> Self {
        let sum_bits = (row > 0).then(|| dot_bits(row));
        Pe { sum_bits, sum_down_bits: dot_bits(row + 1), product_cut }
    }

    /// Cycles from `a` to `sum_down`.
    pub fn latency(&self) -> u32 {
        timing::systolic_element(self.product_cut.into())
    }

    /// Cycles from `a` to the `sum` that its product is added to.
    pub fn sum_stage(&self) -> u32 {
        self.latency() - Self::HOP
    }
}

impl Module for Pe {
    type Io<'m> = PeIo<'m>;

    fn name(&self) -> String {
        let sum = self.sum_bits.map(|bits| format!("_s{bits}")).unwrap_or_default();
        let cut = if self.product_cut { "_p" } else { "" };
        format!("systolic_pe{sum}_s{}{cut}", self.sum_down_bits)
    }

    fn doc(&self) -> String {
        format!(
            "Multiplies an activation with one of two weights and adds the sum from above.\n\
             `sum_down` follows `a` by {} cycles.",
            self.latency()
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PeIo<'m> {
        PeIo {
            load: p.input("load", bit()),
            load_plane: p.input("load_plane", bit()),
            w: p.input("w", sint(8)),
            load_down: p.output("load_down", bit()),
            a: p.input("a", sint(8)),
            plane: p.input("plane", bit()),
            a_right: p.output("a_right", sint(8)),
            plane_right: p.output("plane_right", bit()),
            sum: self.sum_bits.map(|bits| p.input("sum", sint(bits))),
            sum_down: p.output("sum_down", sint(self.sum_down_bits)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: PeIo<'m>) {
        let planes = [0, 1].map(|i| {
            let plane = m.reg_no_reset(format!("plane{i}_q"), sint(8));
            m.when(io.load & io.load_plane.eq(i), || plane.set(io.w));
            plane
        });
        let hop = |sig, name| Staged::new(sig, 0).pipe(name);
        let (load, plane, a) = (hop(io.load, "load_q"), hop(io.plane, "plane_q"), hop(io.a, "a_q"));
        for (output, passed) in [(io.load_down, load), (io.plane_right, plane), (io.a_right, a)] {
            output.set(passed.expect(m, Self::HOP, "the way to the next element"));
        }
        // Chosen before the operand register, so that the multiplier sits between registers.
        let weight = m.mux(io.plane, planes[1], planes[0]).named("weight");
        let weight = hop(weight, "weight_q");
        let mut product = a.join(m, weight, |a, w| (a * w).named("product"));
        if self.product_cut {
            product = product.pipe("product_q");
        }
        let sum = self.add(m, io.sum, product).pipe("sum_q");
        io.sum_down.set(sum.expect(m, self.latency(), "the element"));
    }
}

impl Pe {
    fn add<'m>(&self, m: &'m Scope, sum: Option<Sig<'m>>, product: Staged<'m>) -> Staged<'m> {
        let Some(sum) = sum else { return product };
        // The width of the row holds the exact sum, so nothing wraps.
        let bits = self.sum_down_bits;
        let add = |sum: Sig<'m>, product: Sig<'m>| {
            sum.resize(bits).wrapping_add(product.resize(bits)).named("next_sum")
        };
        Staged::new(sum, self.sum_stage()).join(m, product, add)
    }
}
