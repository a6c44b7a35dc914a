//! Executes command streams, strictly in ring order, one command at a time.
//!
//! Hardware overlaps commands; this does not, and that is the point: a program is legal if and only
//! if executing it like this never waits, so a wait that is not met here is reported as the
//! deadlock it would be. Everything a command does to memories, and every fault it can meet, is
//! bit-exact to the contract in [`seedbed_spec`].
//!
//! ```
//! use seedbed_golden::machine::{Machine, Memory, Ring};
//! use seedbed_spec::command::{encode, Body, Header, Move};
//! use seedbed_spec::Config;
//!
//! let config = Config::preset("tiny").unwrap();
//! let copy = [
//!     Body::Load(Move::contiguous(0x100, 0, 64)),
//!     Body::Store(Move::contiguous(0x200, 0, 64)),
//! ];
//! let mut memory = Memory::new(0x400);
//! memory.write(0x100, &[7; 64]).unwrap();
//! for (slot, body) in copy.iter().enumerate() {
//!     let command = encode(&Header::default(), body).unwrap();
//!     memory.write(64 * slot as u64, &command.bytes()).unwrap();
//! }
//! let outcome = Machine::new(&config).run(&mut memory, Ring { addr: 0, size: 2 }, 0, 2);
//! assert_eq!((outcome.fault, outcome.commands), (None, 2));
//! assert_eq!(memory.bytes()[0x200..0x240], [7; 64]);
//! ```

mod matrix;
mod memory;
mod moves;
mod post;
mod semaphores;
mod storage;
#[cfg(test)]
mod tests;

use seedbed_spec::command::{decode_checked, Body, Command, Header, Opcode, Slot};
use seedbed_spec::csr::COUNT_BITS;
use seedbed_spec::fault::{Cause, Engine, FaultRecord};
use seedbed_spec::{Config, Window};

use crate::cycles::{predict_from, External, Prediction, Unpredictable, SEMAPHORES};
pub use memory::{Memory, OutsideMemory};
use semaphores::Semaphores;
use storage::{LocalMemory, PartialSums};

/// Where the commands are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Address of slot 0; the low 6 bits are ignored.
    pub addr: u64,
    /// Number of slots; the one after the last is slot 0.
    pub size: u32,
}

impl Ring {
    /// The slot after `slot`, by the comparison that the hardware makes on [`COUNT_BITS`] bits.
    pub fn next(self, slot: u32) -> u32 {
        match slot.wrapping_add(1) & ((1 << COUNT_BITS) - 1) {
            next if next == self.size => 0,
            next => next,
        }
    }

    fn slot_addr(self, slot: u32) -> u64 {
        (self.addr & !63).wrapping_add(64 * u64::from(slot))
    }
}

/// What one command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// Its number within the job, from 0.
    pub index: u32,
    /// What it was.
    pub opcode: Opcode,
    /// Bytes read from external memory.
    pub read_bytes: u64,
    /// Bytes written to external memory.
    pub write_bytes: u64,
    /// Activation rows that went through the array.
    pub matrix_rows: u64,
    /// Sums of accumulator and bias that were saturated.
    pub saturations: u64,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The first fault, if any; commands after it did not execute.
    pub fault: Option<FaultRecord>,
    /// Commands that completed without a fault.
    pub commands: u32,
    /// Sums of accumulator and bias that were saturated.
    pub saturations: u64,
    /// One entry per command that executed, the faulting one included.
    pub executed: Vec<Executed>,
}

/// What a command met: nothing, or a cause and its address.
type Met = Option<(Cause, u64)>;

/// External memory does not answer. What else it owes at that time depends on the time: the address is
/// not predicted and 0 here. The watchdog is on, and does not bite a memory that does answer.
const UNANSWERED: (Cause, u64) = (Cause::Watchdog, 0);

/// An accelerator: its memories and semaphores. They keep their contents from job to job; they start
/// as zero, where hardware starts undefined.
#[derive(Clone, Debug)]
pub struct Machine {
    config: Config,
    lm: LocalMemory,
    ps: PartialSums,
    semaphores: Semaphores,
    windows: Windows,
}

/// What each direction may touch in external memory: the CSRs `READ_WINDOW_*` and `WRITE_WINDOW_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// Of LOAD and of the command ring.
    pub read: Window,
    /// Of STORE.
    pub write: Window,
}

impl Machine {
    /// A machine of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            lm: LocalMemory::new(config),
            ps: PartialSums::new(config),
            semaphores: Semaphores::default(),
            windows: Windows::default(),
        }
    }

    /// Sets the windows; they stay until set again.
    pub fn set_windows(&mut self, windows: Windows) {
        self.windows = windows;
    }

    /// The local memory.
    pub fn local_memory(&self) -> &[u8] {
        self.lm.bytes()
    }

    /// The local memory, to be preset.
    pub fn local_memory_mut(&mut self) -> &mut [u8] {
        self.lm.bytes_mut()
    }

    /// The partial sums, row by row, C each.
    pub fn partial_sums(&self) -> &[i32] {
        self.ps.values()
    }

    /// The partial sums, to be preset; keep values within the accumulator's width.
    pub fn partial_sums_mut(&mut self) -> &mut [i32] {
        self.ps.values_mut()
    }

    /// The count of a semaphore; 0 for one that does not exist.
    pub fn semaphore(&self, id: u8) -> u8 {
        self.semaphores.count(id)
    }

    /// The counts of all semaphores.
    pub fn semaphores(&self) -> [u8; SEMAPHORES] {
        self.semaphores.counts()
    }

    /// What the CSR bit `CONTROL.restart` does: clears the semaphores. The caller starts again at
    /// slot 0.
    pub fn restart(&mut self) {
        self.semaphores = Semaphores::default();
    }

    /// Executes `count` commands of the ring from slot `head` on, or up to the first fault.
    pub fn run(&mut self, memory: &mut Memory, ring: Ring, head: u32, count: u32) -> Outcome {
        let executed = Vec::new();
        let mut outcome = Outcome { fault: None, commands: 0, saturations: 0, executed };
        let mut slot = head;
        for index in 0..count {
            let addr = self.wrap_external(ring.slot_addr(slot));
            outcome.fault = self.step(memory, addr, index, &mut outcome.executed);
            if outcome.fault.is_some() {
                break;
            }
            outcome.commands += 1;
            slot = ring.next(slot);
        }
        outcome.saturations = outcome.executed.iter().map(|command| command.saturations).sum();
        outcome
    }

    /// When each of these commands would start and end, as the next job on this machine's semaphores.
    ///
    /// # Errors
    /// When a command is illegal or waits for ever.
    pub fn predict(
        &self,
        commands: &[Command],
        external: External,
    ) -> Result<Prediction, Unpredictable> {
        predict_from(self.semaphores(), &self.config, commands, external)
    }

    /// Fetches, checks and executes one command.
    fn step(
        &mut self,
        memory: &mut Memory,
        addr: u64,
        index: u32,
        executed: &mut Vec<Executed>,
    ) -> Option<FaultRecord> {
        let index = index & ((1 << COUNT_BITS) - 1);
        let fault = |engine, (cause, address)| FaultRecord { index, engine, cause, address };
        let (header, body) = match self.fetch(memory, addr) {
            Ok(command) => command,
            Err(met) => return Some(fault(Engine::Front, met)),
        };
        if let Err(semaphore) = self.semaphores.take(&header.sync.waits) {
            return Some(fault(Engine::Front, (Cause::Deadlock, u64::from(semaphore))));
        }
        let (done, met) = self.execute(memory, index, &body);
        executed.push(done);
        if let Some(met) = met {
            return Some(fault(body.opcode().engine(), met));
        }
        let overflow = self.signal(&header.sync.signals);
        overflow.map(|met| fault(Engine::Front, met))
    }

    fn fetch(&self, memory: &Memory, addr: u64) -> Result<(Header, Body), (Cause, u64)> {
        if !self.windows.read.contains(addr) {
            return Err((Cause::Window, addr));
        }
        if memory.never_answers(addr, Command::BYTES as u64) {
            return Err(UNANSWERED);
        }
        let mut bytes = [0; Command::BYTES];
        memory.read(addr, &mut bytes).map_err(|_| (Cause::Fetch, 0))?;
        decode_checked(&Command::from_bytes(&bytes), &self.config)
            .map_err(|illegal| (Cause::Illegal, u64::from(illegal.lsb)))
    }

    fn execute(&mut self, memory: &mut Memory, index: u32, body: &Body) -> (Executed, Met) {
        let opcode = body.opcode();
        let (read_bytes, write_bytes, matrix_rows, saturations) = (0, 0, 0, 0);
        let mut done =
            Executed { index, opcode, read_bytes, write_bytes, matrix_rows, saturations };
        let met = match body {
            Body::Load(body) => self.load(memory, body, &mut done),
            Body::Store(body) => self.store(memory, body, &mut done),
            Body::Matrix(body) => self.matrix(body, &mut done),
            Body::Post(body) => self.post(body, &mut done),
        };
        (done, met)
    }

    fn signal(&mut self, signals: &[Slot; 3]) -> Met {
        let overflow = self.semaphores.give(signals)?;
        Some((Cause::SemOverflow, u64::from(overflow)))
    }

    /// External addresses have as many bits as the bus.
    fn wrap_external(&self, addr: u64) -> u64 {
        addr & ((1 << self.config.bus.addr_bits) - 1)
    }
}
