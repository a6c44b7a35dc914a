//! What a test bench is made of.

pub mod axi_checker;
pub mod memory;
pub mod rng;
