//! In-process simulator of the IR.
mod edge;
mod flatten;
mod graph;
mod kernel;
mod memory;
mod names;
mod narrow;
mod schedule;
mod simulator;
mod tree;
mod waves;
mod wide;

pub use seedbed_ir::Bits;
pub use simulator::{PortHandle, Simulator};
