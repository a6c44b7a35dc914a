//! The blocks in `examples/mac/generated` are what the emitter writes today. `BLESS=1` rewrites them.

use seedbed_hdl::{elaborate, Module, Settings};
use seedbed_verilog::{rust_hdl, Options};
use std::path::Path;

#[path = "../examples/mac/design.rs"]
mod design;

use design::MacArray;

fn compare(module: &impl Module) {
    let design = elaborate(module, &Settings::default()).expect("a correct design");
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mac/generated");
    for file in rust_hdl(&design, &Options::default()).expect("names that Rust takes") {
        let path = dir.join(&file.name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &file.text).expect("a file that can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == file.text, "{} is old: run this test with BLESS=1", path.display());
    }
}

#[test]
fn the_blocks_of_the_examples_are_current() {
    compare(&MacArray { lanes: 4 });
}
