//! Estimates the cycles of a planned layer, to compare plans with each other.
//!
//! MATRIX and POST are followed step by step; the engines that move data overlap with them, but for
//! the first loads and the last store. Accesses that wait because MATRIX reads from the same LM bank
//! are added. Moved bytes break ties.

use std::ops::Range;

use crate::geometry::{Gemm, Geometry};
use crate::plan::{LayerPlan, Order, Place};

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

/// The estimate, in cycles.
pub(crate) fn price(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, site: Site) -> u64 {
    let work = Work::new(g, gemm, plan);
    let loads = work.input + work.weights + work.commands * 64 / g.bus;
    let computed = start(g, gemm, plan, &site) + pipeline(g, gemm, plan);
    let busiest = computed.max(loads).max(work.stores) + last_store(g, gemm, plan);
    busiest + contention(g, gemm, plan, &site, &work) + (loads + work.stores) / 8
}

/// Cycles of the engines that move data.
struct Work {
    input: u64,
    weights: u64,
    stores: u64,
    commands: u64,
}

impl Work {
    fn new(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> Self {
        let blocks = plan.blocks.len() as u64;
        let steps: u64 = (0..plan.blocks.len()).map(|b| plan.visit(g, b).len() as u64).sum();
        let (chunks, groups) = (plan.chunks.len() as u64, plan.groups.len() as u64);
        let times = if plan.order == Order::StreamWeights { blocks } else { 1 };
        let weights = gemm.n_tiles * gemm.column(g) * times + param_bytes(g, gemm, plan);
        let pieces = if plan.split_input { steps * chunks } else { blocks };
        let again = if plan.split_input { groups } else { 1 };
        let input = if plan.input.external { gemm.rows * gemm.in_row / g.bus * again } else { 0 };
        Self {
            input,
            weights: weights / g.bus,
            stores: if plan.output.external { store_beats(g, gemm, plan) } else { 0 },
            commands: steps * (chunks + 1) + groups * chunks * times + 2 * pieces,
        }
    }
}

/// Cycles of MATRIX and POST, which takes up one step while MATRIX computes the next, as far as
/// there are PS banks.
fn pipeline(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> u64 {
    let banks = g.ps_banks as usize;
    let mut ends = vec![0; banks];
    let (mut compute, mut requantised, mut turn) = (0u64, 0u64, 0);
    for (block, rows) in plan.blocks.iter().enumerate() {
        for tiles in plan.visit(g, block) {
            compute = compute.max(ends[turn]) + matrix(g, gemm, plan, *rows, tiles);
            requantised = compute.max(requantised) + post(g, *rows, tiles) + COMMAND;
            ends[turn] = requantised;
            turn = (turn + 1) % banks;
        }
    }
    requantised
}

/// Cycles of POST for `tiles` n-tiles of `rows` rows.
fn post(g: &Geometry, rows: u64, tiles: u64) -> u64 {
    tiles * (rows * (g.c / g.lanes) + g.param_tile / g.word)
}

fn param_bytes(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> u64 {
    let again = plan.order == Order::StreamWeights && plan.spans.len() > 1;
    let times = if again { plan.blocks.len() as u64 } else { 1 };
    gemm.n_tiles * g.param_tile * times
}

fn store_beats(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> u64 {
    if !plan.slice_output {
        return gemm.rows * gemm.out_row / g.bus;
    }
    let run = |tiles: &u64| (tiles * g.c / g.bus).max(SHORT_RUN);
    gemm.rows * plan.groups.iter().map(run).sum::<u64>()
}

/// Cycles of MATRIX for `tiles` n-tiles of `rows` rows.
fn matrix(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, rows: u64, tiles: u64) -> u64 {
    rows.max(g.c) * gemm.k_tiles * tiles + COMMAND * plan.chunks.len() as u64
}

/// Cycles in which MATRIX waits for loads at the start of the layer.
fn start(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, site: &Site) -> u64 {
    let rows = plan.blocks[0];
    let width = plan.input_width(g, gemm, 0);
    let input = if plan.input.external { rows * width / g.bus } else { 0 };
    if !site.first {
        return input + if plan.input.external { ANSWER } else { 0 };
    }
    let fetch = 64 / g.bus;
    let (mut load, mut compute, mut idle) = (input + 2 * fetch, 0, 0);
    for (index, tiles) in plan.groups.iter().enumerate() {
        load += tiles * gemm.column(g) / g.bus + 3 * fetch;
        idle += load.saturating_sub(compute);
        compute = compute.max(load) + matrix(g, gemm, plan, rows, *tiles);
        if index == 0 {
            load += plan.spans[0] * g.param_tile / g.bus;
        }
    }
    idle
}

/// The STORE behind the last POST.
fn last_store(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> u64 {
    let last = plan.blocks.len() - 1;
    let tiles = plan.visit(g, last).last().copied().unwrap_or(0);
    let width = plan.output_width(g, gemm, tiles);
    if plan.output.external {
        plan.blocks[last] * width / g.bus + COMMAND
    } else {
        0
    }
}

/// Cycles lost because MATRIX occupies the banks that it reads.
fn contention(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, site: &Site, work: &Work) -> u64 {
    let rows = plan.block_rows();
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
        work * common * rows / (place.len() as u64 * tile)
    };
    let outputs = gemm.rows * gemm.n_tiles + work.stores;
    let inputs = if plan.blocks.len() > 1 { work.input } else { 0 };
    let shared = if input.len() < 2 { input.as_slice() } else { &[] };
    meets(&output, &input, outputs, rows)
        + meets(&output, &ring, outputs, g.c)
        + meets(&ring, &input, work.weights, rows)
        + meets(&input, &ring, inputs, g.c)
        + meets(&input, shared, inputs, rows)
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
