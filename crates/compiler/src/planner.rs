//! Chooses how each layer is cut and where its operands lie.
//!
//! LM has three parts: activations, the parameters ring, the weights ring. Parameters lie next to the
//! outputs because POST, which uses both, would starve in a bank that MATRIX reads all the time. A tensor between two layers
//! either stays in LM, at the low end if its number is even and at the high end if it is odd, so
//! that a layer's input and output never meet; or it goes through external memory, like the
//! network's own input and output. The planner tries every sensible start of the weights ring; for
//! each it finds the cheapest way to keep or spill the tensors by dynamic programming, where the
//! price of a layer is the estimate of [`crate::price`].

use std::ops::Range;

use crate::cut::{chunks, groups, spans, Cut, Ramp};
use crate::geometry::{Gemm, Geometry};
use crate::place::{place, Ends};
use crate::plan::{
    most_rows, tiles_per_step, Emission, LayerPlan, Operand, Order, Place, COUNT_MAX,
};
use crate::price::{price, Site};

/// The plan of a whole network.
#[derive(Debug)]
pub(crate) struct Layout {
    pub layers: Vec<LayerPlan>,
    /// LM bytes of the parameters ring.
    pub params: Range<u64>,
    /// LM bytes of the weights ring.
    pub weights: Range<u64>,
    /// Bytes of an LM bank.
    pub bank: u64,
    pub emission: Emission,
}

/// The decisions from which a [`Layout`] follows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Choice {
    /// Start of the weights ring.
    pub weights: u64,
    pub emission: Emission,
    pub layers: Vec<(Ends, Shape)>,
}

impl Choice {
    /// The plan that follows, unless something does not fit.
    pub fn layout(&self, geometry: &Geometry, gemms: &[Gemm]) -> Option<Layout> {
        let planner = Planner::new(geometry, gemms, self.weights);
        let layers = gemms.iter().zip(&self.layers);
        let layers = layers.map(|(gemm, (ends, shape))| planner.build(gemm, *ends, *shape));
        let layers = layers.collect::<Option<Vec<_>>>()?;
        let Planner { params, weights, .. } = planner;
        let (bank, emission) = (geometry.lm_bank, self.emission);
        Some(Layout { layers, params, weights, bank, emission })
    }
}

/// Plans the layers of a chain for each start of the weights ring, the cheapest first. The error is
/// the index of a layer that does not fit.
pub(crate) fn plan(geometry: &Geometry, gemms: &[Gemm]) -> Result<Vec<Choice>, usize> {
    let (mut choices, mut furthest) = (Vec::new(), 0);
    for weights in boundaries(geometry, gemms) {
        match Planner::new(geometry, gemms, weights).chain(gemms) {
            Ok((price, layers)) => {
                choices.push((price, Choice { weights, emission: Emission::USUAL, layers }));
            }
            Err(layer) => furthest = furthest.max(layer),
        }
    }
    if choices.is_empty() {
        return Err(furthest);
    }
    choices.sort_by_key(|choice| choice.0);
    Ok(choices.into_iter().map(|choice| choice.1).collect())
}

/// Size of the parameters ring: a whole layer's if that is not more than an eighth of LM.
fn params_bytes(geometry: &Geometry, gemms: &[Gemm]) -> u64 {
    let least = geometry.tiles_per_unit() * geometry.param_tile;
    let most = gemms.iter().map(|gemm| gemm.n_tiles * geometry.param_tile).max().unwrap_or(0);
    most.min(geometry.lm / 8 / least * least).max(least)
}

/// Candidate starts of the weights ring: sixteenths of LM, and close to the least for small batches.
pub(crate) fn boundaries(geometry: &Geometry, gemms: &[Gemm]) -> Vec<u64> {
    let params = params_bytes(geometry, gemms);
    let sixteenths = (1..16).map(|part| geometry.lm * part / 16);
    let small = [LEAST_ROWS * geometry.row(1), geometry.lm / 64, geometry.lm / 32];
    let mut all: Vec<u64> = small.iter().map(|bytes| params + bytes).chain(sixteenths).collect();
    all.iter_mut().for_each(|at| *at = at.next_multiple_of(geometry.word));
    all.retain(|at| *at >= params + LEAST_ROWS * geometry.row(1) && *at < geometry.lm);
    all.sort_unstable();
    all.dedup();
    all
}

/// Rows of the smallest activations: two pieces of the input, two of the output.
const LEAST_ROWS: u64 = 4;

/// Bytes of LM without which no layer can be planned: its smallest pieces.
pub(crate) fn least_bytes(geometry: &Geometry) -> u64 {
    let (n, k) = (geometry.tiles_per_unit(), geometry.slices_per_unit());
    // The weights ring starts at a word.
    let weights = LEAST_ROWS * geometry.row(1) + n * geometry.param_tile;
    weights.next_multiple_of(geometry.word) + Gemm::weight_bytes(geometry, n, k)
}

struct Planner<'a> {
    geometry: &'a Geometry,
    params: Range<u64>,
    weights: Range<u64>,
}

/// The cheapest way so far to have computed a tensor: its price, and where the tensors and how the
/// blocks of the layer that wrote it are.
type Reached = Option<(u64, Ends, Shape)>;

impl<'a> Planner<'a> {
    fn new(geometry: &'a Geometry, gemms: &[Gemm], weights: u64) -> Self {
        let params = weights - params_bytes(geometry, gemms)..weights;
        Planner { geometry, params, weights: weights..geometry.lm }
    }

    /// The cheapest plans of all layers, or the index of the first layer that does not fit.
    fn chain(&self, gemms: &[Gemm]) -> Result<(u64, Vec<(Ends, Shape)>), usize> {
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
            let (price, shape) = self.layer(&gemms[index], ends)?;
            Some((base + price, ends, shape))
        });
        ways.min_by_key(|way| way.0)
    }

    /// The cheapest plan of one layer. Pieces smaller than a block are tried only when blocks do
    /// not fit.
    fn layer(&self, gemm: &Gemm, ends: Ends) -> Option<(u64, Shape)> {
        let whole = self.cheapest(gemm, ends, &[(false, false)]);
        whole.or_else(|| self.cheapest(gemm, ends, &[(false, true), (true, false), (true, true)]))
    }

    fn cheapest(&self, gemm: &Gemm, ends: Ends, pieces: &[(bool, bool)]) -> Option<(u64, Shape)> {
        let mut best: Option<(u64, Shape)> = None;
        for shape in self.shapes(gemm, ends, pieces) {
            let Some(plan) = self.build(gemm, ends, shape) else { continue };
            let limit = best.map_or(u64::MAX, |(least, _)| least);
            let price = price(self.geometry, gemm, &plan, self.site(ends), limit);
            best = price.map(|price| (price, shape)).or(best);
        }
        best
    }

    /// The shapes whose prices are compared.
    fn shapes(&self, gemm: &Gemm, ends: Ends, pieces: &[(bool, bool)]) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for (cut, single, largest) in self.block_cuts(gemm) {
            for order in Order::ALL {
                let apart = order != Order::KeepWeights && largest < 2 * self.geometry.c;
                for &(split, slice) in pieces {
                    for &ramp in ramps(ends.index == 0, single) {
                        let (end, tail, beside) = (Ramp::Down, false, false);
                        let shape =
                            Shape { order, split, slice, cut, ramp, end, apart, tail, beside };
                        shapes.push(shape);
                    }
                }
            }
        }
        shapes
    }

    fn site(&self, ends: Ends) -> Site {
        Site { weights: self.weights.clone(), first: ends.index == 0 }
    }

    /// Candidate cuts of the rows: blocks of powers of two with small or equal ends. With each,
    /// whether it is a single block, and the rows of the largest.
    fn block_cuts(&self, gemm: &Gemm) -> Vec<(Cut, bool, u64)> {
        let g = self.geometry;
        let most = most_rows(self.geometry);
        // With this many rows a weight tile loads in half the time of its use.
        let ramp = g.c.max(2 * g.tile / g.bus);
        let powers = (0..13).map(|bit| 1 << bit).filter(|rows| *rows <= most && *rows < gemm.rows);
        let sizes = powers.chain((gemm.rows <= most).then_some(gemm.rows));
        let mut all = Vec::new();
        for size in sizes {
            for first in [0, ramp, ramp + ramp / 2, 2 * ramp] {
                for last in [0, g.c, ramp] {
                    let cut = Cut { most: size, first, last };
                    let fits = first <= most && last <= size;
                    all.extend(fits.then(|| Some((cut.blocks(gemm.rows)?, cut))).flatten());
                }
            }
        }
        all.sort_unstable();
        all.dedup_by(|a, b| a.0 == b.0);
        let largest = |blocks: &[u64]| blocks.iter().copied().max().unwrap_or(0);
        all.iter().map(|(blocks, cut)| (*cut, blocks.len() == 1, largest(blocks))).collect()
    }

    /// The plan of one candidate, unless it does not fit.
    fn build(&self, gemm: &Gemm, ends: Ends, shape: Shape) -> Option<LayerPlan> {
        if (shape.split && !ends.input) || (shape.slice && !ends.output) {
            return None;
        }
        if shape.beside && !(ends.input && ends.output && shape.order != Order::Groups) {
            return None;
        }
        let operand = |external| Operand { external, place: Place::Whole(0) };
        let blocks = shape.cut.blocks(gemm.rows)?;
        let block_rows = blocks.iter().copied().max()?;
        if block_rows > most_rows(self.geometry) {
            return None;
        }
        let mut plan = LayerPlan {
            order: shape.order,
            blocks,
            block_rows,
            groups: Vec::new(),
            last_groups: Vec::new(),
            chunks: self.chunk_cut(gemm, &shape, block_rows)?,
            spans: Vec::new(),
            split_input: shape.split,
            slice_output: shape.slice,
            apart: shape.apart,
            tail: shape.tail,
            beside: shape.beside,
            input: operand(ends.input),
            output: operand(ends.output),
        };
        plan.groups = self.group_cut(gemm, &plan, shape.ramp)?;
        let last = tiles_per_step(self.geometry, *plan.blocks.last()?);
        plan.last_groups = groups(gemm.n_tiles, 1, last, shape.end);
        plan.spans = self.span_cut(&plan)?;
        if !self.weights_fit(gemm, &plan) || !self.tail_fits(gemm, &plan) {
            return None;
        }
        place(self.geometry, gemm, &mut plan, ends, self.params.start)?;
        Some(plan)
    }

    /// Whether a last group that is stored on its own begins at a whole beat.
    fn tail_fits(&self, gemm: &Gemm, plan: &LayerPlan) -> bool {
        let groups = plan.visit(self.geometry, plan.blocks.len() - 1);
        let early = gemm.n_tiles - groups.last().copied().unwrap_or(0);
        !plan.tail || (early * self.geometry.c) % self.geometry.bus == 0
    }

    fn weights_bytes(&self) -> u64 {
        self.weights.end - self.weights.start
    }

    /// Cuts k so that one group of the least width fits half the weights ring, or at least the ring.
    fn chunk_cut(&self, gemm: &Gemm, shape: &Shape, rows: u64) -> Option<Vec<u64>> {
        let g = self.geometry;
        let unit = if shape.slice { g.tiles_per_unit() } else { 1 };
        let whole = Gemm::weight_bytes(g, unit, gemm.k_tiles);
        let one = !shape.split && gemm.k_tiles <= COUNT_MAX;
        if shape.order != Order::StreamWeights {
            return one.then(|| vec![gemm.k_tiles]);
        }
        if one && whole <= self.weights_bytes() / 2 {
            return Some(vec![gemm.k_tiles]);
        }
        let holds = |bytes: u64| bytes / (unit * g.tile);
        let sizes = [self.weights_bytes() / 2, self.weights_bytes()];
        let mut most = sizes.map(holds).into_iter().find(|tiles| *tiles > 0)?;
        if shape.split {
            let input = self.params.start / 4 / (rows * g.r);
            most = most.min(input).max(1).next_multiple_of(g.slices_per_unit());
        }
        Some(chunks(gemm.k_tiles, most.min(gemm.k_tiles).min(COUNT_MAX)))
    }

    /// Cuts n so that a step fits one PS bank and several pieces fit the weights ring.
    fn group_cut(&self, gemm: &Gemm, plan: &LayerPlan, ramp: Ramp) -> Option<Vec<u64>> {
        let g = self.geometry;
        let keep = plan.order == Order::KeepWeights;
        let unit = match (plan.slice_output, keep) {
            (true, _) => g.tiles_per_unit(),
            (false, true) => gemm.kept_unit(g),
            (false, false) => 1,
        };
        let rows = if keep && !plan.slice_output { plan.blocks[0] } else { plan.block_rows };
        let column = Gemm::weight_bytes(g, 1, plan.chunks[0]);
        let piece = if plan.apart { g.lm_bank } else { self.weights_bytes() };
        let piece = piece.min(self.weights_bytes() / 4);
        let several = if keep { COUNT_MAX } else { (piece / column).max(unit) };
        let params = (self.params.end - self.params.start) / g.param_tile;
        let most = tiles_per_step(g, rows).min(several).min(params);
        let equal = !(keep && plan.apart) || ramp == Ramp::Ones;
        (most >= unit && equal).then(|| groups(gemm.n_tiles, unit, most, ramp))
    }

    /// Joins groups to spans that share a load of parameters: all if they fit, else two at a time
    /// in the ring. Kept weights need all parameters at once.
    fn span_cut(&self, plan: &LayerPlan) -> Option<Vec<u64>> {
        let holds = (self.params.end - self.params.start) / self.geometry.param_tile;
        let all: u64 = plan.groups.iter().sum();
        if all <= holds {
            return Some(vec![all]);
        }
        (plan.order != Order::KeepWeights).then(|| spans(&plan.groups, holds / 2))
    }

    fn weights_fit(&self, gemm: &Gemm, plan: &LayerPlan) -> bool {
        let k = plan.chunks[0];
        let bytes = match plan.order {
            Order::KeepWeights => plan.kept_bytes(self.geometry, gemm),
            _ => {
                let largest = plan.groups.iter().copied().max().unwrap_or(0);
                Gemm::weight_bytes(self.geometry, largest, k)
            }
        };
        bytes <= self.weights_bytes()
    }
}

/// The decisions about one layer, from which its plan follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub order: Order,
    pub split: bool,
    pub slice: bool,
    pub cut: Cut,
    /// How groups grow and shrink, and those of the last block if weights are kept.
    pub ramp: Ramp,
    pub end: Ramp,
    pub apart: bool,
    pub tail: bool,
    pub beside: bool,
}

/// The ramps worth trying: up while nothing is loaded yet, down where a block is the last one.
fn ramps(first: bool, single: bool) -> &'static [Ramp] {
    match (first, single) {
        (true, true) => &[Ramp::Flat, Ramp::Up, Ramp::Both, Ramp::Tail],
        (true, false) => &[Ramp::Flat, Ramp::Up],
        (false, true) => &[Ramp::Flat, Ramp::Down, Ramp::Tail],
        (false, false) => &[Ramp::Flat],
    }
}

/// Follows the table back from the network's output, which is external.
fn unwind(table: Vec<[Reached; 2]>) -> (u64, Vec<(Ends, Shape)>) {
    let mut layers = Vec::new();
    let mut total = None;
    let mut external = true;
    for row in table.into_iter().rev() {
        if let Some((price, ends, shape)) = row[usize::from(external)] {
            total.get_or_insert(price);
            layers.push((ends, shape));
            external = ends.input;
        }
    }
    layers.reverse();
    (total.unwrap_or(0), layers)
}
