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
#[allow(dead_code)] // what no test calls
#[path = "../examples/support/mod.rs"]
mod support;
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
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("what an earlier run wrote is in the way");
    }
    run(&folder).expect("the example writes its files");
    [file, "waves.vcd"]
        .iter()
        .all(|file| std::fs::metadata(folder.join(file)).is_ok_and(|metadata| metadata.len() > 500))
}

#[test]
fn counter_counts() {
    counter::run(4).expect("sound");
    counter::run(9).expect("sound");
}

#[test]
fn fifo_keeps_the_order() {
    fifo::run(2).expect("sound");
    fifo::run(16).expect("sound");
}

#[test]
fn systolic_array_multiplies() {
    systolic::run(4, 3).expect("sound");
    systolic::run(3, 9).expect("sound");
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

#[test]
fn mistakes_are_failures() {
    let mistakes = counter::run(0).expect_err("a register has a bit");
    assert_eq!(mistakes[0].code, seedbed_hdl::Code::Parameter);
    let failed = support::sound(Err(mistakes)).expect_err("mistakes");
    assert_eq!(failed.to_string(), "the design has mistakes");
}
