//! MATRIX: a column of weights per cycle into the free plane, a row of activations per cycle.

use std::collections::VecDeque;

use seedbed_spec::command;
use seedbed_spec::timing::{PS_READ_MODIFY_WRITE, SEQUENCER_QUEUE};

use super::Core;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    tile_queue: VecDeque<Weights>,
    row_queue: VecDeque<Rows>,
    weights: Option<Weights>,
    rows: Option<Rows>,
    /// Planes loaded and not streamed.
    full: u64,
}

/// The weights of a command that are not read yet.
#[derive(Clone, Copy, Debug)]
struct Weights {
    address: u64,
    tiles: u64,
    /// Columns of the present tile that are read.
    column: u64,
}

/// The rows of a command that are not read yet.
#[derive(Clone, Copy, Debug)]
struct Rows {
    base: u64,
    stride: u64,
    count: u64,
    k_tiles: u64,
    tiles: u64,
    k: u64,
    row: u64,
    address: u64,
    /// The first cycle in which the tile's first partial sums can be read.
    settled: u64,
}

impl Matrix {
    pub fn ready(&self) -> bool {
        self.tile_queue.len() < SEQUENCER_QUEUE as usize
            && self.row_queue.len() < SEQUENCER_QUEUE as usize
    }

    pub fn start(&mut self, body: &command::Matrix) {
        let (k_tiles, n_tiles) = (u64::from(body.k_tiles), u64::from(body.n_tiles));
        let tiles = k_tiles * n_tiles;
        self.tile_queue.push_back(Weights { address: body.w_addr.into(), tiles, column: 0 });
        let base = u64::from(body.a_addr);
        self.row_queue.push_back(Rows {
            base,
            stride: body.a_stride_w.into(),
            count: body.out_w.into(),
            k_tiles,
            tiles,
            k: 0,
            row: 0,
            address: base,
            settled: 0,
        });
    }

    /// Idle sequencers take their next command.
    pub fn refill(&mut self) {
        if self.weights.is_none() {
            self.weights = self.tile_queue.pop_front();
        }
        if self.rows.is_none() {
            self.rows = self.row_queue.pop_front();
        }
    }

    pub fn weight_address(&self) -> Option<u64> {
        self.weights.filter(|_| self.full < 2).map(|weights| weights.address)
    }

    pub fn row_address(&self, now: u64) -> Option<u64> {
        let settled = |rows: &Rows| rows.row > 0 || rows.settled <= now;
        self.rows.filter(|rows| self.full > 0 && settled(rows)).map(|rows| rows.address)
    }

    /// Takes what was granted; when a command is complete, if it was its last row.
    pub fn step(&mut self, core: &Core, now: u64, row: bool, weight: bool) -> Option<u64> {
        let loaded = weight && self.take_weight(core);
        let (streamed, last) = if row { self.take_row(core, now) } else { (false, false) };
        self.full = self.full + u64::from(loaded) - u64::from(streamed);
        last.then(|| now + core.matrix_done)
    }

    /// Whether it was a tile's last column.
    fn take_weight(&mut self, core: &Core) -> bool {
        let Some(weights) = &mut self.weights else { return false };
        weights.address += core.r;
        weights.column += 1;
        if weights.column < core.c {
            return false;
        }
        weights.column = 0;
        weights.tiles -= 1;
        if weights.tiles == 0 {
            self.weights = None;
        }
        true
    }

    /// Whether it was a tile's last row, and the command's.
    fn take_row(&mut self, core: &Core, now: u64) -> (bool, bool) {
        let Some(rows) = &mut self.rows else { return (false, false) };
        if rows.row == 0 {
            rows.settled = now + u64::from(PS_READ_MODIFY_WRITE);
        }
        rows.row += 1;
        rows.address += rows.stride;
        if rows.row < rows.count {
            return (false, false);
        }
        rows.row = 0;
        rows.tiles -= 1;
        rows.k = if rows.k + 1 == rows.k_tiles { 0 } else { rows.k + 1 };
        rows.address = rows.base + rows.k * core.r;
        let last = rows.tiles == 0;
        if last {
            self.rows = None;
        }
        (true, last)
    }
}
