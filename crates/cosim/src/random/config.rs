//! Random legal configurations, small enough to simulate fast.

use super::MemoryMap;
use crate::rng::Rng;
use seedbed_spec::config::{Config, Cut, Kind, ResetKind};
use std::ops::RangeInclusive;

/// Most MACs per cycle: simulation takes time.
const MOST_MACS: u32 = 800;

/// A configuration of a seed. Every key has its whole legal range but for memories, which are small
/// because all of LM and PS is filled and read back, and for the product of the array's sides.
pub fn random_config(seed: u64) -> Config {
    let mut rng = Rng::new(seed);
    loop {
        let config = any(&mut rng, seed);
        let macs = config.array.rows * config.array.cols;
        if config.check().is_ok() && macs <= MOST_MACS && MemoryMap::has_room(&config) {
            return config;
        }
    }
}

/// Each value by itself legal; whether they fit each other is for [`Config::check`].
fn any(rng: &mut Rng, seed: u64) -> Config {
    let mut config = Config::preset("tiny").expect("a preset");
    config.name = format!("random_{seed:x}");
    config.array.kind = rng.pick(&[Kind::Dot, Kind::Systolic]);
    config.array.rows = side(rng);
    config.array.cols = side(rng);
    config.array.cuts = rng.pick(&[&[][..], &[Cut::Product], &[Cut::Tree], &BOTH]).to_vec();
    config.memory.lm_bytes = 1 << often(rng, 9..=14, 9..=17);
    config.memory.lm_banks = 1 << rng.below(6);
    config.memory.ps_rows = 1 << often(rng, 4..=8, 2..=12);
    config.memory.ps_banks = 1 << rng.range(1, 4);
    let cols = config.array.cols;
    let divisors: Vec<u32> = (1..=cols).filter(|lanes| cols % lanes == 0).collect();
    config.post.lanes = rng.pick(&divisors);
    config.numerics.k_max = rng.pick(&[1, 100, 1024, 4096, 65536]);
    config.bus.data_bits = rng.pick(&[32, 32, 64, 64, 128, 256, 512]);
    config.bus.addr_bits = often(rng, 20..=48, 16..=48);
    config.bus.burst_beats = 1 << often(rng, 0..=5, 0..=8);
    config.bus.outstanding = often(rng, 1..=16, 1..=64);
    config.front.prefetch = often(rng, 1..=9, 1..=64);
    config.front.queue = often(rng, 1..=5, 1..=16);
    config.front.semaphores = rng.range(12, 32) as u32;
    config.reset.kind = rng.pick(&[ResetKind::Async, ResetKind::Sync]);
    config
}

/// Rows or columns: half of them no power of two, a few of them many.
fn side(rng: &mut Rng) -> u32 {
    match rng.below(20) {
        0..=8 => rng.pick(&[2, 4, 4, 8, 8, 16]),
        9..=17 => rng.range(2, 20) as u32,
        _ => rng.range(2, 256) as u32,
    }
}

/// Mostly one of `usual` values, else any of `all`.
fn often(rng: &mut Rng, usual: RangeInclusive<u32>, all: RangeInclusive<u32>) -> u32 {
    let from = if rng.percent(75) { usual } else { all };
    rng.range((*from.start()).into(), (*from.end()).into()) as u32
}

const BOTH: [Cut; 2] = [Cut::Product, Cut::Tree];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn configurations_are_legal_and_reproducible_and_differ() {
        let configs: Vec<_> = (0..400).map(random_config).collect();
        for (seed, config) in configs.iter().enumerate() {
            assert_eq!(config.check(), Ok(()));
            assert_eq!(*config, random_config(seed as u64));
        }
        let values = |f: fn(&Config) -> u32| configs.iter().map(f).collect::<HashSet<_>>();
        assert_eq!(values(|c| c.array.kind as u32).len(), 2);
        let few = |side: &&u32| **side <= 20;
        for sides in [values(|c| c.array.rows), values(|c| c.array.cols)] {
            assert_eq!(sides.iter().filter(few).count(), 19);
            assert!(sides.iter().any(|side| *side > 128), "{sides:?}");
        }
        let odd = |c: &&Config| c.rows_straddle() || c.cols_straddle();
        assert!(configs.iter().filter(odd).count() > 80);
        assert_eq!(values(|c| c.bus.data_bits).len(), 5);
        assert_eq!(values(|c| c.bus.burst_beats).len(), 9);
        assert_eq!(values(|c| c.memory.lm_banks).len(), 6);
        assert_eq!(values(|c| c.memory.ps_banks).len(), 4);
        assert_eq!(values(|c| c.array.cuts.len() as u32).len(), 3);
        assert!(values(|c| c.front.semaphores).len() > 15);
        let extremes = |f: fn(&Config) -> u32| {
            let all = values(f);
            (*all.iter().min().expect("values"), *all.iter().max().expect("values"))
        };
        let (low, high) = extremes(|c| c.bus.addr_bits);
        assert!(low < 18 && high == 48, "{low} {high}");
        for (low, high) in [extremes(|c| c.bus.outstanding), extremes(|c| c.front.prefetch)] {
            assert!(low == 1 && high > 55, "{low} {high}");
        }
        assert_eq!(extremes(|c| c.front.queue), (1, 16));
    }
}
