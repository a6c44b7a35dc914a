//! One program on the golden machine and, if wanted, on RTL: jobs in, comparisons out.

use crate::engine::Core;
use crate::report::Comparison;
use anyhow::{bail, Result};
use seedbed_cosim::job::{cycle_limit, expected_counters};
use seedbed_cosim::{HarnessError, JobReport, MemoryTiming};
use seedbed_golden::cycles::{predict, External, Holds, Prediction};
use seedbed_golden::graph;
use seedbed_golden::machine::{Machine, Memory, Outcome, Ring};
use seedbed_model::Graph;
use seedbed_spec::numerics::Family;
use seedbed_spec::program::{Program, Tensor2};
use seedbed_spec::Config;
use std::fmt;

/// The comparison of the golden models.
pub const GRAPH_MACHINE: &str = "graph = machine (outputs)";

/// What takes part in every job.
pub struct Session<'a> {
    config: &'a Config,
    graph: &'a Graph,
    family: Family,
    program: &'a Program,
    timing: MemoryTiming,
    machine: Machine,
    memory: Memory,
    core: Option<Core>,
    /// The last prediction, and the cycle of external memory in which its job began.
    predicted: Option<(u64, Prediction)>,
    graph_machine: Comparison,
    machine_rtl: Comparison,
    cycles: Comparison,
    counts: Comparison,
}

/// The RTL hangs, faults or breaks a protocol on a program that the golden machine completes.
#[derive(Debug)]
pub struct RtlFailure(String);

impl fmt::Display for RtlFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RtlFailure {}

/// What one job gave.
pub struct Job {
    /// The network's output, rows one after the other.
    pub output: Vec<i8>,
    /// What the golden machine did.
    pub outcome: Outcome,
    /// What the RTL reported.
    pub rtl: Option<JobReport>,
    /// When it should start and end its commands.
    pub predicted: Prediction,
}

impl<'a> Session<'a> {
    /// Prepares jobs of `program`, which was compiled from `graph` for `config` and `family`; `core` is
    /// the RTL on the bench with external memory of that `timing`.
    pub fn new(
        config: &'a Config,
        graph: &'a Graph,
        family: Family,
        program: &'a Program,
        mut core: Option<Core>,
        timing: MemoryTiming,
    ) -> Result<Self> {
        let mut memory = Memory::new(usize::try_from(program.memory_bytes)?);
        memory.bytes_mut().copy_from_slice(&program.memory_image());
        if let Some(core) = &mut core {
            core.load(program)?;
        }
        Ok(Self {
            config,
            graph,
            family,
            program,
            timing,
            machine: Machine::new(config),
            memory,
            core,
            predicted: None,
            graph_machine: Comparison::empty(GRAPH_MACHINE),
            machine_rtl: Comparison::empty("machine = RTL (all of external memory)"),
            cycles: Comparison::empty("CYCLES register = cycles counted by the bench"),
            counts: Comparison::empty("machine = RTL (counters of work)"),
        })
    }

    /// Runs one job on everything.
    pub fn job(&mut self, rows: &[Vec<i8>]) -> Result<Job> {
        let whole = graph::run(self.graph, self.family, &rows.concat())?;
        put_rows(self.memory.bytes_mut(), &self.program.input, rows);
        let count = self.program.commands.len() as u32;
        let ring = Ring { addr: self.program.ring_addr, size: count };
        let outcome = self.machine.run(&mut self.memory, ring, 0, count);
        if let Some(fault) = outcome.fault {
            bail!("the golden machine refuses the compiled program: {fault}");
        }
        let output = get_rows(self.memory.bytes(), &self.program.output);
        self.graph_machine.add(&whole.output, &output);
        let rtl = self.job_on_rtl(rows, &outcome)?;
        let predicted = self.predict(rtl.as_ref().map_or(0, |report| report.doorbell))?;
        Ok(Job { output, outcome, rtl, predicted })
    }

    /// The prediction for a job whose doorbell comes in this cycle of external memory. It matters only to
    /// a memory that holds.
    fn predict(&mut self, doorbell: u64) -> Result<Prediction> {
        let timing = self.timing;
        let doorbell = if timing.stall > 0.0 { doorbell } else { 0 };
        let known = self.predicted.as_ref().filter(|(at, _)| *at == doorbell);
        if let Some((_, prediction)) = known {
            return Ok(prediction.clone());
        }
        let holds = timing.holds(doorbell).map(Holds::from);
        let external = External::holding(timing.latency, holds);
        let prediction = predict(self.config, &self.program.commands, external)?;
        self.predicted = Some((doorbell, prediction.clone()));
        Ok(prediction)
    }

    fn job_on_rtl(&mut self, rows: &[Vec<i8>], golden: &Outcome) -> Result<Option<JobReport>> {
        let Some(core) = &mut self.core else { return Ok(None) };
        put_rows(core.memory(), &self.program.input, rows);
        let limit = cycle_limit(self.config, golden, self.timing);
        let failed = |e: HarnessError| RtlFailure(e.to_string());
        let report = core.run_program(self.program, limit).map_err(failed)?;
        if let Some(fault) = report.fault {
            bail!(RtlFailure(format!("the RTL reports a fault: {fault}")));
        }
        self.machine_rtl.add_bytes(self.memory.bytes(), core.memory());
        let counted = u64::from(report.counter("CYCLES"));
        self.cycles.add_bytes(&counted.to_le_bytes(), &report.cycles.to_le_bytes());
        for (name, golden) in expected_counters(self.config, golden) {
            let rtl = u64::from(report.counter(name));
            self.counts.add_bytes(&golden.to_le_bytes(), &rtl.to_le_bytes());
        }
        Ok(Some(report))
    }

    /// What was compared over all jobs.
    pub fn comparisons(self) -> Vec<Comparison> {
        let mut comparisons = vec![self.graph_machine];
        if self.core.is_some() {
            comparisons.extend([self.machine_rtl, self.counts, self.cycles]);
        }
        comparisons
    }
}

/// Writes rows into memory; the padding of a row stays as it is.
pub fn put_rows(memory: &mut [u8], place: &Tensor2, rows: &[Vec<i8>]) {
    for (i, row) in rows.iter().enumerate() {
        let range = place.row(i as u32);
        for (to, &from) in memory[range.start as usize..].iter_mut().zip(row) {
            *to = from as u8;
        }
    }
}

/// Reads rows from memory.
fn get_rows(memory: &[u8], place: &Tensor2) -> Vec<i8> {
    let row = |i| {
        let range = place.row(i);
        memory[range.start as usize..range.end as usize].iter().map(|&b| b as i8)
    };
    (0..place.rows).flat_map(row).collect()
}
