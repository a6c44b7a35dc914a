//! The example runs, and what it compares is equal.

#[allow(dead_code)] // its `main`
#[path = "../examples/firmware.rs"]
mod firmware;

#[test]
fn a_firmware_around_two_of_our_arrays() {
    firmware::run();
}
