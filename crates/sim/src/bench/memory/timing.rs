//! Latency and holds of external memory.

use super::super::rng::Rng;

/// How the memory behaves in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryTiming {
    /// Cycles from AR handshake to first R, and from last W to B; at least 1.
    pub latency: u32,
    /// Probability (0 to 1) with which each channel holds in a cycle. Above 0 beats are also written and
    /// read as late as AXI4 allows, or not, as the seed decides.
    pub stall: f64,
    /// Seed of the holds.
    pub seed: u64,
}

impl Default for MemoryTiming {
    fn default() -> Self {
        Self { latency: 1, stall: 0.0, seed: 1 }
    }
}

impl MemoryTiming {
    /// What a memory of this timing holds, cycle by cycle, from its cycle `from` on; its first is 0.
    pub fn holds(&self, from: u64) -> HoldStream {
        let mut random = Rng::new(self.seed);
        if self.stall > 0.0 {
            random.skip(CHANNELS * from);
        }
        HoldStream { stall: self.stall, random }
    }
}

/// The holds of a memory, without end: per cycle which channels it holds, in the order of
/// [`ChannelLoad::CHANNELS`].
#[derive(Clone, Debug)]
pub struct HoldStream {
    stall: f64,
    random: Rng,
}

/// Random numbers that a cycle takes.
const CHANNELS: u64 = 5;

impl HoldStream {
    fn hold(&mut self) -> bool {
        self.stall > 0.0 && self.random.unit() < self.stall
    }
}

impl Iterator for HoldStream {
    type Item = [bool; 5];

    fn next(&mut self) -> Option<[bool; 5]> {
        let [ar, aw, w, r, b] = std::array::from_fn(|_| self.hold());
        Some([ar, r, aw, w, b])
    }
}
