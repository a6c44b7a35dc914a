//! AXI read and write masters.

use std::collections::VecDeque;

use seedbed_spec::Config;

use super::dma::{Burst, Run, Split};

/// A read master: AR from a register, room in the buffer reserved before a burst is asked for.
pub(super) struct ReadMaster {
    split: Split,
    burst_beats: u32,
    outstanding: u32,
    /// The address register: beats of the burst it asks for.
    pub address: Option<u32>,
    /// Beats of the buffer that no burst has reserved.
    free: u32,
    /// Bursts whose last beat has not come.
    open: u32,
    /// Beats in the buffer.
    held: u32,
}

/// What happens to a read master in a cycle.
#[derive(Clone, Copy, Default)]
pub(super) struct ReadEvents {
    /// The run offered; it is taken if the master [is ready](ReadMaster::ready).
    pub run: Option<Run>,
    /// The address register is taken if it is full.
    pub ar_ready: bool,
    /// A beat comes: whether it is the last of its burst.
    pub beat: Option<bool>,
    /// A beat leaves the buffer.
    pub pop: bool,
}

impl ReadMaster {
    /// With a buffer for `outstanding` bursts of `burst_beats`.
    pub fn new(config: &Config, burst_beats: u32, outstanding: u32) -> Self {
        let split = Split::new(config, burst_beats);
        let free = burst_beats * outstanding;
        Self { split, burst_beats, outstanding, address: None, free, open: 0, held: 0 }
    }

    fn may_issue(&self, ar_ready: bool) -> bool {
        let room = self.free >= self.burst_beats && self.open != self.outstanding;
        room && (self.address.is_none() || ar_ready)
    }

    /// A run offered in this cycle is taken.
    pub fn ready(&self, ar_ready: bool) -> bool {
        !self.split.busy() && self.may_issue(ar_ready)
    }

    /// A burst waits to be asked for, while `run` is offered.
    pub fn pending(&self, run: Option<Run>) -> bool {
        self.split.busy() || run.is_some()
    }

    /// The buffer offers a beat.
    pub fn has_data(&self) -> bool {
        self.held > 0
    }

    pub fn clock(&mut self, events: ReadEvents) {
        let free = self.address.is_none() || events.ar_ready;
        let burst = self.split.burst(events.run).filter(|_| self.may_issue(events.ar_ready));
        if let Some(Burst { beats, .. }) = burst {
            self.split.take(events.run);
            self.free -= beats;
            self.open += 1;
        }
        if free {
            self.address = burst.map(|burst| burst.beats);
        }
        self.open -= u32::from(events.beat == Some(true));
        self.held += u32::from(events.beat.is_some());
        self.held -= u32::from(events.pop);
        self.free += u32::from(events.pop);
    }
}

/// A write master: AW from a register, W from a register behind the data, reports per command.
pub(super) struct WriteMaster {
    split: Split,
    outstanding: usize,
    /// The address register: beats of the burst.
    pub address: Option<u32>,
    /// Beats of bursts whose data have not gone.
    lens: VecDeque<u32>,
    /// Per burst without a response whether it is the last of its command.
    marks: VecDeque<bool>,
    /// The data register is full.
    pub data: bool,
    /// Beats of the oldest burst that have gone.
    beat: u32,
}

/// What happens to a write master in a cycle.
#[derive(Clone, Copy, Default)]
pub(super) struct WriteEvents {
    /// The run offered; it is taken if the master [is ready](WriteMaster::ready).
    pub run: Option<Run>,
    /// The address register is taken if it is full.
    pub aw_ready: bool,
    /// The data register is taken if it is full.
    pub w_ready: bool,
    /// Data are offered; they are taken if [so](WriteMaster::takes_data).
    pub data: bool,
    /// A response comes.
    pub response: bool,
}

impl WriteMaster {
    pub fn new(config: &Config) -> Self {
        Self {
            split: Split::new(config, config.bus.burst_beats),
            outstanding: config.bus.outstanding as usize,
            address: None,
            lens: VecDeque::new(),
            marks: VecDeque::new(),
            data: false,
            beat: 0,
        }
    }

    fn may_issue(&self, aw_ready: bool) -> bool {
        self.marks.len() != self.outstanding && (self.address.is_none() || aw_ready)
    }

    /// A run offered in this cycle is taken.
    pub fn ready(&self, aw_ready: bool) -> bool {
        !self.split.busy() && self.may_issue(aw_ready)
    }

    /// A beat offered in this cycle is taken.
    pub fn takes_data(&self, w_ready: bool) -> bool {
        (!self.data || w_ready) && !self.lens.is_empty()
    }

    /// Moves on; says whether a response ended a command.
    pub fn clock(&mut self, events: WriteEvents) -> bool {
        let free = self.address.is_none() || events.aw_ready;
        let burst = self.split.burst(events.run).filter(|_| self.may_issue(events.aw_ready));
        let reports = events.response && self.marks.pop_front() == Some(true);
        let takes = events.data && self.takes_data(events.w_ready);
        if !self.data || events.w_ready {
            self.data = takes;
        }
        if takes {
            self.beat += 1;
            if self.lens.front() == Some(&self.beat) {
                self.lens.pop_front();
                self.beat = 0;
            }
        }
        if let Some(burst) = burst {
            self.split.take(events.run);
            self.lens.push_back(burst.beats);
            self.marks.push_back(burst.last);
        }
        if free {
            self.address = burst.map(|burst| burst.beats);
        }
        reports
    }
}
