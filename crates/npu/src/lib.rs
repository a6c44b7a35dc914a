//! The accelerator generator: a [`Config`](seedbed_spec::Config) in, a netlist of a whole core out.
//!
//! The one key decision: **engines know nothing of each other.** Each takes 384-bit command bodies from
//! FRONT, one after the other, reports one completion per command in order, and touches the memories
//! through ports of fixed meaning; order between engines is made by semaphores alone, which FRONT
//! keeps. So an engine can run ahead as far as its data allow, a new engine is one more queue, and an
//! engine can be tested with nothing but a stream of commands.
//!
//! ```
//! use seedbed_hdl::{elaborate, Settings};
//! use seedbed_npu::Npu;
//! use seedbed_spec::Config;
//!
//! let config = Config::preset("tiny").unwrap();
//! let design = elaborate(&Npu { config }, &Settings::default()).unwrap();
//! assert_eq!(design.top().name, "seedbed_tiny");
//! ```

mod bank;
mod body;
pub mod bus_watch;
pub mod dma;
pub mod front;
pub mod lm;
pub mod load;
pub mod matrix;
mod operand;
pub mod post;
pub mod ps;
mod range;
mod stage;
pub mod store;
pub mod tile_loader;
pub mod top;
pub mod window;

pub use top::Npu;
