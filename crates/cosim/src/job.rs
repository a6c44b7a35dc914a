//! Running compiled programs on a design under test.

use crate::axi_checker::{AxiLimits, BurstLimit};
use crate::dut::Dut;
use crate::harness::{Harness, HarnessError};
use seedbed_golden::machine::{Executed, Outcome, Ring, Windows};
use seedbed_spec::access::Ranges;
use seedbed_spec::command::{decode_checked, Command};
use seedbed_spec::fault::{Cause, Engine, FaultRecord};
use seedbed_spec::program::Program;
use seedbed_spec::{csr, Config, Window};
use std::collections::HashMap;
use std::ops::Range;

/// A core on the bench with its registers by name.
pub struct Host<D> {
    harness: Harness<D>,
    offsets: HashMap<String, u32>,
    config: Config,
}

/// What a job left in the registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobReport {
    /// Clock edges from the doorbell's write handshake to `irq`, counted by the bench.
    pub cycles: u64,
    /// The cycle of external memory in which the doorbell was taken; from here on
    /// [`MemoryTiming::holds`](crate::MemoryTiming::holds) says what it held.
    pub doorbell: u64,
    /// The fault record, if there is one.
    pub fault: Option<FaultRecord>,
    /// Counters by register name.
    pub counters: Vec<(String, u32)>,
    /// Value of `CYCLES` when each layer ended, in layer order.
    pub layer_ends: Vec<u32>,
}

impl JobReport {
    /// A counter by its register name.
    ///
    /// # Panics
    /// When there is no such counter.
    pub fn counter(&self, name: &str) -> u32 {
        self.counters
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| *v)
            .expect("a counter of the CSR table")
    }
}

impl<D: Dut> Host<D> {
    /// Takes over a harness around a core of `config`.
    pub fn new(mut harness: Harness<D>, config: &Config) -> Self {
        harness.checker().set_limits(limits(config));
        let registers = csr::map(config).registers;
        let offsets = registers.into_iter().map(|r| (r.name, r.offset)).collect();
        Self { harness, offsets, config: config.clone() }
    }

    /// External memory.
    pub fn memory(&mut self) -> &mut [u8] {
        self.harness.memory().bytes_mut()
    }

    /// The bench around the core.
    pub fn harness(&mut self) -> &mut Harness<D> {
        &mut self.harness
    }

    /// Cycles simulated so far.
    pub fn cycle(&self) -> u64 {
        self.harness.cycle()
    }

    /// Reads a register by name.
    ///
    /// # Errors
    /// When the bus does not answer properly.
    pub fn read(&mut self, register: &str) -> Result<u32, HarnessError> {
        let addr = self.addr(register);
        self.harness.read(addr)
    }

    /// Writes a register by name; returns the cycle in which the data were taken.
    ///
    /// # Errors
    /// When the bus does not answer properly.
    pub fn write(&mut self, register: &str, value: u32) -> Result<u64, HarnessError> {
        let addr = self.addr(register);
        self.harness.write(addr, value)
    }

    /// The stamp of a number: the value of CYCLES when the last command with that stamp was complete.
    ///
    /// # Errors
    /// When the bus does not answer properly.
    pub fn stamp(&mut self, number: u8) -> Result<u32, HarnessError> {
        let first = self.addr("STAMP");
        self.harness.read(first + 4 * u32::from(number))
    }

    fn addr(&self, register: &str) -> u32 {
        *self.offsets.get(register).expect("a register of the CSR table")
    }

    /// Lets the checker of the AXI port know which commands will run, from slot `head` of the ring on:
    /// the core reads nothing but what they read and the commands themselves, and writes nothing but what
    /// they write.
    pub fn confine(&mut self, commands: &[Command], ring: Ring, head: u32) {
        let (reads, writes) = windows(commands, &self.config, ring, head);
        self.harness.checker().set_windows(reads, writes);
    }

    /// Asks the core for the hash of its configuration.
    ///
    /// # Errors
    /// When the bus does not answer properly, or the RTL is of another configuration.
    pub fn check_config(&mut self) -> Result<(), HarnessError> {
        let (found, expected) = (self.read("CONFIG_HASH")?, self.config.hash());
        match found == expected {
            true => Ok(()),
            false => Err(HarnessError::OtherConfig { found, expected }),
        }
    }

    /// Copies the program's image to external memory and tells the core where its ring is.
    ///
    /// # Errors
    /// When the bus does not answer properly, or the RTL is of another configuration.
    pub fn load(&mut self, program: &Program) -> Result<(), HarnessError> {
        self.check_config()?;
        for (addr, bytes) in program.image() {
            self.memory()[addr as usize..][..bytes.len()].copy_from_slice(&bytes);
        }
        let size = program.commands.len() as u32;
        self.confine(&program.commands, Ring { addr: program.ring_addr, size }, 0);
        self.set_ring(program.ring_addr, size)
    }

    /// Tells the core where the ring is and enables its interrupts.
    ///
    /// # Errors
    /// When the bus does not answer properly.
    pub fn set_ring(&mut self, addr: u64, size: u32) -> Result<(), HarnessError> {
        self.write("RING_LO", addr as u32)?;
        self.write("RING_HI", (addr >> 32) as u32)?;
        self.write("RING_SIZE", size)?;
        self.write("IRQ_ENABLE", 3)?;
        Ok(())
    }

    /// Sets the windows, in the core and in the checker of its bus; nothing may be running.
    ///
    /// # Errors
    /// When the bus does not answer properly.
    pub fn set_windows(&mut self, windows: Windows) -> Result<(), HarnessError> {
        for (direction, window) in [("READ", windows.read), ("WRITE", windows.write)] {
            for (end, page) in [("BASE", window.first), ("LIMIT", window.last)] {
                let addr = page * Window::PAGE;
                self.write(&format!("{direction}_WINDOW_{end}_LO"), addr as u32)?;
                self.write(&format!("{direction}_WINDOW_{end}_HI"), (addr >> 32) as u32)?;
            }
        }
        self.harness.checker().set_windows(vec![windows.read.bytes()], vec![windows.write.bytes()]);
        Ok(())
    }

    /// Runs `count` commands and waits at most `limit` cycles for the interrupt.
    ///
    /// # Errors
    /// When the bus does not answer properly, the job hangs, or the core broke the AXI protocol.
    pub fn run(&mut self, count: u32, limit: u64) -> Result<JobReport, HarnessError> {
        let before = (self.harness.memory().cycle(), self.cycle());
        let start = self.write("DOORBELL", count)?;
        // `start` is counted after the cycle of the handshake.
        let doorbell = before.0 + (start - before.1) - 1;
        let Some(end) = self.harness.wait_irq(limit) else {
            // A broken rule explains a hang, not the other way round.
            self.harness.check_protocol()?;
            let (status, done) = (self.read("STATUS")?, self.read("COMMANDS")?);
            return Err(HarnessError::Hang { cycles: limit, status, done });
        };
        self.harness.check_protocol()?;
        self.write("IRQ_STATUS", 3)?;
        let fault = self.fault()?;
        let counters = self.counters()?;
        Ok(JobReport { cycles: end - start, doorbell, fault, counters, layer_ends: Vec::new() })
    }

    /// Runs a whole program that [`Host::load`] put in place. Layers behind the last one that has a
    /// stamp have no end of their own in the report.
    ///
    /// # Errors
    /// As [`Host::run`].
    pub fn run_program(
        &mut self,
        program: &Program,
        limit: u64,
    ) -> Result<JobReport, HarnessError> {
        let mut report = self.run(program.commands.len() as u32, limit)?;
        for layer in program.layers.iter().take_while(|layer| layer.stamp != 0) {
            report.layer_ends.push(self.stamp(layer.stamp)?);
        }
        Ok(report)
    }

    /// Clears fault, semaphores and ring position.
    ///
    /// # Errors
    /// When the bus does not answer properly.
    pub fn restart(&mut self) -> Result<(), HarnessError> {
        self.write("CONTROL", 1).map(|_| ())
    }

    fn fault(&mut self) -> Result<Option<FaultRecord>, HarnessError> {
        if self.read("STATUS")? & 2 == 0 {
            return Ok(None);
        }
        let info = self.read("FAULT_INFO")?;
        let address =
            u64::from(self.read("FAULT_ADDR_LO")?) | u64::from(self.read("FAULT_ADDR_HI")?) << 32;
        let index = self.read("FAULT_INDEX")?;
        let parts = Cause::from_code(info & 0xf).zip(Engine::from_code(info >> 8 & 7));
        let (cause, engine) = parts.ok_or_else(|| {
            HarnessError::Protocol(format!("FAULT_INFO is {info:#x}: no such cause or engine"))
        })?;
        Ok(Some(FaultRecord { index, engine, cause, address }))
    }

    fn counters(&mut self) -> Result<Vec<(String, u32)>, HarnessError> {
        let names: Vec<_> = csr::COUNTERS.iter().map(|(name, _)| name.to_string()).collect();
        names.into_iter().map(|name| Ok((name.clone(), self.read(&name)?))).collect()
    }
}

/// Where commands read and write in external memory, the ring included, whose first one is in slot `head`.
pub fn windows(
    commands: &[Command],
    config: &Config,
    ring: Ring,
    head: u32,
) -> (Vec<Range<u64>>, Vec<Range<u64>>) {
    let bodies = commands.iter().filter_map(|command| decode_checked(command, config).ok());
    let (mut reads, mut writes, mut slot) = (Vec::new(), Vec::new(), head);
    for (_, body) in bodies {
        let accesses = body.accesses(config);
        reads.extend_from_slice(accesses.ext_reads.ranges());
        writes.extend_from_slice(accesses.ext_writes.ranges());
    }
    for _ in commands {
        let at = (ring.addr & !63) + Command::BYTES as u64 * u64::from(slot);
        reads.push(at..at + Command::BYTES as u64);
        slot = ring.next(slot);
    }
    (Ranges::union(reads).ranges().to_vec(), Ranges::union(writes).ranges().to_vec())
}

/// What the counters must say that follow from what the golden machine executed, by register name, after
/// a job without a fault. The others count time.
pub fn expected_counters(config: &Config, outcome: &Outcome) -> Vec<(&'static str, u64)> {
    let bus = u64::from(config.bus_bytes());
    let sum = |f: fn(&Executed) -> u64| -> u64 { outcome.executed.iter().map(f).sum() };
    let fetched = u64::from(outcome.commands) * (Command::BYTES as u64).div_ceil(bus);
    vec![
        ("SATURATIONS", outcome.saturations),
        ("MATRIX_ROWS", sum(|e| e.matrix_rows)),
        ("READ_BEATS", sum(|e| e.read_bytes) / bus + fetched),
        ("WRITE_BEATS", sum(|e| e.write_bytes) / bus),
        ("COMMANDS", outcome.commands.into()),
    ]
}

/// What a core of `config` promises on its AXI4 manager port: ID 0 is LOAD's, ID 1 is FRONT's, which
/// fetches a command with one burst.
pub fn limits(config: &Config) -> AxiLimits {
    let bus = &config.bus;
    let moves = BurstLimit { beats: bus.burst_beats.into(), outstanding: bus.outstanding as usize };
    let fetches = BurstLimit {
        beats: (Command::BITS / bus.data_bits).max(1).into(),
        outstanding: config.front.prefetch as usize,
    };
    AxiLimits {
        reads: vec![moves, fetches],
        writes: moves,
        ..AxiLimits::axi4(config.bus_bytes() as usize, 2)
    }
}

/// A number of cycles that no healthy run of a job exceeds, from what the golden machine did.
pub fn cycle_limit(config: &Config, golden: &Outcome, timing: crate::MemoryTiming) -> u64 {
    let bus = u64::from(config.bus_bytes());
    let work: u64 = golden
        .executed
        .iter()
        .map(|e| {
            let beats = (e.read_bytes + e.write_bytes) / bus;
            // Worst case: bursts of one beat, one at a time; every row waits for a whole tile.
            let array = e.matrix_rows * u64::from(config.cols().max(4));
            beats * (u64::from(timing.latency) + 8) + array + 1000
        })
        .sum();
    let waits = (golden.executed.len() as u64 + 16) * u64::from(timing.latency) * 8;
    let stalls = if timing.stall > 0.0 { (4.0 / (1.0 - timing.stall).max(0.01)) as u64 } else { 1 };
    (work + waits) * stalls + 10_000
}
