//! What a case must do, by the golden machine, and whether it is legal at all.

use super::written::Written;
use super::{Case, Job};
use seedbed_golden::cycles::SEMAPHORES;
use seedbed_golden::machine::{Machine, Memory, Outcome, Ring};
use seedbed_golden::overlap::{check_decoded, Finding};
use seedbed_spec::access::{Accesses, Ranges};
use seedbed_spec::command::{decode_checked, Body, Command, FieldError, Header};
use seedbed_spec::fault::FaultRecord;
use std::fmt;
use std::ops::Range;
use thiserror::Error;

/// Everything that a correct core does with a case.
#[derive(Clone, Debug)]
pub struct Golden {
    /// The jobs.
    pub jobs: Vec<GoldenJob>,
    /// LM after the last one; `None` where it is not defined.
    pub lm: Vec<Option<u8>>,
}

/// One job on the golden machine.
#[derive(Clone, Debug)]
pub struct GoldenJob {
    /// Its commands.
    pub commands: Vec<Command>,
    /// Slot of the first one.
    pub head: u32,
    /// Counts of semaphores before it.
    pub semaphores: [u8; SEMAPHORES],
    /// How it ended.
    pub outcome: Outcome,
    /// External memory after it.
    pub memory: Vec<u8>,
    /// External addresses that answer SLVERR in it.
    pub refused: Range<usize>,
    /// External addresses that commands after a faulty one may have written.
    pub excused: Ranges,
    /// Multiply-accumulates of the commands that executed.
    pub macs: u64,
}

/// Why a case says nothing about a core.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// The configuration cannot be built.
    #[error("configuration: {0}")]
    Config(String),
    /// The parts of external memory overlap, or are not where they can be.
    #[error("the memory map does not fit the configuration")]
    Memory,
    /// A number does not fit its field.
    #[error("{0}")]
    Field(#[from] FieldError),
    /// A job is longer than the ring, or empty.
    #[error("job {job} has {commands} commands")]
    Length {
        /// The job.
        job: usize,
        /// Its commands.
        commands: usize,
    },
    /// Commands are illegal or not ordered.
    #[error("job {job}: {}", List(findings))]
    Findings {
        /// The job.
        job: usize,
        /// What is wrong.
        findings: Vec<Finding>,
    },
    /// A command reads LM or PS that nothing wrote.
    #[error("job {job}: command {command} reads what was never written")]
    Undefined {
        /// The job.
        job: usize,
        /// The command.
        command: usize,
    },
    /// A STORE goes outside the region for data.
    #[error("job {job}: command {command} overwrites what is not data")]
    Outside {
        /// The job.
        job: usize,
        /// The command.
        command: usize,
    },
    /// A job fails that should not.
    #[error("job {job}: {fault}")]
    Fault {
        /// The job.
        job: usize,
        /// Why.
        fault: FaultRecord,
    },
}

struct List<'a>(&'a [Finding]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().take(5).map(ToString::to_string).collect();
        f.write_str(&lines.join("; "))
    }
}

impl Golden {
    /// Where LM is defined: at most `most` ranges, in whole beats of `bus` bytes.
    pub(crate) fn defined(&self, bus: u32, most: usize) -> Vec<Range<u32>> {
        let mut gap = bus;
        loop {
            let ranges = self.defined_but_for(gap, bus);
            if ranges.len() <= most {
                return ranges;
            }
            gap *= 2;
        }
    }

    /// The same without gaps of `gap` bytes or less.
    fn defined_but_for(&self, gap: u32, bus: u32) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for beat in (0..self.lm.len() as u32).step_by(bus as usize) {
            let bytes = &self.lm[beat as usize..(beat + bus) as usize];
            match ranges.last_mut() {
                _ if bytes.iter().all(Option::is_none) => {}
                Some(last) if beat <= last.end + gap => last.end = beat + bus,
                _ => ranges.push(beat..beat + bus),
            }
        }
        ranges
    }
}

impl Case {
    /// Executes the case on the golden machine.
    ///
    /// # Errors
    /// When the case is not legal, so that hardware may do anything.
    pub fn golden(&self) -> Result<Golden, Invalid> {
        self.config.check().map_err(|v| Invalid::Config(format!("{}: {}", v.key, v.what)))?;
        if !self.memory.fits(&self.config) {
            return Err(Invalid::Memory);
        }
        let mut run = Run::new(self);
        let jobs: Result<Vec<_>, _> =
            self.jobs.iter().enumerate().map(|(number, job)| run.job(number, job)).collect();
        let bytes = run.machine.local_memory().iter();
        let lm = bytes.zip(run.written.lm()).map(|(byte, defined)| defined.then_some(*byte));
        Ok(Golden { jobs: jobs?, lm: lm.collect() })
    }
}

struct Run<'a> {
    case: &'a Case,
    machine: Machine,
    memory: Memory,
    written: Written,
    head: u32,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case) -> Self {
        let mut memory = Memory::new(case.memory.bytes as usize);
        memory.bytes_mut().copy_from_slice(&case.image());
        let (mut machine, written) = (Machine::new(&case.config), Written::nothing(&case.config));
        machine.set_windows(case.windows());
        Self { case, machine, memory, written, head: 0 }
    }

    fn job(&mut self, number: usize, job: &Job) -> Result<GoldenJob, Invalid> {
        let (case, config) = (self.case, &self.case.config);
        let commands = job.commands(config)?;
        if commands.is_empty() || commands.len() > case.memory.slots as usize {
            return Err(Invalid::Length { job: number, commands: commands.len() });
        }
        let (ring, head) = (case.ring(), self.head);
        put_ring(self.memory.bytes_mut(), ring, head, &commands);
        let refused = case.refused(job, head);
        self.memory.refuse(refused.clone());
        let semaphores = self.machine.semaphores();
        let outcome = self.machine.run(&mut self.memory, ring, head, commands.len() as u32);
        for _ in &commands {
            self.head = ring.next(self.head);
        }
        match outcome.fault {
            Some(fault) if !job.wrong => return Err(Invalid::Fault { job: number, fault }),
            Some(_) => {
                self.machine.restart();
                self.head = 0;
            }
            None => {}
        }
        let excused = self.judge(number, &commands, &outcome)?;
        let macs = macs(&outcome, config);
        let memory = self.memory.bytes().to_vec();
        Ok(GoldenJob { commands, head, semaphores, outcome, memory, refused, excused, macs })
    }

    /// Whether what executed is legal; returns what commands after a fault may write outside.
    fn judge(
        &mut self,
        job: usize,
        commands: &[Command],
        outcome: &Outcome,
    ) -> Result<Ranges, Invalid> {
        let config = &self.case.config;
        let decode = |command| decode_checked(command, config).ok();
        let decoded: Vec<Option<(Header, Body)>> = commands.iter().map(decode).collect();
        let good = outcome.commands as usize;
        let complete: Vec<_> = decoded[..good].iter().flatten().cloned().collect();
        let findings = check_decoded(&complete, config);
        // What was signalled for commands after a fault is never taken.
        let excusable =
            |f: &Finding| outcome.fault.is_some() && matches!(f, Finding::Overflow { .. });
        if !findings.iter().all(excusable) {
            return Err(Invalid::Findings { job, findings });
        }
        for (command, (_, body)) in complete.iter().enumerate() {
            self.judge_command(job, command, &body.accesses(config))?;
        }
        let mut outside = Vec::new();
        for (_, body) in decoded.iter().skip(good + 1).flatten() {
            let accesses = body.accesses(config);
            self.written.spoil(&accesses);
            outside.extend_from_slice(accesses.ext_writes.ranges());
        }
        Ok(Ranges::union(outside))
    }

    fn judge_command(
        &mut self,
        job: usize,
        command: usize,
        accesses: &Accesses,
    ) -> Result<(), Invalid> {
        let data = &self.case.memory.data;
        if !self.written.covers(accesses) {
            return Err(Invalid::Undefined { job, command });
        }
        let within = |r: &Range<u64>| data.start <= r.start && r.end <= data.end;
        if !accesses.ext_writes.ranges().iter().all(within) {
            return Err(Invalid::Outside { job, command });
        }
        self.written.write(accesses);
        Ok(())
    }
}

/// Writes commands into the slots of a ring from `head` on.
pub(crate) fn put_ring(memory: &mut [u8], ring: Ring, head: u32, commands: &[Command]) {
    let mut slot = head;
    for command in commands {
        let at = (ring.addr & !63) as usize + Command::BYTES * slot as usize;
        memory[at..at + Command::BYTES].copy_from_slice(&command.bytes());
        slot = ring.next(slot);
    }
}

fn macs(outcome: &Outcome, config: &seedbed_spec::Config) -> u64 {
    let rows = outcome.executed.iter().map(|done| done.matrix_rows);
    rows.sum::<u64>() * u64::from(config.peak_macs())
}
