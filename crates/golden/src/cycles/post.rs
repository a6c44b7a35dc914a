//! POST.

use std::collections::VecDeque;

use seedbed_spec::command::Post as Body;
use seedbed_spec::{timing, Config};

use super::tiles::{TileLoader, Tiles, Waiting};

/// The engine: a loader of parameters, a sequencer of rows, a writer of codes.
pub(super) struct Post {
    config: Numbers,
    now: u64,
    loader: TileLoader,
    /// Parameter sets that are loaded and whose rows are not all read.
    ahead: u32,
    /// Parameter sets that are loaded and whose rows are not all dealt to the lanes.
    held: u32,
    /// When the last rows of tiles will be dealt.
    dealt: VecDeque<u64>,
    sequencer: Option<Rows>,
    waiting: Waiting<Rows>,
    /// Which of two settings the command in the sequencer uses.
    turn: usize,
    /// When the settings of each turn are free again.
    settings_free: [u64; 2],
    /// When the lanes can take the next row.
    lanes_free: u64,
    /// Rows read and not written: when their codes can be written, and where.
    rows: VecDeque<Written>,
    /// A command is reported done in this cycle.
    pub done: bool,
}

struct Numbers {
    cols: u32,
    phases: u64,
    /// From a row's grant to the first cycle in which its codes can be written.
    row: u64,
    /// How long after its last row a tile's parameters are in use, beyond the next cycle.
    dealing: u64,
    rows_held: usize,
}

/// A command in the sequencer and its loop counters.
struct Rows {
    body: Body,
    m: u32,
    n: u32,
}

struct Written {
    from: u64,
    addr: u32,
    /// The last of its command.
    last: bool,
}

/// A request to local memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PostAccess {
    /// A word of parameters, at this address.
    Params(u32),
    /// A row of codes, to this address.
    Codes(u32),
}

impl PostAccess {
    /// The LM address.
    pub fn addr(self) -> u32 {
        match self {
            PostAccess::Params(addr) | PostAccess::Codes(addr) => addr,
        }
    }
}

/// What happens in a cycle.
pub(super) struct PostEvents<'a> {
    pub command: Option<&'a Body>,
    /// The read of partial sums is taken.
    pub row: bool,
    /// The request to local memory that is taken.
    pub access: Option<PostAccess>,
}

impl Post {
    pub fn new(config: &Config) -> Self {
        let phases = timing::phases(config);
        let in_use = phases - 1 + timing::PS_READ - timing::LM_READ;
        Self {
            config: Numbers {
                cols: config.cols(),
                phases: phases.into(),
                row: u64::from(timing::post_row(config)),
                dealing: in_use.saturating_sub(1).into(),
                rows_held: timing::post_rows_held(config) as usize,
            },
            now: 0,
            loader: TileLoader::new(config.word(), timing::param_words(config)),
            ahead: 0,
            held: 0,
            dealt: VecDeque::new(),
            sequencer: None,
            waiting: Waiting::default(),
            turn: 0,
            settings_free: [0; 2],
            lanes_free: 0,
            rows: VecDeque::new(),
            done: false,
        }
    }

    /// A command can be taken.
    pub fn ready(&self) -> bool {
        self.loader.ready() && self.waiting.ready()
    }

    /// The request to local memory: writes go first, unless rows wait for parameters.
    pub fn access(&self) -> Option<PostAccess> {
        let starved = self.sequencer.is_some() && self.ahead == 0;
        let codes = self.rows.front().filter(|row| row.from <= self.now);
        let params = self.loader.wants().filter(|_| self.held != 2);
        let params = params.filter(|_| starved || codes.is_none());
        params.map(PostAccess::Params).or(codes.map(|row| PostAccess::Codes(row.addr)))
    }

    /// The row of partial sums wanted in this cycle.
    pub fn sums(&self) -> Option<u32> {
        let rows = self.sequencer.as_ref().filter(|_| self.ahead > 0)?;
        let settled = !rows.fresh() || self.settings_free[self.turn] <= self.now;
        let room = self.rows.len() != self.config.rows_held;
        let free = self.lanes_free <= self.now;
        (settled && room && free).then(|| rows.ps_row())
    }

    pub fn clock(&mut self, events: PostEvents) {
        let params = matches!(events.access, Some(PostAccess::Params(_)));
        let tiles = |body: &Body| Tiles { addr: body.param_addr, left: body.n_tiles };
        let loaded = u32::from(self.loader.clock(params, events.command.map(tiles)));
        self.done = matches!(events.access, Some(PostAccess::Codes(_)))
            && self.rows.pop_front().is_some_and(|row| row.last);
        self.waiting.push(events.command.map(|body| Rows { body: body.clone(), m: 0, n: 0 }));
        let tile_done = events.row && self.step();
        if tile_done {
            self.dealt.push_back(self.now + self.config.dealing);
        }
        if self.sequencer.is_none() {
            self.waiting.fill(&mut self.sequencer);
            self.turn ^= usize::from(self.sequencer.is_some());
        }
        self.ahead = self.ahead + loaded - u32::from(tile_done);
        let dealt = self.dealt.front().is_some_and(|at| *at == self.now);
        if dealt {
            self.dealt.pop_front();
        }
        self.held = self.held + loaded - u32::from(dealt);
        self.now += 1;
    }

    /// Takes the row wanted; says whether it was its tile's last.
    fn step(&mut self) -> bool {
        let Some(rows) = &mut self.sequencer else { return false };
        let numbers = &self.config;
        // One cycle in the buffer of rows.
        let from = self.now + numbers.row + u64::from(timing::POST_BUFFER);
        let (addr, last) = (rows.address(numbers.cols), rows.last());
        self.rows.push_back(Written { from, addr, last });
        self.settings_free[self.turn] = self.now + numbers.row;
        self.lanes_free = self.now + numbers.phases;
        let tile_done = rows.step();
        if last {
            self.sequencer = None;
        }
        tile_done
    }
}

impl Rows {
    fn fresh(&self) -> bool {
        (self.m, self.n) == (0, 0)
    }

    fn ps_row(&self) -> u32 {
        self.body.ps_addr + self.n * self.body.rows + self.m
    }

    fn address(&self, cols: u32) -> u32 {
        let row = self.m.wrapping_mul(self.body.out_stride);
        self.body.out_addr.wrapping_add(self.n * cols).wrapping_add(row)
    }

    fn last(&self) -> bool {
        self.m + 1 == self.body.rows && self.n + 1 == self.body.n_tiles
    }

    /// Moves on by a row; says whether that was its tile's last.
    fn step(&mut self) -> bool {
        self.m += 1;
        if self.m < self.body.rows {
            return false;
        }
        (self.m, self.n) = (0, self.n + 1);
        true
    }
}
