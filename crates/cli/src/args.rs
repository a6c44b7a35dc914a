//! The command line, as clap sees it.

use clap::builder::PossibleValuesParser;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use seedbed_cosim::netlist::passes;
use seedbed_spec::numerics;
use std::path::PathBuf;

/// Generates AI-inference accelerators and runs networks on them.
///
/// Start with `seedbed presets`, then
/// `seedbed run models/digits/model.tflite --input models/digits/inputs.npy`.
#[derive(Debug, Parser)]
#[command(name = "seedbed", version, propagate_version = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print results as JSON on standard output.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the presets: configurations that come with Seedbed.
    Presets,
    /// Show a resolved configuration: peak, memories, bandwidth, proved widths, latencies.
    Show(ShowArgs),
    /// Write Verilog, file list, Verilator bench, C header and datasheet of a configuration.
    ///
    /// The folder is complete: `make -C DIR/tb` builds and runs the bench with nothing but Verilator,
    /// a C++ compiler and make.
    #[command(after_help = "What is written, beside the datasheet:
  rtl/, NAME.f      a module per file (Verilog-2005, or SystemVerilog), children first; the list of them
  models/           with --sram-macros: models of the macros, for simulation
  NAME.sdc          timing constraints for --clock
  NAME.core         FuseSoC core file: targets default (synthesis), lint and sim (Verilator)
  NAME.h            registers and command fields for a driver in C
  tb/               a C++ bench for Verilator with a job and what it leaves in memory

Examples:
  seedbed generate small
  seedbed generate my_core.toml -o build/my_core --clock 250 --systemverilog
  seedbed generate small --sram-macros ihp-sg13g2
  fusesoc --cores-root rtl-out/small run --target sim ::seedbed_small")]
    Generate(GenerateArgs),
    /// Check a netlist in its text form, run passes on it, print it or its Verilog.
    ///
    /// Mistakes are shown with their lines; exit status 2. The form is described in the book, page
    /// "The netlist"; `seedbed generate --ir` writes it. With --json, standard output has the summary
    /// only; --output writes the netlist or the Verilog.
    #[command(after_help = "Examples:
  seedbed ir core.ir --check
  seedbed ir core.ir --pass fold,dead -o smaller.ir
  seedbed ir core.ir --pass flatten --verilog
  seedbed ir --list-passes")]
    Ir(IrArgs),
    /// Compile a network to a command stream and a memory image.
    #[command(
        after_help = "Example:\n  seedbed compile model.tflite --preset small -o program\n  seedbed disasm program/program.json"
    )]
    Compile(CompileArgs),
    /// List the commands of a compiled program.
    Disasm(DisasmArgs),
    /// Run a network and compare everything that computes it, byte by byte.
    ///
    /// Compared are the golden graph (whole tensors), the golden machine (the command stream) and,
    /// unless --engine golden, the generated RTL; with --expect also a file. Exit status 0 only when
    /// all are equal, 1 when something differs or the RTL fails, 2 when the request itself is wrong.
    #[command(after_help = "Examples:
  seedbed run models/digits/model.tflite --input models/digits/inputs.npy
  seedbed run net.tflite --input x.npy --engine verilator --preset tiny --expect y.npy
  seedbed run net.tflite --input x.npy --latency 100 --stall 0.25 --seed 7 --waves run.vcd")]
    Run(RunArgs),
    /// Run random programs on the RTL and the golden machine and compare everything they leave behind.
    ///
    /// Programs are random commands, legal and synchronised, and a compiled random network for every
    /// five of them. Compared are external memory and LM, fault records and counters; a checker watches
    /// the AXI port. A failing program is made small and written to the output folder with waves and a
    /// trace of both sides. From 50 programs on it is also an error when too little was exercised: an
    /// opcode, rule or semaphore slot never used, under 10^5 MACs (arrays under 16 MACs per cycle: from
    /// 800 / MACs programs on), with --stall 0.25 or more an AXI channel stalled in under 20 % of its
    /// cycles, with --errors a cause of fault never met.
    ///
    /// Exit status 0 when all is equal, 1 when something differs or is missing, 2 when the request itself
    /// is wrong.
    #[command(after_help = "Examples:
  seedbed cosim tiny --programs 50 --seed 1 --stall 0.3
  seedbed cosim --random-config --programs 50 --errors
  seedbed cosim --replay cosim-out/case.json")]
    Cosim(CosimArgs),
    /// Explain a code of the construction library, such as E0010; without one, list all.
    Explain(ExplainArgs),
    /// Measure: matrix products, LOAD and STORE, simulator speed, cost of large cores.
    ///
    /// Cycles are the same on every machine, times are not: compare the ratios to Verilator, which are taken
    /// in turns with it. What needs a tool that is missing is skipped, and said.
    #[command(after_help = "Examples:
  seedbed bench gemm -p edge
  seedbed bench hdl speed -p edge
  seedbed bench hdl --large --json")]
    Bench(BenchArgs),
}

/// Which core.
#[derive(Debug, ClapArgs)]
pub struct Target {
    /// Name of a preset (see `seedbed presets`) or path of a TOML file.
    #[arg(long, short = 'p', value_name = "NAME|FILE.toml", default_value = "small")]
    pub preset: String,
}

/// Arguments of `show`.
#[derive(Debug, ClapArgs)]
pub struct ShowArgs {
    /// Name of a preset or path of a TOML file.
    #[arg(value_name = "NAME|FILE.toml")]
    pub target: String,
}

/// Arguments of `generate`.
#[derive(Debug, ClapArgs)]
pub struct GenerateArgs {
    /// Name of a preset or path of a TOML file.
    #[arg(value_name = "NAME|FILE.toml")]
    pub target: String,
    /// Folder to write to [default: rtl-out/NAME].
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Name the line of Rust that made it after each Verilog declaration.
    #[arg(long)]
    pub locators: bool,
    /// Write SystemVerilog (`logic`, `always_ff`, enums as types, `case` for choices) instead of Verilog-2005.
    #[arg(long)]
    pub systemverilog: bool,
    /// Build memories from the SRAM macros of a table: `ihp-sg13g2`, which comes with Seedbed, or a file.
    ///
    /// Models of the macros used are written to models/ and listed in NAME.f, for simulation; synthesis
    /// takes rtl/ and the macros of the foundry.
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub sram_macros: Option<String>,
    /// Clock for the timing constraints (NAME.sdc).
    #[arg(long, value_name = "MHZ", default_value_t = 100.0, value_parser = megahertz)]
    pub clock: f64,
    /// Also write the netlist in its text form, NAME.ir, which `seedbed ir` reads.
    #[arg(long)]
    pub ir: bool,
    /// Also write the core as a block for designs of the crate rust-hdl.
    #[arg(long)]
    pub rust_hdl: bool,
}

/// Arguments of `ir`.
#[derive(Debug, ClapArgs)]
pub struct IrArgs {
    /// A netlist in its text form; `-` reads standard input.
    #[arg(value_name = "FILE.ir", required_unless_present = "list_passes")]
    pub file: Option<PathBuf>,
    /// Passes to run, in this order; the option may be repeated.
    #[arg(long = "pass", value_name = "NAME,..", value_delimiter = ',', value_parser = pass_names())]
    pub passes: Vec<String>,
    /// Print no netlist, only what it holds.
    #[arg(long, conflicts_with_all = ["verilog", "systemverilog", "output"])]
    pub check: bool,
    /// Print Verilog-2005 instead of the text form.
    #[arg(long, conflicts_with = "systemverilog")]
    pub verilog: bool,
    /// Print SystemVerilog instead of the text form.
    #[arg(long)]
    pub systemverilog: bool,
    /// File for the text form; for Verilog a folder, one file per module [default: standard output].
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// List the passes and what they do.
    #[arg(long, conflicts_with_all = ["file", "passes", "check", "verilog", "systemverilog", "output"])]
    pub list_passes: bool,
}

/// The names of all passes.
fn pass_names() -> PossibleValuesParser {
    PossibleValuesParser::new(passes::ALL.iter().map(|pass| pass.name))
}

/// Arguments of `compile`.
#[derive(Debug, ClapArgs)]
pub struct CompileArgs {
    /// The network, a `.tflite` file.
    pub model: PathBuf,
    /// Which core.
    #[command(flatten)]
    pub target: Target,
    /// Folder to write to.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Kernel family whose rounding is reproduced.
    #[arg(long, value_enum, default_value_t = Family::Ref)]
    pub family: Family,
    /// How long to look for a fast program; the results are the same.
    #[arg(long, value_enum, default_value_t = Effort::Rehearse)]
    pub effort: Effort,
    /// Rows (inferences) per job.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub rows: u32,
}

/// Arguments of `explain`.
#[derive(Debug, ClapArgs)]
pub struct ExplainArgs {
    /// The code, as `E0010` or `10`.
    pub code: Option<String>,
}

/// Arguments of `disasm`.
#[derive(Debug, ClapArgs)]
pub struct DisasmArgs {
    /// A `program.json` written by `seedbed compile`.
    pub program: PathBuf,
}

/// Arguments of `run`.
#[derive(Debug, ClapArgs)]
pub struct RunArgs {
    /// The network, a `.tflite` file.
    pub model: PathBuf,
    /// Inputs, one row per inference: int8 codes, or float32 when the network begins with QUANTIZE.
    #[arg(long, value_name = "FILE.npy")]
    pub input: PathBuf,
    /// Which core.
    #[command(flatten)]
    pub target: Target,
    /// What executes the command stream.
    #[arg(long, value_enum, default_value_t = Engine::Sim)]
    pub engine: Engine,
    /// Kernel family whose rounding is reproduced.
    #[arg(long, value_enum, default_value_t = Family::Ref)]
    pub family: Family,
    /// How long to look for a fast program; the results are the same.
    #[arg(long, value_enum, default_value_t = Effort::Rehearse)]
    pub effort: Effort,
    /// Expected outputs to compare with.
    #[arg(long, value_name = "FILE.npy")]
    pub expect: Option<PathBuf>,
    /// Where to write the outputs (int8).
    #[arg(long, short, value_name = "FILE.npy")]
    pub output: Option<PathBuf>,
    /// All inputs as rows of one job instead of one job each.
    #[arg(long)]
    pub batch: bool,
    /// External memory.
    #[command(flatten)]
    pub memory: MemoryArgs,
    /// Run the Verilog of this folder, as `seedbed generate` wrote it, instead of fresh RTL: for
    /// edited or mutated Verilog (engine verilator).
    #[arg(long, value_name = "DIR")]
    pub rtl: Option<PathBuf>,
    /// Write waves of the RTL (VCD).
    #[arg(long, value_name = "FILE.vcd")]
    pub waves: Option<PathBuf>,
}

/// Arguments of `cosim`.
#[derive(Debug, ClapArgs)]
pub struct CosimArgs {
    /// Name of a preset or path of a TOML file.
    #[arg(
        value_name = "NAME|FILE.toml",
        required_unless_present_any = ["random_config", "replay"],
        conflicts_with_all = ["random_config", "replay"]
    )]
    pub target: Option<String>,
    /// A new random configuration for every five programs.
    #[arg(long)]
    pub random_config: bool,
    /// How many programs.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub programs: u32,
    /// Where everything random comes from [default: the time of day].
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Probability with which each AXI channel holds in a cycle, 0 to 0.95.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub stall: f64,
    /// Cycles from AR to the first R and from the last W to B [default: random, 1 to 100].
    #[arg(long, value_name = "CYCLES", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub latency: Option<u32>,
    /// Every second program meets a fault; causes take turns.
    #[arg(long)]
    pub errors: bool,
    /// Programs that run at the same time [default: one per processor].
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub jobs: Option<u32>,
    /// What runs the RTL.
    #[arg(long, value_enum, default_value_t = Simulator::Sim)]
    pub engine: Simulator,
    /// Run the Verilog of this folder, as `seedbed generate` wrote it, instead of fresh RTL (engine
    /// verilator).
    #[arg(long, value_name = "DIR", conflicts_with = "random_config")]
    pub rtl: Option<PathBuf>,
    /// Only this one of the groups of five programs, from 0.
    #[arg(long, value_name = "I")]
    pub case: Option<u32>,
    /// Run the failing case of this file again, as it is: the file says everything but --engine, --rtl
    /// and --output.
    #[arg(
        long,
        value_name = "FILE.json",
        conflicts_with_all = [
            "random_config", "programs", "seed", "stall", "latency", "errors", "jobs", "case", "no_shrink",
        ]
    )]
    pub replay: Option<PathBuf>,
    /// Write a failing case as it is, at once: not made smaller, without trace and waves, which --replay
    /// writes later.
    #[arg(long)]
    pub no_shrink: bool,
    /// Folder for a failing case, its trace and its waves.
    #[arg(long, short, value_name = "DIR", default_value = "cosim-out")]
    pub output: PathBuf,
}

/// What runs RTL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Simulator {
    /// The built-in simulator; needs no tool.
    Sim,
    /// Verilator (5.006 or later).
    Verilator,
}

/// How external memory behaves.
#[derive(Debug, ClapArgs)]
pub struct MemoryArgs {
    /// Cycles from AR to the first R and from the last W to B.
    #[arg(long, value_name = "CYCLES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub latency: u32,
    /// Probability with which each AXI channel holds in a cycle, 0 to 0.95.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub stall: f64,
    /// Seed of the holds.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
}

/// Arguments of `bench`.
#[derive(Debug, ClapArgs)]
pub struct BenchArgs {
    /// What to measure; everything when not given.
    #[arg(value_enum)]
    pub what: Vec<Measurement>,
    /// Which core.
    #[command(flatten)]
    pub target: Target,
    /// How long to look for a fast program for each product.
    #[arg(long, value_enum, default_value_t = Effort::Search)]
    pub effort: Effort,
    /// Write the waves of every measured product to this folder (VCD).
    #[arg(long, value_name = "DIR")]
    pub waves: Option<PathBuf>,
    /// With `hdl`, also the 64x64 array, whose Verilator build takes minutes.
    #[arg(long)]
    pub large: bool,
}

/// What `bench` can measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measurement {
    /// Square matrix products, doorbell to interrupt.
    Gemm,
    /// A matrix times a vector, doorbell to interrupt: how much of the bus the weights use.
    Gemv,
    /// LOAD and STORE of 64 KiB: how much of the bus they use.
    Dma,
    /// Built-in simulator against a fresh Verilator build: time to first result.
    First,
    /// Interpreter, compiled back end and Verilator: cycles per second of the whole core.
    Speed,
    /// The construction library: time to elaborate large designs; a 16x16 array in all simulators, 1 to 64
    /// stimuli at a time, from the design to the first cycle and per cycle.
    Hdl,
    /// Time, memory and Verilog of cores with large arrays of both kinds.
    Elaborate,
}

/// What executes the command stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The golden machine only.
    Golden,
    /// Generated RTL in the built-in simulator; needs no tool.
    Sim,
    /// Generated RTL in Verilator (5.006 or later).
    Verilator,
}

/// How long to look for a fast program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Effort {
    /// Take the plan with the least estimate: milliseconds.
    Estimate,
    /// Rehearse hundreds of plans cycle by cycle: up to a second.
    Rehearse,
    /// Rehearse thousands: up to some seconds.
    Search,
}

impl From<Effort> for seedbed_compiler::Effort {
    fn from(effort: Effort) -> Self {
        match effort {
            Effort::Estimate => Self::Estimate,
            Effort::Rehearse => Self::Rehearse,
            Effort::Search => Self::Search,
        }
    }
}

/// Kernel family of LiteRT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Family {
    /// Reference kernels.
    Ref,
    /// Optimised kernels.
    Opt,
}

impl From<Family> for numerics::Family {
    fn from(family: Family) -> Self {
        match family {
            Family::Ref => numerics::Family::Ref,
            Family::Opt => numerics::Family::Opt,
        }
    }
}

/// A clock frequency, from 1 kHz to 100 GHz.
fn megahertz(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(frequency) if (0.001..=100_000.0).contains(&frequency) => Ok(frequency),
        _ => Err("a frequency in MHz from 0.001 to 100000".into()),
    }
}

fn probability(text: &str) -> Result<f64, String> {
    let p: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if (0.0..=0.95).contains(&p) {
        Ok(p)
    } else {
        Err(format!("{p} is not between 0 and 0.95"))
    }
}
