//! The book's pages that print a table are what the table prints. `BLESS=1` rewrites them.

use seedbed_spec::fault::Cause;
use seedbed_spec::{command, csr, Config};
use std::path::PathBuf;

fn page(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../docs/src", name].iter().collect()
}

/// The text of a page of the book.
fn read(name: &str) -> String {
    let path = page(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[track_caller]
fn compare(name: &str, table: &str) {
    let text = format!("<!-- Printed from its table by crates/spec/tests/docs.rs. -->\n\n{table}");
    if std::env::var("BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(page(name), &text).unwrap();
    }
    assert!(text == read(name), "docs/src/{name} is out of date; BLESS=1 rewrites it");
}

#[test]
fn commands() {
    compare("commands.md", &command::to_markdown());
}

#[test]
fn registers() {
    let small = Config::preset("small").unwrap();
    let note =
        "\n`CONFIG_HASH` differs with the configuration; shown is that of the preset `small`.\n";
    compare("registers.md", &(csr::map(&small).to_markdown() + note));
}

#[test]
fn every_cause_is_explained() {
    let page = read("host.md");
    for cause in Cause::ALL {
        let row = format!("| {} | {cause} |", cause.code());
        assert_eq!(page.matches(&row).count(), 1, "docs/src/host.md has no row `{row}`");
    }
}

/// Keys of a configuration with their tables, in the order of the file.
fn keys() -> Vec<String> {
    let mut table = String::new();
    let mut keys = Vec::new();
    for line in Config::preset_text("small").unwrap().lines() {
        if let Some(header) = line.strip_prefix('[') {
            table = format!("{}.", header.trim_end_matches(']'));
        } else if let Some((key, _)) = line.split_once('=') {
            keys.push(format!("{table}{}", key.trim()));
        }
    }
    keys
}

/// Cells of the rows of a page whose first cell is code.
fn rows(page: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.split('|').map(|c| c.trim().to_string()).collect();
    let all = page.lines().filter(|line| line.starts_with("| `")).map(cells);
    all.map(|row: Vec<String>| row[1..row.len() - 1].to_vec()).collect()
}

#[test]
fn configuration_lists_every_key_in_order() {
    let listed: Vec<_> =
        rows(&read("configuration.md")).into_iter().map(|r| r[0].clone()).collect();
    let expected: Vec<_> = keys().into_iter().map(|key| format!("`{key}`")).collect();
    assert_eq!(listed, expected);
}

/// Ranges of keys that depend on no other key are the ones that a refused value is answered with.
#[test]
fn configuration_states_the_ranges_that_hold() {
    let depends = ["post.lanes", "memory.lm_bytes", "memory.ps_rows", "bus.burst_beats"];
    let mut checked = 0;
    for row in rows(&read("configuration.md")) {
        let key = row[0].trim_matches('`');
        let Some(remedy) = remedy_for_huge(key) else { continue };
        if !depends.contains(&key) {
            assert_eq!(row[1], remedy, "{key}");
            checked += 1;
        }
    }
    assert_eq!(checked, 11);
}

/// What a number beyond every limit is answered with; `None` for keys that are not numbers.
fn remedy_for_huge(key: &str) -> Option<String> {
    let (table, name) = key.split_once('.')?;
    let text = Config::preset_text("small").unwrap();
    let start = text.find(&format!("[{table}]")).unwrap();
    let (before, after) = text.split_at(start + after_newline(&text[start..], name));
    let (line, rest) = after.split_once('\n').unwrap();
    line.split_once('=')?.1.trim().parse::<u32>().ok()?;
    let huge = format!("{before}{name} = 4294967295\n{rest}");
    let error = Config::from_toml(&huge, "x").unwrap_err();
    assert_eq!(error.key, key);
    Some(error.remedy.strip_prefix("write ").unwrap().to_string())
}

/// Offset of the line that gives `name` its value.
fn after_newline(text: &str, name: &str) -> usize {
    text.find(&format!("\n{name} =")).unwrap() + 1
}

/// The example of the page is the preset, so it stays legal.
#[test]
fn configuration_shows_a_preset() {
    let page = read("configuration.md");
    assert!(page.contains(Config::preset_text("ragged").unwrap().trim()));
}

/// The page's table of presets says what the files say.
#[test]
fn configuration_lists_the_presets() {
    let page = read("configuration.md");
    for name in Config::presets() {
        let c = Config::preset(name).unwrap();
        let (array, memory) = (&c.array, &c.memory);
        let numbers = format!(
            " | {} x {} | {} bits | {} KiB | {} | {} | {} |",
            array.rows,
            array.cols,
            c.bus.data_bits,
            memory.lm_bytes / 1024,
            memory.ps_rows,
            c.post.lanes,
            c.numerics.k_max
        );
        let start = format!("| {name} | ");
        let listed = page.lines().map(|line| line.replace(',', ""));
        let found = listed.filter(|l| l.starts_with(&start) && l.ends_with(&numbers)).count();
        assert_eq!(found, 1, "`{start}...{numbers}`");
    }
}
