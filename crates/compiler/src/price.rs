//! Estimates the cycles of a planned layer, to compare plans with each other.
//!
//! The four engines are followed step by step with the limits that shape a schedule: the bus, space
//! in the weights ring and in slots, PS banks. Accesses that wait because MATRIX reads from the same
//! LM bank are added, and moved bytes break ties.

use std::collections::VecDeque;
use std::ops::Range;

use crate::geometry::{Gemm, Geometry};
use crate::plan::{ranges, LayerPlan, Order, Place};

/// Start of a command that does not overlap.
const COMMAND: u64 = 10;
/// Beats that a short run costs at least, because bursts in flight are limited.
const SHORT_RUN: u64 = 12;
/// External memory's answer to a layer that must wait for the layer before it.
const ANSWER: u64 = 50;

/// Where and when a layer runs.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// LM bytes of the weights ring.
    pub weights: Range<u64>,
    /// Nothing was loaded before.
    pub first: bool,
}

/// The estimate, in cycles. `None` when it is not below `limit`.
pub(crate) fn price(
    g: &Geometry,
    gemm: &Gemm,
    plan: &LayerPlan,
    site: Site,
    limit: u64,
) -> Option<u64> {
    let work = Work::new(g, gemm, plan);
    let extra = contention(g, gemm, plan, &site, &work) + (work.loads() + work.stores) / 8;
    if work.busiest() + extra >= limit {
        return None;
    }
    let price = Clock::new(g, gemm, plan, &site).run(limit - extra) + extra;
    (price < limit).then_some(price)
}

/// Cycles that engines are busy at least.
struct Work {
    input: u64,
    weights: u64,
    stores: u64,
    matrix: u64,
}

impl Work {
    fn new(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> Self {
        let blocks = plan.blocks.len() as u64;
        let times = if plan.order == Order::StreamWeights { blocks } else { 1 };
        let again = if plan.split_input { plan.groups.len() as u64 } else { 1 };
        let input = if plan.input.external { gemm.rows * gemm.in_row / g.bus * again } else { 0 };
        let streaming: u64 = plan.blocks.iter().map(|rows| rows.max(&g.c)).sum();
        Self {
            input,
            weights: gemm.n_tiles * (gemm.column(g) * times + g.param_tile) / g.bus,
            stores: if plan.output.external { gemm.rows * gemm.out_row / g.bus } else { 0 },
            matrix: streaming * gemm.k_tiles * gemm.n_tiles,
        }
    }

    fn loads(&self) -> u64 {
        self.input + self.weights
    }

    fn busiest(&self) -> u64 {
        self.matrix.max(self.loads()).max(self.stores)
    }
}

/// Follows the engines through a layer. Times are cycles at which an engine is free again.
struct Clock<'a> {
    g: &'a Geometry,
    gemm: &'a Gemm,
    plan: &'a LayerPlan,
    origin: u64,
    load: u64,
    matrix: u64,
    post: u64,
    store: u64,
    /// When each PS bank is free.
    sums: Vec<u64>,
    visits: usize,
    /// When each slot of the input and output is free.
    inputs: Vec<u64>,
    outputs: Vec<u64>,
    /// Pieces in the weights ring: bytes, and when they are free.
    ring: VecDeque<(u64, u64)>,
    ring_free: u64,
    /// Parameters of n-tiles below this one are loaded.
    params: u64,
    /// First n-tile of each group.
    starts: Vec<u64>,
}

impl<'a> Clock<'a> {
    fn new(g: &'a Geometry, gemm: &'a Gemm, plan: &'a LayerPlan, site: &Site) -> Self {
        let ring = site.weights.end - site.weights.start;
        let slots = |place: &Place| match place {
            Place::Whole(_) => plan.blocks.len(),
            Place::Slots(slots) => slots.len(),
        };
        // Behind another layer, half a ring of weights is there when MATRIX can begin.
        let ahead = if site.first { 0 } else { ring / 2 / g.bus };
        Self {
            g,
            gemm,
            plan,
            origin: ahead,
            load: 0,
            matrix: ahead,
            post: ahead,
            store: ahead,
            sums: vec![0; g.ps_banks as usize],
            visits: 0,
            inputs: vec![if site.first { 0 } else { ahead + ANSWER }; slots(&plan.input.place)],
            outputs: vec![0; slots(&plan.output.place)],
            ring: VecDeque::new(),
            ring_free: if plan.apart { ring.next_multiple_of(g.lm_bank) } else { ring },
            params: 0,
            starts: ranges(&plan.groups).iter().map(|tiles| tiles.start).collect(),
        }
    }

    /// Cycles of the whole layer, or of a part that is not below `limit`.
    fn run(mut self, limit: u64) -> u64 {
        if self.plan.order == Order::Groups {
            self.groups(limit);
        } else {
            self.blocks(limit);
        }
        self.cycles()
    }

    fn cycles(&self) -> u64 {
        self.post.max(self.store) - self.origin
    }

    fn groups(&mut self, limit: u64) {
        let last = self.plan.groups.len() - 1;
        for (group, tiles) in self.plan.groups.iter().enumerate() {
            for block in 0..self.plan.blocks.len() {
                self.visit(block, group, *tiles, group == last);
            }
            if self.cycles() >= limit {
                return;
            }
        }
    }

    fn blocks(&mut self, limit: u64) {
        for block in 0..self.plan.blocks.len() {
            let groups = self.plan.visit(self.g, block);
            for (group, tiles) in groups.iter().enumerate() {
                self.visit(block, group, *tiles, group + 1 == groups.len());
            }
            if self.plan.spans.len() > 1 {
                self.params = 0;
            }
            if self.cycles() >= limit {
                return;
            }
        }
    }

    /// One step, or as many as there are chunks; `last` completes the block.
    fn visit(&mut self, block: usize, group: usize, tiles: u64, last: bool) {
        let bank = self.visits % self.sums.len();
        self.visits += 1;
        self.matrix = self.matrix.max(self.sums[bank]);
        for (chunk, slices) in self.plan.chunks.iter().enumerate() {
            self.input(block, group, chunk);
            self.weights(block, tiles, *slices);
            let rows = self.plan.blocks[block].max(self.g.c);
            self.matrix = self.matrix.max(self.load) + rows * slices * tiles + COMMAND;
            let slots = self.inputs.len();
            self.inputs[block % slots] = self.matrix;
            if let Some(piece) = self.ring.back_mut() {
                piece.1 = self.matrix;
            }
        }
        self.parameters(group);
        self.requantise(block, tiles, last);
        self.sums[bank] = self.post;
    }

    fn beats(&mut self, bytes: u64) {
        // With the fetch of three commands, as each step has them.
        self.load += (bytes + 3 * 64) / self.g.bus;
    }

    fn input(&mut self, block: usize, group: usize, chunk: usize) {
        let first = group == 0 && chunk == 0;
        if self.plan.input.external && (first || self.plan.split_input) {
            let slot = block % self.inputs.len();
            self.load = self.load.max(self.inputs[slot]);
            let width = self.plan.input_width(self.g, self.gemm, chunk);
            self.beats(self.plan.blocks[block] * width);
        }
    }

    fn weights(&mut self, block: usize, tiles: u64, slices: u64) {
        if block > 0 && self.plan.order != Order::StreamWeights {
            return;
        }
        let bytes = Gemm::weight_bytes(self.g, tiles, slices);
        let space = if self.plan.apart { bytes.max(self.g.lm_bank) } else { bytes };
        while self.ring_free < space {
            let Some((freed, at)) = self.ring.pop_front() else { break };
            self.ring_free += freed;
            self.load = self.load.max(at + ANSWER);
        }
        self.ring_free = self.ring_free.saturating_sub(space);
        self.ring.push_back((space, 0));
        self.beats(bytes);
    }

    fn requantise(&mut self, block: usize, tiles: u64, last: bool) {
        let (g, plan) = (self.g, self.plan);
        let rows = plan.blocks[block];
        let slot = block % self.outputs.len();
        let params = g.param_tile / g.word;
        let begin = self.post.max(self.matrix).max(self.outputs[slot]);
        // A STORE still running shares the bank with POST, which comes first.
        self.store += self.store.saturating_sub(begin).min(tiles * (rows + params));
        self.post = begin + tiles * (rows * (g.c / g.lanes) + params) + COMMAND;
        if plan.output.external && (last || plan.slice_output) {
            let width = plan.output_width(g, self.gemm, tiles) / g.bus;
            let width = if plan.slice_output { width.max(SHORT_RUN) } else { width };
            self.store = self.store.max(self.post) + rows * width + COMMAND;
            self.outputs[slot] = self.store;
        }
    }

    /// Loads the parameters of the next span when its first group comes.
    fn parameters(&mut self, group: usize) {
        let Some(start) = self.starts.get(group).copied() else { return };
        if start < self.params {
            return;
        }
        for span in ranges(&self.plan.spans) {
            if span.contains(&start) {
                self.params = span.end;
                self.beats((span.end - span.start) * self.g.param_tile);
            }
        }
    }
}

/// Cycles lost because MATRIX occupies the banks that it reads.
fn contention(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, site: &Site, work: &Work) -> u64 {
    let rows = plan.block_rows;
    let tile = rows.max(g.c);
    let input = banks(g, &plan.input.place, plan.input_piece(g, gemm));
    let output = banks(g, &plan.output.place, plan.output_piece(g, gemm));
    let weights = Gemm::weight_bytes(g, gemm.n_tiles, gemm.k_tiles);
    let weights = weights.min(site.weights.end - site.weights.start);
    let ring = banks(g, &Place::Whole(site.weights.start), weights);
    // Cycles in which `work` in `place` meets MATRIX, which reads `occupied` during `rows` of each
    // tile's cycles.
    let meets = |place: &[u64], occupied: &[u64], work: u64, rows: u64| {
        let common = place.iter().filter(|bank| occupied.contains(bank)).count() as u64;
        work * common * rows / ((place.len() * occupied.len()).max(1) as u64 * tile)
    };
    let outputs = gemm.rows * gemm.n_tiles + work.stores;
    let inputs = if plan.blocks.len() > 1 { work.input } else { 0 };
    let shared = if input.len() < 2 { input.as_slice() } else { &[] };
    meets(&output, &input, outputs, rows)
        + meets(&output, &ring, outputs, g.c)
        + meets(&ring, &input, work.weights, rows)
        + meets(&input, &ring, inputs, g.c)
        + meets(&input, shared, inputs, rows)
        + if plan.apart { 0 } else { work.weights * g.c / tile }
}

/// The banks in which the pieces of a place lie, `bytes` each.
fn banks(g: &Geometry, place: &Place, bytes: u64) -> Vec<u64> {
    let starts = match place {
        Place::Whole(at) => vec![*at],
        Place::Slots(all) => all.clone(),
    };
    let mut banks: Vec<u64> =
        starts.iter().flat_map(|at| at / g.lm_bank..=(at + bytes - 1) / g.lm_bank).collect();
    banks.sort_unstable();
    banks.dedup();
    banks
}
