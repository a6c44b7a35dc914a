//! All cases of a run, several at a time.

use super::networks::{Difference, Network, NetworkCase, Verdict};
use super::PER_CASE;
use crate::args::CosimArgs;
use crate::report::progress;
use anyhow::{anyhow, bail, Context, Result};
use seedbed_cosim::duel::{Duel, Maker, Mismatch};
use seedbed_cosim::random::{generate, random_config, Case, Options};
use seedbed_cosim::rng::Rng;
use seedbed_cosim::tally::Tally;
use seedbed_cosim::Rtl;
use seedbed_spec::Config;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{channel, Sender};

/// What is to be run.
pub struct Campaign<'a> {
    pub args: &'a CosimArgs,
    pub seed: u64,
    /// The configuration; `None`: a random one for each case.
    pub base: Option<&'a Config>,
    pub maker: &'a Maker<'a>,
}

/// What a run found.
#[derive(Default)]
pub struct Found {
    pub tally: Tally,
    pub programs: u32,
    pub networks: u32,
    pub refused: u32,
    pub failed: Option<Failed>,
}

/// A case that failed.
pub struct Failed {
    /// Its number.
    pub number: u32,
    pub what: Failing,
}

/// What failed in it.
pub enum Failing {
    /// The random programs.
    Programs(Case, Mismatch),
    /// The compiled network.
    Network(NetworkCase, Difference),
}

/// What one case gave.
struct Done {
    number: u32,
    programs: u32,
    tally: Tally,
    network: Option<Verdict>,
    failed: Option<Failed>,
}

impl Campaign<'_> {
    /// Runs everything, or up to the first failure.
    pub fn run(&self) -> Result<Found> {
        let numbers = self.numbers()?;
        let next = AtomicU32::new(numbers.start);
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        let workers = self.args.jobs.unwrap_or(processors).min(numbers.end - numbers.start);
        let total = numbers.clone().map(|number| u64::from(self.programs(number))).sum();
        let bar = progress(Some(total), "programs");
        let found = std::thread::scope(|scope| {
            let (sender, receiver) = channel();
            for _ in 0..workers {
                let (sender, next, end) = (sender.clone(), &next, numbers.end);
                scope.spawn(move || self.work(next, end, &sender));
            }
            drop(sender);
            let mut found = Found::default();
            for done in receiver {
                let done = done.inspect_err(|_| next.store(numbers.end, Ordering::Relaxed))?;
                bar.inc(done.programs.into());
                if done.failed.is_some() {
                    next.store(numbers.end, Ordering::Relaxed);
                }
                found.add(done);
            }
            Ok(found)
        });
        bar.finish_and_clear();
        found
    }

    /// The cases to run.
    fn numbers(&self) -> Result<std::ops::Range<u32>> {
        let cases = self.args.programs.div_ceil(PER_CASE);
        match self.args.case {
            Some(case) if case >= cases => {
                bail!("there is no case {case}: {} programs make {cases}", self.args.programs)
            }
            Some(case) => Ok(case..case + 1),
            None => Ok(0..cases),
        }
    }

    /// Programs of a case: the last one takes what is left.
    fn programs(&self, number: u32) -> u32 {
        (self.args.programs - number * PER_CASE).min(PER_CASE)
    }

    /// Takes cases until none is left or somebody fails.
    fn work(&self, next: &AtomicU32, end: u32, to: &Sender<Result<Done>>) {
        let mut bench = None;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return;
            }
            let done = self.case(number, &mut bench);
            if to.send(done.with_context(|| format!("case {number}, seed {}", self.seed))).is_err()
            {
                return;
            }
        }
    }

    fn case(&self, number: u32, bench: &mut Option<(Rtl, Duel)>) -> Result<Done> {
        let mut rng = Rng::new(self.seed.wrapping_add(u64::from(number) << 32));
        let (config_seed, seed, network_seed) = (rng.next_u64(), rng.next_u64(), rng.next_u64());
        let config = self.base.cloned().unwrap_or_else(|| random_config(config_seed >> 32));
        let programs = self.programs(number);
        let case = generate(
            &config,
            &Options {
                seed,
                programs,
                latency: self.args.latency,
                stall: self.args.stall,
                errors: self.args.errors,
                first: number * PER_CASE,
                ..Options::default()
            },
        );
        let golden =
            case.golden().context("the generator made an illegal case, please report it")?;
        let (rtl, duel) = self.bench(&config, bench)?;
        let mut done =
            Done { number, programs, tally: Tally::default(), network: None, failed: None };
        match duel.run(&case, &golden) {
            Ok(tally) => done.tally = tally,
            Err(mismatch) => return Ok(done.fail(Failing::Programs(case, mismatch))),
        }
        let network = Network::random(network_seed);
        let Case { latency, stall, seed, .. } = case;
        let case = NetworkCase { config, latency, stall, seed, network };
        match case.run(rtl, self.maker, None)? {
            Verdict::Different(what) => Ok(done.fail(Failing::Network(case, what))),
            verdict => {
                done.network = Some(verdict);
                Ok(done)
            }
        }
    }

    /// The core of a configuration: the last one, if it is the same.
    fn bench<'b>(
        &self,
        config: &Config,
        bench: &'b mut Option<(Rtl, Duel)>,
    ) -> Result<(&'b Rtl, &'b mut Duel)> {
        if bench.as_ref().is_none_or(|(rtl, _)| rtl.config != *config) {
            let rtl = crate::engine::rtl(config)?;
            let duel = Duel::new(&rtl, self.maker, None).map_err(|e| anyhow!(e))?;
            *bench = Some((rtl, duel));
        }
        let (rtl, duel) = bench.as_mut().context("a core")?;
        Ok((rtl, duel))
    }
}

impl Done {
    fn fail(mut self, what: Failing) -> Self {
        self.failed = Some(Failed { number: self.number, what });
        self
    }
}

impl Found {
    fn add(&mut self, done: Done) {
        self.programs += done.programs;
        self.tally.add(&done.tally);
        match done.network {
            Some(Verdict::Refused) => self.refused += 1,
            Some(_) => self.networks += 1,
            None => {}
        }
        let earlier =
            |failed: &Failed| self.failed.as_ref().is_none_or(|f| failed.number < f.number);
        if done.failed.as_ref().is_some_and(earlier) {
            self.failed = done.failed;
        }
    }
}
