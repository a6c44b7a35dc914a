//! The read port: addresses of LOAD and FRONT, one per cycle, answered in order at one beat per cycle.

use std::collections::VecDeque;

/// The read port and the memory behind it.
#[derive(Debug)]
pub(crate) struct ReadBus {
    latency: u64,
    /// The first cycle without a beat.
    free: u64,
    /// The cycle of the last address.
    asked: u64,
    /// Beats not asked for.
    left: u64,
    /// First and last cycle of bursts to come.
    bursts: VecDeque<(u64, u64)>,
}

impl ReadBus {
    /// A port that reads `beats` in all.
    pub fn new(latency: u64, beats: u64) -> Self {
        ReadBus { latency, free: 0, asked: 0, left: beats, bursts: VecDeque::new() }
    }

    /// Asks for `beats` in cycle `at`; gives the cycle of the first.
    pub fn ask(&mut self, at: u64, beats: u64) -> u64 {
        let first = self.free.max(at + self.latency);
        self.free = first + beats;
        self.asked = at;
        self.left -= beats;
        self.bursts.push_back((first, first + beats - 1));
        first
    }

    /// The first cycle in which all beats can be read.
    pub fn ends(&self, now: u64) -> u64 {
        self.free.max(now) + self.left
    }

    /// Whether an address is on the bus in cycle `at`.
    pub fn asked(&self, at: u64) -> bool {
        self.asked == at
    }

    /// Whether a beat is on the bus.
    pub fn busy(&mut self, now: u64) -> bool {
        while self.bursts.front().is_some_and(|burst| burst.1 < now) {
            self.bursts.pop_front();
        }
        self.bursts.front().is_some_and(|burst| burst.0 <= now)
    }
}
