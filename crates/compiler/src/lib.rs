//! Compiles graphs to command streams
