//! The binary `seedbed`: from a TOML file to Verilog, and from a network to cycles on it.

mod args;
mod bench;
mod commands;
mod engine;
mod inputs;
mod report;
mod session;
mod usage;
mod workload;

use clap::Parser;
use std::process::ExitCode;

/// Exit status: 0 all equal, 1 something differs or the RTL fails, 2 a mistake in what was asked.
fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::execute(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<session::RtlFailure>() { 1 } else { 2 })
        }
    }
}
