//! Schedules the steps into one ring: decides where each LOAD stands.
//!
//! A LOAD should stand as early as its place in LM allows, but not so early that it blocks what is
//! behind it: FRONT dispatches in order and stops at a full queue. So before each step come the
//! LOADs that it needs, then those of later steps, in order of first use, while there is space and
//! while no more of them are ahead than a queue holds.

use std::collections::VecDeque;

use seedbed_spec::command::{Body, Matrix, Move, Post};

use crate::fold::Folded;
use crate::plan::{Emission, ParamsTurn, StepOrder};
use crate::planner::Layout;
use crate::ring::{Block, ByteRing};
use crate::steps::{Home, Output, Piece, Ring, RingBlock, Rows, Spot, Step, Unrolled};

/// Steps that a LOAD is moved ahead at most.
const LOOK_BACK: usize = 256;

/// A command without synchronisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub layer: usize,
    pub body: Body,
}

/// Puts all commands in ring order.
pub(crate) fn emit(program: &Unrolled, folded: &[Folded], layout: &Layout) -> Vec<Draft> {
    let ring = |range: &Range| ByteRing::new(range.start, range.end - range.start, layout.bank);
    let mut emitter = Emitter {
        program,
        folded,
        params: ring(&layout.params),
        weights: ring(&layout.weights),
        blocks: vec![None; program.blocks.len()],
        emission: layout.emission,
        waiting: waiting(program, layout.emission.params),
        ahead: Vec::new(),
        pending: None,
        drafts: Vec::new(),
    };
    for index in 0..program.steps.len() {
        match layout.emission.steps {
            StepOrder::LoadsFirst => emitter.loads_first(index),
            StepOrder::MatrixFirst => emitter.matrix_first(index),
            StepOrder::PostLate => emitter.post_late(index),
        }
    }
    emitter.finish_pending();
    emitter.drafts
}

/// The pieces in the order of loading, each with the first step before which it may be loaded.
fn waiting(program: &Unrolled, params: ParamsTurn) -> VecDeque<(&Piece, usize)> {
    let mut pieces: Vec<&Piece> = program.pieces.iter().collect();
    pieces.sort_by_key(|piece| piece.turn(params));
    pieces.into_iter().map(|piece| (piece, earliest(program, piece))).collect()
}

/// The first step before which a piece may be loaded without hurting an earlier step.
fn earliest(program: &Unrolled, piece: &Piece) -> usize {
    let Home::Fixed(at) = piece.home else { return 0 };
    let (local, external) = (piece.rows.local_range(at), piece.rows.external_range());
    let floor = piece.first_step.saturating_sub(LOOK_BACK);
    let blocked = (floor..piece.first_step).rev().find(|index| {
        let step = &program.steps[*index];
        touches(step, &local) || writes(step, &external)
    });
    blocked.map_or(floor, |index| index + 1)
}

type Range = std::ops::Range<u64>;

fn overlap(a: &Range, b: &Range) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether a step touches LM bytes in the activation part.
fn touches(step: &Step, range: &Range) -> bool {
    // Ends are rounded up to whole rows: more than needed is safe.
    let input = step.input..step.input + step.rows * step.input_stride;
    let output = step.post.map(|o| o.address..o.address + step.rows * o.stride);
    let store = step.store.map(|(at, rows)| rows.local_range(at));
    [Some(input), output, store].iter().flatten().any(|used| overlap(used, range))
}

/// Whether a step stores to external bytes.
fn writes(step: &Step, range: &Range) -> bool {
    step.store.is_some_and(|(_, rows)| overlap(&rows.external_range(), range))
}

struct Emitter<'a> {
    program: &'a Unrolled,
    folded: &'a [Folded],
    emission: Emission,
    params: ByteRing,
    weights: ByteRing,
    /// The ring space of each block while it is allocated.
    blocks: Vec<Option<Block>>,
    /// Pieces not yet loaded.
    waiting: VecDeque<(&'a Piece, usize)>,
    /// First steps of the pieces that are loaded but not yet used.
    ahead: Vec<usize>,
    /// The step whose POST is still to come.
    pending: Option<usize>,
    drafts: Vec<Draft>,
}

impl Emitter<'_> {
    fn loads_first(&mut self, index: usize) {
        self.loads(index);
        self.matrix(index);
        self.finish(index);
    }

    fn matrix_first(&mut self, index: usize) {
        self.overtake(index, false);
        self.matrix(index);
        self.loads(index);
        self.finish(index);
    }

    fn post_late(&mut self, index: usize) {
        if self.pending.is_some_and(|pending| self.follows(pending, index)) {
            self.finish_pending();
        }
        if !self.overtake(index, false) {
            self.finish_pending();
            self.overtake(index, false);
        }
        self.matrix(index);
        self.finish_pending();
        self.loads(index);
        self.pending = Some(index);
    }

    /// Whether the MATRIX of a step, or a LOAD for it, has to come after the POST and STORE of the step
    /// before.
    fn follows(&self, before: usize, step: usize) -> bool {
        let (first, second) = (&self.program.steps[before], &self.program.steps[step]);
        let input = second.input..second.input + second.rows * second.input_stride;
        let sums = |step: &Step| step.sums..step.sums + step.rows * step.n_tiles;
        let mut near = self.waiting.iter().take_while(|(piece, _)| self.turn(piece) <= step + 1);
        overlap(&sums(first), &sums(second))
            || touches(first, &input)
            || near.any(|(piece, earliest)| piece.first_step <= step && *earliest > before)
    }

    /// The step with which a piece has its turn.
    fn turn(&self, piece: &Piece) -> usize {
        piece.turn(self.emission.params).0
    }

    fn finish_pending(&mut self) {
        if let Some(index) = self.pending.take() {
            self.finish(index);
        }
    }

    /// POST and STORE of a step; frees what it used.
    fn finish(&mut self, index: usize) {
        self.post_and_store(index);
        self.release(index);
    }

    /// The LOADs in front of a step.
    fn loads(&mut self, step: usize) {
        self.ahead.retain(|first_step| *first_step > step);
        while let Some((piece, earliest)) = self.waiting.front().copied() {
            let needed = piece.first_step <= step;
            let early = self.ahead.len() < self.emission.ahead && earliest <= step;
            if !((needed || early) && self.load(piece, step)) {
                break;
            }
            self.waiting.pop_front();
        }
        self.overtake(step, true);
    }

    /// Loads what the step needs, or only what its MATRIX does, ahead of the turn; whether all could
    /// be loaded.
    fn overtake(&mut self, step: usize, params: bool) -> bool {
        // Turns and first steps differ by one at most.
        let near = self.waiting.partition_point(|(piece, _)| self.turn(piece) <= step + 1);
        let (mut kept, mut complete) = (Vec::new(), true);
        for (piece, earliest) in self.waiting.drain(..near).collect::<Vec<_>>() {
            let needed = piece.first_step <= step && (params || !piece.params);
            if !(needed && self.load(piece, step)) {
                complete &= !needed;
                kept.push((piece, earliest));
            }
        }
        kept.into_iter().rev().for_each(|piece| self.waiting.push_front(piece));
        complete
    }

    /// Emits the LOAD of a piece, unless its ring is full. A needed piece always has space: every
    /// older block of its ring is free, and the planner made it fit.
    fn load(&mut self, piece: &Piece, step: usize) -> bool {
        let Some(at) = self.address(piece) else { return false };
        self.push_load(piece.layer, to_move(&piece.rows, at));
        if piece.first_step > step {
            self.ahead.push(piece.first_step);
        }
        true
    }

    /// LM address of a piece; allocates its ring block if that is due.
    fn address(&mut self, piece: &Piece) -> Option<u64> {
        let spot = match piece.home {
            Home::Fixed(at) => return Some(at),
            Home::Ring(spot) => spot,
        };
        if self.blocks[spot.block].is_none() {
            let block = &self.program.blocks[spot.block];
            self.blocks[spot.block] = self.ring(block.ring).try_alloc(block.bytes, block.apart);
        }
        self.spot(spot)
    }

    fn ring(&mut self, ring: Ring) -> &mut ByteRing {
        match ring {
            Ring::Params => &mut self.params,
            Ring::Weights => &mut self.weights,
        }
    }

    /// LM address of a spot whose block is allocated.
    fn spot(&self, spot: Spot) -> Option<u64> {
        self.blocks[spot.block].map(|block| block.address + spot.offset)
    }

    fn matrix(&mut self, index: usize) {
        let step = &self.program.steps[index];
        // Everything the step needs was loaded before it, so the addresses are there.
        let Some(weights) = self.spot(step.weights) else { return };
        self.push(step.layer, Body::Matrix(matrix(step, weights)));
    }

    fn post_and_store(&mut self, index: usize) {
        let step = &self.program.steps[index];
        if let Some(output) = step.post {
            let Some(params) = self.spot(output.params) else { return };
            let post = self.post(step, output, params);
            self.push(step.layer, Body::Post(post));
        }
        if let Some((at, rows)) = &step.store {
            self.push(step.layer, Body::Store(to_move(rows, *at)));
        }
    }

    fn post(&self, step: &Step, output: Output, params: u64) -> Post {
        let folded = &self.folded[step.layer];
        Post {
            ps_addr: number(step.sums),
            param_addr: number(params),
            out_addr: number(output.address),
            rows: number(step.rows),
            n_tiles: number(step.n_tiles),
            out_stride: number(output.stride),
            zero_point: folded.zero_point,
            lo: folded.lo,
            hi: folded.hi,
            rule: folded.rule,
        }
    }

    /// Frees the ring blocks whose last step was `index`.
    fn release(&mut self, index: usize) {
        let step = &self.program.steps[index];
        for spot in [Some(step.weights), step.post.map(|output| output.params)] {
            let Some(Spot { block, .. }) = spot else { continue };
            let RingBlock { ring, last_step, .. } = self.program.blocks[block];
            if last_step == index {
                if let Some(space) = self.blocks[block].take() {
                    self.ring(ring).free(space);
                }
            }
        }
    }

    /// Appends a LOAD, or makes the LOAD before it longer when it continues that on both sides.
    fn push_load(&mut self, layer: usize, body: Move) {
        if let Some(Draft { layer: of, body: Body::Load(before) }) = self.drafts.last_mut() {
            let bytes = before.run_bytes;
            let follows = before.ext_addr + u64::from(bytes) == body.ext_addr
                && before.lm_addr + bytes == body.lm_addr;
            if follows && *of == layer && before.runs() == 1 && body.runs() == 1 {
                before.run_bytes += body.run_bytes;
                return;
            }
        }
        self.push(layer, Body::Load(body));
    }

    fn push(&mut self, layer: usize, body: Body) {
        self.drafts.push(Draft { layer, body });
    }
}

fn matrix(step: &Step, weights: u64) -> Matrix {
    Matrix {
        a_addr: number(step.input),
        w_addr: number(weights),
        ps_addr: number(step.sums),
        out_w: number(step.rows),
        k_tiles: number(step.k_tiles),
        n_tiles: number(step.n_tiles),
        a_stride_w: number(step.input_stride),
        accumulate: step.accumulate,
    }
}

fn to_move(rows: &Rows, at: u64) -> Move {
    let stride = i32::try_from(rows.external_stride).unwrap_or(i32::MAX);
    Move::contiguous(rows.external, number(at), number(rows.bytes)).strided(
        number(rows.count),
        stride,
        number(rows.local_stride),
    )
}

/// A number for a command field; one that is too large is refused when the command is encoded.
fn number(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Home;

    /// One MATRIX and POST reading the input at `input` and writing behind address 100.
    fn step(input: u64) -> Step {
        let spot = Spot { block: 0, offset: 0 };
        Step {
            layer: 0,
            rows: 1,
            k_tiles: 1,
            n_tiles: 1,
            accumulate: false,
            input,
            input_stride: 10,
            weights: spot,
            sums: 0,
            post: Some(Output { params: spot, address: 100, stride: 10 }),
            store: Some((100, Rows::run(500, 10))),
        }
    }

    fn piece(home: Home, external: u64, first_step: usize) -> Piece {
        Piece { layer: 0, home, rows: Rows::run(external, 10), first_step, params: false }
    }

    #[test]
    fn a_load_waits_for_the_last_use_of_its_place() {
        let steps = [0, 10, 0, 10, 20].map(step).to_vec();
        let program = Unrolled { steps, ..Unrolled::default() };
        let at = |home, external| earliest(&program, &piece(home, external, 4));
        assert_eq!(at(Home::Fixed(0), 0), 3, "after step 2 read it");
        assert_eq!(at(Home::Fixed(10), 0), 4);
        assert_eq!(at(Home::Fixed(30), 0), 0, "nobody uses this place");
        assert_eq!(at(Home::Fixed(105), 0), 4, "outputs count");
        assert_eq!(at(Home::Fixed(30), 505), 4, "what a STORE writes cannot be loaded before");
        assert_eq!(at(Home::Ring(Spot { block: 0, offset: 0 }), 0), 0);
    }

    #[test]
    fn parameters_follow_the_next_weights() {
        let ring = Home::Ring(Spot { block: 0, offset: 0 });
        let params = Piece { params: true, ..piece(ring, 0, 0) };
        let all = [piece(Home::Fixed(0), 0, 0), piece(ring, 0, 0), params, piece(ring, 0, 1)];
        let mut turns: Vec<_> = all.iter().enumerate().collect();
        turns.sort_by_key(|(_, piece)| piece.turn(ParamsTurn::NextWeights));
        assert_eq!(turns.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 0, 3, 2]);
    }
}
