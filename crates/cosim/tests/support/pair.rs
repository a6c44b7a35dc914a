//! The golden machine and the RTL, given the same rings of commands.

#![allow(dead_code)] // every test program uses another part

use seedbed_cosim::memory::{Mute, Transfer};
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{Dut, Harness, HarnessError, Host, JobReport, MemoryTiming, Rtl};
use seedbed_golden::machine::{Machine, Memory, Outcome, Ring, Windows};
use seedbed_spec::command::{decode_checked, Command};
use seedbed_spec::fault::FaultRecord;
use seedbed_spec::Config;

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
}

impl Pair {
    /// A pair of a preset with its RTL in the built-in simulator.
    pub fn simulated(preset: &str, timing: MemoryTiming) -> Self {
        Self::new(preset, timing, |rtl| Box::new(SimulatedDut::new(&rtl.design, &rtl.layout)))
    }

    /// A pair of a preset with its RTL in Verilator.
    pub fn verilated(preset: &str, timing: MemoryTiming) -> Self {
        let options = BuildOptions::default();
        Self::new(preset, timing, |rtl| {
            let dut = VerilatedDut::build(&rtl.sources, rtl.top(), &rtl.layout, &options);
            Box::new(dut.unwrap_or_else(|e| panic!("{e}")))
        })
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
        Self { config, host, machine, image }
    }

    /// Sets the windows of both.
    pub fn set_windows(&mut self, windows: Windows) {
        self.machine.set_windows(windows);
        self.host.set_windows(windows).expect("registers");
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
        let cycles = self.host.read("CYCLES").expect("a register");
        (self.host.harness().memory().recorded(), cycles.into())
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

fn golden(machine: &mut Machine, memory: &mut Memory, ring: u64, commands: &[Command]) -> Outcome {
    let size = commands.len() as u32;
    machine.run(memory, Ring { addr: ring, size }, 0, size)
}

fn said(fault: Option<FaultRecord>) -> String {
    fault.map_or("no fault".to_string(), |fault| format!("fault {fault}"))
}
