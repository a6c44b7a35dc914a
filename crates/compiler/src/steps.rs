//! Unrolls the plans into the list of compute steps and the pieces of data they need.
//!
//! A step is one MATRIX command, with the POST and STORE that follow it. A piece is one LOAD. Both
//! lists are in program order; nothing is scheduled yet.

use std::ops::Range;

use crate::geometry::{Gemm, Geometry};
use crate::plan::{ranges, LayerPlan, Order, ParamsTurn, Place};

/// Addresses of one layer in external memory.
#[derive(Clone, Debug)]
pub(crate) struct External {
    /// First row of the input, if it is external.
    pub input: u64,
    /// First row of the output, if it is external.
    pub output: u64,
    /// Parameters of the first n-tile.
    pub params: u64,
    /// For each group and chunk, the address of its weights.
    pub weights: Vec<Vec<u64>>,
}

/// A run of equal rows between external memory and LM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub external: u64,
    pub external_stride: u64,
    pub local_stride: u64,
    pub bytes: u64,
    pub count: u64,
}

impl Rows {
    /// One contiguous run.
    pub fn run(external: u64, bytes: u64) -> Self {
        Rows { external, external_stride: 0, local_stride: 0, bytes, count: 1 }
    }

    /// `count` rows that are contiguous on neither or on both sides.
    fn new(external: u64, external_stride: u64, bytes: u64, count: u64) -> Self {
        if external_stride == bytes {
            return Self::run(external, bytes * count);
        }
        Rows { external, external_stride, local_stride: bytes, bytes, count }
    }

    /// `count` rows of `bytes` out of rows of `stride` on both sides.
    fn part(external: u64, stride: u64, bytes: u64, count: u64) -> Self {
        if stride == bytes {
            return Self::run(external, bytes * count);
        }
        Rows { external, external_stride: stride, local_stride: stride, bytes, count }
    }

    /// External bytes from the first to the last.
    pub fn external_range(&self) -> Range<u64> {
        self.external..self.external + (self.count - 1) * self.external_stride + self.bytes
    }

    /// LM bytes from the first to the last.
    pub fn local_range(&self, at: u64) -> Range<u64> {
        at..at + (self.count - 1) * self.local_stride + self.bytes
    }
}

/// A place in a ring: bytes `offset..` of a block (index into [`Unrolled::blocks`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub block: usize,
    pub offset: u64,
}

/// Where a piece is loaded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// A place that the planner chose.
    Fixed(u64),
    /// A place in a ring.
    Ring(Spot),
}

/// One LOAD.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub layer: usize,
    pub home: Home,
    pub rows: Rows,
    /// The first step that uses it.
    pub first_step: usize,
    /// Parameters: POST uses them, later than MATRIX uses the rest.
    pub params: bool,
}

impl Piece {
    /// The order of loading: a step's weights, then its inputs, and its parameters when `params` says.
    pub fn turn(&self, params: ParamsTurn) -> (usize, u8) {
        match (self.params, self.home) {
            (true, _) => match params {
                ParamsTurn::First => (self.first_step, 0),
                ParamsTurn::NextWeights => (self.first_step + 1, 2),
                ParamsTurn::NextInputs => (self.first_step + 1, 4),
            },
            (false, Home::Ring(_)) => (self.first_step, 1),
            (false, Home::Fixed(_)) => (self.first_step, 3),
        }
    }
}

/// The rings in LM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ring {
    Params,
    Weights,
}

/// A block of a ring: allocated before its first piece is loaded, freed after its last step.
#[derive(Clone, Debug)]
pub(crate) struct RingBlock {
    pub ring: Ring,
    pub bytes: u64,
    /// In another bank than the block before.
    pub apart: bool,
    pub last_step: usize,
}

/// One MATRIX command and what follows it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub layer: usize,
    pub rows: u64,
    pub k_tiles: u64,
    pub n_tiles: u64,
    pub accumulate: bool,
    pub input: u64,
    pub input_stride: u64,
    pub weights: Spot,
    pub sums: u64,
    pub post: Option<Output>,
    pub store: Option<(u64, Rows)>,
}

/// What POST needs besides the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub params: Spot,
    pub address: u64,
    pub stride: u64,
}

/// The whole program before scheduling.
#[derive(Debug, Default)]
pub(crate) struct Unrolled {
    pub steps: Vec<Step>,
    /// In order of first use, those of one step in any order.
    pub pieces: Vec<Piece>,
    pub blocks: Vec<RingBlock>,
    /// Pairs (block of rows, group) so far: they take the PS banks in turn.
    pub visits: u64,
}

/// Appends the steps and pieces of one layer.
pub(crate) fn unroll(
    program: &mut Unrolled,
    geometry: &Geometry,
    layer: usize,
    gemm: &Gemm,
    plan: &LayerPlan,
    external: &External,
) {
    let mut unroller = Unroller {
        geometry,
        layer,
        gemm,
        plan,
        external,
        row_starts: ranges(&plan.blocks).iter().map(|rows| rows.start).collect(),
        spans: ranges(&plan.spans),
        inputs: vec![false; plan.blocks.len()],
        weights: vec![None; plan.groups.len()],
        kept: None,
        params: None,
        input_turn: 0,
        output_turn: 0,
        tiles_done: vec![0; plan.blocks.len()],
        program,
    };
    for visit in visits(geometry, plan) {
        unroller.visit(&visit);
    }
}

/// A group of n-tiles in a block of rows.
struct Visit {
    block: usize,
    /// Index of the group within the block.
    group: usize,
    tiles: Range<u64>,
}

/// All visits in the order of execution.
fn visits(geometry: &Geometry, plan: &LayerPlan) -> Vec<Visit> {
    let in_block = |block: usize| {
        let tiles = ranges(&plan.visit(geometry, block)).into_iter().enumerate();
        tiles.map(move |(group, tiles)| Visit { block, group, tiles })
    };
    let mut all: Vec<Visit> = (0..plan.blocks.len()).flat_map(in_block).collect();
    if plan.order == Order::Groups {
        all.sort_by_key(|visit| visit.group);
    }
    all
}

struct Unroller<'a> {
    program: &'a mut Unrolled,
    geometry: &'a Geometry,
    layer: usize,
    gemm: &'a Gemm,
    plan: &'a LayerPlan,
    external: &'a External,
    row_starts: Vec<u64>,
    /// N-tiles of each load of parameters.
    spans: Vec<Range<u64>>,
    /// Whether a block of the input is loaded.
    inputs: Vec<bool>,
    /// Where the weights of a group are, while they stay.
    weights: Vec<Option<Spot>>,
    /// The ring block of a layer that keeps all its weights.
    kept: Option<usize>,
    /// The span whose parameters were loaded last, and where they are.
    params: Option<(usize, Spot)>,
    input_turn: usize,
    output_turn: usize,
    tiles_done: Vec<u64>,
}

impl Unroller<'_> {
    fn visit(&mut self, visit: &Visit) {
        let bank = self.program.visits % self.geometry.ps_banks;
        self.program.visits += 1;
        let chunks = ranges(&self.plan.chunks);
        for (chunk, slices) in chunks.iter().enumerate() {
            let input = self.input(visit.block, chunk, slices.start);
            let weights = self.weights(visit, chunk);
            let last = chunk + 1 == chunks.len();
            let post = last.then(|| self.output(visit));
            let store = if last { self.store(visit) } else { None };
            self.program.steps.push(Step {
                layer: self.layer,
                rows: self.plan.blocks[visit.block],
                k_tiles: slices.end - slices.start,
                n_tiles: visit.tiles.end - visit.tiles.start,
                accumulate: chunk > 0,
                input,
                input_stride: self.plan.input_width(self.geometry, self.gemm, chunk),
                weights,
                sums: bank * self.geometry.ps_bank_rows,
                post,
                store,
            });
        }
    }

    /// LM address of the input of a step; adds the piece that loads it if need be.
    fn input(&mut self, block: usize, chunk: usize, slice: u64) -> u64 {
        let (gemm, plan) = (self.gemm, self.plan);
        let row = self.row_starts[block];
        let at = match &plan.input.place {
            Place::Whole(base) => base + row * gemm.in_row,
            Place::Slots(slots) if plan.split_input => slots[self.input_turn % slots.len()],
            Place::Slots(slots) => slots[block % slots.len()],
        };
        let start = slice * self.geometry.r;
        let loaded = std::mem::replace(&mut self.inputs[block], true) && !plan.split_input;
        if plan.input.external && !loaded {
            let inside = if plan.split_input { start } else { 0 };
            let external = self.external.input + row * gemm.in_row + inside;
            let width = plan.input_width(self.geometry, gemm, chunk);
            let rows = Rows::new(external, gemm.in_row, width, plan.blocks[block]);
            self.input_turn += 1;
            self.piece(Home::Fixed(at), rows);
        }
        at + if plan.split_input { 0 } else { start }
    }

    /// Where the weights of a step are; adds the piece that loads them if need be.
    fn weights(&mut self, visit: &Visit, chunk: usize) -> Spot {
        let spot = match self.plan.order {
            Order::KeepWeights => self.kept_weights(visit),
            Order::StreamWeights => self.load_weights(visit.group, chunk),
            Order::Groups => match self.weights[visit.group] {
                Some(spot) => spot,
                None => self.load_weights(visit.group, chunk),
            },
        };
        self.touch(spot);
        spot
    }

    /// All weights of the layer share one block, n-tile by n-tile; the first block of rows loads them.
    fn kept_weights(&mut self, visit: &Visit) -> Spot {
        let (geometry, gemm) = (self.geometry, self.gemm);
        let total = self.plan.kept_bytes(geometry, gemm);
        let block = match self.kept {
            Some(block) => block,
            None => self.ring_block(Ring::Weights, total),
        };
        self.kept = Some(block);
        let offset = self.plan.kept(geometry, gemm, visit.tiles.start);
        let spot = Spot { block, offset };
        if visit.block == 0 {
            let tiles = visit.tiles.end - visit.tiles.start;
            let bytes = Gemm::weight_bytes(geometry, tiles, gemm.k_tiles);
            let rows = Rows::run(self.external.weights[visit.group][0], bytes);
            self.piece(Home::Ring(spot), rows);
        }
        spot
    }

    /// The weights of one group and chunk get a block of their own.
    fn load_weights(&mut self, group: usize, chunk: usize) -> Spot {
        let (tiles, slices) = (self.plan.groups[group], self.plan.chunks[chunk]);
        let bytes = Gemm::weight_bytes(self.geometry, tiles, slices);
        let spot = Spot { block: self.ring_block(Ring::Weights, bytes), offset: 0 };
        self.piece(Home::Ring(spot), Rows::run(self.external.weights[group][chunk], bytes));
        self.weights[group] = Some(spot);
        spot
    }

    /// Where the parameters of n-tiles are; adds the piece that loads their span if need be.
    fn params(&mut self, tiles: &Range<u64>) -> Spot {
        let size = self.geometry.param_tile;
        let index = self.spans.partition_point(|span| span.end <= tiles.start);
        let span = self.spans[index].clone();
        let spot = match self.params {
            Some((loaded, spot)) if loaded == index => spot,
            _ => {
                let bytes = (span.end - span.start) * size;
                let spot = Spot { block: self.ring_block(Ring::Params, bytes), offset: 0 };
                let external = self.external.params + span.start * size;
                self.piece(Home::Ring(spot), Rows::run(external, bytes));
                spot
            }
        };
        self.params = Some((index, spot));
        self.touch(spot);
        Spot { offset: (tiles.start - span.start) * size, ..spot }
    }

    fn ring_block(&mut self, ring: Ring, bytes: u64) -> usize {
        let apart = ring == Ring::Weights && self.plan.apart;
        self.program.blocks.push(RingBlock { ring, bytes, apart, last_step: 0 });
        self.program.blocks.len() - 1
    }

    /// Notes that the step that comes next uses a ring block.
    fn touch(&mut self, spot: Spot) {
        self.program.blocks[spot.block].last_step = self.program.steps.len();
    }

    fn piece(&mut self, home: Home, rows: Rows) {
        let first_step = self.program.steps.len();
        let params = matches!(home, Home::Ring(spot) if self.is_params(spot));
        self.program.pieces.push(Piece { layer: self.layer, home, rows, first_step, params });
    }

    fn is_params(&self, spot: Spot) -> bool {
        self.program.blocks[spot.block].ring == Ring::Params
    }

    fn output(&mut self, visit: &Visit) -> Output {
        let params = self.params(&visit.tiles);
        let tiles = visit.tiles.end - visit.tiles.start;
        let stride = self.plan.output_width(self.geometry, self.gemm, tiles);
        let column = if self.plan.slice_output { 0 } else { visit.tiles.start * self.geometry.c };
        Output { params, address: self.output_piece(visit.block) + column, stride }
    }

    /// LM address of the output piece that is being written.
    fn output_piece(&self, block: usize) -> u64 {
        let turn = if self.plan.slice_output { self.output_turn } else { block };
        match &self.plan.output.place {
            Place::Whole(base) => base + self.row_starts[block] * self.gemm.out_row,
            Place::Slots(slots) => slots[turn % slots.len()],
        }
    }

    /// The STORE behind a visit that completes a piece of an external output.
    fn store(&mut self, visit: &Visit) -> Option<(u64, Rows)> {
        let (gemm, plan) = (self.gemm, self.plan);
        let (block, tiles) = (visit.block, visit.tiles.end - visit.tiles.start);
        let at = self.output_piece(block);
        self.output_turn += 1;
        self.tiles_done[block] += tiles;
        if !plan.output.external {
            return None;
        }
        let external = self.external.output + self.row_starts[block] * gemm.out_row;
        let (column, rows) = (visit.tiles.start * self.geometry.c, plan.blocks[block]);
        if plan.slice_output {
            let width = plan.output_width(self.geometry, gemm, tiles);
            return Some((at, Rows::new(external + column, gemm.out_row, width, rows)));
        }
        let tiles = self.columns(visit)?;
        let ends = tiles.end == gemm.n_tiles;
        let end = if ends { gemm.out_row } else { tiles.end * self.geometry.c };
        let columns = tiles.start * self.geometry.c..end;
        let part =
            Rows::part(external + columns.start, gemm.out_row, columns.end - columns.start, rows);
        Some((at + columns.start, part))
    }

    /// The n-tiles that are stored behind a visit, if any: whole rows behind the last visit of a
    /// block, or, in the last block, all before the last group and that group.
    fn columns(&self, visit: &Visit) -> Option<Range<u64>> {
        let (all, done) = (self.gemm.n_tiles, self.tiles_done[visit.block]);
        let block_ends = visit.block + 1 == self.plan.blocks.len();
        let last = self.plan.visit(self.geometry, visit.block).last().copied().unwrap_or(0);
        let early = all - last;
        if !(self.plan.tail && block_ends && early > 0) {
            return (done == all).then_some(0..all);
        }
        match done {
            done if done == early => Some(0..early),
            done if done == all => Some(early..all),
            _ => None,
        }
    }
}
