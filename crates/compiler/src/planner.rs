//! Chooses how each layer is cut and where its operands lie.
//!
//! LM has two parts: the activations below, the weights ring above. A tensor between two layers
//! either stays in LM, at the low end if its number is even and at the high end if it is odd, so
//! that a layer's input and output never meet; or it goes through external memory, like the
//! network's own input and output. The planner tries every sensible boundary between the parts; for
//! each it finds the cheapest way to keep or spill the tensors by dynamic programming, where the
//! price of a layer is the estimate of [`crate::price`].

use crate::cut::{blocks, chunks, groups, Ramp};
use crate::geometry::{Gemm, Geometry};
use crate::place::{place, Ends};
use crate::plan::{LayerPlan, Operand, Order, Place};
use crate::price::{price, Site};

/// The plan of a whole network.
#[derive(Debug)]
pub(crate) struct Layout {
    pub layers: Vec<LayerPlan>,
    /// First LM byte of the weights ring, which reaches to the end of LM.
    pub ring: u64,
}

/// Plans the layers of a chain. The error is the index of a layer that does not fit.
pub(crate) fn plan(geometry: &Geometry, gemms: &[Gemm]) -> Result<Layout, usize> {
    let mut best: Option<(u64, Layout)> = None;
    let mut furthest = 0;
    for ring in boundaries(geometry) {
        match (Planner { geometry, ring }).chain(gemms) {
            Ok((price, layers)) => {
                if best.as_ref().is_none_or(|(least, _)| price < *least) {
                    best = Some((price, Layout { layers, ring }));
                }
            }
            Err(layer) => furthest = furthest.max(layer),
        }
    }
    best.map(|(_, layout)| layout).ok_or(furthest)
}

/// Candidate boundaries between activations and weights ring: sixteenths of LM, and close to its
/// start for small batches.
fn boundaries(geometry: &Geometry) -> Vec<u64> {
    let sixteenths = (1..16).map(|part| geometry.lm * part / 16);
    let small = [LEAST_WORDS * geometry.word, geometry.lm / 64, geometry.lm / 32];
    let mut all: Vec<u64> = small.into_iter().chain(sixteenths).collect();
    all.iter_mut().for_each(|at| *at = at.next_multiple_of(2 * geometry.word));
    all.retain(|at| *at < geometry.lm);
    all.sort_unstable();
    all.dedup();
    all
}

/// Words for the smallest activations: two pieces of the input, two of the output.
const LEAST_WORDS: u64 = 4;

/// Bytes of LM without which no layer can be planned: its smallest pieces.
pub(crate) fn least_bytes(geometry: &Geometry) -> u64 {
    let (n, k) = (geometry.tiles_per_word(), geometry.slices_per_word());
    LEAST_WORDS * geometry.word + Gemm::piece_bytes(geometry, n, k, true)
}

struct Planner<'a> {
    geometry: &'a Geometry,
    ring: u64,
}

/// The cheapest way so far to have computed a tensor: its price, where the previous tensor was,
/// and the plan of the layer that wrote it.
type Reached = Option<(u64, bool, LayerPlan)>;

impl Planner<'_> {
    /// The cheapest plans of all layers, or the index of the first layer that does not fit.
    fn chain(&self, gemms: &[Gemm]) -> Result<(u64, Vec<LayerPlan>), usize> {
        let mut table: Vec<[Reached; 2]> = Vec::new();
        for index in 0..gemms.len() {
            let before = |external: bool| match index {
                0 => external.then_some(0),
                _ => table[index - 1][usize::from(external)].as_ref().map(|reached| reached.0),
            };
            let last = index + 1 == gemms.len();
            let reach = |external: bool| {
                if last && !external {
                    return None;
                }
                self.reach(gemms, index, external, &before)
            };
            let row = [reach(false), reach(true)];
            if row.iter().all(Option::is_none) {
                return Err(index);
            }
            table.push(row);
        }
        Ok(unwind(table))
    }

    /// The cheapest way to write the output of layer `index`, over both places of its input.
    fn reach(
        &self,
        gemms: &[Gemm],
        index: usize,
        output: bool,
        before: &dyn Fn(bool) -> Option<u64>,
    ) -> Reached {
        let ways = [false, true].into_iter().filter_map(|input| {
            let base = before(input)?;
            let ends = Ends { index, input, output };
            let (price, plan) = self.layer(&gemms[index], ends)?;
            Some((base + price, input, plan))
        });
        ways.min_by_key(|way| way.0)
    }

    /// The cheapest plan of one layer. Pieces smaller than a block are tried only when blocks do
    /// not fit.
    fn layer(&self, gemm: &Gemm, ends: Ends) -> Option<(u64, LayerPlan)> {
        let whole = self.cheapest(gemm, ends, &[(false, false)]);
        whole.or_else(|| self.cheapest(gemm, ends, &[(false, true), (true, false), (true, true)]))
    }

    fn cheapest(
        &self,
        gemm: &Gemm,
        ends: Ends,
        pieces: &[(bool, bool)],
    ) -> Option<(u64, LayerPlan)> {
        let orders = [Order::BlocksKeepWeights, Order::BlocksStreamWeights, Order::Groups];
        let mut best: Option<(u64, LayerPlan)> = None;
        for blocks in self.block_cuts(gemm) {
            for order in orders {
                for &(split, slice) in pieces {
                    let shape = Shape { order, split, slice, blocks: &blocks };
                    let Some(plan) = self.build(gemm, ends, shape) else { continue };
                    let site = Site { ring: self.ring, first: ends.index == 0 };
                    let price = price(self.geometry, gemm, &plan, site);
                    if best.as_ref().is_none_or(|(least, _)| price < *least) {
                        best = Some((price, plan));
                    }
                }
            }
        }
        best
    }

    /// Candidate cuts of the rows: blocks of powers of two with small or equal ends. Blocks below
    /// C rows waste the array; they come in only when PS or LM hold no more.
    fn block_cuts(&self, gemm: &Gemm) -> Vec<Vec<u64>> {
        let g = self.geometry;
        let most = g.ps_bank_rows.min(COUNT_MAX);
        let ramp = g.c.max(2 * g.tile / g.bus);
        let powers = (0..13).map(|bit| 1 << bit).filter(|rows| *rows <= most && *rows < gemm.rows);
        let sizes = powers.chain((gemm.rows <= most).then_some(gemm.rows));
        let mut all = Vec::new();
        for size in sizes {
            for (first, last) in [(0, 0), (ramp, 0), (ramp, g.c), (0, g.c), (ramp, ramp)] {
                let fits = first <= size && last <= size;
                all.extend(fits.then(|| blocks(gemm.rows, size, first, last)).flatten());
            }
        }
        all.dedup();
        all
    }

    /// The plan of one candidate, unless it does not fit.
    fn build(&self, gemm: &Gemm, ends: Ends, shape: Shape) -> Option<LayerPlan> {
        let operand = |external| Operand { external, place: Place::Whole(0) };
        let mut plan = LayerPlan {
            order: shape.order,
            blocks: shape.blocks.to_vec(),
            groups: Vec::new(),
            chunks: self.chunk_cut(gemm, &shape)?,
            split_input: shape.split,
            slice_output: shape.slice,
            input: operand(ends.input),
            output: operand(ends.output),
        };
        let pointless = (shape.split && !ends.input) || (shape.slice && !ends.output);
        plan.groups = self.group_cut(gemm, &plan, ends.index == 0)?;
        if pointless || !self.weights_fit(gemm, &plan) {
            return None;
        }
        place(self.geometry, gemm, &mut plan, ends, self.ring)?;
        Some(plan)
    }

    fn ring_bytes(&self) -> u64 {
        self.geometry.lm - self.ring
    }

    /// Cuts k so that one group of the least width fits half the ring, or at least the ring.
    fn chunk_cut(&self, gemm: &Gemm, shape: &Shape) -> Option<Vec<u64>> {
        let g = self.geometry;
        let unit = if shape.slice { g.tiles_per_word() } else { 1 };
        let whole = Gemm::piece_bytes(g, unit, gemm.k_tiles, true);
        let one = !shape.split && gemm.k_tiles <= COUNT_MAX;
        if shape.order != Order::BlocksStreamWeights {
            return one.then(|| vec![gemm.k_tiles]);
        }
        if one && whole <= self.ring_bytes() / 2 {
            return Some(vec![gemm.k_tiles]);
        }
        let holds = |bytes: u64| bytes.saturating_sub(unit * g.param_tile) / (unit * g.tile);
        let mut most = [self.ring_bytes() / 2, self.ring_bytes()].map(holds).into_iter();
        let mut most = most.find(|tiles| *tiles > 0)?;
        if shape.split {
            let rows = shape.blocks.iter().copied().max()?;
            let input = self.ring / 4 / (rows * g.r);
            most = most.min(input).max(1).next_multiple_of(g.slices_per_word());
        }
        Some(chunks(gemm.k_tiles, most.min(gemm.k_tiles).min(COUNT_MAX)))
    }

    /// Cuts n so that a step fits one PS bank and several pieces fit the ring.
    fn group_cut(&self, gemm: &Gemm, plan: &LayerPlan, cold: bool) -> Option<Vec<u64>> {
        let g = self.geometry;
        let unit = if plan.slice_output { g.tiles_per_word() } else { 1 };
        let sums = g.ps_bank_rows / plan.block_rows();
        let column = Gemm::piece_bytes(g, 1, plan.chunks[0], true);
        let several = match plan.order {
            Order::BlocksKeepWeights => sums,
            _ => (self.ring_bytes() / 4 / column).max(unit),
        };
        let most = sums.min(several).min(gemm.n_tiles).min(COUNT_MAX);
        let post = plan.block_rows() * g.c / g.lanes;
        let ramp = Ramp {
            unit,
            most,
            up: cold && most * column / g.bus > RAMP_GAIN,
            down: (plan.blocks.len() == 1 || plan.order == Order::Groups)
                && most * post > RAMP_GAIN,
        };
        (most >= unit).then(|| groups(gemm.n_tiles, ramp))
    }

    fn weights_fit(&self, gemm: &Gemm, plan: &LayerPlan) -> bool {
        let k = plan.chunks[0];
        let bytes = plan.groups.iter().map(|n| Gemm::piece_bytes(self.geometry, *n, k, true));
        let needed = match plan.order {
            Order::BlocksKeepWeights => bytes.sum(),
            _ => bytes.max().unwrap_or(0),
        };
        debug_assert!(plan.groups.iter().sum::<u64>() == gemm.n_tiles);
        needed <= self.ring_bytes()
    }
}

/// The largest count that a command field holds.
const COUNT_MAX: u64 = 4096;

/// Cycles that a small first or last group must save to be worth its commands.
const RAMP_GAIN: u64 = 64;

/// The choices that are tried for one layer.
#[derive(Clone, Copy)]
struct Shape<'a> {
    order: Order,
    split: bool,
    slice: bool,
    blocks: &'a [u64],
}

/// Follows the table back from the network's output, which is external.
fn unwind(table: Vec<[Reached; 2]>) -> (u64, Vec<LayerPlan>) {
    let mut plans = Vec::new();
    let mut total = None;
    let mut external = true;
    for mut row in table.into_iter().rev() {
        if let Some((price, input, plan)) = row[usize::from(external)].take() {
            total.get_or_insert(price);
            plans.push(plan);
            external = input;
        }
    }
    plans.reverse();
    (total.unwrap_or(0), plans)
}
