//! Differential fuzzing: random modules in our simulator, Icarus and Verilator, and before and after each
//! pass: the same values in each cycle.
//!
//! `scripts/fuzz` runs a campaign; plain `cargo test` runs a few cases, without Verilator. A case that
//! differs is made small and written as text with the line that runs it again.

#[path = "../common/mod.rs"]
mod common;

mod bench;
mod campaign;
mod case;
mod engines;
mod histogram;
mod inside;
mod plan;
mod plant;
mod shrink;
mod verilator;
