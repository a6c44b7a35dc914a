//! The constant data of a layer, in exactly the order in which POST and MATRIX read it.
//!
//! First the parameters of all n-tiles, each C biases, C multipliers, C shifts. Then the weights, group
//! by group and chunk by chunk as they are loaded: n-tile by n-tile, k-tile by k-tile, column by
//! column. What lies beyond the layer's real k and n is zero, so that padding lanes add nothing.

use std::ops::Range;

use seedbed_model::FullyConnected;

use crate::fold::Folded;
use crate::geometry::{Gemm, Geometry};
use crate::plan::{ranges, LayerPlan};

/// Where the constant data of a layer lie, parameters first.
#[derive(Debug)]
pub(crate) struct Offsets {
    /// For each group and chunk the offset of its weights.
    pub weights: Vec<Vec<u64>>,
    /// All bytes.
    pub bytes: u64,
}

/// The places of the parameters and weights of one layer for its plan.
pub(crate) fn offsets(geometry: &Geometry, plan: &LayerPlan) -> Offsets {
    let mut bytes = plan.groups.iter().sum::<u64>() * geometry.param_tile;
    let mut piece = |tiles: &u64, slices: &u64| {
        bytes += Gemm::weight_bytes(geometry, *tiles, *slices);
        bytes - Gemm::weight_bytes(geometry, *tiles, *slices)
    };
    let group = |tiles: &u64| plan.chunks.iter().map(|slices| piece(tiles, slices)).collect();
    let weights = plan.groups.iter().map(group).collect();
    Offsets { weights, bytes }
}

/// Packs the parameters and weights of one layer for its plan.
pub(crate) fn pack(
    geometry: &Geometry,
    plan: &LayerPlan,
    op: &FullyConnected,
    folded: &Folded,
) -> Vec<u8> {
    let mut packer = Packer { geometry, op, folded, bytes: Vec::new() };
    for tile in 0..plan.groups.iter().sum() {
        packer.parameters(tile);
    }
    let chunks = ranges(&plan.chunks);
    for tiles in ranges(&plan.groups) {
        chunks.iter().for_each(|slices| packer.piece(tiles.clone(), slices.clone()));
    }
    packer.bytes
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

    /// The weights of n-tiles over a range of k-tiles.
    fn piece(&mut self, tiles: Range<u64>, slices: Range<u64>) {
        for tile in tiles {
            for slice in slices.clone() {
                self.tile(tile, slice);
            }
        }
        let end = self.geometry.round_up(self.bytes.len() as u64);
        self.bytes.resize(end as usize, 0);
    }

    fn tile(&mut self, tile: u64, slice: u64) {
        let first = (slice * self.geometry.r) as usize;
        for output in self.outputs(tile) {
            for input in first..first + self.geometry.r as usize {
                self.bytes.push(self.weight(output, input) as u8);
            }
        }
    }

    fn outputs(&self, tile: u64) -> Range<usize> {
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
}

#[cfg(test)]
mod tests {
    use seedbed_model::Activation;
    use seedbed_spec::numerics::Rule;

    use super::*;
    use crate::plan::{Operand, Order, Place};

    /// 5 outputs of 6 inputs on 4 x 4: two n-tiles in two groups, two k-tiles in two chunks.
    #[test]
    fn weights_stand_in_the_order_of_use_and_padding_is_zero() {
        let config = seedbed_spec::Config::preset("tiny").unwrap();
        let weights: Vec<i8> = (1..=30).collect();
        let op = FullyConnected {
            inputs: 6,
            outputs: 5,
            weights,
            weight_scales: vec![1.0],
            bias: vec![0; 5],
            activation: Activation::None,
        };
        let folded = Folded {
            bias: vec![1, 2, 3, 4, -5],
            multiplier: vec![7; 5],
            shift: vec![-1; 5],
            rule: Rule::Up,
            zero_point: 0,
            lo: -128,
            hi: 127,
        };
        let operand = || Operand { external: true, place: Place::Whole(0) };
        let plan = LayerPlan {
            order: Order::StreamWeights,
            blocks: vec![1],
            block_rows: 1,
            groups: vec![1, 1],
            last_groups: vec![],
            chunks: vec![1, 1],
            spans: vec![2],
            split_input: false,
            slice_output: false,
            apart: false,
            tail: false,
            beside: false,
            input: operand(),
            output: operand(),
        };
        let geometry = Geometry::new(&config);
        let places = offsets(&geometry, &plan);
        assert_eq!((places.weights, places.bytes), (vec![vec![96, 112], vec![128, 144]], 160));
        let packed = pack(&geometry, &plan, &op, &folded);
        assert_eq!(packed.len(), 160);
        // Second n-tile's parameters: one real output, three zero ones.
        assert_eq!(packed[48..56], [0xfb, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        assert_eq!(packed[64..72], [7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(packed[80..88], [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        // First n-tile, second k-tile: inputs 4 and 5 of outputs 0 to 3.
        assert_eq!(packed[112..128], [5, 6, 0, 0, 11, 12, 0, 0, 17, 18, 0, 0, 23, 24, 0, 0]);
        // Second n-tile, first k-tile: output 4 only.
        assert_eq!(packed[128..133], [25, 26, 27, 28, 0]);
        assert!(packed[133..144].iter().all(|byte| *byte == 0));
    }
}
