//! Running a written case again.

use super::failure::Failure;
use super::networks::{NetworkCase, Verdict};
use super::{name, Report};
use crate::args::CosimArgs;
use anyhow::{anyhow, bail, Context, Result};
use seedbed_cosim::duel::{Duel, Maker};
use seedbed_cosim::random::Case;
use seedbed_cosim::tally::Tally;
use seedbed_spec::Config;
use std::path::Path;

/// What a file of `cosim` holds.
pub enum Written {
    Programs(Case),
    Network(NetworkCase),
}

impl Written {
    /// The core.
    pub fn config(&self) -> &Config {
        match self {
            Written::Programs(case) => &case.config,
            Written::Network(case) => &case.config,
        }
    }
}

/// Reads a case.
pub fn read(file: &Path) -> Result<Written> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{}: cannot be read", file.display()))?;
    let network = serde_json::from_str::<serde_json::Value>(&text);
    let network = network.is_ok_and(|value| value.get("network").is_some());
    let written = if network {
        NetworkCase::from_json(&text).map(Written::Network)
    } else {
        Case::from_json(&text).map(Written::Programs).map_err(Into::into)
    };
    written.with_context(|| format!("{}: not a case of `seedbed cosim`", file.display()))
}

/// Runs a case; writes trace and waves when it fails again.
pub fn run(args: &CosimArgs, file: &Path, maker: &Maker) -> Result<(Report, Tally)> {
    let mut report = Report {
        target: file.display().to_string(),
        engine: name(args.engine),
        seed: 0,
        programs: 0,
        networks: 0,
        refused_networks: 0,
        exercised: Tally::default().summary(),
        missing: Vec::new(),
        not_asserted: vec!["any minimum: --replay runs one case".to_string()],
        failure: None,
        equal: true,
    };
    let mut tally = Tally::default();
    match read(file)? {
        Written::Programs(case) => {
            (report.seed, report.programs) = (case.seed, case.jobs.len() as u32);
            let golden = case.golden().with_context(|| format!("{}: not legal", file.display()))?;
            let mut duel = Duel::of(&case.config, maker, None).map_err(|e| anyhow!(e))?;
            match duel.run(&case, &golden) {
                Ok(done) => tally = done,
                Err(mismatch) => {
                    report.failure = Some(Failure::of_programs(args, &case, &mismatch, maker)?);
                }
            }
        }
        Written::Network(case) => {
            (report.seed, report.networks) = (case.network.seed, 1);
            match case.run_afresh(maker, None)? {
                Verdict::Equal => {}
                Verdict::Refused => {
                    bail!("{}: the compiler has no room for the network", file.display())
                }
                Verdict::Different(difference) => {
                    report.failure = Some(Failure::of_network(args, &case, &difference, maker)?);
                }
            }
        }
    }
    report.equal = report.failure.is_none();
    report.exercised = tally.summary();
    Ok((report, tally))
}
