//! `seedbed ir`: checks, passes and Verilog of a netlist in its text form.

use super::compile::{make_folder, write};
use crate::args::IrArgs;
use crate::report::{print, table};
use anyhow::{bail, Context, Result};
use seedbed_cosim::netlist::passes::{Entry, ALL};
use seedbed_cosim::netlist::{check, render_text, text, Design, Diagnostic};
use seedbed_cosim::{emit, Dialect, PrintOptions};
use serde::Serialize;
use std::io::{stderr, IsTerminal, Read as _};
use std::path::Path;

/// A line of `--list-passes`.
#[derive(Serialize)]
struct Pass {
    name: &'static str,
    description: &'static str,
}

/// What a netlist holds.
#[derive(Serialize)]
struct Summary {
    file: String,
    top: String,
    /// Of the file, and after each pass.
    sizes: Vec<Size>,
    modules: Vec<Module>,
    /// The files written.
    written: Vec<String>,
}

/// The size of a design.
#[derive(Serialize)]
struct Size {
    /// The pass before; absent for the file as it is.
    after: Option<&'static str>,
    modules: usize,
    nodes: usize,
    registers: usize,
}

/// What a module holds.
#[derive(Serialize)]
struct Module {
    name: String,
    ports: usize,
    nodes: usize,
    registers: usize,
    memories: usize,
    instances: usize,
}

/// Does what `args` ask for.
pub fn ir(args: &IrArgs, json: bool) -> Result<()> {
    let Some(file) = &args.file else {
        return list(json);
    };
    let name = if file.as_os_str() == "-" { "<stdin>".into() } else { file.display().to_string() };
    let source = read(file)?;
    let mut design = text::parse(&source).map_err(|found| mistakes(&name, &source, &found))?;
    let found = check::check(&design);
    if !found.is_empty() {
        return Err(mistakes(&name, &source, &found));
    }
    let mut sizes = vec![size(&design, None)];
    for pass in &args.passes {
        let pass =
            ALL.iter().find(|entry| entry.name == pass).context("a pass without an entry")?;
        run(pass, &mut design)?;
        sizes.push(size(&design, Some(pass.name)));
    }
    let files = printed(args, &design, &name);
    let written = match &args.output {
        Some(output) => save(output, files.len() > 1 || is_verilog(args), &files)?,
        None if args.check || json => Vec::new(),
        None => {
            let all: String = files.into_iter().map(|(_, text)| text).collect();
            return print(false, &(), || all);
        }
    };
    let modules = design.modules.values().map(module).collect();
    let summary = Summary { file: name, top: design.top().name.clone(), sizes, modules, written };
    print(json, &summary, || render(&summary))
}

fn list(json: bool) -> Result<()> {
    let passes: Vec<Pass> =
        ALL.iter().map(|p| Pass { name: p.name, description: p.description }).collect();
    let width = ALL.iter().map(|pass| pass.name.len()).max().unwrap_or(0);
    let line = |pass: &Pass| format!("{:width$}  {}\n", pass.name, pass.description);
    print(json, &passes, || passes.iter().map(line).collect())
}

fn read(file: &Path) -> Result<String> {
    if file.as_os_str() != "-" {
        return std::fs::read_to_string(file)
            .with_context(|| format!("{}: cannot be read", file.display()));
    }
    let mut source = String::new();
    std::io::stdin().read_to_string(&mut source).context("standard input cannot be read")?;
    Ok(source)
}

/// All mistakes of a netlist, with their lines.
fn mistakes(name: &str, source: &str, found: &[Diagnostic]) -> anyhow::Error {
    let shown = render_text(found, name, source, stderr().is_terminal());
    anyhow::anyhow!("{name}: is no sound netlist\n\n{}", shown.trim_end())
}

/// Runs a pass; what it leaves is checked again.
fn run(pass: &Entry, design: &mut Design) -> Result<()> {
    (pass.run)(design);
    match check::check(design).first() {
        None => Ok(()),
        Some(found) => {
            bail!("pass {} breaks the netlist, which is a bug of it: {found}", pass.name)
        }
    }
}

fn is_verilog(args: &IrArgs) -> bool {
    args.verilog || args.systemverilog
}

/// What is asked for, as files.
fn printed(args: &IrArgs, design: &Design, name: &str) -> Vec<(String, String)> {
    if !is_verilog(args) {
        return vec![(name.to_string(), text::print(design))];
    }
    let dialect = if args.systemverilog { Dialect::SystemVerilog } else { Dialect::Verilog2005 };
    let files = emit(design, &PrintOptions { dialect, ..PrintOptions::default() });
    files.into_iter().map(|file| (file.name, file.text)).collect()
}

/// Writes the files into the folder `output`, or the only one as `output`; their paths.
fn save(output: &Path, is_folder: bool, files: &[(String, String)]) -> Result<Vec<String>> {
    let mut written = Vec::new();
    for (name, text) in files {
        let path = if is_folder { output.join(name) } else { output.to_path_buf() };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        write(&path, text.as_bytes())?;
        written.push(path.display().to_string());
    }
    Ok(written)
}

fn size(design: &Design, after: Option<&'static str>) -> Size {
    let modules = || design.modules.values();
    Size {
        after,
        modules: design.modules.len(),
        nodes: modules().map(|m| m.nodes.len()).sum(),
        registers: modules().map(|m| m.regs.len()).sum(),
    }
}

fn module(module: &seedbed_cosim::netlist::Module) -> Module {
    Module {
        name: module.name.clone(),
        ports: module.ports.len(),
        nodes: module.nodes.len(),
        registers: module.regs.len(),
        memories: module.mems.len(),
        instances: module.insts.len(),
    }
}

fn render(summary: &Summary) -> String {
    let mut text = format!("{}: sound, top {}\n\n", summary.file, summary.top);
    let row = |m: &Module| {
        let numbers = [m.ports, m.nodes, m.registers, m.memories, m.instances];
        std::iter::once(m.name.clone()).chain(numbers.map(|n| n.to_string())).collect()
    };
    let rows: Vec<Vec<String>> = summary.modules.iter().map(row).collect();
    let head = ["module", "ports", "nodes", "registers", "memories", "instances"];
    text += &table(&head, &rows);
    if summary.sizes.len() > 1 {
        let row = |s: &Size| {
            let numbers = [s.modules, s.nodes, s.registers].map(|n| n.to_string());
            std::iter::once(s.after.unwrap_or("(none)").to_string()).chain(numbers).collect()
        };
        let rows: Vec<Vec<String>> = summary.sizes.iter().map(row).collect();
        text += &format!("\n{}", table(&["after pass", "modules", "nodes", "registers"], &rows));
    }
    summary.written.iter().for_each(|path| text += &format!("written: {path}\n"));
    text
}
