//! Wrong uses of the words of the language.

use crate::*;

mod bundles;
mod enums;
mod rendered;
mod values;

/// Compares a whole text with the snapshot `name`.
#[track_caller]
fn compare_text(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/diagnostics/snapshots/{name}.txt"));
    if std::env::var("BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(&file, text).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "{} differs; BLESS=1 rewrites it", file.display());
}
