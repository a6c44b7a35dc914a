//! In-process simulator of the IR
