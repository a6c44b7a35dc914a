//! Predicts when each command of a job starts and ends, cycle by cycle.
//!
//! [`crate::machine`] says what a program computes; this says how long it takes. It follows requests,
//! beats and rows, never data: every engine is a small state machine that does per cycle what the
//! hardware does per cycle, with the latencies of [`seedbed_spec::timing`]. It shares no code with the
//! generator, so where RTL and prediction agree both have understood the same design.
//!
//! Cycles are counted as the CSR `CYCLES` counts them: in the cycle in which the doorbell is taken it is
//! 0, in the next one 1. A command **starts** in the cycle in which FRONT hands it to its engine, and
//! **ends** in the cycle in which it retires: its signals are given and its stamp is written, with the
//! value given here. A job's cycles are the value of `CYCLES` when the interrupt is there.
//!
//! The prediction is for a job that begins on an idle core, with one doorbell, and meets no fault.
//!
//! ```
//! use seedbed_golden::cycles::{predict, External};
//! use seedbed_spec::command::{encode, Body, Header, Move};
//! use seedbed_spec::Config;
//!
//! let small = Config::preset("small").unwrap();
//! let load = encode(&Header::default(), &Body::Load(Move::contiguous(0x1000, 0, 1024))).unwrap();
//! let near = predict(&small, &[load], External::new(1)).unwrap();
//! let far = predict(&small, &[load], External::new(100)).unwrap();
//! // 99 cycles more until the command is there, and again until its data come.
//! assert_eq!(far.commands[0].start, near.commands[0].start + 99);
//! assert_eq!(far.cycles, near.cycles + 2 * 99);
//! ```

mod core;
mod dma;
mod external;
mod front;
mod load;
mod local;
mod masters;
mod matrix;
mod post;
mod store;
#[cfg(test)]
mod tests;
mod tiles;

use std::collections::BTreeMap;

use seedbed_spec::command::{decode_checked, Command};
use seedbed_spec::Config;
use thiserror::Error;

pub use external::{External, Holds};

use self::core::Core;

/// When a command runs, in values of the CSR `CYCLES`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The cycle in which its engine takes it.
    pub start: u64,
    /// The cycle in which it retires.
    pub end: u64,
}

/// The time that a job takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// The commands, in ring order.
    pub commands: Vec<Span>,
    /// The whole job: the CSR `CYCLES` at its end.
    pub cycles: u64,
    /// What the CSR `STAMP` of each number that a command names holds at the end.
    pub stamps: BTreeMap<u8, u64>,
}

/// Why a job has no prediction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unpredictable {
    /// A command is not legal.
    #[error("command {command} has an illegal field at bit {lsb}: let the compiler or spec::command::encode make it")]
    Illegal {
        /// The command.
        command: usize,
        /// The field's least significant bit.
        lsb: u32,
    },
    /// A command waits for ever.
    #[error("command {command} waits for ever: correct its semaphores")]
    Deadlock {
        /// The command.
        command: usize,
    },
}

/// Predicts a job of these commands on a core whose semaphores are zero. For a later job of a core that
/// kept some: [`Machine::predict`](crate::machine::Machine::predict).
///
/// # Errors
/// When a command is illegal or waits for ever.
pub fn predict(
    config: &Config,
    commands: &[Command],
    external: External,
) -> Result<Prediction, Unpredictable> {
    predict_from([0; SEMAPHORES], config, commands, external)
}

/// Semaphores that a command can name.
pub const SEMAPHORES: usize = 32;

/// [`predict`] on a core with these counts of semaphores.
///
/// # Errors
/// As [`predict`].
pub fn predict_from(
    semaphores: [u8; SEMAPHORES],
    config: &Config,
    commands: &[Command],
    external: External,
) -> Result<Prediction, Unpredictable> {
    let decode = |(command, word)| {
        decode_checked(word, config)
            .map_err(|illegal| Unpredictable::Illegal { command, lsb: illegal.lsb })
    };
    let decoded: Result<Vec<_>, _> = commands.iter().enumerate().map(decode).collect();
    Core::new(config, &decoded?, semaphores, external).run()
}
