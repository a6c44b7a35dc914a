//! LOAD.

use std::collections::VecDeque;

use seedbed_spec::command::Move;
use seedbed_spec::Config;

use super::dma::{Beats, Run, Runs};
use super::masters::{ReadEvents, ReadMaster};

/// The engine: an address side and a data side, coupled by a queue of runs.
pub(super) struct Load {
    runs: Runs,
    reader: ReadMaster,
    asked: VecDeque<Run>,
    asked_most: usize,
    beats: Beats,
    /// A command is reported done in this cycle.
    pub done: bool,
}

/// What happens in a cycle.
pub(super) struct LoadEvents<'a> {
    pub command: Option<&'a Move>,
    pub ar_ready: bool,
    /// A read beat comes: whether it is the last of its burst.
    pub beat: Option<bool>,
    /// The write to local memory is taken.
    pub granted: bool,
}

impl Load {
    pub fn new(config: &Config) -> Self {
        let bus = &config.bus;
        Self {
            runs: Runs::new(config),
            reader: ReadMaster::new(config, bus.burst_beats, bus.outstanding),
            asked: VecDeque::new(),
            asked_most: bus.outstanding as usize,
            beats: Beats::new(config),
            done: false,
        }
    }

    /// The run that the reader sees.
    fn run(&self) -> Option<Run> {
        self.runs.run().filter(|_| self.asked.len() < self.asked_most)
    }

    fn run_taken(&self, ar_ready: bool) -> bool {
        self.run().is_some() && self.reader.ready(ar_ready)
    }

    /// A command can be taken in this cycle.
    pub fn ready(&self, ar_ready: bool) -> bool {
        self.runs.ready(self.run_taken(ar_ready))
    }

    /// A burst waits to be asked for.
    pub fn pending(&self) -> bool {
        self.reader.pending(self.run())
    }

    /// Beats of the read address on the bus.
    pub fn address(&self) -> Option<u32> {
        self.reader.address
    }

    /// The LM address of the write wanted in this cycle.
    pub fn write(&self) -> Option<u32> {
        let run = self.beats.offered(self.asked.front().copied());
        run.filter(|_| self.reader.has_data()).map(|run| run.lm)
    }

    pub fn clock(&mut self, events: LoadEvents) {
        let run = self.run();
        let taken = self.run_taken(events.ar_ready);
        let ends = events.granted && self.beats.take(&mut self.asked);
        self.asked.extend(run.filter(|_| taken));
        let (ar_ready, beat, pop) = (events.ar_ready, events.beat, events.granted);
        self.reader.clock(ReadEvents { run, ar_ready, beat, pop });
        self.runs.clock(taken, events.command, self.done);
        self.done = ends;
    }
}
