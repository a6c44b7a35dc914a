//! Unrolls the plans into the list of compute steps and the pieces of data they need.
//!
//! A step is one MATRIX command, with the POST and STORE that follow it. A piece is one LOAD. Both
//! lists are in program order; nothing is scheduled yet.

use crate::geometry::{Gemm, Geometry};
use crate::plan::{offsets, LayerPlan, Order, Place};

/// Addresses of one layer in external memory.
#[derive(Clone, Debug)]
pub(crate) struct External {
    /// First row of the input, if it is external.
    pub input: u64,
    /// First row of the output, if it is external.
    pub output: u64,
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
    fn run(external: u64, bytes: u64) -> Self {
        Rows { external, external_stride: 0, local_stride: 0, bytes, count: 1 }
    }

    /// `count` rows that are contiguous on neither or on both sides.
    fn new(external: u64, external_stride: u64, bytes: u64, count: u64) -> Self {
        if external_stride == bytes {
            return Self::run(external, bytes * count);
        }
        Rows { external, external_stride, local_stride: bytes, bytes, count }
    }

    /// External bytes from the first to the last.
    pub fn external_range(&self) -> std::ops::Range<u64> {
        self.external..self.external + (self.count - 1) * self.external_stride + self.bytes
    }

    /// LM bytes from the first to the last.
    pub fn local_range(&self, at: u64) -> std::ops::Range<u64> {
        at..at + self.count * self.bytes
    }
}

/// Where a piece is loaded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// A place that the planner chose.
    Fixed(u64),
    /// Bytes `offset..` of a block of the weights ring (index into [`Unrolled::blocks`]).
    Ring { block: usize, offset: u64 },
}

/// One LOAD.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub layer: usize,
    pub home: Home,
    pub rows: Rows,
    /// The first step that uses it.
    pub first_step: usize,
}

/// A block of the weights ring: allocated before its first piece is loaded, freed after its last
/// step.
#[derive(Clone, Debug)]
pub(crate) struct RingBlock {
    pub bytes: u64,
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
    /// Piece with the weights, and with the parameters in front when a POST follows.
    pub weights: usize,
    pub sums: u64,
    pub post: Option<Output>,
    pub store: Option<(u64, Rows)>,
}

/// Where POST writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub address: u64,
    pub stride: u64,
}

/// The whole program before scheduling.
#[derive(Debug, Default)]
pub(crate) struct Unrolled {
    pub steps: Vec<Step>,
    /// In order of first use.
    pub pieces: Vec<Piece>,
    pub blocks: Vec<RingBlock>,
    /// Pairs (block of rows, group) so far: they take the PS banks in turn.
    visits: u64,
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
        row_starts: offsets(&plan.blocks),
        tile_starts: offsets(&plan.groups),
        chunk_starts: offsets(&plan.chunks),
        inputs: vec![false; plan.blocks.len()],
        weights: vec![None; plan.groups.len()],
        kept: None,
        input_turn: 0,
        output_turn: 0,
        groups_done: vec![0; plan.blocks.len()],
        program,
    };
    for (block, group) in visits(plan) {
        unroller.visit(block, group);
    }
}

/// The (block, group) pairs in the order of execution.
fn visits(plan: &LayerPlan) -> Vec<(usize, usize)> {
    let blocks = 0..plan.blocks.len();
    if plan.order == Order::Groups {
        let groups = 0..plan.groups.len();
        return groups.flat_map(|group| blocks.clone().map(move |block| (block, group))).collect();
    }
    blocks
        .flat_map(|block| plan.group_order(block).into_iter().map(move |group| (block, group)))
        .collect()
}

struct Unroller<'a> {
    program: &'a mut Unrolled,
    geometry: &'a Geometry,
    layer: usize,
    gemm: &'a Gemm,
    plan: &'a LayerPlan,
    external: &'a External,
    row_starts: Vec<u64>,
    tile_starts: Vec<u64>,
    chunk_starts: Vec<u64>,
    /// Whether a block of the input is loaded.
    inputs: Vec<bool>,
    /// The piece of a group's weights, while they stay.
    weights: Vec<Option<usize>>,
    /// The ring block of a layer that keeps all its weights, and its bytes in use.
    kept: Option<(usize, u64)>,
    input_turn: usize,
    output_turn: usize,
    groups_done: Vec<usize>,
}

impl Unroller<'_> {
    fn visit(&mut self, block: usize, group: usize) {
        let bank = self.program.visits % self.geometry.ps_banks;
        self.program.visits += 1;
        self.groups_done[block] += 1;
        for chunk in 0..self.plan.chunks.len() {
            let input = self.input(block, chunk);
            let weights = self.weights(group, chunk);
            let last = chunk + 1 == self.plan.chunks.len();
            let output = last.then(|| self.output(block, group));
            let step = Step {
                layer: self.layer,
                rows: self.plan.blocks[block],
                k_tiles: self.plan.chunks[chunk],
                n_tiles: self.plan.groups[group],
                accumulate: chunk > 0,
                input,
                input_stride: self.plan.input_width(self.geometry, self.gemm, chunk),
                weights,
                sums: bank * self.geometry.ps_bank_rows,
                post: output.map(|output| output.0),
                store: output.and_then(|output| output.1),
            };
            self.program.steps.push(step);
        }
    }

    /// LM address of the input of a step; adds the piece that loads it if need be.
    fn input(&mut self, block: usize, chunk: usize) -> u64 {
        let (geometry, gemm, plan) = (self.geometry, self.gemm, self.plan);
        let row = self.row_starts[block];
        let at = match &plan.input.place {
            Place::Whole(base) => base + row * gemm.in_row,
            Place::Slots(slots) if plan.split_input => slots[self.input_turn % slots.len()],
            Place::Slots(slots) => slots[block % slots.len()],
        };
        let slice = self.chunk_starts[chunk] * geometry.r;
        let inside = if plan.split_input { 0 } else { slice };
        let loaded = std::mem::replace(&mut self.inputs[block], true) && !plan.split_input;
        if plan.input.external && !loaded {
            let start = if plan.split_input { slice } else { 0 };
            let external = self.external.input + row * gemm.in_row + start;
            let width = plan.input_width(geometry, gemm, chunk);
            let rows = Rows::new(external, gemm.in_row, width, plan.blocks[block]);
            self.input_turn += 1;
            self.piece(Home::Fixed(at), rows);
        }
        at + inside
    }

    /// The piece of the weights of a step; adds it if they are not in LM.
    fn weights(&mut self, group: usize, chunk: usize) -> usize {
        let now = self.program.steps.len();
        if let Some(piece) = self.weights[group] {
            self.touch(piece, now);
            return piece;
        }
        let last = chunk + 1 == self.plan.chunks.len();
        let (n, k) = (self.plan.groups[group], self.plan.chunks[chunk]);
        let bytes = Gemm::piece_bytes(self.geometry, n, k, last);
        let home = self.ring_home(bytes);
        let rows = Rows::run(self.external.weights[group][chunk], bytes);
        let piece = self.piece(home, rows);
        if self.plan.keeps_weights() {
            self.weights[group] = Some(piece);
        }
        self.touch(piece, now);
        piece
    }

    /// A place in the ring: a block of its own, or the next bytes of the layer's common block.
    fn ring_home(&mut self, bytes: u64) -> Home {
        if self.plan.order != Order::BlocksKeepWeights {
            return Home::Ring { block: self.ring_block(bytes), offset: 0 };
        }
        let (block, offset) = match self.kept {
            Some(kept) => kept,
            None => {
                let k = self.gemm.k_tiles;
                let sizes = self.plan.groups.iter();
                let total = sizes.map(|n| Gemm::piece_bytes(self.geometry, *n, k, true)).sum();
                (self.ring_block(total), 0)
            }
        };
        self.kept = Some((block, offset + bytes));
        Home::Ring { block, offset }
    }

    fn ring_block(&mut self, bytes: u64) -> usize {
        self.program.blocks.push(RingBlock { bytes, last_step: 0 });
        self.program.blocks.len() - 1
    }

    fn touch(&mut self, piece: usize, step: usize) {
        if let Home::Ring { block, .. } = self.program.pieces[piece].home {
            self.program.blocks[block].last_step = step;
        }
    }

    fn piece(&mut self, home: Home, rows: Rows) -> usize {
        let first_step = self.program.steps.len();
        self.program.pieces.push(Piece { layer: self.layer, home, rows, first_step });
        self.program.pieces.len() - 1
    }

    /// Where POST writes, and the STORE when a piece of the output is complete.
    fn output(&mut self, block: usize, group: usize) -> (Output, Option<(u64, Rows)>) {
        let (geometry, gemm, plan) = (self.geometry, self.gemm, self.plan);
        let (row, rows) = (self.row_starts[block], plan.blocks[block]);
        let column = self.tile_starts[group] * geometry.c;
        let turn = if plan.slice_output { self.output_turn } else { block };
        self.output_turn += 1;
        let at = match &plan.output.place {
            Place::Whole(base) => base + row * gemm.out_row,
            Place::Slots(slots) => slots[turn % slots.len()],
        };
        let (inside, start) = if plan.slice_output { (0, column) } else { (column, 0) };
        let stride = plan.output_width(geometry, gemm, group);
        let complete = plan.slice_output || self.groups_done[block] == plan.groups.len();
        let store = (plan.output.external && complete).then(|| {
            let external = self.external.output + row * gemm.out_row + start;
            (at, Rows::new(external, gemm.out_row, stride, rows))
        });
        (Output { address: at + inside, stride }, store)
    }
}
