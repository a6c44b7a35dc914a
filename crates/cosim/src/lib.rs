//! Co-simulation: generated RTL against external memory, a host and the golden models.
//!
//! The one key decision: **the bench is written once, in Rust, against [`Dut`]** (limbs in, limbs out,
//! one clock). The built-in simulator and a Verilated shared library both implement it, so memory
//! latencies, stalls, register accesses and comparisons are the same cycle by cycle and a difference
//! between two runs can only come from the RTL or its simulator.

pub mod divergence;
pub mod duel;
pub mod dut;
pub mod harness;
// One file with `cargo bench -p seedbed-sim`, which so needs no dependency on this crate.
#[path = "../../sim/benches/hdl/measure/mod.rs"]
pub mod hdl_bench;
pub mod job;
mod pins;
pub mod random;
pub mod rtl;
mod shared_library;
pub mod shrink;
pub mod simulated;
pub mod stand_alone;
pub mod tally;
pub mod toolchain;
pub mod verilator;

pub use duel::{Duel, Mismatch};
pub use dut::{Dut, Layout};
pub use harness::{Harness, HarnessError};
pub use job::{Host, JobReport};
pub use memory::{ExternalMemory, MemoryTiming};
pub use rtl::Rtl;
pub use seedbed_hdl::Diagnostic;
pub use seedbed_ir as netlist;
pub use seedbed_sim::bench::{axi_checker, memory, rng};
pub use seedbed_verilog::sram::Table as MacroTable;
pub use seedbed_verilog::Options as PrintOptions;
pub use seedbed_verilog::{core_file, emit, sdc, Core, Dialect, SourceFile, Timing};
