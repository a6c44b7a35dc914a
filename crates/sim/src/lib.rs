//! In-process simulator of the netlist.
//!
//! It exists so that a test of a component needs no other tool and starts in microseconds, and so that
//! millions of cycles of a whole accelerator can be compared with the golden model in a test run.
//!
//! The one key decision: **one flat schedule of vector operations**. The hierarchy is dissolved (ports,
//! wires, instance outputs and casts are aliases of their driver and cost nothing), every value gets a
//! slot of one array, and operations of equal kind at an equal level become one loop that writes
//! neighbouring slots. A 64x64 array then is a handful of loops of 4,096 elements and not 4,096 copies
//! of straight-line code, which would take long to build and fall out of the instruction cache.
//! Operations on registers run after a clock edge; those that a top input reaches are kept apart, so
//! that changing an input runs no others; what only an observer reads runs when he looks.
//!
//! ```
//! use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig};
//! use seedbed_sim::Simulator;
//!
//! /// Counts the cycles in which `en` is high.
//! #[derive(Clone, PartialEq, Eq, Hash, Debug)]
//! struct Counter;
//!
//! impl Module for Counter {
//!     type Io<'m> = (Sig<'m>, Sig<'m>);
//!
//!     fn name(&self) -> String {
//!         "counter".into()
//!     }
//!
//!     fn io<'m>(&self, p: &Ports<'_, 'm>) -> (Sig<'m>, Sig<'m>) {
//!         (p.input("en", bit()), p.output("count", uint(8)))
//!     }
//!
//!     fn build<'m>(&self, m: &'m Scope, (en, out): (Sig<'m>, Sig<'m>)) {
//!         let count = m.reg("count_q", uint(8), 0);
//!         m.when(en, || count.set(count.wrapping_add(1)));
//!         out.set(count);
//!     }
//! }
//!
//! let design = elaborate(&Counter, &Settings::default()).unwrap();
//! let mut sim = Simulator::new(&design);
//! let [rst_n, en] = ["rst_n", "en"].map(|name| sim.input(name).unwrap());
//! let count = sim.output("count").unwrap();
//! sim.set(rst_n, 1);
//! sim.set(en, 1);
//! sim.tick();
//! sim.tick();
//! sim.set(en, 0);
//! sim.tick();
//! assert_eq!(sim.get(count), 2);
//! assert_eq!(sim.peek("count_q").unwrap().to_u64(), 2);
//! ```
//!
//! # Lanes and back ends
//!
//! [`Simulator::with`] simulates up to 64 independent stimuli side by side, and can have the design
//! compiled: [`Backend::Compiled`] writes C loops over instance arrays, has the system's compiler build
//! them and keeps the result. Every lane of either is cycle by cycle what a simulator of its own would be.
//! [`Backend::Auto`] starts at once in the interpreter and goes over to the compiled program when the run
//! turns out to be long; without a C compiler it stays where it is.
//!
//! # Semantics
//!
//! Values are two-state. Everything is zero at power-up, so an active-low reset is on until the bench
//! sets its port. An asynchronous reset acts at once, however short it is on, a synchronous one at the
//! edge. [`Simulator::tick`] is a rising edge of all clocks: registers and memories see the values of
//! before it. Values settle when somebody reads them; whether somebody does changes nothing.
//!
//! What is on a gated clock keeps its state at edges at which neither enable of its gate is 1: the simulator
//! runs what the pass `lower_gate` makes of the design, so an instance on a gated clock has one more input
//! in waves, `clk_en`.
//!
//! A design with black boxes needs a model of each: see [`black_box`].

pub mod bench;
pub mod black_box;
mod coverage;
mod edge;
mod flatten;
mod gates;
mod graph;
mod kernel;
mod machine;
mod memory;
mod names;
mod narrow;
mod native;
mod options;
mod properties;
mod schedule;
mod simulator;
mod successor;
mod tree;
mod waves;
mod wide;
mod xcheck;

pub use coverage::{Coverage, MergeError, Missing, Share, Summary, Thresholds, Toggles};
pub use options::{Backend, SimOptions};
pub use properties::{CoverPoint, Failure};
pub use seedbed_ir::Bits;
pub use simulator::{PortHandle, Simulator, Size};
pub use xcheck::{XCheck, XDifference, XSource};

/// The page on testing in the book: its examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/testing.md")]
mod book {}
