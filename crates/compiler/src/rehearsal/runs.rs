//! The runs of a LOAD or STORE, cut into bursts.

use seedbed_spec::command::Move;

use super::Core;

/// Bytes of a page, which no burst crosses.
const PAGE: u64 = 4096;

/// The address side: a command's runs, and the rest of the run that is being cut into bursts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Runs {
    external: u64,
    stride: u64,
    run_beats: u64,
    runs: u64,
    /// Of the run being cut: beats not asked for, and their address.
    left: u64,
    at: u64,
    ends: bool,
}

/// A burst of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    pub beats: u64,
    /// The first of its run.
    pub first: bool,
    /// The last of its command.
    pub last: bool,
}

impl Runs {
    /// Takes a command. The compiler uses one dimension.
    pub fn start(&mut self, core: &Core, body: &Move) {
        self.external = body.ext_addr;
        self.stride = body.ext_stride1 as u64;
        self.run_beats = u64::from(body.run_bytes) / core.bus;
        self.runs = body.runs();
    }

    /// Whether all runs of the command are handed to the cutter.
    pub fn idle(&self) -> bool {
        self.runs == 0
    }

    /// Whether the next burst, if there is one, is the first of a run.
    pub fn fresh(&self) -> bool {
        self.left == 0
    }

    /// Whether there is a burst, when a new run may be taken or not.
    pub fn pending(&self, room: bool) -> bool {
        !self.fresh() || (!self.idle() && room)
    }

    /// Takes the next burst.
    pub fn next(&mut self, core: &Core) -> Burst {
        let first = self.fresh();
        if first {
            (self.at, self.left) = (self.external, self.run_beats);
            self.external = self.external.wrapping_add(self.stride);
            self.runs -= 1;
            self.ends = self.runs == 0;
        }
        let beats = self.left.min(core.burst).min((PAGE - self.at % PAGE) / core.bus);
        self.left -= beats;
        self.at += beats * core.bus;
        Burst { beats, first, last: self.ends && self.left == 0 }
    }
}

/// The LM side of a command: the address of beat after beat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beats {
    address: u64,
    stride: u64,
    run_beats: u64,
    left_in_run: u64,
    left: u64,
}

impl Beats {
    pub fn new(core: &Core, body: &Move) -> Self {
        let run_beats = u64::from(body.run_bytes) / core.bus;
        Beats {
            address: body.lm_addr.into(),
            stride: body.lm_stride1.into(),
            run_beats,
            left_in_run: run_beats,
            left: run_beats * body.runs(),
        }
    }

    /// LM address of the next beat.
    pub fn address(&self, core_bus: u64) -> u64 {
        self.address + (self.run_beats - self.left_in_run) * core_bus
    }

    /// Whether the next beat is the first of a run.
    pub fn fresh(&self) -> bool {
        self.left_in_run == self.run_beats
    }

    /// Takes a beat; whether it was the last of the command.
    pub fn step(&mut self) -> bool {
        self.left -= 1;
        self.left_in_run -= 1;
        if self.left_in_run == 0 {
            self.left_in_run = self.run_beats;
            self.address += self.stride;
        }
        self.left == 0
    }
}
