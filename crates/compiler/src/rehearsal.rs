//! Rehearses a program: follows the core cycle by cycle through its commands, without any data.
//!
//! The planner's estimate compares thousands of plans; this judges the few best of them. It knows what
//! shapes a schedule in the core: commands are fetched over the same bus as data, queues are short and
//! in order, each bank of local memory serves one client per cycle, a DMA has so many bursts in
//! flight. So nothing needs a rule of its own: a plan whose weights and parameters share a bank, or
//! whose first block is too large, simply takes longer.
//!
//! Each part states what happens in one cycle from what was there at its beginning. All latencies are
//! those of [`seedbed_spec::timing`].

mod bus;
mod front;
mod load;
mod matrix;
mod post;
mod runs;
mod store;

use seedbed_spec::command::Body;
use seedbed_spec::config::Config;
use seedbed_spec::timing;

use crate::sync::Links;

use bus::ReadBus;
use front::{Front, Starts};
use load::Load;
use matrix::Matrix;
use post::Post;
use store::Store;

/// Engines in the order of [`crate::link::engine`]: LOAD, STORE, MATRIX, POST.
pub(crate) const ENGINES: usize = crate::footprint::ENGINES;

/// From the last completion to the interrupt.
const INTERRUPT: u64 = 2;

/// The numbers of a core that decide how long things take.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    r: u64,
    c: u64,
    bus: u64,
    word: u64,
    bank: u32,
    burst: u64,
    outstanding: usize,
    prefetch: usize,
    queue: usize,
    command_beats: u64,
    matrix_done: u64,
    param_tile: u64,
    phases: u64,
    post_row: u64,
    post_held: usize,
}

impl Core {
    /// The numbers of `config`.
    pub fn new(config: &Config) -> Self {
        let memory = &config.memory;
        Core {
            r: config.rows().into(),
            c: config.cols().into(),
            bus: config.bus_bytes().into(),
            word: config.word().into(),
            bank: (memory.lm_bytes / memory.lm_banks).ilog2(),
            burst: config.bus.burst_beats.into(),
            outstanding: config.bus.outstanding as usize,
            prefetch: config.front.prefetch as usize,
            queue: config.front.queue as usize,
            command_beats: u64::from(64 / config.bus_bytes()).max(1),
            matrix_done: timing::matrix_done(config).into(),
            param_tile: config.param_tile_bytes().into(),
            phases: timing::phases(config).into(),
            post_row: u64::from(timing::post_row(config) + timing::POST_BUFFER),
            post_held: timing::post_rows_held(config) as usize,
        }
    }
}

/// A program as the rehearsal sees it: bodies and synchronisation, in ring order.
pub(crate) struct Script<'a> {
    pub bodies: &'a [&'a Body],
    pub links: &'a [Links],
}

/// Cycles from doorbell to interrupt with a memory of this latency. When there are `limit` or more it
/// is an error: the cycles followed until that was sure.
pub(crate) fn rehearse(core: &Core, script: &Script, latency: u64, limit: u64) -> Result<u64, u64> {
    let mut stage = Stage {
        core,
        bus: ReadBus::new(latency, beats(core, script)),
        front: Front::default(),
        load: Load::default(),
        store: Store::new(latency),
        matrix: Matrix::default(),
        post: Post::default(),
        row: false,
    };
    let mut rows = rows(script);
    for now in 0..limit {
        if let Some(last) = stage.cycle(now, script) {
            return Some(last + INTERRUPT).filter(|cycles| *cycles < limit).ok_or(now);
        }
        rows -= u64::from(stage.row);
        // Each row takes MATRIX a cycle, each beat the bus.
        if (now + rows).max(stage.bus.ends(now)) >= limit {
            return Err(now);
        }
    }
    Err(limit)
}

/// Rows that MATRIX reads in all commands.
fn rows(script: &Script) -> u64 {
    let rows = |body: &&Body| match body {
        Body::Matrix(m) => u64::from(m.out_w) * u64::from(m.k_tiles) * u64::from(m.n_tiles),
        _ => 0,
    };
    script.bodies.iter().map(rows).sum()
}

/// Beats that FRONT and LOAD read in all commands.
fn beats(core: &Core, script: &Script) -> u64 {
    let beats = |body: &&Body| match body {
        Body::Load(load) => load.runs() * (u64::from(load.run_bytes) / core.bus),
        _ => 0,
    };
    let loads: u64 = script.bodies.iter().map(beats).sum();
    loads + script.bodies.len() as u64 * core.command_beats
}

struct Stage<'a> {
    core: &'a Core,
    bus: ReadBus,
    front: Front,
    load: Load,
    store: Store,
    matrix: Matrix,
    post: Post,
    /// MATRIX read a row in this cycle.
    row: bool,
}

impl Stage<'_> {
    /// One cycle; the cycle in which the last command was complete, when all are.
    fn cycle(&mut self, now: u64, script: &Script) -> Option<u64> {
        let core = self.core;
        let grants = self.grants(now);
        self.row = grants[0];
        let wanted = self.load.pending(core) || self.bus.busy(now);
        if let Some(beats) = self.load.issue(core, now) {
            self.load.arrives(self.bus.ask(now + 1, beats), beats);
        }
        let asked = self.bus.asked(now + 1);
        self.store.issue(core, now);
        let done = [
            self.load.write(now, grants[3]),
            self.store.read(now, grants[4]),
            self.matrix.step(core, now, grants[0], grants[1]),
            self.post.step(core, now, grants[2]),
        ];
        let ready = [self.load.ready(), self.store.ready(), self.matrix.ready(), self.post.ready()];
        let starts = self.front.cycle(core, now, script, done, ready);
        self.start(&starts, script);
        self.front.fetch(core, now, wanted, asked, &mut self.bus, script);
        (starts.retired == script.bodies.len()).then_some(now)
    }

    /// Which of A, W, POST, LOAD, STORE gets its bank: the first of those that want the same one.
    fn grants(&self, now: u64) -> [bool; 5] {
        let (core, none) = (self.core, u64::MAX);
        let bank = |address: Option<u64>| address.map_or(none, |at| at >> core.bank);
        let banks = [
            bank(self.matrix.row_address(now)),
            bank(self.matrix.weight_address()),
            bank(self.post.address(now)),
            bank(self.load.address(now)),
            bank(self.store.address(core, now)),
        ];
        let mut grants = [false; 5];
        for client in 0..banks.len() {
            let bank = banks[client];
            grants[client] = bank != none && !banks[..client].contains(&bank);
        }
        grants
    }

    fn start(&mut self, starts: &Starts, script: &Script) {
        let core = self.core;
        if let Some(index) = starts.started {
            match script.bodies[index] {
                Body::Load(body) => self.load.start(core, body),
                Body::Store(body) => self.store.start(core, body),
                Body::Matrix(body) => self.matrix.start(body),
                Body::Post(body) => self.post.start(body),
            }
        }
        self.matrix.refill();
        self.post.refill();
    }
}
