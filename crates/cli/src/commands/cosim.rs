//! `seedbed cosim`: random programs on RTL and golden machine.

mod campaign;
mod failure;
mod networks;
mod replay;

use crate::args::{CosimArgs, Simulator};
use crate::inputs;
use crate::report::{number, percent, print};
use anyhow::{bail, Context, Result};
use campaign::{Campaign, Found};
use failure::Failure;
use seedbed_cosim::dut::Dut;
use seedbed_cosim::tally::{Summary, Tally, Wanted, LEAST_MACS, LEAST_STALLED};
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{duel, Rtl, SourceFile};
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
    /// What was not demanded of this run, and why.
    not_asserted: Vec<String>,
    failure: Option<Failure>,
    equal: bool,
}

/// Runs and prints; `false` when something differs or too little was exercised.
pub fn cosim(args: &CosimArgs, json: bool) -> Result<bool> {
    let maker = Maker::new(args)?;
    let make = |rtl: &Rtl, waves: Option<&Path>| maker.make(rtl, waves);
    let (report, tally) = match &args.replay {
        Some(file) => replay::run(args, file, &make)?,
        None => campaign(args, &make)?,
    };
    print(json, &report, || render(&report, &tally))?;
    Ok(report.equal)
}

/// Runs random programs and networks.
fn campaign(args: &CosimArgs, maker: &duel::Maker) -> Result<(Report, Tally)> {
    let seed = args.seed.unwrap_or_else(time_of_day);
    let base = args.target.as_deref().map(inputs::config).transpose()?;
    let campaign = Campaign { args, seed, base: base.as_ref(), maker };
    let found = campaign.run()?;
    let failure = match &found.failed {
        Some(failed) => Some(Failure::investigate(args, seed, failed, maker)?),
        None => None,
    };
    let peak = base.as_ref().map_or(TYPICAL_PEAK, Config::peak_macs);
    Ok((report(args, seed, peak, &found, failure), found.tally))
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
    let wanted = Wanted {
        macs: u64::from(args.programs) * u64::from(peak) >= MACS_FROM,
        stalls: args.stall >= LEAST_STALLED + MARGIN,
        faults: args.errors,
    };
    let (missing, not_asserted) = match excuse(args, failure.is_some()) {
        Some(excuse) => (Vec::new(), vec![format!("any minimum: {excuse}")]),
        None => (found.tally.missing(wanted), unwanted(wanted, peak)),
    };
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
        not_asserted,
        failure,
    }
}

/// Why nothing is demanded of a run.
fn excuse(args: &CosimArgs, failed: bool) -> Option<String> {
    match () {
        () if failed => Some("a failure ended the run".to_string()),
        () if args.case.is_some() => Some("--case runs one of many".to_string()),
        () if args.programs < ASSERTED_FROM => Some(format!("under {ASSERTED_FROM} programs")),
        () => None,
    }
}

/// What is not demanded beside that, and why.
fn unwanted(wanted: Wanted, peak: u32) -> Vec<String> {
    let programs = MACS_FROM.div_ceil(peak.into());
    let least = number(LEAST_MACS);
    let reasons = [
        (wanted.macs, format!("{least} MACs: {peak} MACs per cycle, under {programs} programs")),
        (wanted.stalls, format!("stalled cycles: --stall under {}", LEAST_STALLED + MARGIN)),
        (wanted.faults, "causes of faults: no --errors".to_string()),
    ];
    reasons.into_iter().filter(|(wanted, _)| !wanted).map(|(_, reason)| reason).collect()
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
    text.extend(report.not_asserted.iter().map(|what| format!("not asserted: {what}\n")));
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
            (Some(dir), None) => {
                let file =
                    args.replay.as_deref().context("--rtl needs to know the configuration")?;
                Some(super::run::read_rtl(dir, replay::read(file)?.config())?)
            }
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
