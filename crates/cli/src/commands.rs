//! One file per subcommand.

mod compile;
mod cosim;
mod explain;
mod generate;
mod ir;
mod run;
mod show;

use crate::args::{Args, Command};
use anyhow::Result;

/// Executes what the user asked for; `false` when something compared unequal.
pub fn execute(args: &Args) -> Result<bool> {
    match &args.command {
        Command::Explain(explain) => explain::explain(explain, args.json),
        Command::Presets => show::presets(args.json),
        Command::Show(show) => show::show(show, args.json),
        Command::Generate(generate) => generate::generate(generate, args.json),
        Command::Ir(ir) => ir::ir(ir, args.json),
        Command::Compile(compile) => compile::compile(compile, args.json),
        Command::Disasm(disasm) => compile::disasm(disasm, args.json),
        Command::Run(run) => return run::run(run, args.json),
        Command::Cosim(cosim) => return cosim::cosim(cosim, args.json),
        Command::Bench(bench) => return crate::bench::bench(bench, args.json),
    }?;
    Ok(true)
}
