//! STORE.

use std::collections::VecDeque;

use seedbed_spec::command::Move;
use seedbed_spec::{timing, Config};

use super::dma::{Beats, Run, Runs};
use super::masters::{WriteEvents, WriteMaster};

/// The engine: addresses, reads and a small buffer in front of the bus.
pub(super) struct Store {
    runs: Runs,
    writer: WriteMaster,
    asked: VecDeque<Run>,
    beats: Beats,
    /// Beats that are read, arriving or in the buffer.
    reserved: u32,
    /// Reads on their way, the youngest first.
    arriving: [bool; timing::LM_READ as usize],
    /// Beats in the buffer.
    held: u32,
    /// A command is reported done in this cycle.
    pub done: bool,
}

/// What happens in a cycle.
pub(super) struct StoreEvents<'a> {
    pub command: Option<&'a Move>,
    pub aw_ready: bool,
    pub w_ready: bool,
    /// The read of local memory is taken.
    pub granted: bool,
    /// A response comes.
    pub response: bool,
}

impl Store {
    pub fn new(config: &Config) -> Self {
        Self {
            runs: Runs::new(config),
            writer: WriteMaster::new(config),
            asked: VecDeque::new(),
            beats: Beats::new(config),
            reserved: 0,
            arriving: Default::default(),
            held: 0,
            done: false,
        }
    }

    /// The run that the writer sees.
    fn run(&self) -> Option<Run> {
        self.runs.run().filter(|_| self.asked.len() < timing::STORE_RUNS_AHEAD as usize)
    }

    fn run_taken(&self, aw_ready: bool) -> Option<Run> {
        self.run().filter(|_| self.writer.ready(aw_ready))
    }

    /// A command can be taken in this cycle.
    pub fn ready(&self, aw_ready: bool) -> bool {
        self.runs.ready(self.run_taken(aw_ready).is_some())
    }

    /// The LM address of the read wanted in this cycle.
    pub fn read(&self, aw_ready: bool) -> Option<u32> {
        let next = self.asked.front().copied().or(self.run_taken(aw_ready));
        let room = self.reserved != timing::STORE_BUFFER;
        self.beats.offered(next).filter(|_| room).map(|run| run.lm)
    }

    /// Beats of the write address on the bus.
    pub fn address(&self) -> Option<u32> {
        self.writer.address
    }

    /// A write beat is on the bus.
    pub fn data(&self) -> bool {
        self.writer.data
    }

    pub fn clock(&mut self, events: StoreEvents) {
        let run = self.run();
        let taken = self.run_taken(events.aw_ready);
        self.asked.extend(taken);
        if events.granted {
            self.beats.take(&mut self.asked);
        }
        let arrives = self.arriving[self.arriving.len() - 1];
        let data = arrives || self.held > 0;
        let pop = data && self.writer.takes_data(events.w_ready);
        self.held += u32::from(arrives);
        self.held -= u32::from(pop);
        self.reserved += u32::from(events.granted);
        self.reserved -= u32::from(pop);
        self.arriving.rotate_right(1);
        self.arriving[0] = events.granted;
        let StoreEvents { aw_ready, w_ready, response, .. } = events;
        let ends = self.writer.clock(WriteEvents { run, aw_ready, w_ready, data, response });
        self.runs.clock(taken.is_some(), events.command, self.done);
        self.done = ends;
    }
}
