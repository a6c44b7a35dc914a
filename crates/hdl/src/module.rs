//! The component trait and the entry point.

use crate::context::Context;
use crate::ports::Ports;
use crate::scope::Scope;
use seedbed_ir::{check, Code, Design, Diagnostic, Loc, ResetKind};
use std::collections::{HashMap, HashSet};
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
    /// What the design is for.
    pub profile: Profile,
}

/// What a design is for: which parts it may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Profile {
    /// Anything; FPGAs take all parts.
    #[default]
    Any,
    /// A chip: a part that works in FPGAs only is E0030.
    TapeOut,
}

/// Builds `top` and everything below it into a checked netlist.
///
/// # Errors
/// All mistakes found, in the order of the source; one mistake repeated by a loop is listed once.
/// [`render`](crate::render) shows them with the lines they speak of.
#[track_caller]
pub fn elaborate<M: Module>(top: &M, settings: &Settings) -> Result<Design, Vec<Diagnostic>> {
    let (design, mut mistakes, instances) = Context::run(top, settings, Location::caller().into());
    let mut found = check::check(&design);
    if !mistakes.is_empty() {
        // The netlist of a wrong description need not be sound; its gaps and loops are still news, and
        // its crossings, unless a refused parameter put something into another domain.
        let domains_are_right = !mistakes.iter().any(|d| d.code == Code::Parameter);
        found.retain(|d| match d.code {
            Code::Undriven | Code::Loop => true,
            Code::Crossing | Code::Synchroniser | Code::ResetCrossing => domains_are_right,
            _ => false,
        });
    }
    mistakes.extend(found);
    if mistakes.is_empty() && settings.profile == Profile::TapeOut {
        mistakes.extend(check::tape_out(&design));
    }
    if mistakes.is_empty() {
        return Ok(design);
    }
    let mut seen = HashSet::new();
    mistakes.retain(|d| seen.insert((d.code, d.at, d.message.clone())));
    mistakes.iter_mut().for_each(|mistake| add_instances(mistake, &instances));
    mistakes.sort_by_key(|d| (d.at == Loc::NOWHERE, d.at, d.code));
    Err(mistakes)
}

/// Notes where the instances around a mistake were made, innermost first.
fn add_instances(mistake: &mut Diagnostic, instances: &HashMap<String, Loc>) {
    let path = mistake.path.clone();
    let ends = path.match_indices('.').skip(1).map(|(end, _)| end).chain([path.len()]);
    for end in ends.collect::<Vec<_>>().into_iter().rev().take(MOST_INSTANCES) {
        let name = path[..end].rsplit('.').next().unwrap_or_default();
        let known = |at: Loc| mistake.at == at || mistake.notes.iter().any(|(_, n)| *n == Some(at));
        if let Some(&at) = instances.get(&path[..end]).filter(|at| !known(**at)) {
            mistake.notes.push((format!("`{name}` is instantiated here"), Some(at)));
        }
    }
}

/// Deeper nesting is told by the path alone.
const MOST_INSTANCES: usize = 4;
