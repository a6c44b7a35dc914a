//! The examples run, and what they compare is equal.

#![allow(dead_code)] // their `main`s

#[path = "../examples/around_fifo.rs"]
mod around_fifo;
#[path = "../examples/firmware.rs"]
mod firmware;

#[test]
fn a_firmware_around_two_of_our_arrays() {
    firmware::run();
}

#[test]
fn our_design_around_their_fifo() {
    around_fifo::run();
}
