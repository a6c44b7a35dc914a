//! Random programs: generator, comparison, shrinker.

use seedbed_cosim::duel::{simulated, Duel};
use seedbed_cosim::random::{generate, random_config, Options};
use seedbed_cosim::tally::Tally;
use seedbed_spec::Config;

fn options(seed: u64) -> Options {
    Options { seed, ..Options::default() }
}

/// Runs a case of every seed; what it exercised.
fn run(config: &Config, seeds: std::ops::Range<u64>, stall: f64) -> Tally {
    let mut tally = Tally::default();
    let t = std::time::Instant::now();
    let mut duel = Duel::new(config, &simulated, None).expect("a core");
    eprintln!("{} made in {:?}", config.name, t.elapsed());
    for seed in seeds {
        let t = std::time::Instant::now();
        let case = generate(config, &Options { stall, ..options(seed) });
        let golden = case.golden().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let g = t.elapsed();
        match duel.run(&case, &golden) {
            Ok(done) => {
                eprintln!(
                    "seed {seed}: {} cycles, golden {g:?}, both {:?}",
                    done.cycles,
                    t.elapsed()
                );
                tally.add(&done)
            }
            Err(mismatch) => panic!("{} seed {seed}: {mismatch}", config.name),
        }
    }
    tally
}

#[test]
fn presets_agree() {
    let mut tally = Tally::default();
    for preset in ["tiny", "small", "ragged"] {
        let config = Config::preset(preset).expect("a preset");
        tally.add(&run(&config, 0..3, 0.3));
    }
    assert_eq!(tally.missing(true, false), Vec::<String>::new(), "{tally:?}");
}

#[test]
fn random_configurations_agree() {
    for seed in 0..10 {
        run(&random_config(seed), seed..seed + 1, 0.0);
    }
}
