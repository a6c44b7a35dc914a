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
    /// C++ of a Verilator bench: sources, headers, and data (`.bin`) that it reads in the folder it runs in.
    /// Without any there is no target `sim`.
    pub bench: Vec<String>,
}

/// The text of a core file (CAPI2, YAML): file sets, and the targets `default` (sources and constraints, as
/// for synthesis), `lint` (Verilator `--lint-only -Wall`, with the models of macros) and `sim` (Verilator
/// with the models and the bench).
pub fn core_file(core: &Core) -> String {
    let mut out = format!("CAPI=2:\nname: {}\n", quoted(&core.name));
    let _ = writeln!(out, "description: {}\n\nfilesets:", quoted(&core.description));
    let language = match core.dialect {
        Dialect::Verilog2005 => "verilogSource-2005",
        Dialect::SystemVerilog => "systemVerilogSource",
    };
    let all = [
        ("rtl", &core.sources, language),
        ("models", &core.models, "verilogSource-2005"),
        ("constraints", &core.constraints, "SDC"),
        ("bench", &core.bench, "cppSource"),
    ];
    let there = all.into_iter().filter(|(_, files, _)| !files.is_empty());
    let there: Vec<_> = there.collect();
    there.iter().for_each(|(set, files, kind)| fileset(&mut out, set, files, kind));
    let of = |wanted: &[&str]| {
        let sets = there.iter().map(|(set, ..)| *set).filter(|set| wanted.contains(set));
        sets.collect::<Vec<_>>().join(", ")
    };
    out.push_str("\ntargets:\n");
    target(&mut out, core, "default", &of(&["rtl", "constraints"]), None);
    let lint = Some(["lint", "lint-only", "-Wall"]);
    target(&mut out, core, "lint", &of(&["rtl", "models"]), lint);
    if !core.bench.is_empty() {
        let sim = Some(["sim", "cc", "--assert"]);
        target(&mut out, core, "sim", &of(&["rtl", "models", "bench"]), sim);
    }
    out
}

/// A set of files. C++ headers are found by what includes them; data lie in the folder of the run.
fn fileset(out: &mut String, name: &str, files: &[String], kind: &str) {
    let _ = writeln!(out, "  {name}:\n    file_type: {kind}\n    files:");
    for file in files {
        let last = file.rsplit('/').next().unwrap_or(file);
        let attributes = match last.rsplit_once('.') {
            Some((_, "h")) => ": {is_include_file: true}".to_string(),
            Some((_, "bin")) => format!(": {{file_type: user, copyto: {}}}", quoted(last)),
            _ => String::new(),
        };
        let _ = writeln!(out, "      - {}{attributes}", quoted(file));
    }
}

/// A target; `flow` is the flow that builds it with Verilator, its mode and an option.
fn target(out: &mut String, core: &Core, name: &str, sets: &str, flow: Option<[&str; 3]>) {
    let top = quoted(&core.top);
    let _ = writeln!(out, "  {name}:\n    filesets: [{sets}]\n    toplevel: {top}");
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
