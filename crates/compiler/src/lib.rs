//! Compiles graphs into programs for one accelerator: commands and a memory image.
//!
//! The chain of work is one file per stage. [`compile`] folds each layer's arithmetic into integer
//! parameters, plans how every layer is cut and where its operands lie in local memory (LM),
//! unrolls the plan into steps and loads, schedules them into one ring of commands, finds the
//! hazards between engines, and encodes.
//!
//! The key decision is that scheduling and synchronisation do not know each other. The scheduler
//! puts commands in an order that is correct when executed one by one; a separate pass then looks
//! only at the addresses that the finished commands read and write, and adds a semaphore wherever
//! two engines could meet out of order. So no tiling idea can forget a wait, and every program is
//! legal in ring order, which makes it free of deadlock at any queue depth.
//!
//! ```
//! use seedbed_compiler::{compile, Effort, Options};
//! use seedbed_model::{Activation, FullyConnected, Graph, Quantization};
//! use seedbed_spec::{numerics::Family, Config};
//!
//! let layer = FullyConnected {
//!     inputs: 2,
//!     outputs: 3,
//!     weights: vec![1, 2, 3, 4, 5, 6],
//!     weight_scales: vec![0.5],
//!     bias: vec![0, 10, -10],
//!     activation: Activation::None,
//! };
//! let code = Quantization { scale: 0.25, zero_point: 0 };
//! let graph = Graph::chain("example", 2, code).fully_connected(layer, code).finish()?;
//! let config = Config::preset("tiny").unwrap();
//! let program = compile(&graph, &config, &Options { family: Family::Ref, rows: 1, effort: Effort::default() })?;
//! // Load the input, load parameters and weights at once, multiply, requantise, store.
//! assert_eq!(program.commands.len(), 5);
//! assert_eq!(program.output.cols, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chain;
mod choose;
mod compile;
mod cut;
mod emit;
mod error;
mod fold;
mod footprint;
mod geometry;
mod link;
mod memory;
mod place;
mod plan;
mod planner;
mod price;
mod rehearsal;
mod ring;
mod steps;
mod sync;
mod weights;

pub use compile::{compile, Effort, Options};
pub use error::CompileError;
