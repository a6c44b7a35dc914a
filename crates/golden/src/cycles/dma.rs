//! What LOAD and STORE share: the walk over a command's runs, bursts and beats.

use std::collections::VecDeque;

use seedbed_spec::command::Move;
use seedbed_spec::{timing, Config};

/// LM addresses wrap here.
const LM_SPACE: u32 = 1 << 24;
/// No burst crosses a multiple of it.
const PAGE: u64 = 4096;

/// Contiguous beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub beats: u32,
    /// LM byte address.
    pub lm: u32,
    /// External byte address.
    pub ext: u64,
    /// The last of its command.
    pub last: bool,
}

/// The runs of commands: one per cycle, from the cycle after the command on.
pub(super) struct Runs {
    ext_mask: u64,
    bus_bytes: u32,
    command: Option<Walk>,
    in_flight: u32,
}

/// A command under way and its loop counters, inner to outer.
struct Walk {
    body: Move,
    at: [u32; 3],
}

impl Walk {
    fn counts(&self) -> [u32; 3] {
        [self.body.count1, self.body.count2, self.body.count3]
    }

    fn last(&self) -> bool {
        self.at.iter().zip(self.counts()).all(|(at, count)| at + 1 == count)
    }

    fn step(&mut self) {
        for (at, count) in
            self.at.iter_mut().zip([self.body.count1, self.body.count2, self.body.count3])
        {
            *at += 1;
            if *at < count {
                return;
            }
            *at = 0;
        }
    }
}

impl Runs {
    pub fn new(config: &Config) -> Self {
        let ext_mask = u64::MAX >> (u64::BITS - config.bus.addr_bits);
        Self { ext_mask, bus_bytes: config.bus_bytes(), command: None, in_flight: 0 }
    }

    /// The run offered in this cycle.
    pub fn run(&self) -> Option<Run> {
        let walk = self.command.as_ref()?;
        let body = &walk.body;
        let ext_strides = [body.ext_stride1, body.ext_stride2, body.ext_stride3];
        let lm_strides = [body.lm_stride1, body.lm_stride2, body.lm_stride3];
        let ext = walk.at.iter().zip(ext_strides).fold(body.ext_addr, |ext, (&at, stride)| {
            ext.wrapping_add_signed(i64::from(at) * i64::from(stride))
        });
        let lm = walk
            .at
            .iter()
            .zip(lm_strides)
            .fold(body.lm_addr, |lm, (&at, stride)| lm.wrapping_add(at.wrapping_mul(stride)));
        Some(Run {
            beats: body.run_bytes / self.bus_bytes,
            lm: lm % LM_SPACE,
            ext: ext & self.ext_mask,
            last: walk.last(),
        })
    }

    /// Whether a command can be taken in a cycle in which the run offered is `taken`.
    pub fn ready(&self, taken: bool) -> bool {
        let free = self.command.as_ref().is_none_or(|walk| taken && walk.last());
        self.in_flight != timing::COMMANDS_IN_FLIGHT && free
    }

    pub fn clock(&mut self, taken: bool, command: Option<&Move>, retires: bool) {
        if taken {
            let walk = self.command.take().filter(|walk| !walk.last());
            self.command = walk.map(|mut walk| {
                walk.step();
                walk
            });
        }
        if let Some(body) = command {
            self.command = Some(Walk { body: body.clone(), at: [0; 3] });
            self.in_flight += 1;
        }
        self.in_flight -= u32::from(retires);
    }
}

/// Cuts runs into bursts: the first in the cycle of the run, one per cycle, no gap between runs.
pub(super) struct Split {
    bus_bytes: u32,
    burst_beats: u32,
    /// What is left of a run of which bursts are out.
    rest: Option<(u64, u32, bool)>,
}

/// One burst.
#[derive(Clone, Copy)]
pub(super) struct Burst {
    pub beats: u32,
    /// The last of its command.
    pub last: bool,
}

impl Split {
    pub fn new(config: &Config, burst_beats: u32) -> Self {
        Self { bus_bytes: config.bus_bytes(), burst_beats, rest: None }
    }

    /// A run cannot be taken: an earlier one is not through.
    pub fn busy(&self) -> bool {
        self.rest.is_some()
    }

    /// The burst offered while `run` is.
    pub fn burst(&self, run: Option<Run>) -> Option<Burst> {
        let (addr, beats, last) = self.rest.or(run.map(|run| (run.ext, run.beats, run.last)))?;
        let now = beats.min(self.limit(addr));
        Some(Burst { beats: now, last: last && now == beats })
    }

    /// The burst of the same arguments is taken.
    pub fn take(&mut self, run: Option<Run>) {
        let Some((addr, beats, last)) = self.rest.or(run.map(|run| (run.ext, run.beats, run.last)))
        else {
            return;
        };
        let limit = self.limit(addr);
        let next = addr + u64::from(limit) * u64::from(self.bus_bytes);
        self.rest = (beats > limit).then(|| (next, beats - limit, last));
    }

    fn limit(&self, addr: u64) -> u32 {
        let to_page_end = (PAGE - addr % PAGE) / u64::from(self.bus_bytes);
        self.burst_beats.min(to_page_end as u32)
    }
}

/// The LM side: runs in, one LM address per beat out, the first in the cycle of the run.
pub(super) struct Beats {
    bus_bytes: u32,
    current: Option<Run>,
}

impl Beats {
    pub fn new(config: &Config) -> Self {
        Self { bus_bytes: config.bus_bytes(), current: None }
    }

    /// The run whose first beat is offered: the one under way, else the `next`.
    pub fn offered(&self, next: Option<Run>) -> Option<Run> {
        self.current.or(next)
    }

    /// Takes the beat offered, from the front of `queue` if no run is under way. Says whether it was the
    /// last of its command.
    pub fn take(&mut self, queue: &mut VecDeque<Run>) -> bool {
        let Some(mut run) = self.current.take().or_else(|| queue.pop_front()) else { return false };
        run.beats -= 1;
        run.lm = run.lm.wrapping_add(self.bus_bytes) % LM_SPACE;
        if run.beats > 0 {
            self.current = Some(run);
            return false;
        }
        run.last
    }
}
