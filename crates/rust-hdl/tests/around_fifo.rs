//! The example runs, and what it compares is equal.

#[allow(dead_code)] // its `main`
#[path = "../examples/around_fifo.rs"]
mod around_fifo;

#[test]
fn our_design_around_their_fifo() {
    around_fifo::run();
}
