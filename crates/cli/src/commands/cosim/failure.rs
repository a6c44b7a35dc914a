//! What is left of a failure: a small case, its trace, its waves, and how to see it again.

use super::campaign::{Failed, Failing};
use super::name;
use super::networks::{self, Difference, Network, NetworkCase};
use crate::args::{CosimArgs, Simulator};
use crate::report::progress;
use anyhow::{anyhow, Context, Result};
use seedbed_cosim::divergence::{trace, Trace};
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
    small: Small,
}

/// A small case that fails, and its files.
#[derive(Serialize)]
struct Small {
    what: String,
    jobs: usize,
    commands: usize,
    /// The compiled network, when it is not random commands that fail.
    network: Option<Network>,
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
        // Verilog is built anew for every configuration, or is somebody else's.
        let configurations = args.engine == Simulator::Sim;
        let budget = Budget { configurations, ..Budget::default() };
        let (what, small) = match &failed.what {
            Failing::Programs(case, mismatch) => {
                (mismatch.to_string(), programs(args, case, mismatch, maker, budget)?)
            }
            Failing::Network(case, difference) => {
                let what = format!("{}: {difference}", case.network);
                (what, network(args, case, difference, maker, budget)?)
            }
        };
        Ok(Self { what, whole, small })
    }

    /// Writes programs as they are.
    pub fn of_programs(
        args: &CosimArgs,
        case: &Case,
        mismatch: &Mismatch,
        maker: &Maker,
    ) -> Result<Self> {
        let small =
            Small::of_programs(args, case, mismatch)?.told_of_programs(args, case, maker)?;
        Ok(Self { what: mismatch.to_string(), whole: None, small })
    }

    /// Writes a network as it is.
    pub fn of_network(
        args: &CosimArgs,
        case: &NetworkCase,
        difference: &Difference,
        maker: &Maker,
    ) -> Result<Self> {
        let small =
            Small::of_network(args, case, difference)?.told_of_network(args, case, maker)?;
        Ok(Self { what: format!("{}: {difference}", case.network), whole: None, small })
    }

    /// In words.
    pub fn render(&self) -> String {
        let mut text = format!("DIFFERENT: {}\n", self.what);
        if let Some(whole) = &self.whole {
            let _ = writeln!(text, "again: {whole}");
        }
        let small = &self.small;
        let _ = match &small.network {
            Some(network) => writeln!(text, "{network}: {}", small.what),
            None => {
                writeln!(text, "{} commands in {} jobs: {}", small.commands, small.jobs, small.what)
            }
        };
        if let Some(divergence) = &small.divergence {
            let _ = writeln!(text, "first divergence: {divergence}");
        }
        for file in &small.files {
            let _ = writeln!(text, "written: {}", file.display());
        }
        let _ = writeln!(text, "again: {}", small.reproduce);
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

/// Random programs, made small and written.
fn programs(
    args: &CosimArgs,
    case: &Case,
    mismatch: &Mismatch,
    maker: &Maker,
    budget: Budget,
) -> Result<Small> {
    if args.no_shrink {
        return Small::of_programs(args, case, mismatch);
    }
    let bar = progress(None, "making the failing case small");
    let mut seen = |case: &Case| {
        bar.set_message(format!("commands left: {}", case.commands()));
    };
    let small = shrink(case, mismatch.clone(), maker, budget, &mut seen);
    bar.finish_and_clear();
    let written = Small::of_programs(args, &small.case, &small.mismatch)?;
    written.told_of_programs(args, &small.case, maker)
}

/// A network, made small and written.
fn network(
    args: &CosimArgs,
    case: &NetworkCase,
    difference: &Difference,
    maker: &Maker,
    budget: Budget,
) -> Result<Small> {
    if args.no_shrink {
        return Small::of_network(args, case, difference);
    }
    let bar = progress(None, "making the failing network small");
    let mut seen = |case: &NetworkCase| bar.set_message(case.network.to_string());
    let (case, difference) = networks::shrink(case, difference, maker, budget, &mut seen);
    bar.finish_and_clear();
    Small::of_network(args, &case, &difference)?.told_of_network(args, &case, maker)
}

impl Small {
    /// A case alone, in its file.
    fn bare(args: &CosimArgs, what: String, case: &impl Serialize) -> Result<Self> {
        let dir = &args.output;
        fs::create_dir_all(dir).with_context(|| {
            format!("{}: cannot be made; name another folder with --output", dir.display())
        })?;
        let file = dir.join("case.json");
        put(&file, &serde_json::to_string_pretty(case)?)?;
        Ok(Self {
            what,
            jobs: 1,
            commands: 0,
            network: None,
            divergence: None,
            reproduce: format!("seedbed cosim --replay {}{}", file.display(), engine(args)),
            files: vec![file],
        })
    }

    fn of_programs(args: &CosimArgs, case: &Case, mismatch: &Mismatch) -> Result<Self> {
        let small = Self::bare(args, mismatch.to_string(), case)?;
        Ok(Self { jobs: case.jobs.len(), commands: case.commands(), ..small })
    }

    fn of_network(args: &CosimArgs, case: &NetworkCase, difference: &Difference) -> Result<Self> {
        let small = Self::bare(args, difference.to_string(), case)?;
        let commands = case.commands()?;
        let (network, divergence) = (Some(case.network.clone()), difference.element());
        Ok(Self { commands, network, divergence, ..small })
    }

    /// With a trace of both sides, and waves.
    fn told_of_programs(self, args: &CosimArgs, case: &Case, maker: &Maker) -> Result<Self> {
        let golden = case.golden().context("the small case")?;
        let mut duel = Duel::of(&case.config, maker, None).map_err(|e| anyhow!(e))?;
        let trace = trace(case, &golden, &mut duel);
        self.told(args, trace, |waves| {
            let mut duel = Duel::of(&case.config, maker, Some(waves)).map_err(|e| anyhow!(e))?;
            // The mismatch is known; this is for the waves.
            let _ = duel.run(case, &golden);
            Ok(())
        })
    }

    fn told_of_network(self, args: &CosimArgs, case: &NetworkCase, maker: &Maker) -> Result<Self> {
        let trace = case.trace(maker)?;
        self.told(args, trace, |waves| case.run_afresh(maker, Some(waves)).map(drop))
    }

    fn told(
        mut self,
        args: &CosimArgs,
        trace: Trace,
        run: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        let (text, waves) = (args.output.join("trace.txt"), args.output.join("waves.vcd"));
        put(&text, &format!("{}\n\n{}", self.what, trace.text))?;
        run(&waves)?;
        self.divergence = self.divergence.or(trace.first);
        self.files.extend([text, waves]);
        Ok(self)
    }
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
