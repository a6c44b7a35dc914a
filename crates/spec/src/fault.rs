//! Faults: what the hardware records about the first command that went wrong.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who found the fault. The discriminant is the code in the CSR `FAULT_INFO.engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Engine {
    /// Fetches, checks and dispatches commands; keeps the semaphores.
    Front = 0,
    /// External memory to LM.
    Load = 1,
    /// LM to external memory.
    Store = 2,
    /// LM to partial sums.
    Matrix = 3,
    /// Partial sums to LM.
    Post = 4,
}

impl Engine {
    /// Every engine, in the order of its code.
    pub const ALL: [Engine; 5] =
        [Engine::Front, Engine::Load, Engine::Store, Engine::Matrix, Engine::Post];

    /// The engines that execute commands.
    pub const EXECUTING: [Engine; 4] = [Engine::Load, Engine::Store, Engine::Matrix, Engine::Post];

    /// The code in the CSR.
    pub fn code(self) -> u32 {
        self as u32
    }

    /// The engine of a code.
    pub fn from_code(code: u32) -> Option<Engine> {
        Self::ALL.into_iter().find(|engine| engine.code() == code)
    }

    /// The name, upper case.
    pub fn name(self) -> &'static str {
        ["FRONT", "LOAD", "STORE", "MATRIX", "POST"][self as usize]
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a command failed. The discriminant is the code in the CSR `FAULT_INFO.cause`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// A field of the command is not legal. Address: the field's least significant bit.
    Illegal = 1,
    /// A local memory address beyond its size. Address: the first one, in bytes.
    RangeLm = 2,
    /// A partial sum row beyond their number. Address: the first one.
    RangePs = 3,
    /// An error response to a read of external memory. Address: the command's `ext_addr`.
    BusRead = 4,
    /// An error response to a write of external memory. Address: the command's `ext_addr`.
    BusWrite = 5,
    /// A signal raised a semaphore beyond 255. Address: the semaphore.
    SemOverflow = 6,
    /// A wait that nothing can meet any more. Address: the semaphore.
    Deadlock = 7,
    /// An error response to a read of the command ring. Address: 0.
    Fetch = 8,
    /// A transfer or the command ring leaves its [window](crate::window). Address: the first one
    /// outside, in bytes; FRONT: the command's.
    Window = 9,
    /// External memory did not answer for as many cycles as the CSR `WATCHDOG` says. Address: what it
    /// owes, a bit per [channel](CHANNELS).
    Watchdog = 10,
}

/// AXI channels, in the order of their bits in the address of [`Cause::Watchdog`].
pub const CHANNELS: [&str; 5] = ["AR", "R", "AW", "W", "B"];

impl Cause {
    /// Every cause, in the order of its code.
    pub const ALL: [Cause; 10] = [
        Cause::Illegal,
        Cause::RangeLm,
        Cause::RangePs,
        Cause::BusRead,
        Cause::BusWrite,
        Cause::SemOverflow,
        Cause::Deadlock,
        Cause::Fetch,
        Cause::Window,
        Cause::Watchdog,
    ];

    /// The code in the CSR; 0 means no fault.
    pub fn code(self) -> u32 {
        self as u32
    }

    /// The cause of a code.
    pub fn from_code(code: u32) -> Option<Cause> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// The name, upper case.
    pub fn name(self) -> &'static str {
        let names = ["ILLEGAL", "RANGE_LM", "RANGE_PS", "BUS_READ", "BUS_WRITE", "SEM_OVERFLOW"];
        let rest = ["DEADLOCK", "FETCH", "WINDOW", "WATCHDOG"];
        names.iter().chain(&rest).nth(self as usize - 1).copied().unwrap_or_default()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The record of a job's first fault in ring order: the CSRs `FAULT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FaultRecord {
    /// The command's number within its job, from 0.
    pub index: u32,
    /// Who found it.
    pub engine: Engine,
    /// Why.
    pub cause: Cause,
    /// Where; its meaning depends on the cause.
    pub address: u64,
}

impl fmt::Display for FaultRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command {}: {}: {}", self.index, self.engine, self.cause)?;
        match self.cause {
            Cause::Illegal => write!(f, " field at bit {}", self.address),
            Cause::RangeLm | Cause::Window => write!(f, " at byte {:#x}", self.address),
            Cause::RangePs => write!(f, " at row {}", self.address),
            Cause::BusRead | Cause::BusWrite => write!(f, " from {:#x}", self.address),
            Cause::SemOverflow | Cause::Deadlock => write!(f, " on semaphore {}", self.address),
            Cause::Fetch => Ok(()),
            Cause::Watchdog => {
                let owed = |bit: &usize| self.address >> bit & 1 == 1;
                let names: Vec<_> = (0..5).filter(owed).map(|bit| CHANNELS[bit]).collect();
                match names.is_empty() {
                    true => Ok(()),
                    false => write!(f, " waiting on {}", names.join(", ")),
                }
            }
        }
    }
}
