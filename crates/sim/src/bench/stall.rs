//! Random stalls.

use super::rng::Rng;
use seedbed_ir::Bits;

/// In which cycles an agent holds back: at random, the same for the same seed.
#[derive(Clone, Debug)]
pub struct Stall {
    percent: u64,
    random: Rng,
}

impl Stall {
    /// In no cycle.
    pub fn none() -> Self {
        Self::random(0, 0)
    }

    /// In `percent` of the cycles.
    pub fn random(percent: u64, seed: u64) -> Self {
        Stall { percent, random: Rng::new(seed) }
    }

    /// Whether to hold back in the next cycle.
    pub fn next_cycle(&mut self) -> bool {
        self.random.percent(self.percent)
    }

    /// A random value, for data that must not matter.
    pub(super) fn garbage(&mut self, width: u32) -> Bits {
        let mut limbs = vec![0; width.div_ceil(64) as usize];
        self.random.fill(width, &mut limbs);
        Bits::from_limbs(width, &limbs)
    }
}
