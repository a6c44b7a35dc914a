//! LOAD: asks for bursts as far ahead as its buffer has room, writes a beat per cycle.

use std::collections::VecDeque;

use seedbed_spec::command::Move;
use seedbed_spec::timing::COMMANDS_IN_FLIGHT;

use super::runs::{Beats, Runs};
use super::Core;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Load {
    asking: Runs,
    writing: VecDeque<Beats>,
    in_flight: usize,
    bus: u64,
    /// Beats of the buffer that are reserved.
    reserved: u64,
    /// Runs asked for of which no beat is written.
    runs_asked: usize,
    /// Bursts under way: cycle of the next beat, beats left.
    bursts: VecDeque<(u64, u64)>,
    /// The cycles of last beats that are not yet counted as arrived.
    open: VecDeque<u64>,
}

impl Load {
    pub fn ready(&self) -> bool {
        self.asking.idle() && self.in_flight < COMMANDS_IN_FLIGHT as usize
    }

    pub fn start(&mut self, core: &Core, body: &Move) {
        self.bus = core.bus;
        self.asking.start(core, body);
        self.writing.push_back(Beats::new(core, body));
        self.in_flight += 1;
    }

    /// Whether a burst waits to be asked for.
    pub fn pending(&self, core: &Core) -> bool {
        self.asking.pending(self.runs_asked < core.outstanding)
    }

    /// Asks for a burst, if there is one and room for it; gives its beats.
    pub fn issue(&mut self, core: &Core, now: u64) -> Option<u64> {
        while self.open.front().is_some_and(|last| *last < now) {
            self.open.pop_front();
        }
        let room = core.outstanding as u64 * core.burst >= self.reserved + core.burst;
        if !self.pending(core) || !room || self.open.len() == core.outstanding {
            return None;
        }
        let burst = self.asking.next(core);
        self.runs_asked += usize::from(burst.first);
        self.reserved += burst.beats;
        Some(burst.beats)
    }

    /// The burst just asked for begins in cycle `first`.
    pub fn arrives(&mut self, first: u64, beats: u64) {
        self.bursts.push_back((first + 1, beats));
        self.open.push_back(first + beats - 1);
    }

    /// LM address of the beat to write now.
    pub fn address(&self, now: u64) -> Option<u64> {
        let (due, _) = self.bursts.front()?;
        (*due <= now).then(|| self.writing[0].address(self.bus))
    }

    /// Writes a beat when granted; when a command is complete, if it was its last.
    pub fn write(&mut self, now: u64, granted: bool) -> Option<u64> {
        let (due, left) = self.bursts.front_mut().filter(|_| granted)?;
        (*due, *left) = (*due + 1, *left - 1);
        if *left == 0 {
            self.bursts.pop_front();
        }
        self.reserved -= 1;
        self.runs_asked -= usize::from(self.writing[0].fresh());
        let last = self.writing[0].step();
        if last {
            self.writing.pop_front();
            self.in_flight -= 1;
        }
        last.then_some(now + 1)
    }
}
