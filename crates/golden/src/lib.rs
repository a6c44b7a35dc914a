//! Bit-accurate golden models
