//! The text form of a design: for golden files, for reading what a pass did.
//!
//! Everything but source locations is printed, one item a line, in the order of the arenas. Nodes are
//! called `%0`, `%1`, ...; everything else by its name. A comment stands above what it is about.
//!
//! ```text
//! module counter {
//!   doc "Counts the cycles in which `en` is high."
//!   input clk: clock
//!   input rst_n: reset
//!   input en: u1
//!   output count: u8 = %3
//!   enum state: u2 { idle = 2'h0, run = 2'h1 }
//!   reg state_q: u2 labels state clock clk next %5
//!   reg count_q: u8 clock clk reset async_low rst_n 8'h00 enable %2 next %5
//!   %2 = port en : u1
//!   ...
//! }
//! ```

mod print;
mod words;

pub use print::print;
