//! The same designs as SystemVerilog: golden text, and the opinion of the tools.

mod common;
mod designs;

use common::tools;
use seedbed_verilog::{emit, Dialect, Options};
use std::path::PathBuf;
use std::process::Command;

/// The designs whose text is kept.
const SHOWN: [&str; 6] = ["fsm", "memories", "comments", "choices", "control", "gates"];

fn options() -> Options {
    Options { dialect: Dialect::SystemVerilog, ..Options::default() }
}

/// `BLESS=1` rewrites the files in `tests/golden-sv`.
#[test]
fn text_is_as_committed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden-sv");
    for (name, design) in designs::all() {
        if !SHOWN.contains(&name) {
            continue;
        }
        for file in emit(&design, &options()) {
            let path = folder.join(name).join(&file.name);
            if std::env::var("BLESS").as_deref() == Ok("1") {
                std::fs::create_dir_all(folder.join(name)).expect("the golden folder is writable");
                std::fs::write(&path, &file.text).expect("the golden folder is writable");
            }
            let golden = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(golden == file.text, "{} differs; now:\n{}", path.display(), file.text);
        }
    }
}

/// The commands that must be silent about `files` with top module `top`.
fn commands(files: &[PathBuf], top: &str) -> Vec<(&'static str, Command)> {
    let mut verilator = Command::new("verilator");
    verilator.args(["--lint-only", "-Wall", "-sv", "--top-module", top]).args(files);
    let mut iverilog = Command::new("iverilog");
    iverilog.args(["-Wall", "-g2012", "-o", "/dev/null", "-s", top]).args(files);
    let read: String =
        files.iter().map(|p| format!("read_verilog -sv {}; ", p.display())).collect();
    let mut yosys = Command::new("yosys");
    let script = format!("{read}hierarchy -check -top {top}; proc; opt; check -assert");
    yosys.args(["-q", "-p", &script]);
    vec![("verilator", verilator), ("iverilog", iverilog), ("yosys", yosys)]
}

#[test]
fn tools_are_silent() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut complaints = Vec::new();
    for (name, design) in designs::all() {
        let dir = dir.path().join(name);
        std::fs::create_dir(&dir).expect("the temporary folder is writable");
        let files = emit(&design, &options());
        let paths = tools::write(&dir, &files);
        let top = files.last().and_then(|f| f.name.strip_suffix(".sv")).expect("a top module");
        for (_, mut command) in commands(&paths, top).into_iter().filter(|c| tools::available(c.0))
        {
            complaints.extend(tools::silent(&mut command).err());
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Without the words of SystemVerilog, this would be Verilog-2005 with another ending.
#[test]
fn a_tool_that_reads_verilog_2005_refuses_it() {
    let (_, design) = designs::all().into_iter().find(|(n, _)| *n == "memories").expect("a design");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let paths = tools::write(dir.path(), &emit(&design, &options()));
    let mut old = Command::new("iverilog");
    // By its ending, Icarus would take the file for what it is.
    let renamed: Vec<PathBuf> = paths.iter().map(|p| p.with_extension("v")).collect();
    for (from, to) in paths.iter().zip(&renamed) {
        std::fs::rename(from, to).expect("the temporary folder is writable");
    }
    old.args(["-g2005", "-o", "/dev/null"]).args(&renamed);
    assert!(!tools::available("iverilog") || tools::silent(&mut old).is_err());
}

/// What slang, a complete front end for SystemVerilog, says about `files`: `None` where it is not installed.
fn slang(files: &[PathBuf]) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = tools::program("slang", &[tools::of_environment("python")], "-cimport pyslang")?;
    let mut command = Command::new(python);
    command.arg(root.join("scripts/lint.py")).arg("slang").args(files);
    Some(tools::silent(&mut command).err().unwrap_or_default())
}

/// Only slang knows that what `always_ff` writes has no other writer (IEEE 1800-2012 9.2.2.4).
#[test]
fn slang_is_silent() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden-sv");
    for name in SHOWN {
        let folder = std::fs::read_dir(golden.join(name)).expect("a folder of golden files");
        let files: Vec<PathBuf> = folder.map(|f| f.expect("readable").path()).collect();
        let Some(said) = slang(&files) else { return };
        assert!(said.is_empty(), "{said}");
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let kinds = golden.join("memories/mem_kinds.sv");
    let text = std::fs::read_to_string(kinds).expect("a golden file");
    assert!(text.contains("  always @("));
    let planted = dir.path().join("planted.sv");
    std::fs::write(&planted, text.replace("  always @(", "  always_ff @(")).expect("writable");
    let said = slang(&[planted]).unwrap_or_default();
    assert!(said.contains("always_ff"), "two writers go unnoticed: {said}");
}
