//! One case on the golden machine and on RTL.

use crate::dut::Dut;
use crate::harness::{Harness, HarnessError};
use crate::job::{cycle_limit, expected_counters, Host, JobReport};
use crate::memory::MemoryTiming;
use crate::random::{put_ring, Case, Golden, GoldenJob};
use crate::rtl::Rtl;
use crate::simulated::SimulatedDut;
use crate::tally::Tally;
use seedbed_golden::cycles::{predict_from, External, Holds, Unpredictable};
use seedbed_spec::access::Ranges;
use seedbed_spec::command::Command;
use seedbed_spec::fault::FaultRecord;
use seedbed_spec::Config;
use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;
use thiserror::Error;

/// Puts generated RTL into a simulator, with waves to a file if wanted. What goes wrong is told in
/// words.
pub type Maker<'a> = dyn Fn(&Rtl, Option<&Path>) -> Result<Box<dyn Dut>, String> + Sync + 'a;

/// Puts RTL into the built-in simulator: a [`Maker`].
///
/// # Errors
/// When the file for waves cannot be written.
pub fn simulated(rtl: &Rtl, waves: Option<&Path>) -> Result<Box<dyn Dut>, String> {
    let mut dut = SimulatedDut::new(&rtl.design, &rtl.layout);
    if let Some(path) = waves {
        let file = File::create(path).and_then(|file| dut.trace(BufWriter::new(file)));
        file.map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(Box::new(dut))
}

/// Where RTL and golden machine disagree. Jobs count from 0.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Mismatch {
    /// No interrupt, a register that does not answer, or a broken AXI rule.
    #[error("job {job}: {error}")]
    Bench {
        /// The job.
        job: usize,
        /// What happened.
        error: HarnessError,
    },
    /// Another fault record.
    #[error("job {job}: golden {}, RTL {}", fault(golden), fault(rtl))]
    Fault {
        /// The job.
        job: usize,
        /// The golden machine's.
        golden: Option<FaultRecord>,
        /// The RTL's.
        rtl: Option<FaultRecord>,
    },
    /// Another count.
    #[error("job {job}: {name} should be {golden}, RTL counts {rtl}")]
    Counter {
        /// The job.
        job: usize,
        /// The register.
        name: String,
        /// What it should be.
        golden: u64,
        /// What it is.
        rtl: u64,
    },
    /// Another time than the cycle model says.
    #[error("job {job}: {name} is {model} by the cycle model, {rtl} in RTL")]
    Time {
        /// The job.
        job: usize,
        /// The register.
        name: String,
        /// What it should be.
        model: u64,
        /// What it is.
        rtl: u64,
    },
    /// The cycle model refuses what the golden machine has executed.
    #[error("job {job}: {error}")]
    Unpredictable {
        /// The job.
        job: usize,
        /// Why.
        error: Unpredictable,
    },
    /// Another byte in external memory.
    #[error("job {job}: external byte {address:#x}: golden {golden:#04x}, RTL {rtl:#04x}; {differing} bytes differ")]
    External {
        /// The job.
        job: usize,
        /// The first such address.
        address: u64,
        /// The golden machine's value.
        golden: u8,
        /// The RTL's value.
        rtl: u8,
        /// How many differ.
        differing: usize,
    },
    /// Another byte in LM after the last job.
    #[error(
        "LM byte {address:#x}: golden {golden:#04x}, RTL {rtl:#04x}; {differing} bytes differ"
    )]
    Local {
        /// The first such address.
        address: u64,
        /// The golden machine's value.
        golden: u8,
        /// The RTL's value.
        rtl: u8,
        /// How many differ.
        differing: usize,
    },
}

fn fault(record: &Option<FaultRecord>) -> String {
    record.map_or("without a fault".to_string(), |record| record.to_string())
}

/// A core on the bench, for any number of cases of its configuration.
pub struct Duel {
    config: Config,
    host: Host<Box<dyn Dut>>,
}

/// What the first commands of a case leave in the RTL.
pub(crate) struct Prefix {
    pub lm: Vec<u8>,
    pub external: Vec<u8>,
    pub report: JobReport,
}

impl Duel {
    /// Generates the core and puts it on the bench.
    ///
    /// # Errors
    /// When the generator or the simulator fails, in words.
    pub fn of(config: &Config, maker: &Maker, waves: Option<&Path>) -> Result<Self, String> {
        let rtl = Rtl::generate(config).map_err(|mistakes| {
            let list: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            format!("the generator is broken, please report it:\n{}", list.join("\n"))
        })?;
        Self::new(&rtl, maker, waves)
    }

    /// Puts a core on the bench.
    ///
    /// # Errors
    /// When the simulator fails, or what it runs is of another configuration, in words.
    pub fn new(rtl: &Rtl, maker: &Maker, waves: Option<&Path>) -> Result<Self, String> {
        let dut = maker(rtl, waves)?;
        let timing = MemoryTiming::default();
        let harness = Harness::new(dut, &rtl.layout, 0, timing).map_err(|e| e.to_string())?;
        let mut host = Host::new(harness, &rtl.config);
        match host.check_config() {
            Err(error @ HarnessError::OtherConfig { .. }) => Err(error.to_string()),
            // Registers that do not answer are for the first job to tell.
            _ => Ok(Self { config: rtl.config.clone(), host }),
        }
    }

    /// The configuration of the core.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Runs a case, of which `golden` is what should happen, from a reset.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn run(&mut self, case: &Case, golden: &Golden) -> Result<Tally, Mismatch> {
        let mut tally = Tally::default();
        tally.add_golden(golden, &self.config);
        self.begin(case).map_err(|error| Mismatch::Bench { job: 0, error })?;
        let mut head = 0;
        for (number, job) in golden.jobs.iter().enumerate() {
            let report =
                self.job(case, job).map_err(|error| Mismatch::Bench { job: number, error })?;
            self.compare(case, number, job, &report, &mut tally)?;
            head = self.after(case, job).map_err(|error| Mismatch::Bench { job: number, error })?;
        }
        self.compare_local(case, golden, head, &mut tally)?;
        tally.add_channels(self.host.harness().memory().loads());
        Ok(tally)
    }

    fn begin(&mut self, case: &Case) -> Result<(), HarnessError> {
        self.host.harness().renew(case.memory.bytes as usize, case.timing());
        self.host.memory().copy_from_slice(&case.image());
        self.host.set_windows(case.windows())?;
        self.host.set_ring(case.memory.ring, case.memory.slots)
    }

    /// Puts commands into the ring and runs them.
    fn start(
        &mut self,
        case: &Case,
        commands: &[Command],
        head: u32,
        limit: u64,
    ) -> Result<JobReport, HarnessError> {
        put_ring(self.host.memory(), case.ring(), head, commands);
        self.host.confine(commands, case.ring(), head);
        self.host.run(commands.len() as u32, limit)
    }

    fn job(&mut self, case: &Case, job: &GoldenJob) -> Result<JobReport, HarnessError> {
        let golden = cycle_limit(&self.config, &job.outcome, case.timing());
        // After a fault commands that the golden machine never saw may complete.
        let limit = if job.outcome.fault.is_some() { 4 * golden + 100_000 } else { golden };
        self.host.harness().memory().refuse(job.refused.clone());
        self.start(case, &job.commands, job.head, limit)
    }

    /// Clears a fault and what it left undefined; returns the next slot.
    fn after(&mut self, case: &Case, job: &GoldenJob) -> Result<u32, HarnessError> {
        if job.outcome.fault.is_none() {
            let ring = case.ring();
            return Ok(job.commands.iter().fold(job.head, |slot, _| ring.next(slot)));
        }
        self.host.memory().copy_from_slice(&job.memory);
        self.host.restart()?;
        Ok(0)
    }

    fn compare(
        &mut self,
        case: &Case,
        job: usize,
        golden: &GoldenJob,
        report: &JobReport,
        tally: &mut Tally,
    ) -> Result<(), Mismatch> {
        if report.fault != golden.outcome.fault {
            let (golden, rtl) = (golden.outcome.fault, report.fault);
            return Err(Mismatch::Fault { job, golden, rtl });
        }
        tally.cycles += report.cycles;
        let rtl = self.host.memory();
        tally.bytes += rtl.len() as u64;
        if let Some((address, golden, rtl, differing)) =
            compare_bytes(&golden.memory, rtl, &golden.excused)
        {
            return Err(Mismatch::External { job, address, golden, rtl, differing });
        }
        for (name, value) in counters(&self.config, golden, report) {
            let rtl = u64::from(report.counter(name));
            if rtl != value {
                return Err(Mismatch::Counter { job, name: name.to_string(), golden: value, rtl });
            }
        }
        // After a fault only what is on record is known.
        match golden.outcome.fault {
            Some(_) => Ok(()),
            None => self.compare_times(case, job, golden, report),
        }
    }

    /// The cycles of the job and every stamp are those of the cycle model.
    fn compare_times(
        &mut self,
        case: &Case,
        job: usize,
        golden: &GoldenJob,
        report: &JobReport,
    ) -> Result<(), Mismatch> {
        let holds = case.timing().holds(report.doorbell).map(Holds::from);
        let external = External::holding(case.latency, holds);
        let model = predict_from(golden.semaphores, &self.config, &golden.commands, external)
            .map_err(|error| Mismatch::Unpredictable { job, error })?;
        let mut times = vec![("CYCLES".to_string(), model.cycles, report.cycles)];
        for (stamp, end) in model.stamps {
            let rtl = self.host.stamp(stamp).map_err(|error| Mismatch::Bench { job, error })?;
            times.push((format!("STAMP {stamp}"), end, rtl.into()));
        }
        let wrong = times.into_iter().find(|(_, model, rtl)| model != rtl);
        wrong.map_or(Ok(()), |(name, model, rtl)| Err(Mismatch::Time { job, name, model, rtl }))
    }

    /// Stores all of LM and compares it.
    fn compare_local(
        &mut self,
        case: &Case,
        golden: &Golden,
        head: u32,
        tally: &mut Tally,
    ) -> Result<(), Mismatch> {
        let job = case.jobs.len();
        let bench = |error| Mismatch::Bench { job, error };
        let ranges = golden.defined(self.config.bus_bytes(), case.memory.slots as usize);
        let rtl = self.local(case, head, &ranges).map_err(bench)?;
        let mut different =
            golden.lm.iter().zip(&rtl).enumerate().filter_map(|(at, (golden, rtl))| {
                golden.filter(|golden| golden != rtl).map(|golden| (at as u64, golden, *rtl))
            });
        tally.bytes += golden.lm.iter().flatten().count() as u64;
        different.next().map_or(Ok(()), |(address, golden, rtl)| {
            let differing = 1 + different.count();
            Err(Mismatch::Local { address, golden, rtl, differing })
        })
    }

    /// LM of the RTL, of which some ranges are stored to external memory by a job of its own; the rest
    /// is whatever was there.
    fn local(
        &mut self,
        case: &Case,
        head: u32,
        ranges: &[Range<u32>],
    ) -> Result<Vec<u8>, HarnessError> {
        let beats = u64::from(self.config.memory.lm_bytes / self.config.bus_bytes());
        let commands = case.dump(ranges).commands(&self.config).unwrap_or_default();
        if !commands.is_empty() {
            self.host.harness().memory().refuse(case.hole());
            let limit = (beats + 1000) * (8 + u64::from(case.latency)) * 100;
            self.start(case, &commands, head, limit)?;
        }
        let dump = case.memory.dump as usize;
        Ok(self.host.memory()[dump..].to_vec())
    }

    /// Runs whole jobs and then `count` commands of the next one, which meets no fault.
    pub(crate) fn prefix(
        &mut self,
        case: &Case,
        golden: &Golden,
        (whole, count): (usize, usize),
    ) -> Result<Prefix, HarnessError> {
        self.begin(case)?;
        for job in &golden.jobs[..whole] {
            self.job(case, job)?;
            self.after(case, job)?;
        }
        let job = &golden.jobs[whole];
        let commands = &job.commands[..count];
        let limit = 2 * cycle_limit(&self.config, &job.outcome, case.timing());
        self.host.harness().memory().refuse(job.refused.clone());
        let report = self.start(case, commands, job.head, limit)?;
        let head = commands.iter().fold(job.head, |slot, _| case.ring().next(slot));
        let external = self.host.memory().to_vec();
        let whole = 0..self.config.memory.lm_bytes;
        let lm = self.local(case, head, std::slice::from_ref(&whole))?;
        Ok(Prefix { lm, external, report })
    }

    /// The core's host.
    pub(crate) fn host(&mut self) -> &mut Host<Box<dyn Dut>> {
        &mut self.host
    }
}

/// What the counters should be: after a fault only the cycles are known.
fn counters(config: &Config, golden: &GoldenJob, report: &JobReport) -> Vec<(&'static str, u64)> {
    let cycles = ("CYCLES", report.cycles);
    if golden.outcome.fault.is_some() {
        return vec![cycles];
    }
    let mut counters = expected_counters(config, &golden.outcome);
    counters.push(cycles);
    counters
}

/// First different address, both values, and how many differ; addresses in `excused` are left out.
fn compare_bytes(golden: &[u8], rtl: &[u8], excused: &Ranges) -> Option<(u64, u8, u8, usize)> {
    if golden == rtl {
        return None;
    }
    let pairs = golden.iter().zip(rtl).enumerate().filter(|(_, (golden, rtl))| golden != rtl);
    let mut different = pairs
        .map(|(at, (golden, rtl))| (at as u64, *golden, *rtl))
        .filter(|(at, ..)| !excused.contains(*at));
    let (address, golden, rtl) = different.next()?;
    Some((address, golden, rtl, 1 + different.count()))
}
