//! STORE: reads a beat per cycle, writes it behind its burst's address.

use std::collections::VecDeque;

use seedbed_spec::command::Move;
use seedbed_spec::timing;

use super::runs::{Beats, Burst, Runs};
use super::Core;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Store {
    latency: u64,
    asking: Runs,
    reading: VecDeque<Beats>,
    in_flight: usize,
    bus: u64,
    runs_asked: usize,
    /// Bursts asked for whose beats are not all read: beats left, cycle before the first W, last.
    bursts: VecDeque<(u64, u64, bool)>,
    /// Bursts asked for without a response, and the responses to come.
    marks: usize,
    responses: VecDeque<(u64, bool)>,
    /// Cycles of the last beats on the bus.
    written: VecDeque<u64>,
}

impl Store {
    pub fn new(latency: u64) -> Self {
        Store { latency, ..Store::default() }
    }

    pub fn ready(&self) -> bool {
        self.asking.idle() && self.in_flight < timing::COMMANDS_IN_FLIGHT as usize
    }

    pub fn start(&mut self, core: &Core, body: &Move) {
        self.bus = core.bus;
        self.asking.start(core, body);
        self.reading.push_back(Beats::new(core, body));
        self.in_flight += 1;
    }

    /// Asks for a burst, if there is one and room for it.
    pub fn issue(&mut self, core: &Core, now: u64) {
        if !self.asks(core) {
            return;
        }
        let Burst { beats, first, last } = self.asking.next(core);
        self.runs_asked += usize::from(first);
        self.marks += 1;
        self.bursts.push_back((beats, now + 1, last));
    }

    /// LM address of the beat to read now. A run may be read in the cycle in which it is asked for.
    pub fn address(&self, core: &Core, now: u64) -> Option<u64> {
        let beats = self.reading.front()?;
        let asked = !self.bursts.is_empty() || self.asks(core);
        let full = self.written.len() == timing::STORE_BUFFER as usize && self.written[0] > now;
        (asked && !full).then(|| beats.address(self.bus))
    }

    /// Whether a burst is asked for in this cycle.
    fn asks(&self, core: &Core) -> bool {
        self.asking.pending(self.runs_asked < timing::STORE_RUNS_AHEAD as usize)
            && self.marks < core.outstanding
    }

    /// Reads a beat when granted; when a command is complete, if its last response is in.
    pub fn read(&mut self, now: u64, granted: bool) -> Option<u64> {
        if granted {
            self.beat(now);
        }
        let (_, last) = *self.responses.front().filter(|response| response.0 <= now)?;
        self.responses.pop_front();
        self.marks -= 1;
        self.in_flight -= usize::from(last);
        last.then_some(now + 1)
    }

    fn beat(&mut self, now: u64) {
        let beats = &mut self.reading[0];
        if beats.fresh() {
            self.runs_asked = self.runs_asked.saturating_sub(1);
        }
        if beats.step() {
            self.reading.pop_front();
        }
        let before = self.written.back().map_or(0, |cycle| cycle + 1);
        let Some((left, asked, last)) = self.bursts.front_mut() else { return };
        let cycle = before.max(now + u64::from(timing::LM_READ) + 1).max(*asked + 1);
        self.written.push_back(cycle);
        if self.written.len() > timing::STORE_BUFFER as usize {
            self.written.pop_front();
        }
        *left -= 1;
        if *left == 0 {
            let response = (cycle + self.latency, *last);
            self.bursts.pop_front();
            self.responses.push_back(response);
        }
    }
}
