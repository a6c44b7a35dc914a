//! What software and hardware agree on is pinned to its version: `abi.txt` is the layout of the version
//! that it names. Any other layout needs another version, and a minor one may only add to it.
//! `BLESS=1` writes the file when the version has been raised as it must.

use seedbed_spec::command::FIELDS;
use seedbed_spec::fault::{Cause, Engine};
use seedbed_spec::{csr, Config};
use std::fmt::Write;
use std::path::PathBuf;

fn version_line(version: u32) -> String {
    format!("version {}.{}", version >> 16, version & 0xffff)
}

/// The version of such a line.
fn parsed(line: &str) -> Option<u32> {
    let (major, minor) = line.strip_prefix("version ")?.split_once('.')?;
    Some(major.parse::<u32>().ok()? << 16 | minor.parse::<u32>().ok()?)
}

/// One line per register field, command field, cause and engine; no texts, no values of a configuration.
fn layout() -> Vec<String> {
    let map = csr::map(&Config::preset("tiny").expect("a preset"));
    let mut lines = Vec::new();
    for register in &map.registers {
        for field in &register.fields {
            let lock = field.lock.as_deref().unwrap_or("-");
            lines.push(format!(
                "register {:#05x} {}[{}].{} {}+{} {} {lock}",
                register.offset,
                register.name,
                register.count,
                field.name,
                field.lsb,
                field.width,
                field.access.short()
            ));
        }
    }
    for field in FIELDS {
        lines.push(format!(
            "command {:?} {} {}+{} {:?}",
            field.opcodes, field.name, field.lsb, field.width, field.encoding
        ));
    }
    lines.extend(Cause::ALL.iter().map(|cause| format!("cause {} {cause}", cause.code())));
    lines.extend(Engine::ALL.iter().map(|engine| format!("engine {} {engine}", engine.code())));
    lines
}

fn text(version: u32, layout: &[String]) -> String {
    let mut text = version_line(version) + "\n";
    for line in layout {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// What is wrong with a version for a layout, given the text of the version before.
fn mistake(before: &str, version: u32, layout: &[String]) -> Option<String> {
    let mut lines = before.lines();
    let old = lines.next().unwrap_or_default();
    let lost: Vec<&str> = lines.filter(|line| !layout.iter().any(|now| now == line)).collect();
    // No file yet is a version before all.
    let old = parsed(old).unwrap_or_default();
    let raised = match lost.first() {
        None => version > old,
        Some(_) => version >> 16 > old >> 16,
    };
    let which = lost.first().map_or("minor".to_string(), |line| format!("major (lost: {line})"));
    let message = "the layout has changed: raise csr::VERSION";
    (!raised).then(|| format!("{message}, {which}; docs/src/host.md has the rule; then BLESS=1"))
}

#[test]
fn the_layout_is_that_of_its_version() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/abi.txt"].iter().collect();
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let (version, layout) = (csr::VERSION, layout());
    let now = text(version, &layout);
    if now == before {
        return;
    }
    assert_eq!(mistake(&before, version, &layout), None);
    assert!(
        std::env::var("BLESS").is_ok_and(|v| v == "1"),
        "crates/spec/tests/abi.txt: BLESS=1 rewrites it"
    );
    std::fs::write(&path, now).expect("the file can be written");
}

#[test]
fn a_changed_layout_needs_a_new_version() {
    let layout: Vec<String> = ["register a", "cause 1"].map(String::from).to_vec();
    let before = text(0x0001_0003, &layout);
    let said = |version, layout: &[&str]| {
        let layout: Vec<String> = layout.iter().map(ToString::to_string).collect();
        mistake(&before, version, &layout).map(|text| text.contains("major (lost: cause 1)"))
    };
    let (more, other) = (["register a", "register b", "cause 1"], ["register a", "cause 2"]);
    assert_eq!(said(0x0001_0003, &more), Some(false), "an addition is a minor change");
    assert_eq!(said(0x0001_0004, &more), None);
    assert_eq!(said(0x0001_0002, &more), Some(false), "versions grow");
    assert_eq!(said(0x0000_0009, &other), Some(true), "versions grow");
    assert_eq!(said(0x0001_0004, &other), Some(true), "the rest is a major one");
    assert_eq!(said(0x0002_0000, &other), None);
}
