//! `seedbed compile` and `seedbed disasm`.

use crate::args::{CompileArgs, DisasmArgs};
use crate::inputs;
use crate::report::{number, print};
use anyhow::{anyhow, Context, Result};
use seedbed_compiler::Options;
use seedbed_spec::command::disassemble;
use seedbed_spec::program::Program;
use serde::Serialize;
use std::fs;
use std::path::Path;

#[derive(Serialize)]
struct Summary {
    commands: usize,
    memory_bytes: u64,
    constant_bytes: u64,
    macs: u64,
    files: Vec<String>,
}

/// Writes `program.json`, `commands.bin`, `memory.bin` and a listing.
pub fn compile(args: &CompileArgs, json: bool) -> Result<()> {
    let config = inputs::config(&args.target.preset)?;
    let graph = inputs::graph(&args.model)?;
    let options =
        Options { family: args.family.into(), rows: args.rows, effort: args.effort.into() };
    let program = seedbed_compiler::compile(&graph, &config, &options)?;
    let dir = &args.output;
    make_folder(dir)?;
    let files: [(&str, Vec<u8>); 4] = [
        ("program.json", program.to_json().into_bytes()),
        ("commands.bin", program.ring()),
        ("memory.bin", program.memory_image()),
        ("listing.txt", listing(&program).into_bytes()),
    ];
    for (name, bytes) in &files {
        write(&dir.join(name), bytes)?;
    }
    let summary = Summary {
        commands: program.commands.len(),
        memory_bytes: program.memory_bytes,
        constant_bytes: program.segments.iter().map(|s| s.data.len() as u64).sum(),
        macs: program.layers.iter().map(|l| l.macs).sum(),
        files: files.iter().map(|(name, _)| dir.join(name).display().to_string()).collect(),
    };
    print(json, &summary, || {
        format!(
            "{} commands, {} bytes of external memory, {} of them constant\nwrote {}\n",
            number(summary.commands as u64),
            number(summary.memory_bytes),
            number(summary.constant_bytes),
            summary.files.join(", ")
        )
    })?;
    Ok(())
}

fn listing(program: &Program) -> String {
    let lines = program.commands.iter().zip(&program.command_layer).enumerate();
    lines
        .map(|(i, (command, &layer))| {
            let name = program.layers.get(usize::from(layer)).map_or("", |l| l.name.as_str());
            format!("{i:5}  {name:<24}  {}\n", disassemble(command))
        })
        .collect()
}

/// Prints the commands of a program.
pub fn disasm(args: &DisasmArgs, json: bool) -> Result<()> {
    let path = &args.program;
    let text = fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let program = Program::from_json(&String::from_utf8_lossy(&text))
        .map_err(|e| anyhow!("{}: {e}", path.display()))?;
    let commands: Vec<_> = program.commands.iter().map(disassemble).collect();
    print(json, &commands, || listing(&program))?;
    Ok(())
}

/// Makes a folder for results; the error names it.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| {
        format!("{}: cannot be made; name another folder with --output", path.display())
    })
}

/// Writes a file of results; the error names it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| {
        format!("{}: cannot be written; name another folder with --output", path.display())
    })
}
