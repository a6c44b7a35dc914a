//! `seedbed generate`: everything a hardware engineer needs of one configuration, in one folder.

use super::compile::{make_folder, write};
use super::show::derive;
use crate::args::GenerateArgs;
use crate::engine;
use crate::inputs;
use crate::report::{number, print};
use crate::session::put_rows;
use crate::usage;
use crate::workload::{chain, Random};
use anyhow::{anyhow, bail, Context, Result};
use seedbed_compiler::{compile, Effort, Options};
use seedbed_cosim::job::cycle_limit;
use seedbed_cosim::netlist::text;
use seedbed_cosim::stand_alone::{bench_files, BenchJob, BenchNames};
use seedbed_cosim::{core_file, sdc, Core, Dialect, MacroTable, MemoryTiming};
use seedbed_cosim::{PrintOptions, Rtl, Timing};
use seedbed_golden::machine::{Machine, Memory, Ring};
use seedbed_spec::numerics::Family;
use seedbed_spec::{command, csr, Config};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Prefix of the macros of the C header.
const PREFIX: &str = "SEEDBED";

#[derive(Serialize)]
struct Summary {
    folder: String,
    top: String,
    modules: usize,
    verilog_bytes: u64,
    files: Vec<String>,
    /// What all this took; absent where the system does not say.
    cpu_seconds: Option<f64>,
    peak_bytes: Option<u64>,
}

/// Writes the folder.
pub fn generate(args: &GenerateArgs, json: bool) -> Result<()> {
    let config = inputs::config(&args.target)?;
    let dialect = if args.systemverilog { Dialect::SystemVerilog } else { Dialect::Verilog2005 };
    let options = PrintOptions { locators: args.locators, dialect, ..PrintOptions::default() };
    let macros = args.sram_macros.as_deref().map(macro_table).transpose()?;
    let rtl = match engine::rtl(&config)?.printed(options, macros.as_ref()) {
        Ok(rtl) => rtl,
        Err(misfits) => {
            let lines: Vec<String> = misfits.iter().map(ToString::to_string).collect();
            bail!("{}", lines.join("\n"));
        }
    };
    let dir = args.output.clone().unwrap_or_else(|| PathBuf::from("rtl-out").join(&config.name));
    let mut files = files(&rtl, dialect, &Timing::at(args.clock))?;
    if args.ir {
        let text = text::print(&rtl.design);
        files.push((format!("{}.ir", config.name), text.into_bytes()));
    }
    if args.rust_hdl {
        files.extend(rust_hdl(&rtl)?);
    }
    for (name, bytes) in &files {
        let path = dir.join(name);
        make_folder(path.parent().unwrap_or(&dir))?;
        write(&path, bytes)?;
    }
    let summary = Summary {
        folder: dir.display().to_string(),
        top: rtl.top().to_string(),
        modules: rtl.sources.len(),
        verilog_bytes: rtl.sources.iter().map(|s| s.text.len() as u64).sum(),
        files: files.into_iter().map(|(name, _)| name).collect(),
        cpu_seconds: usage::cpu_seconds(),
        peak_bytes: usage::peak_bytes(),
    };
    print(json, &summary, || {
        format!(
            "{}: {} modules, {} bytes of Verilog, top {}\n\
             bench: make -C {}\n",
            summary.folder,
            summary.modules,
            number(summary.verilog_bytes),
            summary.top,
            Path::new(&summary.folder).join("tb").display()
        )
    })?;
    Ok(())
}

/// A table that comes with Seedbed, by name, or that of a file.
fn macro_table(name: &str) -> Result<MacroTable> {
    let text = match MacroTable::shipped_text(name) {
        Some(text) => text.to_string(),
        None => std::fs::read_to_string(name).with_context(|| {
            let known: Vec<_> = MacroTable::shipped().collect();
            format!(
                "{name}: cannot be read; the tables that come with Seedbed: {}",
                known.join(", ")
            )
        })?,
    };
    MacroTable::parse(&text).map_err(|problem| anyhow!("{name}: {problem}"))
}

/// All files by name relative to the folder.
fn files(rtl: &Rtl, dialect: Dialect, timing: &Timing) -> Result<Vec<(String, Vec<u8>)>> {
    let name = &rtl.config.name;
    let (list, header) = (format!("{name}.f"), format!("{name}.h"));
    let in_rtl = |s: &seedbed_cosim::SourceFile| format!("rtl/{}", s.name);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    files.extend(rtl.sources.iter().map(|s| (in_rtl(s), s.text.clone().into_bytes())));
    let models: Vec<String> = rtl.models.iter().map(|m| format!("models/{}", m.name)).collect();
    for (name, model) in models.iter().zip(&rtl.models) {
        files.push((name.clone(), model.text.clone().into_bytes()));
    }
    let sources: Vec<String> = rtl.sources.iter().map(in_rtl).collect();
    let listed = models.iter().chain(&sources);
    let list_text: String = listed.map(|file| format!("{file}\n")).collect();
    files.push((list.clone(), list_text.into_bytes()));
    files.push((header.clone(), c_header(&rtl.config).into_bytes()));
    files.push(("config.toml".into(), rtl.config.to_toml().into_bytes()));
    files.push(("datasheet.md".into(), datasheet(rtl).into_bytes()));
    let names = BenchNames { top: rtl.top(), header: &header, prefix: PREFIX, file_list: &list };
    let bench = bench(&rtl.config, &names)?;
    let constraints = format!("{name}.sdc");
    files.push((constraints.clone(), sdc(&rtl.design, timing).into_bytes()));
    let core = Core {
        name: format!("::{}:{}", rtl.top(), env!("CARGO_PKG_VERSION")),
        description: format!("Seedbed accelerator {name}, hash {:08x}", rtl.config.hash()),
        top: rtl.top().into(),
        dialect,
        sources,
        models,
        constraints: vec![constraints],
        bench: bench_sources(&header, &bench),
    };
    files.push((format!("{name}.core"), core_file(&core).into_bytes()));
    files.extend(bench.into_iter().map(|(name, bytes)| (format!("tb/{name}"), bytes)));
    Ok(files)
}

/// What FuseSoC needs of the bench: no Makefile, and the header beside it.
fn bench_sources(header: &str, bench: &[(String, Vec<u8>)]) -> Vec<String> {
    let own = bench.iter().map(|(name, _)| name).filter(|name| *name != "Makefile");
    std::iter::once(header.to_string()).chain(own.map(|name| format!("tb/{name}"))).collect()
}

/// The core as a block of the crate `rust-hdl`.
fn rust_hdl(rtl: &Rtl) -> Result<Vec<(String, Vec<u8>)>> {
    let files = rtl.rust_hdl().map_err(|mistakes| engine::broken(&mistakes))?;
    Ok(files.into_iter().map(|f| (format!("rust-hdl/{}", f.name), f.text.into_bytes())).collect())
}

/// Registers and command fields as C.
fn c_header(config: &Config) -> String {
    csr::map(config).to_c_header(PREFIX) + "\n" + &command::to_c_header()
}

/// The bench's job: two layers with ragged edges and full-range random values.
fn bench(config: &Config, names: &BenchNames<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let mut random = Random(u64::from(config.hash()));
    let longest = config.numerics.k_max as usize;
    let (rows, widths) = (9, [37.min(longest), 29.min(longest), 11]);
    let graph = chain(&widths, &mut random)?;
    let program =
        compile(&graph, config, &Options { family: Family::Ref, rows, effort: Effort::Estimate })?;
    let mut before = program.memory_image();
    let input: Vec<_> = (0..rows).map(|_| random.codes(widths[0])).collect();
    put_rows(&mut before, &program.input, &input);
    let mut memory = Memory::new(before.len());
    memory.bytes_mut().copy_from_slice(&before);
    let count = program.commands.len();
    let ring = Ring { addr: program.ring_addr, size: count as u32 };
    let outcome = Machine::new(config).run(&mut memory, ring, 0, count as u32);
    if let Some(fault) = outcome.fault {
        bail!("the golden machine refuses the bench's program: {fault}");
    }
    let job = BenchJob {
        before: &before,
        after: memory.bytes(),
        ring_addr: program.ring_addr,
        commands: &program.commands,
        max_cycles: cycle_limit(config, &outcome, MemoryTiming::default()),
    };
    Ok(bench_files(config, names, &job))
}

fn datasheet(rtl: &Rtl) -> String {
    let config = &rtl.config;
    let derived = derive(config);
    let quantities: Vec<_> =
        derived.quantities.into_iter().map(|(a, b, c)| vec![a, b, c]).collect();
    let ports: Vec<_> = rtl
        .design
        .top()
        .ports
        .values()
        .map(|p| {
            vec![p.name.clone(), format!("{:?}", p.dir).to_lowercase(), p.ty.width.to_string()]
        })
        .collect();
    [
        format!("# {}\n\nConfiguration `{}`, hash `{}`.\n", rtl.top(), config.name, derived.hash),
        section("Quantities and latencies", &["quantity", "value", "from"], &quantities),
        section("Ports", &["port", "direction", "bits"], &ports),
        section("Memories", &["instance", "memory", "words", "bits", "ports"], &memories(rtl)),
        reset_and_start(config),
        csr::map(config).to_markdown(),
    ]
    .join("\n")
}

fn section(title: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<_> = head.iter().map(ToString::to_string).collect();
    let rule: Vec<_> = head.iter().map(|_| "---".to_string()).collect();
    let body: String = rows.iter().map(|r| line(r)).collect();
    format!("## {title}\n\n{}{}{body}", line(&head), line(&rule))
}

/// Every memory with the path of its instance.
fn memories(rtl: &Rtl) -> Vec<Vec<String>> {
    rtl.memories()
        .into_iter()
        .map(|m| vec![m.path, m.name, m.words.to_string(), m.bits.to_string(), m.ports])
        .collect()
}

fn reset_and_start(config: &Config) -> String {
    let reset = match config.reset.kind {
        seedbed_spec::config::ResetKind::Async => "asynchronous, active low: `rst_n`",
        seedbed_spec::config::ResetKind::Sync => "synchronous, active low: `rst_n`",
    };
    format!(
        "## Reset and start\n\n\
         Reset is {reset}. Hold it for one clock edge or more; release it synchronously. Memories are\n\
         not reset. Then, over AXI4-Lite:\n\n\
         1. put commands, weights, parameters and input into external memory;\n\
         2. write the address of the commands to RING_LO and RING_HI, their number to RING_SIZE;\n\
         3. write 3 to IRQ_ENABLE;\n\
         4. write the number of commands to run to DOORBELL;\n\
         5. wait for `irq`; read IRQ_STATUS and write it back to clear it. If its fault bit is set,\n\
            the FAULT registers say which command failed and why; write 1 to CONTROL to start anew.\n"
    )
}
