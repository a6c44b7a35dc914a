//! What the README and the book show and point at is there.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::slow;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The text between the first `open` of `text` and the next `close`.
fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let rest = text.split_once(open).unwrap_or_else(|| panic!("no `{open}`")).1;
    rest.split_once(close).unwrap_or_else(|| panic!("no `{close}`")).0
}

/// What `seedbed` prints in the root; it must succeed.
fn printed(arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_seedbed"))
        .args(arguments.split_whitespace())
        .current_dir(root())
        .output()
        .expect("seedbed can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The README's first command, run from the root, prints what the README shows, down to the cycle.
/// `BLESS=1` rewrites it.
#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let path = root().join("README.md");
    let readme = read(&path);
    let arguments = between(&readme, "$ cargo run --release -- ", "\n");
    let shown = between(&readme, "```text\n", "```\n");
    let printed = printed(arguments);
    if std::env::var("BLESS").is_ok_and(|v| v == "1") {
        let new = readme.replacen(&format!("```text\n{shown}"), &format!("```text\n{printed}"), 1);
        return std::fs::write(&path, new).expect("README.md can be written");
    }
    assert_eq!(printed, shown, "README.md is out of date; BLESS=1 rewrites it");
}

/// `page` with what its commands print under each ```` ```text ```` block's first line, `$ seedbed ...`.
fn with_fresh_outputs(page: &str) -> String {
    let mut blocks = page.split("```text\n$ seedbed ");
    let mut fresh = blocks.next().unwrap_or_default().to_string();
    for block in blocks {
        let (arguments, rest) = block.split_once('\n').expect("a command line");
        let after = rest.split_once("```\n").map_or(rest, |(_, after)| after);
        fresh += &format!("```text\n$ seedbed {arguments}\n{}```\n{after}", printed(arguments));
    }
    fresh
}

/// Every measured cycle that the book shows is what the command next to it prints. `BLESS=1` rewrites
/// the page.
#[test]
fn the_performance_page_shows_what_its_commands_print() {
    if slow("the numbers of the performance page") {
        let path = root().join("docs/src/performance.md");
        let page = read(&path);
        let fresh = with_fresh_outputs(&page);
        if std::env::var("BLESS").is_ok_and(|v| v == "1") {
            return std::fs::write(&path, fresh).expect("the page can be written");
        }
        assert!(page.contains("equal"), "the page shows results");
        assert_eq!(fresh, page, "{} is out of date; BLESS=1 rewrites it", path.display());
    }
}

/// The rows of the page's table of large cores, as `bench elaborate` gives them now.
fn fresh_large_cores() -> String {
    let report: Value = serde_json::from_str(&printed("bench elaborate --json")).expect("JSON");
    let row = |row: &Value| {
        let number = |key: &str| row[key].as_u64().expect("a number");
        let (kind, modules) = (row["kind"].as_str().expect("a kind"), number("modules"));
        let (rows, cols, bytes) = (number("rows"), number("cols"), number("verilog_bytes"));
        format!("| {kind} | {rows} x {cols} | {modules} | {},{:03} |\n", bytes / 1000, bytes % 1000)
    };
    report["elaborate"].as_array().expect("rows").iter().map(row).collect()
}

/// Modules and bytes of large cores are what the generator makes. `BLESS=1` rewrites them.
#[test]
fn the_performance_page_shows_large_cores_as_they_are() {
    if slow("the large cores of the performance page") {
        let path = root().join("docs/src/performance.md");
        let page = read(&path);
        let head = "| kind | array | modules | bytes of Verilog |\n|---|---|---|---|\n";
        let shown = between(&page, head, "\n\n").to_string() + "\n";
        let fresh = fresh_large_cores();
        if std::env::var("BLESS").is_ok_and(|v| v == "1") {
            return std::fs::write(&path, page.replacen(&shown, &fresh, 1)).expect("the page");
        }
        assert_eq!(fresh, shown, "{} is out of date; BLESS=1 rewrites it", path.display());
    }
}

/// The Markdown files of the root and of the book.
fn pages() -> Vec<PathBuf> {
    let folders = [root(), root().join("docs/src"), root().join("models/digits")];
    let entries = folders.iter().flat_map(|f| std::fs::read_dir(f).expect("the folder is there"));
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    paths.filter(|path| path.extension().is_some_and(|e| e == "md")).collect()
}

/// Targets of the links and images of a page.
fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The anchors of a page: its headings as renderers name them.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter_map(|line| line.strip_prefix('#'));
    let titles = headings.map(|h| h.trim_start_matches('#').trim().to_lowercase());
    let keep = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    titles.map(|t| t.chars().filter(keep).collect::<String>().replace(' ', "-")).collect()
}

/// Why the link `target` of the page at `path` leads nowhere.
fn broken(path: &Path, target: &str) -> Option<String> {
    if target.contains("://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let at = if file.is_empty() { path.to_path_buf() } else { path.with_file_name(file) };
    let found = at.exists() && (anchor.is_empty() || anchors(&read(&at)).contains(&anchor.into()));
    (!found).then(|| format!("{}: {target}", path.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let mut checked = 0;
    for path in pages() {
        for target in links(&read(&path)) {
            assert_eq!(broken(&path, target), None);
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
    let readme = root().join("README.md");
    assert!(broken(&readme, "docs/src/nowhere.md").is_some());
    assert!(broken(&readme, "CONTRIBUTING.md#nowhere").is_some());
    assert_eq!(broken(&readme, "CONTRIBUTING.md#the-layers"), None);
}

/// Every page of the book is in its table of contents.
#[test]
fn the_summary_lists_every_page() {
    let book = root().join("docs/src");
    let summary = read(&book.join("SUMMARY.md"));
    let mut listed: Vec<_> = links(&summary).map(|target| book.join(target)).collect();
    listed.push(book.join("SUMMARY.md"));
    let mut found: Vec<_> = pages().into_iter().filter(|p| p.starts_with(&book)).collect();
    listed.sort();
    found.sort();
    assert_eq!(listed, found);
}
