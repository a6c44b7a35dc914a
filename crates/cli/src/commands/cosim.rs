//! `seedbed cosim`: random programs on RTL and golden machine.

mod campaign;
mod failure;
mod networks;

use crate::args::{CosimArgs, Simulator};
use crate::inputs;
use crate::report::{number, percent, print};
use anyhow::{anyhow, bail, Context, Result};
use campaign::{Campaign, Found};
use failure::Failure;
use seedbed_cosim::dut::Dut;
use seedbed_cosim::random::Case;
use seedbed_cosim::tally::{Summary, Tally, Wanted, LEAST_STALLED};
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{duel, Duel, Rtl, SourceFile};
use seedbed_spec::Config;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Programs that share a core, its memories and a configuration.
const PER_CASE: u32 = 5;
/// From this number on a run must exercise everything.
const ASSERTED_FROM: u32 = 50;
/// From this product of programs and MACs per cycle on a run must reach the least number of MACs.
const MACS_FROM: u64 = 800;
/// MACs per cycle that random configurations have at least, taken together.
const TYPICAL_PEAK: u32 = 16;
/// So much more stalls must be asked for than are demanded.
const MARGIN: f64 = 0.05;

/// What `cosim` found.
#[derive(Serialize)]
struct Report {
    target: String,
    engine: &'static str,
    seed: u64,
    programs: u32,
    networks: u32,
    refused_networks: u32,
    exercised: Summary,
    missing: Vec<String>,
    failure: Option<Failure>,
    equal: bool,
}

/// Runs and prints; `false` when something differs or too little was exercised.
pub fn cosim(args: &CosimArgs, json: bool) -> Result<bool> {
    let maker = Maker::new(args)?;
    let make = |rtl: &Rtl, waves: Option<&Path>| maker.make(rtl, waves);
    if let Some(file) = &args.replay {
        return replay(args, file, &make, json);
    }
    let seed = args.seed.unwrap_or_else(time_of_day);
    let base = args.target.as_deref().map(inputs::config).transpose()?;
    let campaign = Campaign { args, seed, base: base.as_ref(), maker: &make };
    let found = campaign.run()?;
    let failure = match &found.failed {
        Some(failed) => Some(Failure::investigate(args, seed, failed, &make)?),
        None => None,
    };
    let peak = base.as_ref().map_or(TYPICAL_PEAK, Config::peak_macs);
    let report = report(args, seed, peak, &found, failure);
    print(json, &report, || render(&report, &found.tally))?;
    Ok(report.equal)
}

fn time_of_day() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_micros() as u64)
}

fn report(
    args: &CosimArgs,
    seed: u64,
    peak: u32,
    found: &Found,
    failure: Option<Failure>,
) -> Report {
    let asserted = args.programs >= ASSERTED_FROM && args.case.is_none() && failure.is_none();
    let wanted = Wanted {
        macs: u64::from(args.programs) * u64::from(peak) >= MACS_FROM,
        stalls: args.stall >= LEAST_STALLED + MARGIN,
        faults: args.errors,
    };
    let missing = if asserted { found.tally.missing(wanted) } else { Vec::new() };
    Report {
        target: args.target.clone().unwrap_or_else(|| "random configurations".to_string()),
        engine: name(args.engine),
        seed,
        programs: found.programs,
        networks: found.networks,
        refused_networks: found.refused,
        exercised: found.tally.summary(),
        equal: missing.is_empty() && failure.is_none(),
        missing,
        failure,
    }
}

fn name(engine: Simulator) -> &'static str {
    match engine {
        Simulator::Sim => "sim",
        Simulator::Verilator => "verilator",
    }
}

fn render(report: &Report, tally: &Tally) -> String {
    let exercised = &report.exercised;
    let mut text = format!(
        "{}, engine {}, seed {}: {} programs, {} networks ({} more do not fit), {} jobs\n",
        report.target,
        report.engine,
        report.seed,
        report.programs,
        report.networks,
        report.refused_networks,
        number(exercised.jobs)
    );
    if exercised.jobs > 0 {
        text += &render_exercised(exercised, tally);
    }
    text.extend(report.missing.iter().map(|missing| format!("MISSING: {missing}\n")));
    text.extend(report.failure.iter().map(Failure::render));
    text += if report.equal { "PASS\n" } else { "FAIL\n" };
    text
}

fn render_exercised(exercised: &Summary, tally: &Tally) -> String {
    let list = |counts: &BTreeMap<String, u64>| {
        let items = counts.iter().map(|(name, n)| format!("{name} {}", number(*n)));
        items.collect::<Vec<_>>().join(", ")
    };
    let stalled = exercised.stalled.iter().map(|(name, s)| format!("{name} {}", percent(*s, 1.0)));
    let stalled: Vec<_> = stalled.collect();
    let mut text = String::new();
    text += &format!(
        "commands: {}\nrules of POST: {}\n",
        list(&exercised.commands),
        list(&exercised.rules)
    );
    if !exercised.faults.is_empty() {
        text += &format!("faults: {}\n", list(&exercised.faults));
    }
    text += &format!(
        "semaphore slots: waits {:?}, signals {:?}\nstalled cycles: {}\n",
        tally.waits,
        tally.signals,
        stalled.join(", ")
    );
    text += &format!(
        "{} MACs, {} saturations, {} cycles, {} bytes compared\n",
        number(exercised.macs),
        number(exercised.saturations),
        number(exercised.cycles),
        number(exercised.bytes)
    );
    text
}

/// Runs a written case again.
fn replay(args: &CosimArgs, file: &Path, maker: &duel::Maker, json: bool) -> Result<bool> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{}: cannot be read", file.display()))?;
    let case = Case::from_json(&text)
        .with_context(|| format!("{}: not a case of `seedbed cosim`", file.display()))?;
    let golden = case.golden().with_context(|| format!("{}: not legal", file.display()))?;
    let mut duel = Duel::of(&case.config, maker, None).map_err(|e| anyhow!(e))?;
    let mismatch = match duel.run(&case, &golden) {
        Err(mismatch) => mismatch,
        Ok(tally) => {
            print(json, &tally.summary(), || "golden machine and RTL agree\nPASS\n".to_string())?;
            return Ok(true);
        }
    };
    let failure = Failure::write(args, &case, &mismatch, maker)?;
    print(json, &failure, || failure.render() + "FAIL\n")?;
    Ok(false)
}

/// Puts RTL into the simulator that was asked for.
struct Maker {
    engine: Simulator,
    /// Verilog to be used instead of what is generated.
    sources: Option<Vec<SourceFile>>,
}

impl Maker {
    fn new(args: &CosimArgs) -> Result<Self> {
        let sources = match (&args.rtl, &args.target) {
            (Some(_), _) if args.engine != Simulator::Verilator => {
                bail!("--rtl runs Verilog text; choose --engine verilator")
            }
            (Some(dir), Some(target)) => Some(super::run::read_rtl(dir, &inputs::config(target)?)?),
            (Some(dir), None) => Some(super::run::read_rtl(dir, &replayed(args)?)?),
            (None, _) => None,
        };
        Ok(Self { engine: args.engine, sources })
    }

    fn make(&self, rtl: &Rtl, waves: Option<&Path>) -> Result<Box<dyn Dut>, String> {
        if self.engine == Simulator::Sim {
            return duel::simulated(rtl, waves);
        }
        let options = BuildOptions { waves: waves.is_some(), ..BuildOptions::default() };
        let sources = self.sources.as_ref().unwrap_or(&rtl.sources);
        let mut dut = VerilatedDut::build(sources, rtl.top(), &rtl.layout, &options)
            .map_err(|e| e.to_string())?;
        if let Some(path) = waves {
            dut.trace(path);
        }
        Ok(Box::new(dut))
    }
}

/// The configuration of the case to be replayed.
fn replayed(args: &CosimArgs) -> Result<Config> {
    let file = args.replay.as_deref().context("--rtl needs to know the configuration")?;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{}: cannot be read", file.display()))?;
    Ok(Case::from_json(&text)?.config)
}
