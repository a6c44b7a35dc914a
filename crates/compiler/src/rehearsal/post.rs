//! POST: parameters into two places, rows through the lanes, codes through a buffer into memory.

use std::collections::VecDeque;

use seedbed_spec::command;
use seedbed_spec::timing::SEQUENCER_QUEUE;

use super::Core;

/// Places for parameters.
const PLACES: u64 = 2;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Post {
    param_queue: VecDeque<Params>,
    row_queue: VecDeque<Rows>,
    params: Option<Params>,
    rows: Option<Rows>,
    /// N-tiles of all commands whose parameters were loaded, whose last row was read, whose place is
    /// free again.
    loaded: u64,
    streamed: u64,
    dealt: u64,
    place_free: VecDeque<u64>,
    lanes_free: u64,
    /// Rows of codes to write: when, where, last of its command.
    codes: VecDeque<(u64, u64, bool)>,
}

#[derive(Clone, Copy, Debug)]
struct Params {
    address: u64,
    tiles: u64,
    read: u64,
}

#[derive(Clone, Copy, Debug)]
struct Rows {
    base: u64,
    stride: u64,
    count: u64,
    tiles: u64,
    row: u64,
    address: u64,
}

impl Post {
    pub fn ready(&self) -> bool {
        self.param_queue.len() < SEQUENCER_QUEUE as usize
            && self.row_queue.len() < SEQUENCER_QUEUE as usize
    }

    pub fn start(&mut self, body: &command::Post) {
        let (tiles, base) = (u64::from(body.n_tiles), u64::from(body.out_addr));
        self.param_queue.push_back(Params { address: body.param_addr.into(), tiles, read: 0 });
        let (stride, count) = (body.out_stride.into(), body.rows.into());
        self.row_queue.push_back(Rows { base, stride, count, tiles, row: 0, address: base });
    }

    /// Idle sides take their next command.
    pub fn refill(&mut self) {
        if self.params.is_none() {
            self.params = self.param_queue.pop_front();
        }
        if self.rows.is_none() {
            self.rows = self.row_queue.pop_front();
        }
    }

    fn starved(&self) -> bool {
        self.rows.is_some() && self.streamed == self.loaded
    }

    fn code(&self, now: u64) -> Option<u64> {
        self.codes.front().filter(|code| code.0 <= now).map(|code| code.1)
    }

    /// Parameters come first only when rows wait for them.
    fn param(&self, now: u64) -> Option<u64> {
        let freed = self.place_free.iter().take_while(|at| **at <= now).count() as u64;
        let room = self.loaded - self.dealt - freed < PLACES;
        let params = self.params.filter(|_| room)?;
        (self.starved() || self.code(now).is_none()).then_some(params.address)
    }

    /// LM address of this cycle's access.
    pub fn address(&self, now: u64) -> Option<u64> {
        self.param(now).or_else(|| self.code(now))
    }

    /// Takes what was granted; when a command is complete, if its last row was written.
    pub fn step(&mut self, core: &Core, now: u64, granted: bool) -> Option<u64> {
        let param = self.param(now).is_some();
        let starved = self.starved();
        let held = self.codes.len();
        while self.place_free.front().is_some_and(|at| *at <= now) {
            self.place_free.pop_front();
            self.dealt += 1;
        }
        let mut done = None;
        let mut loaded = 0;
        if granted && param {
            loaded = self.take_param(core);
        } else if granted {
            done = self.codes.pop_front().filter(|code| code.2).map(|_| now + 1);
        }
        if !starved && now >= self.lanes_free && held < core.post_held {
            self.take_row(core, now);
        }
        self.loaded += loaded;
        done
    }

    /// Tiles complete with this word of parameters.
    fn take_param(&mut self, core: &Core) -> u64 {
        let Some(params) = &mut self.params else { return 0 };
        params.address += core.word;
        params.read += core.word;
        if params.read < core.param_tile {
            return 0;
        }
        params.read = 0;
        params.tiles -= 1;
        if params.tiles == 0 {
            self.params = None;
        }
        1
    }

    fn take_row(&mut self, core: &Core, now: u64) {
        let Some(rows) = &mut self.rows else { return };
        rows.row += 1;
        let ends = rows.row == rows.count;
        let last = ends && rows.tiles == 1;
        self.codes.push_back((now + core.post_row, rows.address, last));
        self.lanes_free = now + core.phases;
        rows.address += rows.stride;
        if ends {
            rows.tiles -= 1;
            rows.base += core.c;
            (rows.row, rows.address) = (0, rows.base);
            self.streamed += 1;
            self.place_free.push_back(now + core.phases.saturating_sub(1).max(1));
        }
        if last {
            self.rows = None;
        }
    }
}
