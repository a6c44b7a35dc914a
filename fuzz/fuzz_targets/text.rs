//! Any text whatever: the parser of netlists does not panic, and what it reads is printed and read again.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run text`, with `crates/ir/tests/*.txt` as a first corpus.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seedbed_ir::{check, text};

fuzz_target!(|source: &str| {
    if let Ok(design) = text::parse(source) {
        let printed = text::print(&design);
        let again = text::parse(&printed).expect("what is printed is read back");
        assert_eq!(text::print(&again), printed);
        check::check(&design);
    }
});
