//! FRONT: fetch, dispatch, start, retirement.

use std::collections::VecDeque;

use seedbed_spec::command::{Body, Command, Header, Slot, Sync};
use seedbed_spec::fault::Engine;
use seedbed_spec::{timing, Config};

use super::dma::Run;
use super::external::Beat;
use super::masters::{ReadEvents, ReadMaster};
use super::Span;

/// Number of engines.
pub(super) const ENGINES: usize = Engine::EXECUTING.len();
/// The largest count of a semaphore.
const SEMAPHORE_MOST: u32 = 255;

/// A command as FRONT sees it.
struct Entry {
    sync: Sync,
    /// Its place in [`Engine::EXECUTING`].
    engine: usize,
}

impl Entry {
    fn new((header, body): &(Header, Body)) -> Self {
        let engine = body.opcode().engine();
        let place = Engine::EXECUTING.iter().position(|executing| *executing == engine);
        Self { sync: header.sync, engine: place.unwrap_or_default() }
    }
}

/// Asks for commands and puts their beats together.
struct Fetch {
    master: ReadMaster,
    /// Beats of a command.
    beats: u32,
    /// Commands to be asked for.
    pending: u32,
    /// Commands asked for and not taken.
    asked: u32,
    /// Cycles until the next request may be made.
    pace: u32,
    /// Beats of the next command that are there.
    assembled: u32,
}

/// Commands of an engine: waiting, started, done and not retired.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<usize>,
    started: VecDeque<usize>,
    done: usize,
}

/// FRONT with a job.
pub(super) struct Front {
    entries: Vec<Entry>,
    depth: usize,
    fetch: Fetch,
    queues: [Queue; ENGINES],
    semaphores: [u8; 32],
    /// Commands asked for and not started.
    ahead: u32,
    dispatched: usize,
    spans: Vec<Span>,
    now: u64,
}

/// What FRONT sees of the rest in a cycle.
pub(super) struct FrontEvents {
    /// Engines that can take a command.
    pub ready: [bool; ENGINES],
    /// Engines that report a command done.
    pub done: [bool; ENGINES],
    /// LOAD has more to ask for, or data come.
    pub bus_wanted: bool,
    pub ar_ready: bool,
    pub beat: Option<Beat>,
}

impl Fetch {
    fn new(config: &Config, commands: u32) -> Self {
        let beats = (Command::BITS / config.bus.data_bits).max(1);
        Self {
            master: ReadMaster::new(config, beats, config.front.prefetch),
            beats,
            pending: commands,
            asked: 0,
            pace: 0,
            assembled: 0,
        }
    }

    /// A whole command is offered.
    fn offers(&self) -> bool {
        self.master.has_data() && self.assembled + 1 == self.beats
    }

    /// A request is offered and taken.
    fn asks(&self, yields: bool, ar_ready: bool) -> bool {
        self.pending > 0 && self.pace == 0 && !yields && self.master.ready(ar_ready)
    }

    fn clock(&mut self, asks: bool, taken: bool, ar_ready: bool, beat: Option<Beat>) {
        let pop = self.master.has_data() && (taken || self.assembled + 1 < self.beats);
        if pop {
            self.assembled = (self.assembled + 1) % self.beats;
        }
        self.pending -= u32::from(asks);
        self.asked = self.asked + u32::from(asks) - u32::from(taken);
        self.pace = if asks { self.beats - 1 } else { self.pace.saturating_sub(1) };
        // A command never crosses a page, so where it is does not matter.
        let run = asks.then_some(Run { beats: self.beats, lm: 0, ext: 0, last: true });
        let beat = beat.map(|beat| beat.last);
        self.master.clock(ReadEvents { run, ar_ready, beat, pop });
    }
}

impl Front {
    pub fn new(config: &Config, commands: &[(Header, Body)], semaphores: [u8; 32]) -> Self {
        Self {
            depth: config.front.queue as usize,
            fetch: Fetch::new(config, commands.len() as u32),
            queues: Default::default(),
            semaphores,
            ahead: 0,
            dispatched: 0,
            spans: vec![Span::default(); commands.len()],
            entries: commands.iter().map(Entry::new).collect(),
            now: 0,
        }
    }

    /// Beats of the read address on the bus.
    pub fn address(&self) -> Option<u32> {
        self.fetch.master.address
    }

    /// Nothing is left to do.
    pub fn idle(&self) -> bool {
        let quiet = |queue: &Queue| queue.waiting.is_empty() && queue.started.is_empty();
        self.fetch.pending == 0 && self.fetch.asked == 0 && self.queues.iter().all(quiet)
    }

    /// When each command started and ended.
    pub fn into_spans(self) -> Vec<Span> {
        self.spans
    }

    /// The command that is the first to wait for ever, if nothing can move any more.
    pub fn deadlock(&self) -> Option<usize> {
        let still = |queue: &Queue| {
            let met = |command: &usize| self.covered(&self.entries[*command]);
            queue.started.is_empty() && !queue.waiting.front().is_some_and(met)
        };
        let blocked = self.fetch.offers() && !self.takes();
        let fed = self.fetch.pending == 0 && self.fetch.asked == 0 || blocked;
        let waiting = self.queues.iter().filter_map(|queue| queue.waiting.front()).min();
        waiting.copied().filter(|_| fed && self.queues.iter().all(still))
    }

    fn covered(&self, entry: &Entry) -> bool {
        entry.sync.waits.iter().all(|wait| self.semaphores[usize::from(wait.id)] >= wait.n)
    }

    /// The command offered has room in its queue.
    fn takes(&self) -> bool {
        let entry = self.entries.get(self.dispatched);
        entry.is_some_and(|entry| self.queues[entry.engine].waiting.len() != self.depth)
    }

    /// The engine that starts a command in this cycle: the first that can.
    fn starts(&self, ready: [bool; ENGINES]) -> Option<usize> {
        (0..ENGINES).find(|&engine| {
            let queue = &self.queues[engine];
            let head = queue.waiting.front();
            let met = head.is_some_and(|&command| self.covered(&self.entries[command]));
            met && ready[engine] && queue.started.len() != timing::COMMANDS_IN_FLIGHT as usize
        })
    }

    /// The engine whose command retires in this cycle: the first that has one.
    fn retires(&self, done: [bool; ENGINES]) -> Option<usize> {
        (0..ENGINES).find(|&engine| done[engine] || self.queues[engine].done > 0)
    }

    /// One cycle; returns the command that starts.
    pub fn clock(&mut self, events: &FrontEvents) -> Option<usize> {
        let retires = self.retires(events.done);
        let starts = self.starts(events.ready);
        let takes = self.fetch.offers() && self.takes();
        let yields = events.bus_wanted && self.ahead >= timing::FETCH_AHEAD;
        let asks = self.fetch.asks(yields, events.ar_ready);
        self.fetch.clock(asks, takes, events.ar_ready, events.beat);
        self.ahead = self.ahead + u32::from(asks) - u32::from(starts.is_some());

        let started = starts.and_then(|engine| self.start(engine));
        for (queue, done) in self.queues.iter_mut().zip(events.done) {
            queue.done += usize::from(done);
        }
        if let Some(engine) = retires {
            self.retire(engine);
        }
        if takes {
            self.queues[self.entries[self.dispatched].engine].waiting.push_back(self.dispatched);
            self.dispatched += 1;
        }
        self.now += 1;
        started
    }

    fn start(&mut self, engine: usize) -> Option<usize> {
        let queue = &mut self.queues[engine];
        let command = queue.waiting.pop_front()?;
        queue.started.push_back(command);
        self.spans[command].start = self.now;
        for &Slot { id, n } in &self.entries[command].sync.waits {
            let count = &mut self.semaphores[usize::from(id)];
            *count = count.saturating_sub(n);
        }
        Some(command)
    }

    fn retire(&mut self, engine: usize) {
        let queue = &mut self.queues[engine];
        queue.done -= 1;
        let Some(command) = queue.started.pop_front() else { return };
        self.spans[command].end = self.now;
        for &Slot { id, n } in &self.entries[command].sync.signals {
            let count = &mut self.semaphores[usize::from(id)];
            *count = (u32::from(*count) + u32::from(n)).min(SEMAPHORE_MOST) as u8;
        }
    }
}
