//! How to simulate.

/// What runs a design.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Backend {
    /// Vector operations over arrays of values. Ready at once, needs nothing.
    #[default]
    Interpreter,
    /// C loops built by the system's compiler (`$CC`, cc, gcc or clang) and kept in a cache
    /// (`$SEEDBED_CACHE`, else `~/.cache/seedbed`). Where that fails the interpreter runs, and
    /// [`Simulator::fallback`](crate::Simulator::fallback) says why.
    Compiled,
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
