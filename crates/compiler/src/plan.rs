//! What the planner decides about a layer: how it is cut and where its operands lie in LM.

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// For each block all groups; every group's weights are loaded once and kept.
    BlocksKeepWeights,
    /// For each block all groups; weights are streamed again for each block.
    BlocksStreamWeights,
    /// For each group all blocks; the whole input stays in LM.
    Groups,
}

/// How a layer is cut and placed.
#[derive(Clone, Debug)]
pub(crate) struct LayerPlan {
    pub order: Order,
    /// Rows of each block.
    pub blocks: Vec<u64>,
    /// N-tiles of each group, in the order of the first block.
    pub groups: Vec<u64>,
    /// K-tiles of each chunk.
    pub chunks: Vec<u64>,
    /// Input pieces are chunks of a block, because a whole block does not fit.
    pub split_input: bool,
    /// Output pieces are groups of a block, because a whole block does not fit.
    pub slice_output: bool,
    pub input: Operand,
    pub output: Operand,
}

impl LayerPlan {
    /// The order in which block `index` visits the groups: big ones first but in the first block,
    /// so that little is left to requantise when the last one ends.
    pub fn group_order(&self, index: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        if index > 0 {
            order.sort_by_key(|group| std::cmp::Reverse(self.groups[*group]));
        }
        order
    }

    /// Whether the weights of one group stay in LM for more than one step.
    pub fn keeps_weights(&self) -> bool {
        self.order != Order::BlocksStreamWeights
    }

    /// Rows of the largest block.
    pub fn block_rows(&self) -> u64 {
        self.blocks.iter().copied().max().unwrap_or(0)
    }

    /// LM bytes from one input row to the next in the piece of chunk `index`.
    pub fn input_width(&self, geometry: &Geometry, gemm: &Gemm, index: usize) -> u64 {
        if self.split_input {
            geometry.round_up(self.chunks[index] * geometry.r)
        } else {
            gemm.in_row
        }
    }

    /// LM bytes from one output row to the next in the piece of group `index`.
    pub fn output_width(&self, geometry: &Geometry, gemm: &Gemm, index: usize) -> u64 {
        if self.slice_output {
            self.groups[index] * geometry.c
        } else {
            gemm.out_row
        }
    }

    /// Bytes of the largest piece of the input; the first chunk is the largest.
    pub fn input_piece(&self, geometry: &Geometry, gemm: &Gemm) -> u64 {
        self.block_rows() * self.input_width(geometry, gemm, 0)
    }

    /// Bytes of the largest piece of the output.
    pub fn output_piece(&self, geometry: &Geometry, gemm: &Gemm) -> u64 {
        let widths = (0..self.groups.len()).map(|g| self.output_width(geometry, gemm, g));
        self.block_rows() * widths.max().unwrap_or(0)
    }
}

/// Start offsets of consecutive parts: `[3, 2] -> [0, 3]`.
pub(crate) fn offsets(parts: &[u64]) -> Vec<u64> {
    parts
        .iter()
        .scan(0, |at, part| {
            let start = *at;
            *at += part;
            Some(start)
        })
        .collect()
}
