//! Networks on the golden machine and on RTL, compared byte by byte.

#![allow(dead_code)] // every test program uses another part

use seedbed_compiler::{compile, Effort, Options};
use seedbed_cosim::job::cycle_limit;
use seedbed_cosim::{Dut, Harness, Host, JobReport, MemoryTiming, Rtl};
use seedbed_golden::machine::{Machine, Memory, Ring};
use seedbed_model::{npy, tflite, Graph};
use seedbed_spec::command::Command;
use seedbed_spec::numerics::Family;
use seedbed_spec::program::Program;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The folder of the project's own model.
pub fn digits() -> PathBuf {
    Path::new(ROOT).join("models/digits")
}

/// A folder of the shared models, or a visible skip (a failure where it is required).
pub fn shared(model: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("SEEDBED_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(ROOT).join("../shared"));
    let folder = shared.join("models").join(model);
    if folder.join("model.tflite").exists() {
        return Some(folder);
    }
    let required = std::env::var("SEEDBED_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "{} is required and missing", folder.display());
    println!("skipped: {} is missing", folder.display());
    None
}

/// The codes of an array.
pub fn codes(folder: &Path, file: &str) -> Vec<i8> {
    npy::read(&folder.join(file)).expect("an array of int8").data
}

/// How many codes differ.
pub fn differences(a: &[i8], b: &[i8]) -> usize {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).filter(|(a, b)| a != b).count()
}

/// A network compiled for a core.
pub struct Network<'a> {
    rtl: &'a Rtl,
    program: Program,
}

/// What came out of all jobs.
#[derive(Debug, PartialEq)]
pub struct Ran {
    /// The outputs, rows one after the other.
    pub outputs: Vec<i8>,
    /// What the core reported of every job.
    pub reports: Vec<JobReport>,
}

impl<'a> Network<'a> {
    /// Compiles the model in `folder` for jobs of `rows` rows.
    pub fn new(rtl: &'a Rtl, folder: &Path, family: Family, rows: u32) -> Self {
        let graph = tflite::read(&folder.join("model.tflite")).expect("a model");
        Self::of(rtl, &graph, family, rows)
    }

    /// Compiles `graph` for jobs of `rows` rows.
    pub fn of(rtl: &'a Rtl, graph: &Graph, family: Family, rows: u32) -> Self {
        let options = Options { family, rows, effort: Effort::default() };
        let program = compile(graph, &rtl.config, &options).expect("a model that fits");
        Self { rtl, program }
    }

    /// The commands of a job.
    pub fn commands(&self) -> &[Command] {
        &self.program.commands
    }

    /// Runs all rows of `inputs`, job by job, on the golden machine and on `dut`.
    ///
    /// # Errors
    /// In words, when the RTL hangs, or the two differ in a byte of external memory, or the cycles that
    /// the RTL counted are not those that the bench counted.
    pub fn run<D: Dut>(&self, dut: D, inputs: &[i8], timing: MemoryTiming) -> Result<Ran, String> {
        let bytes = self.program.memory_bytes as usize;
        let harness = Harness::new(dut, &self.rtl.layout, bytes, timing).expect("the core's pins");
        let mut host = Host::new(harness, &self.rtl.config);
        let mut machine = Machine::new(&self.rtl.config);
        let mut memory = Memory::new(bytes);
        memory.bytes_mut().copy_from_slice(&self.program.memory_image());
        host.load(&self.program).map_err(|e| e.to_string())?;
        let mut ran = Ran { outputs: Vec::new(), reports: Vec::new() };
        let place = self.program.input;
        for rows in inputs.chunks((place.rows * place.cols) as usize) {
            self.put(memory.bytes_mut(), rows);
            self.put(host.memory(), rows);
            let report = self.job(&mut host, &mut machine, &mut memory, timing)?;
            ran.outputs.extend(self.outputs(host.memory()));
            ran.reports.push(report);
        }
        Ok(ran)
    }

    fn job<D: Dut>(
        &self,
        host: &mut Host<D>,
        machine: &mut Machine,
        memory: &mut Memory,
        timing: MemoryTiming,
    ) -> Result<JobReport, String> {
        let size = self.program.commands.len() as u32;
        let ring = Ring { addr: self.program.ring_addr, size };
        let outcome = machine.run(memory, ring, 0, size);
        let limit = cycle_limit(&self.rtl.config, &outcome, timing);
        let report = host.run_program(&self.program, limit).map_err(|e| e.to_string())?;
        if let Some(fault) = outcome.fault.or(report.fault) {
            return Err(format!("fault: {fault}"));
        }
        if u64::from(report.counter("CYCLES")) != report.cycles {
            return Err(format!("the bench counted {} cycles: {report:?}", report.cycles));
        }
        let pairs = memory.bytes().iter().zip(host.memory());
        match pairs.filter(|(golden, rtl)| golden != rtl).count() {
            0 => Ok(report),
            wrong => Err(format!("{wrong} bytes of external memory differ")),
        }
    }

    fn put(&self, memory: &mut [u8], rows: &[i8]) {
        let place = &self.program.input;
        for (i, row) in rows.chunks(place.cols as usize).enumerate() {
            let bytes: Vec<u8> = row.iter().map(|code| *code as u8).collect();
            memory[place.row(i as u32).start as usize..][..bytes.len()].copy_from_slice(&bytes);
        }
    }

    fn outputs(&self, memory: &[u8]) -> Vec<i8> {
        let place = &self.program.output;
        let rows = (0..place.rows).map(|row| place.row(row));
        rows.flat_map(|r| &memory[r.start as usize..r.end as usize]).map(|b| *b as i8).collect()
    }
}
