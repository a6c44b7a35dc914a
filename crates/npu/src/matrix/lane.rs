//! One column of the array.

use super::array::dot_bits;
use crate::stage::Staged;
use seedbed_hdl::{bit, clog2, sint, uint, Module, Ports, Scope, Sig};
use seedbed_spec::config::{Config, Cut};
use seedbed_spec::timing;

/// A dot product of R activations and R weights, with two planes of weights: one computes while the
/// other is loaded. All columns of an array are instances of this one module.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `load` | in | take `w` into plane `load_plane` |
/// | `load_plane`, `w` | in | R weights, the first lowest |
/// | `a`, `plane` | in | R activations and the plane to multiply them with |
/// | `dot` | out | the sum, [`timing::dot_array`] cycles after `a` |
///
/// Weights taken in one cycle count from the next on. The plain lane has R multipliers and one
/// balanced adder tree; `cuts` adds registers behind the multipliers and in the middle of the tree.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DotLane {
    /// R.
    pub rows: u32,
    /// Register cuts besides the output register.
    pub cuts: Vec<Cut>,
}

/// Ports of [`DotLane`].
pub struct DotLaneIo<'m> {
    /// Take `w`.
    pub load: Sig<'m>,
    /// The plane to load.
    pub load_plane: Sig<'m>,
    /// R weights.
    pub w: Sig<'m>,
    /// The plane to compute with.
    pub plane: Sig<'m>,
    /// R activations.
    pub a: Sig<'m>,
    /// The dot product.
    pub dot: Sig<'m>,
}

impl DotLane {
    /// The lane of `config`.
    pub fn new(config: &Config) -> Self {
        let mut cuts = config.array.cuts.clone();
        cuts.sort();
        DotLane { rows: config.rows(), cuts }
    }

    /// Bits of the dot product: R products of 16 bits, exact.
    pub fn dot_bits(&self) -> u32 {
        dot_bits(self.rows)
    }

    /// Cycles from the activations to the dot product.
    pub fn latency(&self) -> u32 {
        timing::dot_array(self.cuts.len() as u32)
    }

    fn has(&self, cut: Cut) -> bool {
        self.cuts.contains(&cut)
    }
}

impl Module for DotLane {
    type Io<'m> = DotLaneIo<'m>;

    fn name(&self) -> String {
        let cut = |cut, letter| if self.has(cut) { letter } else { "" };
        format!("dot_lane_r{}{}{}", self.rows, cut(Cut::Product, "_p"), cut(Cut::Tree, "_t"))
    }

    fn doc(&self) -> String {
        format!(
            "One column: dot product of {} int8 activations with one of two weight planes.\n\
             `dot` follows `a` by {} cycles.",
            self.rows,
            self.latency()
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> DotLaneIo<'m> {
        DotLaneIo {
            load: p.input("load", bit()),
            load_plane: p.input("load_plane", bit()),
            w: p.input("w", uint(8 * self.rows)),
            plane: p.input("plane", bit()),
            a: p.input("a", uint(8 * self.rows)),
            dot: p.output("dot", sint(self.dot_bits())),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: DotLaneIo<'m>) {
        let planes = [0, 1].map(|i| {
            let plane = m.reg_no_reset(format!("plane{i}_q"), uint(8 * self.rows));
            m.when(io.load & io.load_plane.eq(i), || plane.set(io.w));
            plane
        });
        let weights = m.mux(io.plane, planes[1], planes[0]).named("weights");
        let products = self.products(m, io.a, weights);
        // If R is no power of two the tree's width grows beyond what the sum needs.
        let sum = self.tree(m, products).map(|sum| sum.resize(self.dot_bits())).pipe("dot_q");
        io.dot.set(sum.expect(m, self.latency(), "the dot lane"));
    }
}

impl DotLane {
    fn products<'m>(&self, m: &'m Scope, a: Sig<'m>, w: Sig<'m>) -> Vec<Staged<'m>> {
        let byte = |v: Sig<'m>, r| v.slice(8 * r, 8).as_signed();
        (0..self.rows)
            .map(|r| {
                let product =
                    Staged::new(byte(a, r), 0).join(m, Staged::new(byte(w, r), 0), |a, w| {
                        (a * w).named(format!("product_{r}"))
                    });
                if self.has(Cut::Product) {
                    product.pipe(format!("product_{r}_q"))
                } else {
                    product
                }
            })
            .collect()
    }

    /// Adds pairs level by level; the tree cut is behind the first half of the levels.
    fn tree<'m>(&self, m: &'m Scope, mut terms: Vec<Staged<'m>>) -> Staged<'m> {
        let levels = clog2(self.rows.into());
        for level in 1..=levels {
            let add = |(i, pair): (usize, &[Staged<'m>])| match pair {
                [x, y] => x.join(m, *y, |x, y| (x + y).named(format!("sum{level}_{i}"))),
                // The last of an odd number goes to the next level as it is.
                _ => pair[0],
            };
            terms = terms.chunks(2).enumerate().map(add).collect();
            if self.has(Cut::Tree) && level == levels.div_ceil(2) {
                let cut = |(i, sum): (usize, &Staged<'m>)| sum.pipe(format!("sum{level}_{i}_q"));
                terms = terms.iter().enumerate().map(cut).collect();
            }
        }
        terms[0]
    }
}
