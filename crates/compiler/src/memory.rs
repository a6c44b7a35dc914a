//! External memory: weights from address 0, then the tensors, then the ring.

use crate::geometry::{Gemm, Geometry};
use crate::planner::Layout;
use crate::steps::External;
use crate::weights::offsets;

/// Alignment of everything in external memory: a command, and a beat of the widest bus.
pub(crate) const ALIGN: u64 = 64;

/// Where everything lies.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// For each layer the address of its parameters, and for each group and chunk of its weights.
    pub pieces: Vec<(u64, Vec<Vec<u64>>)>,
    /// Addresses of all tensors; those that stay in LM have one too, of no bytes.
    pub tensors: Vec<u64>,
    /// The first free address.
    pub end: u64,
}

impl Memory {
    /// The memory of a planned network.
    pub fn new(geometry: &Geometry, gemms: &[Gemm], layout: &Layout) -> Self {
        let mut memory = Memory::default();
        for plan in &layout.layers {
            let places = offsets(geometry, plan);
            let base = memory.end;
            let up = |row: Vec<u64>| row.into_iter().map(|offset| base + offset).collect();
            memory.pieces.push((base, places.weights.into_iter().map(up).collect()));
            memory.take(places.bytes);
        }
        let first = gemms[0].rows * gemms[0].in_row;
        let output = |external: bool, gemm: &Gemm| u64::from(external) * gemm.rows * gemm.out_row;
        let outputs = layout.layers.iter().zip(gemms);
        let outputs = outputs.map(|(plan, gemm)| output(plan.output.external, gemm));
        for bytes in std::iter::once(first).chain(outputs) {
            let at = memory.take(bytes);
            memory.tensors.push(at);
        }
        memory
    }

    /// Takes aligned space; gives its address.
    fn take(&mut self, bytes: u64) -> u64 {
        let at = self.end;
        self.end = (at + bytes).next_multiple_of(ALIGN);
        at
    }

    /// What one layer's commands address.
    pub fn external(&self, layer: usize) -> External {
        let (params, weights) = self.pieces[layer].clone();
        External { input: self.tensors[layer], output: self.tensors[layer + 1], params, weights }
    }
}
