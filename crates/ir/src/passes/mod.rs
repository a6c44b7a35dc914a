//! Passes: rewrites of a design that keep what it computes.
//!
//! A pass is one file here and one line in [`ALL`]; its tests are files in `tests/passes/NAME`. Every
//! pass takes a checked design and leaves a checked design with the same ports, which does the same in
//! every cycle. Names of registers, wires, memories and values are kept as far as what they name is.

mod dead;
mod eval;
mod flatten;
mod fold;
mod lower_gate;
mod lower_mem;

pub use dead::{sweep, Dead};
pub use flatten::Flatten;
pub use fold::Fold;
pub use lower_gate::LowerGate;
pub use lower_mem::LowerMem;

use crate::module::Design;

/// A rewrite of a design.
pub trait Pass {
    /// Its name, also that of its folder of tests.
    const NAME: &'static str;
    /// What it does, in one line.
    const DESCRIPTION: &'static str;
    /// Rewrites `design`, which has passed the checks.
    fn run(&self, design: &mut Design);
}

/// A line of the table of passes.
#[derive(Clone, Copy)]
pub struct Entry {
    /// [`Pass::NAME`].
    pub name: &'static str,
    /// [`Pass::DESCRIPTION`].
    pub description: &'static str,
    /// [`Pass::run`] with the usual settings.
    pub run: fn(&mut Design),
}

/// The line of pass `P`.
const fn entry<P: Pass>(run: fn(&mut Design)) -> Entry {
    Entry { name: P::NAME, description: P::DESCRIPTION, run }
}

/// All passes, with their usual settings.
pub const ALL: &[Entry] = &[
    // Simplification.
    entry::<Fold>(|design| Fold.run(design)),
    entry::<Dead>(|design| Dead.run(design)),
    // Lowering.
    entry::<LowerMem>(|design| LowerMem::default().run(design)),
    entry::<LowerGate>(|design| LowerGate.run(design)),
    // Structure.
    entry::<Flatten>(|design| Flatten.run(design)),
];
