//! Differential fuzzing: random modules in our simulator, Icarus and Verilator, and before and after each
//! pass: the same values in each cycle.
//!
//! `scripts/fuzz` runs a campaign; plain `cargo test` runs a few cases, without Verilator. A case that
//! differs is made small and written as text with the line that runs it again. `SEEDBED_SLOW=1` runs more
//! of what else is random here.

#[path = "../common/mod.rs"]
mod common;

mod backends;
mod bench;
mod campaign;
mod case;
mod decisions;
mod engines;
mod histogram;
mod inside;
mod panics;
mod plan;
mod plant;
mod selections;
mod shrink;
mod text;
mod verilator;

/// The first seeds: as `many` as that only where slow tests are wanted.
fn seeds(usual: u64, many: u64) -> Vec<u64> {
    let slow = std::env::var("SEEDBED_SLOW").as_deref() == Ok("1");
    (1..=if slow { many } else { usual }).collect()
}
