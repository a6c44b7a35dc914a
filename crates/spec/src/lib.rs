//! What hardware, model and compiler all obey: configuration, commands, CSRs, numerics, timing.
pub mod access;
pub mod command;
pub mod config;
pub mod csr;
pub mod fault;
pub mod numerics;
pub mod program;
pub mod timing;
