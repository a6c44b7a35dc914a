//! The codes as the book lists them.

use super::*;

#[test]
fn the_book_lists_every_code_by_the_title_of_its_page() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/construction-library.md");
    let text = std::fs::read_to_string(book).expect("the chapter exists");
    let listed: Vec<&str> = text.lines().filter(|line| line.starts_with("| E0")).collect();
    let titles = Code::ALL.map(|code| code.page().lines().next().unwrap_or_default());
    let rows = titles.map(|title| {
        let (code, about) = title.trim_start_matches("# ").split_once(": ").expect("a title");
        format!("| {code} | {about} |")
    });
    assert_eq!(listed, rows);
}
