//! Bit vectors of any width, and integers of a width that hardware chose.
//!
//! Hardware values are *bit vectors*: a width and that many bits, nothing else. [`Bits`] is exactly
//! that. Signedness is not part of the value; it is part of the type a value is read by
//! (`to_u64`, `to_i64`), because the same wires are read both ways in real designs.
//!
//! ```
//! use seedbed_bits::Bits;
//!
//! let wires = Bits::from_i128(200, -128); // wider than any integer of Rust
//! assert_eq!((wires.to_i64(), wires.bit(199)), (-128, true));
//! assert_eq!(format!("{:?}", Bits::from_u64(8, 0x180)), "8'h80"); // excess bits are cut
//! ```

mod bits;
mod integer;

pub use bits::Bits;
pub use integer::{saturate, sign_extend, signed_limits};
