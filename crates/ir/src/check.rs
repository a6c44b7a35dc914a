//! Checks of a whole design, run before emission and simulation.

use crate::diagnostic::Diagnostic;
use crate::module::Design;

/// All mistakes of `design`.
pub fn check(_design: &Design) -> Vec<Diagnostic> {
    Vec::new()
}
