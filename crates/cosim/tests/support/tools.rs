//! What the surroundings offer.

#![allow(dead_code)] // every test program uses another part

use seedbed_cosim::toolchain::Toolchain;

/// Whether Verilator and a compiler are there; a skip is visible, and a failure where tools are required.
pub fn verilator() -> bool {
    let Err(error) = Toolchain::find() else { return true };
    let required = std::env::var("SEEDBED_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(!required, "{error}");
    println!("skipped: {error}");
    false
}

/// Whether tests that take minutes run too; a skip is visible.
pub fn slow(what: &str) -> bool {
    let slow = std::env::var("SEEDBED_SLOW").is_ok_and(|value| value == "1");
    if !slow {
        println!("skipped: {what}; SEEDBED_SLOW=1 runs it");
    }
    slow
}

/// Whether Icarus Verilog is there; a skip is visible, and a failure where tools are required.
pub fn icarus() -> bool {
    let found = std::process::Command::new("iverilog").arg("-V").output().is_ok();
    if !found {
        let required = std::env::var("SEEDBED_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
        assert!(!required, "iverilog is required by SEEDBED_REQUIRE_TOOLS=1 and not installed");
        println!("skipped: iverilog is not installed");
    }
    found
}
