//! Bit vectors of any width, and the rounding and saturation rules built on integers.
//!
//! Hardware values are *bit vectors*: a width and that many bits, nothing else. [`Bits`] is exactly
//! that. Signedness is not part of the value; it is part of the type a value is read by
//! (`to_u64`, `to_i64`), because the same wires are read both ways in real designs.

mod bits;

pub use bits::Bits;
