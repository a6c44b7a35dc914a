//! The compiled program that takes over a simulation which started in the interpreter.
//!
//! The rule of [`Backend::Auto`](crate::Backend::Auto): a compiler needs about as long as the interpreter
//! for some ten thousand cycles, whatever the size of the design. A run that has proved to be longer
//! than [`COMPILE_AFTER`] starts one beside itself and goes on; at the first clock edge after it is ready
//! the compiled program takes over inputs, registers and memories.

use crate::native::{Native, Netlist};
use std::thread::{Builder, JoinHandle};

/// Clock edges, times lanes, after which the compiler is started.
pub(crate) const COMPILE_AFTER: u64 = 20_000;

/// A compiled program that is to come.
pub(crate) enum Successor {
    /// It runs, or there is none.
    None,
    /// The compiler was not started yet.
    Planned(Box<Plan>),
    /// The compiler is at work.
    Building(JoinHandle<Result<Native, String>>),
}

/// What the compiler is asked for.
pub(crate) struct Plan {
    pub net: Netlist,
    pub lanes: usize,
    /// The interpreter's slot of each value.
    pub slots: Vec<u32>,
}

impl Plan {
    /// Writes, compiles and loads the program.
    ///
    /// # Errors
    /// As for [`Native::new`].
    pub fn build(&self) -> Result<Native, String> {
        Native::new(&self.net, self.lanes, &self.slots)
    }
}

impl Successor {
    /// After `cycles` clock edges: starts the compiler when it is time; gives the program, once, when it
    /// is ready.
    pub fn poll(&mut self, cycles: u64) -> Option<Result<Native, String>> {
        match self {
            Successor::None => None,
            Successor::Planned(plan) if cycles * (plan.lanes as u64) < COMPILE_AFTER => None,
            Successor::Planned(_) => self.start().err().map(Err),
            Successor::Building(job) if !job.is_finished() => None,
            Successor::Building(_) => self.wait(),
        }
    }

    /// The program, as soon as the compiler has it; `None` when there is none to come.
    pub fn wait(&mut self) -> Option<Result<Native, String>> {
        match std::mem::replace(self, Successor::None) {
            Successor::None => None,
            Successor::Planned(plan) => Some(plan.build()),
            Successor::Building(job) => {
                Some(job.join().unwrap_or_else(|_| Err("the compiler's thread failed".into())))
            }
        }
    }

    fn start(&mut self) -> Result<(), String> {
        if let Successor::Planned(plan) = std::mem::replace(self, Successor::None) {
            let thread = Builder::new().name("seedbed-compile".into());
            let job = thread.spawn(move || plan.build());
            *self = Successor::Building(job.map_err(|e| format!("no thread to compile in: {e}"))?);
        }
        Ok(())
    }
}
