//! Estimates the cycles of a planned layer, to compare plans with each other.
//!
//! The engines overlap, so a layer costs what its busiest engine costs, plus what cannot overlap:
//! the first loads, the last requantisation and store, and the accesses that wait because MATRIX
//! reads its activations from the same LM bank. Moved bytes break ties.

use crate::geometry::{Gemm, Geometry};
use crate::plan::{LayerPlan, Order, Place};

/// Start of a command that does not overlap.
const COMMAND: u64 = 12;
/// Beats that a short run costs at least, because bursts in flight are limited.
const SHORT_RUN: u64 = 12;

/// Where and when a layer runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// First byte of the weights ring.
    pub ring: u64,
    /// Nothing was loaded before.
    pub first: bool,
}

/// The estimate, in cycles.
pub(crate) fn price(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, site: Site) -> u64 {
    let work = Work::new(g, gemm, plan);
    let loads = work.input + work.weights + work.commands * 64 / g.bus;
    let stores = if plan.output.external { work.stores } else { 0 };
    let busiest = work.matrix.max(work.post).max(loads).max(stores);
    let edges = first_loads(g, gemm, plan, site) + last_outputs(g, gemm, plan);
    busiest + edges + contention(g, gemm, plan, site, &work) + (loads + stores) / 8
}

/// Cycles of each engine.
struct Work {
    matrix: u64,
    post: u64,
    input: u64,
    weights: u64,
    stores: u64,
    commands: u64,
}

impl Work {
    fn new(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> Self {
        let (blocks, groups) = (plan.blocks.len() as u64, plan.groups.len() as u64);
        let chunks = plan.chunks.len() as u64;
        let steps = blocks * groups;
        let tiles = gemm.k_tiles * gemm.n_tiles;
        let streaming: u64 = plan.blocks.iter().map(|rows| rows.max(&g.c)).sum();
        let weight_loads = if plan.keeps_weights() { groups } else { steps * chunks };
        let weights = tiles * g.tile + gemm.n_tiles * g.param_tile;
        let times = if plan.order == Order::BlocksStreamWeights { blocks } else { 1 };
        let pieces = if plan.split_input { steps * chunks } else { blocks };
        let again = if plan.split_input { groups } else { 1 };
        let input = if plan.input.external { gemm.rows * gemm.in_row / g.bus * again } else { 0 };
        Self {
            matrix: tiles * streaming + steps * chunks * COMMAND / 2,
            post: gemm.rows * gemm.n_tiles * (g.c / g.lanes)
                + gemm.n_tiles * blocks * (g.param_tile / g.word)
                + steps * COMMAND,
            input,
            weights: weights / g.bus * times,
            stores: store_beats(g, gemm, plan),
            commands: 2 * steps + weight_loads + steps * (chunks - 1) + 2 * pieces,
        }
    }
}

fn store_beats(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> u64 {
    if !plan.slice_output {
        return gemm.rows * gemm.out_row / g.bus;
    }
    let run = |tiles: &u64| (tiles * g.c / g.bus).max(SHORT_RUN);
    gemm.rows * plan.groups.iter().map(run).sum::<u64>()
}

/// Loads before MATRIX can begin.
fn first_loads(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, site: Site) -> u64 {
    let rows = plan.blocks[0];
    let width = plan.input_width(g, gemm, 0);
    let input = if plan.input.external { rows * width / g.bus } else { 0 };
    let last = plan.chunks.len() == 1;
    let weights = Gemm::piece_bytes(g, plan.groups[0], plan.chunks[0], last) / g.bus;
    input + if site.first { weights } else { 0 }
}

/// Requantisation and store of what MATRIX computes last.
fn last_outputs(g: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> u64 {
    let last = plan.blocks.len() - 1;
    let rows = plan.blocks[last];
    let index = plan.group_order(last).last().copied().unwrap_or(0);
    let group = plan.groups[index];
    let post = group * (rows * (g.c / g.lanes) + g.param_tile / g.word) + COMMAND;
    let width = plan.output_width(g, gemm, index);
    post + if plan.output.external { rows * width / g.bus + COMMAND } else { 0 }
}

/// Cycles lost because MATRIX occupies the banks of the activations it reads.
fn contention(g: &Geometry, gemm: &Gemm, plan: &LayerPlan, site: Site, work: &Work) -> u64 {
    let rows = plan.block_rows();
    // Share of cycles in which MATRIX reads activations, in 256ths.
    let share = 256 * rows / rows.max(g.c);
    let input = banks(g, &plan.input.place, plan.input_piece(g, gemm));
    let output = banks(g, &plan.output.place, plan.output_piece(g, gemm));
    let mut lost = 0;
    if plan.input.external && plan.blocks.len() > 1 && input.len() < 2 {
        lost += work.input;
    }
    if output.iter().any(|bank| input.contains(bank)) {
        lost += work.post + if plan.output.external { work.stores } else { 0 };
    }
    let ring_banks = (g.lm - site.ring).div_ceil(g.lm_bank).max(1);
    if input.contains(&(site.ring / g.lm_bank)) {
        lost += work.weights / ring_banks;
    }
    lost * share / 256
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
