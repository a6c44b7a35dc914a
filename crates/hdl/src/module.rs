//! The component trait and the entry point.

use crate::context::Context;
use crate::ports::Ports;
use crate::scope::Scope;
use seedbed_ir::{check, Code, Design, Diagnostic, ResetKind};
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::panic::Location;

/// A hardware component. The value holds its parameters; equal values are one Verilog module,
/// however many instances there are.
pub trait Module: Clone + Eq + Hash + Debug + 'static {
    /// The ports: a struct of [`Sig`](crate::Sig), [`Stream`](crate::Stream) and further such structs.
    type Io<'m>;

    /// The Verilog module name. It must differ between different parameters.
    fn name(&self) -> String;

    /// A comment printed above the Verilog module, without `//`.
    fn doc(&self) -> String {
        String::new()
    }

    /// Declares the ports. Called once for the module itself and once per instance, and must declare
    /// the same ports each time.
    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m>;

    /// Describes the hardware between the ports.
    fn build<'m>(&self, m: &'m Scope, io: Self::Io<'m>);
}

/// What a project decides once for all its modules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// How registers are reset.
    pub reset: ResetKind,
}

/// Builds `top` and everything below it into a checked netlist.
///
/// # Errors
/// All mistakes found, in the order they were met; one mistake repeated by a loop is listed once.
#[track_caller]
pub fn elaborate<M: Module>(top: &M, settings: &Settings) -> Result<Design, Vec<Diagnostic>> {
    let (design, mut mistakes) = Context::run(top, settings, Location::caller().into());
    let mut found = check::check(&design);
    if !mistakes.is_empty() {
        // The netlist of a wrong description need not be sound; its gaps and loops are still news.
        found.retain(|d| matches!(d.code, Code::Undriven | Code::Loop));
    }
    mistakes.extend(found);
    if mistakes.is_empty() {
        return Ok(design);
    }
    let mut seen = HashSet::new();
    mistakes.retain(|d| seen.insert((d.code, d.at, d.message.clone())));
    Err(mistakes)
}
