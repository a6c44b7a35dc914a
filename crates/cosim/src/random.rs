//! Random legal programs on random legal configurations.
//!
//! A [`Case`] is everything a run depends on: a configuration, the contents and the timing of external
//! memory, and jobs of commands. It comes from a seed ([`generate`]) or from a file, it is checked
//! ([`Case::golden`]), run ([`crate::duel`]) and made smaller when it fails ([`crate::shrink`]).
//!
//! Commands are random at the level of their fields, not of networks, so shapes, strides, overlaps and
//! orders occur that no compiler would emit. What makes a program *legal* is little: fields inside their
//! ranges, addresses inside the memories, nothing read that was never written, and semaphores that order
//! the engines wherever they meet. The generator makes the first three by construction and a
//! synchroniser of its own ([`links`]) the last; `golden::overlap` confirms it for every program.
//!
//! ```
//! use seedbed_cosim::random::{generate, Options};
//! use seedbed_spec::Config;
//!
//! let case = generate(&Config::preset("tiny").unwrap(), &Options { seed: 7, ..Options::default() });
//! let golden = case.golden().expect("a legal case");
//! assert_eq!(golden.jobs.len(), case.jobs.len());
//! assert_eq!(case, generate(&case.config, &Options { seed: 7, ..Options::default() }));
//! ```

mod bodies;
pub mod case;
mod compiled;
mod config;
mod damage;
mod golden;
mod image;
pub mod links;
mod programs;
mod written;

pub use case::{Case, Damage, Item, Job, MemoryMap};
pub use config::random_config;
pub use damage::CAUSES;
pub(crate) use golden::put_ring;
pub use golden::{Golden, GoldenJob, Invalid};
pub use programs::{generate, Options};
pub(crate) use written::Written;
