//! MATRIX.

use std::collections::VecDeque;

use seedbed_spec::command::Matrix as Body;
use seedbed_spec::{timing, Config};

use super::tiles::{TileLoader, Tiles, Waiting};

/// The engine: a loader of weight planes and a streamer of activation rows.
pub(super) struct Matrix {
    rows: u32,
    ps_rows: u32,
    /// From a row's grant to the read of its partial sums.
    read_stage: usize,
    /// From a row's grant to the report of its command.
    done_stage: usize,
    loader: TileLoader,
    streamer: Option<Stream>,
    waiting: Waiting<Stream>,
    /// Planes that are loaded and not yet streamed.
    planes: u32,
    /// The row taken one cycle ago first, up to the stage of the write.
    stages: VecDeque<Option<Row>>,
    /// A command is reported done in this cycle.
    pub done: bool,
}

/// A command in the streamer and its loop counters.
struct Stream {
    body: Body,
    m: u32,
    k: u32,
    n: u32,
}

/// A row under way.
#[derive(Clone, Copy)]
struct Row {
    ps_row: u32,
    /// Partial sums start from zero and are not read.
    first: bool,
    /// The last of its command.
    last: bool,
}

impl Stream {
    fn address(&self, rows: u32) -> u32 {
        let row = self.m.wrapping_mul(self.body.a_stride_w);
        self.body.a_addr.wrapping_add(self.k * rows).wrapping_add(row)
    }

    fn row(&self, ps_rows: u32) -> Row {
        let body = &self.body;
        let ends = [(self.m, body.out_w), (self.k, body.k_tiles), (self.n, body.n_tiles)];
        Row {
            ps_row: (body.ps_addr + self.n * body.out_w + self.m) % ps_rows,
            first: self.k == 0 && !body.accumulate,
            last: ends.iter().all(|(at, count)| at + 1 == *count),
        }
    }

    /// Moves on by a row; says whether that was its tile's last.
    fn step(&mut self) -> bool {
        self.m += 1;
        if self.m < self.body.out_w {
            return false;
        }
        (self.m, self.k) = (0, self.k + 1);
        if self.k == self.body.k_tiles {
            (self.k, self.n) = (0, self.n + 1);
        }
        true
    }
}

/// What happens in a cycle.
pub(super) struct MatrixEvents<'a> {
    pub command: Option<&'a Body>,
    /// The activation row is taken.
    pub row: bool,
    /// The column of weights is taken.
    pub weights: bool,
}

impl Matrix {
    pub fn new(config: &Config) -> Self {
        Self {
            rows: config.rows(),
            ps_rows: config.memory.ps_rows,
            read_stage: timing::matrix_ps_read(config) as usize,
            done_stage: timing::matrix_done(config) as usize,
            loader: TileLoader::new(config.rows(), config.cols()),
            streamer: None,
            waiting: Waiting::default(),
            planes: 0,
            stages: vec![None; timing::matrix_ps_write(config) as usize].into(),
            done: false,
        }
    }

    /// A command can be taken.
    pub fn ready(&self) -> bool {
        self.loader.ready() && self.waiting.ready()
    }

    /// The LM address of the activation row wanted in this cycle.
    pub fn activations(&self) -> Option<u32> {
        let stream = self.streamer.as_ref().filter(|_| self.planes > 0)?;
        let ps_row = stream.row(self.ps_rows).ps_row;
        let writing = self.stages.iter().take(timing::PS_READ_MODIFY_WRITE as usize - 1);
        let blocked = writing.flatten().any(|row| row.ps_row == ps_row);
        (!blocked).then(|| stream.address(self.rows))
    }

    /// The LM address of the column of weights wanted in this cycle.
    pub fn weights(&self) -> Option<u32> {
        self.loader.wants().filter(|_| self.planes < 2)
    }

    /// The row of partial sums that is read in this cycle.
    pub fn sums(&self) -> Option<u32> {
        self.stages[self.read_stage - 1].filter(|row| !row.first).map(|row| row.ps_row)
    }

    pub fn clock(&mut self, events: MatrixEvents) {
        let tiles = |body: &Body| Tiles { addr: body.w_addr, left: body.k_tiles * body.n_tiles };
        let loaded = self.loader.clock(events.weights, events.command.map(tiles));
        let stream = |body: &Body| Stream { body: body.clone(), m: 0, k: 0, n: 0 };
        self.waiting.push(events.command.map(stream));
        let (row, streamed) = if events.row { self.step() } else { (None, false) };
        self.waiting.fill(&mut self.streamer);
        self.planes = self.planes + u32::from(loaded) - u32::from(streamed);
        self.stages.push_front(row);
        self.stages.pop_back();
        self.done = self.stages[self.done_stage - 1].is_some_and(|row| row.last);
    }

    /// Takes the row wanted; says whether it was its tile's last.
    fn step(&mut self) -> (Option<Row>, bool) {
        let Some(stream) = &mut self.streamer else { return (None, false) };
        let row = stream.row(self.ps_rows);
        let streamed = stream.step();
        if row.last {
            self.streamer = None;
        }
        (Some(row), streamed)
    }
}
