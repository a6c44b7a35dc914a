//! The constant data of a layer, in exactly the order in which MATRIX and POST read it.
//!
//! The data of one LOAD stand together: the parameters of its n-tiles (only in the last chunk of k,
//! because POST follows it), then the weight tiles, n-tile by n-tile, k-tile by k-tile, column by
//! column. What lies beyond the layer's real k and n is zero, so that padding lanes add nothing.

use seedbed_model::FullyConnected;

use crate::fold::Folded;
use crate::geometry::{Gemm, Geometry};
use crate::plan::{offsets, LayerPlan};

/// The packed data of a layer.
#[derive(Debug)]
pub(crate) struct Packed {
    pub bytes: Vec<u8>,
    /// For each group and chunk the offset of its data.
    pub offsets: Vec<Vec<u64>>,
}

/// Packs the weights and parameters of one layer for its plan.
pub(crate) fn pack(
    geometry: &Geometry,
    gemm: &Gemm,
    plan: &LayerPlan,
    op: &FullyConnected,
    folded: &Folded,
) -> Packed {
    let mut packer = Packer { geometry, op, folded, bytes: Vec::new() };
    let chunk_starts = offsets(&plan.chunks);
    let mut all = Vec::new();
    for (group, first_tile) in plan.groups.iter().zip(offsets(&plan.groups)) {
        let mut row = Vec::new();
        for (index, (chunk, first_slice)) in plan.chunks.iter().zip(&chunk_starts).enumerate() {
            row.push(packer.bytes.len() as u64);
            let tiles = first_tile..first_tile + group;
            if index + 1 == plan.chunks.len() {
                tiles.clone().for_each(|tile| packer.parameters(tile));
            }
            tiles.for_each(|tile| packer.tiles(tile, *first_slice..first_slice + chunk));
            packer.align();
        }
        all.push(row);
    }
    debug_assert_eq!(plan.groups.iter().sum::<u64>(), gemm.n_tiles);
    Packed { bytes: packer.bytes, offsets: all }
}

struct Packer<'a> {
    geometry: &'a Geometry,
    op: &'a FullyConnected,
    folded: &'a Folded,
    bytes: Vec<u8>,
}

impl Packer<'_> {
    /// C biases, C multipliers, C shifts of one n-tile.
    fn parameters(&mut self, tile: u64) {
        let end = self.bytes.len() + self.geometry.param_tile as usize;
        let folded = self.folded;
        for table in [&folded.bias, &folded.multiplier, &folded.shift] {
            for output in self.outputs(tile) {
                let value = table.get(output).copied().unwrap_or(0);
                self.bytes.extend(value.to_le_bytes());
            }
        }
        self.bytes.resize(end, 0);
    }

    /// The weight tiles of one n-tile over a range of k-tiles.
    fn tiles(&mut self, tile: u64, slices: std::ops::Range<u64>) {
        for slice in slices {
            let first = (slice * self.geometry.r) as usize;
            for output in self.outputs(tile) {
                for input in first..first + self.geometry.r as usize {
                    self.bytes.push(self.weight(output, input) as u8);
                }
            }
        }
    }

    fn outputs(&self, tile: u64) -> std::ops::Range<usize> {
        let first = (tile * self.geometry.c) as usize;
        first..first + self.geometry.c as usize
    }

    fn weight(&self, output: usize, input: usize) -> i8 {
        if output < self.op.outputs && input < self.op.inputs {
            self.op.row(output)[input]
        } else {
            0
        }
    }

    fn align(&mut self) {
        let end = self.bytes.len().next_multiple_of(self.geometry.word as usize);
        self.bytes.resize(end, 0);
    }
}
