//! The examples run; each compares its simulation with a reference.

#![allow(clippy::duplicate_mod)] // each example has `support`

#[allow(dead_code)] // its `main`
#[path = "../examples/counter.rs"]
mod counter;
#[allow(dead_code)] // its `main`
#[path = "../examples/fifo.rs"]
mod fifo;
#[allow(dead_code)] // its `main`
#[path = "../examples/fir.rs"]
mod fir;
#[allow(dead_code)] // its `main`
#[path = "../examples/riscv.rs"]
mod riscv;
#[allow(dead_code)] // its `main`
#[path = "../examples/systolic.rs"]
mod systolic;
#[allow(dead_code)] // its `main`
#[path = "../examples/uart.rs"]
mod uart;

use std::path::PathBuf;

/// A folder of this test's own, and whether `file` in it has some content after `run`.
fn written(name: &str, file: &str, run: impl FnOnce(&PathBuf) -> std::io::Result<()>) -> bool {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    run(&folder).expect("the example writes its files");
    [file, "waves.vcd"]
        .iter()
        .all(|file| std::fs::metadata(folder.join(file)).is_ok_and(|metadata| metadata.len() > 500))
}

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

#[test]
fn uart_sends_and_receives() {
    let bytes: Vec<u8> = [0x00, 0xff, 0x55, 0x80, 0x01].into();
    assert!(written("uart", "uart_rx_d16.v", |folder| uart::run(folder, 16, b"Hello")));
    assert!(written("uart_fast", "uart_tx_d5.v", |folder| uart::run(folder, 5, &bytes)));
}

#[test]
fn fir_filters() {
    let symmetric = [-1, 4, 9, 4, -1];
    assert!(written("fir", "fir_s8_m1_4_9_4_m1.v", |folder| fir::run(folder, &symmetric)));
    assert!(written("fir_one", "fir_s8_m128.v", |folder| fir::run(folder, &[-128])));
}

#[test]
fn riscv_counts_primes() {
    assert!(written("riscv", "riscv_w1024.v", |folder| riscv::run(folder, 60)));
}
