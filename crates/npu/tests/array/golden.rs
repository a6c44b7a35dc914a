//! The Verilog of a systolic array, as committed in `tests/array/golden`; `BLESS=1` rewrites it.

use super::config;
use seedbed_hdl::{elaborate, Settings};
use seedbed_npu::matrix::MacArray;
use seedbed_spec::config::{Cut, Kind};
use seedbed_verilog::{emit, Options};
use std::path::PathBuf;

#[test]
fn the_text_is_as_committed() {
    let array = MacArray::new(&config(Kind::Systolic, 4, 4, &[Cut::Product]));
    let design = elaborate(&array, &Settings::default()).expect("an array");
    let options = Options { header: vec!["Seedbed, golden file".into()], ..Options::default() };
    let files = emit(&design, &options);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/array/golden");
    if std::env::var("BLESS").as_deref() == Ok("1") {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the golden folder is writable");
        for file in &files {
            std::fs::write(folder.join(&file.name), &file.text).expect("a golden file");
        }
    }
    let committed = std::fs::read_dir(&folder).map(|d| d.count()).unwrap_or(0);
    assert_eq!(committed, files.len(), "other files than committed; see BLESS=1");
    for file in &files {
        let golden = std::fs::read_to_string(folder.join(&file.name)).unwrap_or_default();
        assert!(golden == file.text, "{} differs; now:\n{}", file.name, file.text);
    }
}

/// Rows share elements: their number grows with the logarithm of the rows.
#[test]
fn a_high_column_needs_few_modules() {
    let names = |rows| {
        let array = MacArray::new(&config(Kind::Systolic, rows, 4, &[]));
        let design = elaborate(&array, &Settings::default()).expect("an array");
        let names = design.modules.values().filter(|m| m.name.starts_with("systolic_pe"));
        names.count()
    };
    assert_eq!([2, 4, 16, 256].map(names), [2, 4, 8, 16]);
}
