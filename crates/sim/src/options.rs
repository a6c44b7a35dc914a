//! How to simulate.

/// What runs a design.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Backend {
    /// Vector operations over arrays of values. Ready at once, needs nothing.
    #[default]
    Interpreter,
    /// C loops built by the system's compiler (`$CC`, which may have arguments, else cc, gcc or clang) in
    /// at most 10 minutes and kept in a cache (`$SEEDBED_CACHE`, else `~/.cache/seedbed`) until 30 days
    /// after the last use. Where that fails the interpreter runs, and
    /// [`Simulator::fallback`](crate::Simulator::fallback) says why.
    Compiled,
    /// The interpreter at first. A run that gets long (20,000 clock edges, times lanes) has the program
    /// compiled beside itself, and at the first clock edge after that is done it takes over, state
    /// and all; results are the same. Not while waves are written or toggles are collected, nor where
    /// compiling fails: see [`Simulator::fallback`](crate::Simulator::fallback).
    Auto,
}

/// Options of [`Simulator::with`](crate::Simulator::with).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SimOptions {
    /// What runs the design.
    pub backend: Backend,
    /// Independent stimuli that are simulated side by side, 1 to 64. Each has its own inputs, registers
    /// and memories. Powers of two fill the processor's vectors best.
    pub lanes: usize,
}

impl Default for SimOptions {
    fn default() -> Self {
        SimOptions { backend: Backend::default(), lanes: 1 }
    }
}
