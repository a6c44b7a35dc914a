//! FuseSoC core files.

use crate::dialect::Dialect;
use std::fmt::Write;

/// What a core file names. Paths are relative to the file itself.
#[derive(Clone, Debug, Default)]
pub struct Core {
    /// The core's name, in the form `vendor:library:name:version`; the first two may be empty.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// The top module.
    pub top: String,
    /// The language of the sources.
    pub dialect: Dialect,
    /// Sources, children before parents.
    pub sources: Vec<String>,
    /// Models of SRAM macros: Verilog to simulate and lint with, not to synthesise.
    pub models: Vec<String>,
    /// Constraints (SDC).
    pub constraints: Vec<String>,
    /// C++ of a Verilator bench: sources and headers. Without any there is no target `sim`.
    pub bench: Vec<String>,
}

/// The text of a core file (CAPI2, YAML): file sets, and the targets `default`, `lint` (Verilator
/// `--lint-only -Wall`) and `sim` (Verilator with the bench).
pub fn core_file(core: &Core) -> String {
    let mut out = format!("CAPI=2:\nname: {}\n", quoted(&core.name));
    let _ = writeln!(out, "description: {}\n\nfilesets:", quoted(&core.description));
    let language = match core.dialect {
        Dialect::Verilog2005 => "verilogSource-2005",
        Dialect::SystemVerilog => "systemVerilogSource",
    };
    let mut sets = vec!["rtl"];
    fileset(&mut out, "rtl", &core.sources, language);
    for (set, files, kind) in
        [("models", &core.models, "verilogSource-2005"), ("constraints", &core.constraints, "SDC")]
    {
        if !files.is_empty() {
            fileset(&mut out, set, files, kind);
            sets.push(set);
        }
    }
    if !core.bench.is_empty() {
        fileset(&mut out, "bench", &core.bench, "cppSource");
    }
    out.push_str("\ntargets:\n");
    target(&mut out, core, "default", &sets, None);
    target(&mut out, core, "lint", &sets, Some(["lint", "lint-only", "-Wall"]));
    if !core.bench.is_empty() {
        let sets: Vec<&str> = sets.into_iter().chain(["bench"]).collect();
        target(&mut out, core, "sim", &sets, Some(["sim", "cc", "--assert"]));
    }
    out
}

fn fileset(out: &mut String, name: &str, files: &[String], kind: &str) {
    let _ = writeln!(out, "  {name}:\n    file_type: {kind}\n    files:");
    for file in files {
        let include = if file.ends_with(".h") { ": {is_include_file: true}" } else { "" };
        let _ = writeln!(out, "      - {}{include}", quoted(file));
    }
}

/// A target; `flow` is the flow that builds it with Verilator, its mode and an option.
fn target(out: &mut String, core: &Core, name: &str, sets: &[&str], flow: Option<[&str; 3]>) {
    let top = quoted(&core.top);
    let _ = writeln!(out, "  {name}:\n    filesets: [{}]\n    toplevel: {top}", sets.join(", "));
    if let Some([flow, mode, option]) = flow {
        let _ = writeln!(
            out,
            "    flow: {flow}\n    flow_options:\n      tool: verilator\n      mode: {mode}\n      \
             verilator_options: [{}]",
            quoted(option)
        );
    }
}

/// A YAML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " "))
}
