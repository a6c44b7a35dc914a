//! The text form of a design.
