//! The golden machine and the RTL, given the same rings of commands.

#![allow(dead_code)] // every test program uses another part

use seedbed_cosim::memory::{Mute, Transfer, SLVERR};
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{Dut, Harness, HarnessError, Host, JobReport, MemoryTiming, Rtl, SourceFile};
use seedbed_golden::machine::{Machine, Memory, Outcome, Ring, Windows};
use seedbed_spec::command::{decode_checked, encode, Body, Command, Header, Move};
use seedbed_spec::fault::FaultRecord;
use seedbed_spec::Config;
use std::ops::Range;
use std::path::Path;

use super::noise::Noise;

/// Bytes of external memory; what lies beyond answers with an error.
pub const MEMORY: usize = 0x4000;
/// Where rings are put unless a test says otherwise.
pub const RING: u64 = 0x3000;
/// No ring of these tests takes as many cycles.
const LIMIT: u64 = 30_000;

/// A core twice: as the golden machine and as RTL on the bench.
pub struct Pair {
    /// Its configuration.
    pub config: Config,
    host: Host<Box<dyn Dut>>,
    machine: Machine,
    /// External memory before every ring.
    image: Vec<u8>,
    /// Addresses that answer with an error, and the response.
    refused: (Range<usize>, u8),
    /// Cycles of the last ring on the RTL.
    cycles: u64,
}

/// Verilog in this folder is the core of `tiny` in these tests: mutations of it must be noticed.
const RTL: &str = "SEEDBED_FAULTS_RTL";

/// The presets that the tests run on.
pub fn presets() -> &'static [&'static str] {
    let edited = std::env::var_os(RTL).is_some();
    if edited {
        &["tiny"]
    } else {
        &["tiny", "ragged", "edge-systolic", "odd"]
    }
}

/// A number of cases: `small`, or what a variable says.
pub fn cases(variable: &str, small: u32) -> u32 {
    let Ok(text) = std::env::var(variable) else { return small };
    text.parse().unwrap_or_else(|e| panic!("{variable} is `{text}`: {e}"))
}

impl Pair {
    /// A pair of a preset with its RTL in the built-in simulator, or with edited Verilog in Verilator.
    pub fn simulated(preset: &str, timing: MemoryTiming) -> Self {
        if let Some(folder) = std::env::var_os(RTL) {
            assert_eq!(preset, "tiny", "{RTL} is Verilog of this preset");
            let sources = edited(Path::new(&folder));
            return Self::new(preset, timing, |rtl| Self::verilate(&sources, rtl));
        }
        Self::new(preset, timing, |rtl| Box::new(SimulatedDut::new(&rtl.design, &rtl.layout)))
    }

    /// A pair of a preset with its RTL in Verilator.
    pub fn verilated(preset: &str, timing: MemoryTiming) -> Self {
        Self::new(preset, timing, |rtl| Self::verilate(&rtl.sources, rtl))
    }

    fn verilate(sources: &[SourceFile], rtl: &Rtl) -> Box<dyn Dut> {
        let options = BuildOptions::default();
        let dut = VerilatedDut::build(sources, rtl.top(), &rtl.layout, &options);
        Box::new(dut.unwrap_or_else(|e| panic!("{e}")))
    }

    /// A pair with noise in external memory.
    fn new(preset: &str, timing: MemoryTiming, dut: impl Fn(&Rtl) -> Box<dyn Dut>) -> Self {
        let config = Config::preset(preset).expect("a preset");
        let rtl = Rtl::generate(&config).expect("a core");
        let dut = dut(&rtl);
        let harness = Harness::new(dut, &rtl.layout, MEMORY, timing).expect("the core's pins");
        let host = Host::new(harness, &config);
        let machine = Machine::new(&config);
        let mut image = vec![0; MEMORY];
        Noise(3).fill(&mut image);
        Self { config, host, machine, image, refused: (0..0, SLVERR), cycles: 0 }
    }

    /// Sets the windows of both.
    pub fn set_windows(&mut self, windows: Windows) {
        self.machine.set_windows(windows);
        self.host.set_windows(windows).expect("registers");
    }

    /// Makes addresses answer with an error response, on both; an empty range: none.
    pub fn refuse(&mut self, range: Range<usize>, response: u8) {
        self.host.harness().memory().refuse_as(range.clone(), response);
        self.refused = (range, response);
    }

    /// Another behaviour of the RTL's memory in time, from a reset on.
    pub fn set_timing(&mut self, timing: MemoryTiming) {
        self.host.harness().renew(MEMORY, timing);
        self.machine.restart();
    }

    /// Cycles of the last ring on the RTL.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// The core's host.
    pub fn host(&mut self) -> &mut Host<Box<dyn Dut>> {
        &mut self.host
    }

    /// Runs a ring on both, then restarts both.
    ///
    /// # Errors
    /// In words, when the RTL hangs or the two disagree on the fault, the number of commands or a byte
    /// of external memory that no command after the faulty one writes.
    pub fn run(&mut self, commands: &[Command]) -> Result<Outcome, String> {
        self.run_at(RING, commands)
    }

    /// The same with the ring at any address. Commands that lie outside memory are not put there.
    ///
    /// # Errors
    /// See [`Pair::run`].
    pub fn run_at(&mut self, ring: u64, commands: &[Command]) -> Result<Outcome, String> {
        let mut memory = self.memory(ring, commands);
        let before = memory.bytes().to_vec();
        let outcome = golden(&mut self.machine, &mut memory, ring, commands);
        self.machine.restart();
        self.host.memory().copy_from_slice(&before);
        let fault = self.run_rtl(ring, commands, &outcome)?;
        if fault != outcome.fault {
            return Err(format!("golden: {}, RTL: {}", said(outcome.fault), said(fault)));
        }
        self.compare(commands, &outcome, memory.bytes())?;
        Ok(outcome)
    }

    /// The transfers of a ring that meets no fault, and its cycles.
    pub fn transfers(&mut self, commands: &[Command]) -> (Vec<Transfer>, u64) {
        self.host.harness().memory().record();
        let outcome = self.run(commands).expect("a ring on which both agree");
        assert_eq!(outcome.fault, None);
        (self.host.harness().memory().recorded(), self.cycles)
    }

    /// Runs a ring while a channel stops at the transfer of `addr`; returns golden's fault and what the
    /// RTL reports. The RTL is not restarted.
    pub fn run_muted(
        &mut self,
        commands: &[Command],
        mute: Mute,
        addr: u64,
    ) -> (Option<FaultRecord>, Result<JobReport, HarnessError>) {
        let mut memory = self.memory(RING, commands);
        self.host.memory().copy_from_slice(memory.bytes());
        memory.silence(addr..addr + 1);
        let golden = golden(&mut self.machine, &mut memory, RING, commands);
        self.machine.restart();
        let count = commands.len() as u32;
        self.host.set_ring(RING, count).expect("registers");
        self.host.harness().memory().mute(mute);
        self.host.harness().checker().set_quiet_at_interrupt(false);
        (golden.fault, self.host.run(count, LIMIT))
    }

    /// Starts a ring on the RTL alone; returns STATUS after `cycles`.
    pub fn start(&mut self, commands: &[Command], cycles: u64) -> u32 {
        let memory = self.memory(RING, commands);
        self.host.memory().copy_from_slice(memory.bytes());
        let count = commands.len() as u32;
        self.host.set_ring(RING, count).expect("registers");
        self.host.write("DOORBELL", count).expect("a register");
        (0..cycles).for_each(|_| self.host.harness().step());
        self.host.read("STATUS").expect("a register")
    }

    /// Waits for the end of what [`Pair::start`] began and compares its results, then restarts.
    pub fn finish(&mut self, commands: &[Command], what: &str) {
        self.host.harness().wait_irq(LIMIT).unwrap_or_else(|| panic!("{what}: it hangs"));
        self.settle(commands, what);
    }

    /// Waits until no job runs.
    pub fn wait_idle(&mut self, what: &str) {
        let mut busy = |_| self.host.read("STATUS").expect("a register") & 1 == 1;
        assert!((0..LIMIT / 4).any(|i| !busy(i)), "{what}: it hangs");
    }

    /// Compares the results of commands that meet no fault and have ended; restarts both.
    fn settle(&mut self, commands: &[Command], what: &str) {
        self.wait_idle(what);
        assert_eq!(self.host.harness().check_protocol(), Ok(()), "{what}");
        assert_eq!(self.host.read("STATUS"), Ok(0), "{what}");
        let mut memory = self.memory(RING, commands);
        let outcome = golden(&mut self.machine, &mut memory, RING, commands);
        let ring = RING as usize..MEMORY;
        let image = memory.bytes()[..ring.start].to_vec();
        memory.bytes_mut().copy_from_slice(self.host.memory());
        memory.bytes_mut()[..ring.start].copy_from_slice(&image);
        let same = self.compare(commands, &outcome, memory.bytes());
        same.unwrap_or_else(|e| panic!("{what}: {e}"));
        self.machine.restart();
        self.host.write("IRQ_STATUS", 3).expect("a register");
        self.host.restart().expect("a register");
    }

    /// Runs commands from slot `head` of a ring of one slot more on the RTL, `first` of them at once and
    /// the others after `gap` cycles; compares the results and returns COMMANDS at the end.
    pub fn run_in_parts(
        &mut self,
        commands: &[Command],
        head: u32,
        first: u32,
        gap: u64,
        what: &str,
    ) -> u32 {
        let slots = commands.len() as u32 + 1;
        let mut ring = vec![Command::default(); slots as usize];
        for (i, command) in commands.iter().enumerate() {
            ring[(head as usize + i) % slots as usize] = *command;
        }
        self.advance(head, slots);
        let memory = self.memory(RING, &ring);
        self.host.memory().copy_from_slice(memory.bytes());
        self.host.write("DOORBELL", first).expect("a register");
        (0..gap).for_each(|_| self.host.harness().step());
        self.host.write("DOORBELL", commands.len() as u32 - first).expect("a register");
        self.wait_idle(what);
        let done = self.host.read("COMMANDS").expect("a register");
        self.settle(commands, what);
        done
    }

    /// Moves the head of a ring of `slots` to a slot, by a job of that many commands that do nothing
    /// which later ones see.
    fn advance(&mut self, head: u32, slots: u32) {
        let nothing = encode(&Header::default(), &Body::Load(Move::contiguous(0, 0, 64)));
        let nothing = vec![nothing.expect("a command"); head as usize];
        let memory = self.memory(RING, &nothing);
        self.host.memory().copy_from_slice(memory.bytes());
        self.host.set_ring(RING, slots).expect("registers");
        if head > 0 {
            self.host.run(head, LIMIT).expect("a job");
        }
    }

    /// Resets the RTL and its memory.
    pub fn reset(&mut self) {
        self.host.harness().checker().set_quiet_at_interrupt(true);
        self.host.harness().reset();
        self.machine.restart();
    }

    /// Whether a ring of these commands stays as it is while they execute. One that a STORE writes to
    /// has no defined meaning, because commands are fetched ahead.
    pub fn leaves_ring_alone(&self, commands: &[Command]) -> bool {
        let mut memory = self.memory(RING, commands);
        let ring = RING as usize..RING as usize + 64 * commands.len();
        let before = memory.bytes()[ring.clone()].to_vec();
        golden(&mut self.machine.clone(), &mut memory, RING, commands);
        memory.bytes()[ring] == before
    }

    /// Changes a byte of the local memory of the golden machine alone.
    pub fn spoil_golden(&mut self, addr: usize) {
        self.machine.local_memory_mut()[addr] ^= 1;
    }

    fn memory(&self, ring: u64, commands: &[Command]) -> Memory {
        let mut memory = Memory::new(MEMORY);
        memory.bytes_mut().copy_from_slice(&self.image);
        memory.refuse(self.refused.0.clone());
        for (slot, command) in commands.iter().enumerate() {
            // Outside: the fetch meets an error, as it should.
            let _ = memory.write(ring + 64 * slot as u64, &command.bytes());
        }
        memory
    }

    fn run_rtl(
        &mut self,
        ring: u64,
        commands: &[Command],
        golden: &Outcome,
    ) -> Result<Option<FaultRecord>, String> {
        let count = commands.len() as u32;
        let host = &mut self.host;
        host.set_ring(ring, count).map_err(|e| e.to_string())?;
        let report = host.run(count, LIMIT).map_err(|e| format!("{e}; golden: {golden:?}"))?;
        host.restart().map_err(|e| e.to_string())?;
        let cycles = u64::from(report.counter("CYCLES"));
        self.cycles = cycles;
        if cycles != report.cycles {
            return Err(format!("CYCLES is {cycles}, the bench counted {}", report.cycles));
        }
        // Commands after the faulty one may have completed before the fault was found.
        let done = report.counter("COMMANDS");
        if done < golden.commands || (golden.fault.is_none() && done != golden.commands) {
            return Err(format!("COMMANDS is {done}, golden completed {}", golden.commands));
        }
        Ok(report.fault)
    }

    fn compare(
        &mut self,
        commands: &[Command],
        outcome: &Outcome,
        golden: &[u8],
    ) -> Result<(), String> {
        let after = outcome.fault.map_or(commands.len(), |fault| fault.index as usize + 1);
        let excused: Vec<_> = commands[after..]
            .iter()
            .filter_map(|command| decode_checked(command, &self.config).ok())
            .map(|(_, body)| body.accesses(&self.config).ext_writes)
            .collect();
        let rtl = self.host.memory();
        let differs = |at: &usize| {
            golden[*at] != rtl[*at] && !excused.iter().any(|set| set.contains(*at as u64))
        };
        match (0..MEMORY).find(differs) {
            None => Ok(()),
            Some(at) => Err(format!(
                "external byte {at:#x}: golden {:#04x}, RTL {:#04x}; {}",
                golden[at],
                rtl[at],
                said(outcome.fault)
            )),
        }
    }
}

/// The Verilog files of a folder that `seedbed generate` wrote.
fn edited(folder: &Path) -> Vec<SourceFile> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path);
        text.unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let files = std::fs::read_dir(folder.join("rtl"));
    let files = files.unwrap_or_else(|e| panic!("{}/rtl: {e}", folder.display()));
    let mut paths: Vec<_> = files.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| SourceFile { name: name(path), text: read(path) }).collect()
}

fn golden(machine: &mut Machine, memory: &mut Memory, ring: u64, commands: &[Command]) -> Outcome {
    let size = commands.len() as u32;
    machine.run(memory, Ring { addr: ring, size }, 0, size)
}

fn said(fault: Option<FaultRecord>) -> String {
    fault.map_or("no fault".to_string(), |fault| format!("fault {fault}"))
}
