//! Register tables: one description of a block's control and status registers, many readers.
//!
//! A [`Map`] lists 32-bit registers and their fields: where they are, who writes them, what they
//! reset to and what they mean. The hardware elaborates its register block from it, and the C
//! header, the Rust constants and the documentation page are printed from it.
//!
//! The key decision: a map is plain data that is *checked*, not a set of macros or a language of its
//! own. Nothing about a register is written twice, so software and hardware cannot disagree, and a
//! map that contradicts itself (overlaps, bits beyond the register, bad names) is reported in full
//! by [`Map::check`] before anything is generated from it.
//!
//! ```
//! use seedbed_regmap::{Access, Field, Map, Register};
//!
//! let map = Map::new("timer", "A timer.", vec![
//!     Register::new("CONTROL", 0x0, "Control.", vec![
//!         Field::new("start", 0, 1, Access::Pulse, "Starts the count."),
//!     ]),
//!     Register::new("COUNT", 0x4, "Clock cycles since the start.", vec![
//!         Field::new("value", 0, 32, Access::ReadOnly, "Cycles."),
//!     ]),
//! ]);
//! assert!(map.check().is_ok());
//! assert_eq!(map.addr_bits(), 3);
//! assert!(map.to_c_header("timer").contains("#define TIMER_COUNT_OFFSET 0x004u"));
//! ```

mod c_header;
mod check;
mod map;
mod markdown;
mod rust;

pub use check::Problem;
pub use map::{Access, Field, Map, Register};
