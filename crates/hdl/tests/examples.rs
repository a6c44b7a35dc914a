//! The examples run; each compares its simulation with a reference.

#[allow(dead_code)] // its `main`
#[path = "../examples/counter.rs"]
mod counter;
#[allow(dead_code)] // its `main`
#[path = "../examples/fifo.rs"]
mod fifo;
#[allow(dead_code)] // its `main`
#[path = "../examples/systolic.rs"]
mod systolic;

#[test]
fn counter_counts() {
    counter::run(4);
    counter::run(9);
}

#[test]
fn fifo_keeps_the_order() {
    fifo::run(2);
    fifo::run(16);
}

#[test]
fn systolic_array_multiplies() {
    systolic::run(4, 3);
    systolic::run(3, 9);
}
