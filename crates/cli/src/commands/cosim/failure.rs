//! What is left of a failure: a small case, its trace, its waves, and how to see it again.

use super::campaign::{Failed, Failing};
use super::name;
use crate::args::{CosimArgs, Simulator};
use crate::report::progress;
use anyhow::{anyhow, Context, Result};
use seedbed_cosim::divergence::trace;
use seedbed_cosim::duel::{Duel, Maker, Mismatch};
use seedbed_cosim::random::Case;
use seedbed_cosim::shrink::{shrink, Budget};
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A failure, told.
#[derive(Serialize)]
pub struct Failure {
    /// What differs in the whole case.
    what: String,
    /// The command line that runs the whole case again; nothing for a replayed one.
    whole: Option<String>,
    /// The small case.
    small: Option<Small>,
}

/// A small case that fails, and its files.
#[derive(Serialize)]
struct Small {
    what: String,
    jobs: usize,
    commands: usize,
    divergence: Option<String>,
    reproduce: String,
    files: Vec<PathBuf>,
}

impl Failure {
    /// Makes a failing case small and writes it.
    pub fn investigate(
        args: &CosimArgs,
        seed: u64,
        failed: &Failed,
        maker: &Maker,
    ) -> Result<Self> {
        let whole = Some(whole(args, seed, failed.number));
        let mismatch = match &failed.what {
            Failing::Network(what) => {
                return Ok(Self { what: what.clone(), whole, small: None });
            }
            Failing::Programs(mismatch) => mismatch,
        };
        if args.no_shrink {
            let small = Some(Small::bare(args, &failed.case, mismatch)?);
            return Ok(Self { what: mismatch.to_string(), whole, small });
        }
        let bar = progress(None, "making the failing case small");
        let mut seen = |case: &Case| {
            bar.set_message(format!("commands left: {}", case.commands()));
        };
        // Verilog is built anew for every configuration, or is somebody else's.
        let configurations = args.engine == Simulator::Sim;
        let budget = Budget { configurations, ..Budget::default() };
        let small = shrink(&failed.case, mismatch.clone(), maker, budget, &mut seen);
        bar.finish_and_clear();
        let small = Small::write(args, &small.case, &small.mismatch, maker)?;
        Ok(Self { what: mismatch.to_string(), whole, small: Some(small) })
    }

    /// Writes a case as it is.
    pub fn write(
        args: &CosimArgs,
        case: &Case,
        mismatch: &Mismatch,
        maker: &Maker,
    ) -> Result<Self> {
        let small = Some(Small::write(args, case, mismatch, maker)?);
        Ok(Self { what: mismatch.to_string(), whole: None, small })
    }

    /// In words.
    pub fn render(&self) -> String {
        let mut text = format!("DIFFERENT: {}\n", self.what);
        if let Some(whole) = &self.whole {
            let _ = writeln!(text, "again: {whole}");
        }
        if let Some(small) = &self.small {
            let _ = writeln!(
                text,
                "{} commands in {} jobs: {}",
                small.commands, small.jobs, small.what
            );
            if let Some(divergence) = &small.divergence {
                let _ = writeln!(text, "first divergence: {divergence}");
            }
            for file in &small.files {
                let _ = writeln!(text, "written: {}", file.display());
            }
            let _ = writeln!(text, "again: {}", small.reproduce);
        }
        text
    }
}

/// The command line of one case of a run.
fn whole(args: &CosimArgs, seed: u64, number: u32) -> String {
    let target = args.target.as_deref().unwrap_or("--random-config");
    let mut line = format!(
        "seedbed cosim {target} --programs {} --seed {seed} --case {number}",
        args.programs
    );
    if args.stall > 0.0 {
        let _ = write!(line, " --stall {}", args.stall);
    }
    if let Some(latency) = args.latency {
        let _ = write!(line, " --latency {latency}");
    }
    if args.errors {
        line += " --errors";
    }
    line + &engine(args)
}

fn engine(args: &CosimArgs) -> String {
    let mut line = String::new();
    if args.engine != Simulator::Sim {
        let _ = write!(line, " --engine {}", name(args.engine));
    }
    if let Some(dir) = &args.rtl {
        let _ = write!(line, " --rtl {}", dir.display());
    }
    line
}

impl Small {
    /// The case alone.
    fn bare(args: &CosimArgs, case: &Case, mismatch: &Mismatch) -> Result<Self> {
        let dir = &args.output;
        fs::create_dir_all(dir).with_context(|| {
            format!("{}: cannot be made; name another folder with --output", dir.display())
        })?;
        let file = dir.join("case.json");
        put(&file, &case.to_json())?;
        Ok(Self {
            what: mismatch.to_string(),
            jobs: case.jobs.len(),
            commands: case.commands(),
            divergence: None,
            reproduce: format!("seedbed cosim --replay {}{}", file.display(), engine(args)),
            files: vec![file],
        })
    }

    /// The case, a trace of both sides, and waves.
    fn write(args: &CosimArgs, case: &Case, mismatch: &Mismatch, maker: &Maker) -> Result<Self> {
        let mut small = Self::bare(args, case, mismatch)?;
        let golden = case.golden().context("the small case")?;
        let mut duel = Duel::of(&case.config, maker, None).map_err(|e| anyhow!(e))?;
        let trace = trace(case, &golden, &mut duel);
        let (text, waves) = (args.output.join("trace.txt"), args.output.join("waves.vcd"));
        put(&text, &format!("{mismatch}\n\n{}", trace.text))?;
        let mut duel = Duel::of(&case.config, maker, Some(&waves)).map_err(|e| anyhow!(e))?;
        // The mismatch is known; this is for the waves.
        let _ = duel.run(case, &golden);
        small.divergence = trace.first;
        small.files.extend([text, waves]);
        Ok(small)
    }
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
