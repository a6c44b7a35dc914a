//! Bit-accurate golden models: what the hardware must compute, byte for byte.
//!
//! Two models, which share nothing but the rounding rules, because each guards against a different
//! mistake. [`graph`] runs a network on whole tensors and knows neither tiles nor commands: it says
//! what the network means. [`machine`] executes the compiled commands on the memories that the
//! hardware has: it says what the program means. If they differ the compiler is wrong; if the
//! hardware differs from [`machine`] the hardware is wrong.
//!
//! [`machine`] executes one command after the other; [`overlap`] says whether a program means the same
//! when the engines run ahead of each other, and [`cycles`] when each command starts and ends.

pub mod cycles;
pub mod graph;
pub mod machine;
pub mod overlap;
