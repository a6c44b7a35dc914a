//! The netlist: what a builder records, what passes rewrite, what the emitter prints and the
//! simulator runs.
//!
//! The one key decision: **a module is flat arenas of small nodes addressed by `u32` entities**, and
//! every meaning is local to a node (`Op` and result type). There is no control flow, no scoping and
//! no implicit width rule: conditional assignment has become multiplexers, and every operator computes
//! at the width its node states. So an emitter, a simulator and a checker each need one `match`.
//!
//! Hierarchy is kept: a [`Design`] is a list of modules, children before parents, and equal components
//! are one module however many instances there are.

pub mod check;
pub mod diagnostic;
pub mod entity;
pub mod module;
pub mod name;
pub mod text;
pub mod ty;

pub use diagnostic::{Code, Diagnostic, Loc};
pub use entity::{Arena, Entity};
pub use module::*;
pub use seedbed_bits::Bits;
pub use ty::Ty;
