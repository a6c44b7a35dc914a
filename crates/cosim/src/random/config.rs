//! Random legal configurations, small enough to simulate fast.

use crate::rng::Rng;
use seedbed_spec::config::{Config, Cut, Kind, ResetKind};

/// A configuration of a seed.
pub fn random_config(seed: u64) -> Config {
    let mut rng = Rng::new(seed);
    loop {
        let config = any(&mut rng, seed);
        if config.check().is_ok() {
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
    config.memory.lm_bytes = 1 << rng.range(11, 14);
    config.memory.lm_banks = 1 << rng.below(4);
    config.memory.ps_rows = 1 << rng.range(4, 8);
    config.memory.ps_banks = 1 << rng.range(1, 3);
    let cols = config.array.cols;
    let divisors: Vec<u32> = (1..=cols).filter(|lanes| cols % lanes == 0).collect();
    config.post.lanes = rng.pick(&divisors);
    config.numerics.k_max = rng.pick(&[1, 100, 1024, 4096, 65536]);
    config.bus.data_bits = rng.pick(&[32, 32, 64, 64, 128, 256, 512]);
    config.bus.addr_bits = rng.range(20, 48) as u32;
    config.bus.burst_beats = 1 << rng.below(6);
    config.bus.outstanding = rng.pick(&[1, 2, 3, 4, 6, 8, 16]);
    config.front.prefetch = rng.range(1, 9) as u32;
    config.front.queue = rng.range(1, 5) as u32;
    config.front.semaphores = rng.range(12, 32) as u32;
    config.reset.kind = rng.pick(&[ResetKind::Async, ResetKind::Sync]);
    config
}

/// Rows or columns: half of them no power of two.
fn side(rng: &mut Rng) -> u32 {
    match rng.percent(50) {
        true => rng.pick(&[2, 4, 4, 8, 8, 16]),
        false => rng.range(2, 20) as u32,
    }
}

const BOTH: [Cut; 2] = [Cut::Product, Cut::Tree];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn configurations_are_legal_and_reproducible_and_differ() {
        let configs: Vec<_> = (0..200).map(random_config).collect();
        for (seed, config) in configs.iter().enumerate() {
            assert_eq!(config.check(), Ok(()));
            assert_eq!(*config, random_config(seed as u64));
        }
        let values = |f: fn(&Config) -> u32| configs.iter().map(f).collect::<HashSet<_>>().len();
        assert_eq!(values(|c| c.array.kind as u32), 2);
        assert_eq!(values(|c| c.array.rows), 19);
        assert_eq!(values(|c| c.array.cols), 19);
        let odd = |c: &&Config| c.rows_straddle() || c.cols_straddle();
        assert!(configs.iter().filter(odd).count() > 80);
        assert_eq!(values(|c| c.bus.data_bits), 5);
        assert_eq!(values(|c| c.array.cuts.len() as u32), 3);
        assert!(values(|c| c.front.semaphores) > 15);
    }
}
