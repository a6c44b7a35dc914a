//! Reusable hardware components: buffers, arbiters, AXI masters and register blocks.
//!
//! Every part is a value that implements [`Module`](seedbed_hdl::Module): its fields are its
//! parameters, `io` names its ports, `build` describes it. One part is one file, which opens with the
//! port table and the timing, and ends with tests that simulate it.
//!
//! The one key decision: **everything that waits is a stream** (`valid`, `ready`, `data`; a transfer
//! happens in a cycle where both are high), and a part that starts something it cannot stop, such as a
//! read burst, **reserves the space for the answer first**. So no part ever overflows, no part ever
//! holds up a shared bus, and parts compose without knowing each other's depth.
//!
//! ```
//! use seedbed_hdl::{elaborate, uint, Settings};
//! use seedbed_parts::Fifo;
//!
//! let fifo = Fifo { ty: uint(64), depth: 128 };
//! let design = elaborate(&fifo, &Settings::default()).unwrap();
//! assert_eq!(design.top().name, "fifo_u64_d128");
//! assert_eq!(design.top().mems.len(), 1);
//! ```

pub mod arbiter;
pub mod axi;
pub mod cdc;
pub mod counter;
pub mod fifo;
pub mod flow;
pub mod registers;
pub mod skid;

#[cfg(test)]
mod bench;

pub use arbiter::{priority, RoundRobin};
pub use counter::up_down;
pub use fifo::{Fifo, FifoIo};
pub use flow::{FlowFifo, FlowFifoIo};
pub use registers::{RegisterBlock, RegisterBlockIo};
pub use skid::{Skid, SkidIo};
