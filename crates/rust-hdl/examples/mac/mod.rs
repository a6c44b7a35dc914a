//! A small MAC array of ours, and the block that was generated from it.

pub mod design;
#[rustfmt::skip]
#[path = "generated/mac_array_l4.rs"]
pub mod generated;
