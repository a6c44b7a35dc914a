//! How a test ends badly.

use crate::properties::Failure;
use std::fmt;

/// Why a bench stopped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BenchError {
    /// Assertions failed, or the stimulus broke assumptions.
    Properties(Vec<Failure>),
    /// What tasks, agents and scoreboards reported.
    Mistakes(Vec<String>),
    /// Tasks did not end in time.
    Timeout {
        /// The last cycle.
        cycle: u64,
        /// The tasks and what they wait for.
        waiting: Vec<Waiting>,
    },
    /// There was no task to wait for.
    NoTask,
}

/// A task that has not ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// Its name.
    pub task: String,
    /// What it waits for.
    pub what: String,
    /// Since which cycle.
    pub since: u64,
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BenchError::Properties(failures) => lines(f, failures),
            BenchError::Mistakes(mistakes) => lines(f, mistakes),
            BenchError::Timeout { cycle, waiting } => {
                writeln!(f, "timeout at cycle {cycle}")?;
                lines(f, waiting)
            }
            BenchError::NoTask => {
                f.write_str("there is no task to wait for; spawn one, or call `run_for`")
            }
        }
    }
}

fn lines(f: &mut fmt::Formatter<'_>, items: &[impl fmt::Display]) -> fmt::Result {
    let text: Vec<String> = items.iter().map(ToString::to_string).collect();
    f.write_str(&text.join("\n"))
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, what, since } = self;
        write!(f, "  task `{task}` waits for {what} since cycle {since}")
    }
}

impl std::error::Error for BenchError {}
