//! What the planner decides about a layer: how it is cut and where its operands lie in LM.

use std::ops::Range;

use seedbed_spec::csr::COUNT_BITS;

use crate::geometry::{Gemm, Geometry};

/// Where the blocks of a tensor lie in LM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The whole tensor at one address: a block lies at its own offset.
    Whole(u64),
    /// Slots used in turn, at these addresses.
    Slots(Vec<u64>),
}

/// One side of a layer: its input or its output tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operand {
    /// The tensor lives in external memory; otherwise only in LM.
    pub external: bool,
    /// Where its blocks lie in LM.
    pub place: Place,
}

/// The nesting of the loops over blocks of rows and groups of n-tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    /// For each block all groups; all weights are loaded once and stay.
    KeepWeights,
    /// For each block all groups; weights are streamed again for each block.
    StreamWeights,
    /// For each group all blocks; the whole input stays in LM.
    Groups,
}

impl Order {
    /// All of them.
    pub const ALL: [Order; 3] = [Order::KeepWeights, Order::StreamWeights, Order::Groups];
}

/// How a layer is cut and placed.
#[derive(Clone, Debug)]
pub(crate) struct LayerPlan {
    pub order: Order,
    /// Rows of each block.
    pub blocks: Vec<u64>,
    /// Rows of the largest block.
    pub block_rows: u64,
    /// N-tiles of each group of weights that is loaded at once.
    pub groups: Vec<u64>,
    /// N-tiles of the groups in which the last block of several visits kept weights: big ones
    /// first, so that little is left to requantise at the end.
    pub last_groups: Vec<u64>,
    /// K-tiles of each chunk.
    pub chunks: Vec<u64>,
    /// N-tiles whose parameters are loaded at once; whole groups.
    pub spans: Vec<u64>,
    /// Input pieces are chunks of a block, because a whole block does not fit.
    pub split_input: bool,
    /// Output pieces are groups of a block, because a whole block does not fit.
    pub slice_output: bool,
    /// Consecutive pieces of weights lie in different banks: MATRIX reads weights in so many cycles
    /// that a load into the same bank would starve.
    pub apart: bool,
    /// The last group of the last block is stored on its own, so that little is left to store when
    /// it is requantised.
    pub tail: bool,
    /// The pieces of the output lie in the bank of the input's first slot.
    pub beside: bool,
    pub input: Operand,
    pub output: Operand,
}

impl LayerPlan {
    /// The n-tiles of each group in which block `index` is computed.
    pub fn visit(&self, geometry: &Geometry, index: usize) -> Vec<u64> {
        let fixed = self.slice_output || self.apart || index == 0;
        if self.order != Order::KeepWeights || fixed {
            return self.groups.clone();
        }
        if index + 1 == self.blocks.len() {
            return self.last_groups.clone();
        }
        // Weights and parameters of all n-tiles are there: as few steps as PS allows, but two, so
        // that requantising one overlaps with computing the other.
        let tiles: u64 = self.groups.iter().sum();
        let most = tiles_per_step(geometry, self.blocks[index]);
        crate::cut::even(tiles, most.min(tiles.div_ceil(2)))
    }

    /// Where the weights of n-tile `tile` begin in the block of all kept weights. If they lie apart,
    /// equal groups fill two parts of it in turn.
    pub fn kept(&self, geometry: &Geometry, gemm: &Gemm, tile: u64) -> u64 {
        let column = gemm.column(geometry);
        if !self.apart {
            return tile * column;
        }
        let (group, turns) = (self.groups[0], self.groups.len() as u64);
        let first_part = turns.div_ceil(2) * group * column;
        let turn = tile / group;
        turn % 2 * first_part.next_multiple_of(geometry.lm_bank) + turn / 2 * group * column
    }

    /// Bytes of the block of all kept weights.
    pub fn kept_bytes(&self, geometry: &Geometry, gemm: &Gemm) -> u64 {
        if !self.apart {
            return Gemm::weight_bytes(geometry, gemm.n_tiles, gemm.k_tiles);
        }
        let group = self.groups[0];
        let starts = (0..gemm.n_tiles).step_by(group as usize);
        let starts = starts.map(|tile| self.kept(geometry, gemm, tile));
        starts.max().unwrap_or(0) + Gemm::weight_bytes(geometry, group, gemm.k_tiles)
    }

    /// LM bytes from one input row to the next in the piece of chunk `index`.
    pub fn input_width(&self, geometry: &Geometry, gemm: &Gemm, index: usize) -> u64 {
        if self.split_input {
            geometry.round_up(self.chunks[index] * geometry.r)
        } else {
            gemm.in_row
        }
    }

    /// LM bytes from one output row to the next in a piece of `tiles` n-tiles.
    pub fn output_width(&self, geometry: &Geometry, gemm: &Gemm, tiles: u64) -> u64 {
        if self.slice_output {
            geometry.round_up(tiles * geometry.c)
        } else {
            gemm.out_row
        }
    }

    /// Bytes of the largest piece of the input; the first chunk is the largest.
    pub fn input_piece(&self, geometry: &Geometry, gemm: &Gemm) -> u64 {
        self.block_rows * self.input_width(geometry, gemm, 0)
    }

    /// Bytes of the largest piece of the output.
    pub fn output_piece(&self, geometry: &Geometry, gemm: &Gemm) -> u64 {
        let largest = self.groups.iter().copied().max().unwrap_or(0);
        self.block_rows * self.output_width(geometry, gemm, largest)
    }
}

/// In which order commands stand in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Emission {
    pub steps: StepOrder,
    pub params: ParamsTurn,
    /// LOADs for later steps that stand in front of a step at most. The queues of the engines let
    /// loads run much further ahead at run time.
    pub ahead: usize,
}

/// The order within a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StepOrder {
    /// All LOADs of a step, those ahead of the next one, MATRIX, POST, STORE.
    LoadsFirst,
    /// What MATRIX needs, MATRIX, the other LOADs, POST, STORE.
    MatrixFirst,
    /// The same, with POST and STORE behind the next step's MATRIX.
    PostLate,
}

/// When the parameters of a step are loaded: POST needs them later than MATRIX needs the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ParamsTurn {
    /// Before the step's weights.
    First,
    /// Behind the weights of the next step.
    NextWeights,
    /// Behind weights and inputs of the next step.
    NextInputs,
}

impl Emission {
    /// What is assumed until a plan is rehearsed.
    pub const USUAL: Emission =
        Emission { steps: StepOrder::LoadsFirst, params: ParamsTurn::NextWeights, ahead: 1 };
}

impl StepOrder {
    /// All of them.
    pub const ALL: [StepOrder; 3] =
        [StepOrder::LoadsFirst, StepOrder::MatrixFirst, StepOrder::PostLate];
}

impl ParamsTurn {
    /// All of them.
    pub const ALL: [ParamsTurn; 3] =
        [ParamsTurn::First, ParamsTurn::NextWeights, ParamsTurn::NextInputs];
}

/// The most rows of a block: their sums fit one PS bank.
pub(crate) fn most_rows(geometry: &Geometry) -> u64 {
    geometry.ps_bank_rows.min(COUNT_MAX)
}

/// Commands that a layer takes at least: MATRIX and POST for each block.
pub(crate) fn least_commands(geometry: &Geometry, gemm: &Gemm) -> u64 {
    2 * gemm.rows.div_ceil(most_rows(geometry))
}

/// The most commands of a job.
pub(crate) const COMMANDS_MAX: u64 = (1 << COUNT_BITS) - 1;

/// The most n-tiles whose sums for `rows` rows fit one PS bank.
pub(crate) fn tiles_per_step(geometry: &Geometry, rows: u64) -> u64 {
    (geometry.ps_bank_rows / rows).min(COUNT_MAX)
}

/// The largest count that a command field holds.
pub(crate) const COUNT_MAX: u64 = 4096;

/// The ranges of consecutive parts: `[3, 2] -> [0..3, 3..5]`.
pub(crate) fn ranges(parts: &[u64]) -> Vec<Range<u64>> {
    let mut at = 0;
    let range = |part: &u64| {
        at += part;
        at - part..at
    };
    parts.iter().map(range).collect()
}
