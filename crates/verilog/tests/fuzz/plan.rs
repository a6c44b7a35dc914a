//! What a run is to do, from the environment; `scripts/fuzz` fills it.

use crate::case::Case;
use seedbed_ir::{check, text};
use std::path::PathBuf;

/// Cases in one build of a simulator.
const CHUNK: usize = 50;

/// What to run.
pub struct Plan {
    /// Seeds of a build each.
    pub chunks: Vec<Vec<u64>>,
    /// Builds at a time.
    pub jobs: usize,
    /// Whether Verilator takes part.
    pub verilator: bool,
    /// The folder for failing cases.
    pub folder: PathBuf,
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is `{value}`, not a number")))
}

impl Plan {
    /// 40 cases without Verilator, when nothing was asked for.
    pub fn of_environment() -> Self {
        let cases = number("SEEDBED_FUZZ_CASES");
        let first = number("SEEDBED_FUZZ_SEED").unwrap_or(1);
        let seeds: Vec<u64> = (0..cases.unwrap_or(40)).map(|i| first.wrapping_add(i)).collect();
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let folder = std::env::var_os("SEEDBED_FUZZ_OUTPUT").map(PathBuf::from);
        Plan {
            chunks: seeds.chunks(CHUNK).map(<[u64]>::to_vec).collect(),
            jobs: number("SEEDBED_FUZZ_JOBS").map_or_else(processors, |n| n.max(1) as usize),
            verilator: cases.is_some(),
            folder: folder.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into()),
        }
    }
}

/// The line of such a file that says of which seed the inputs are.
const SEED: &str = "# seed ";

/// The text of a failing case, with what is wrong with it.
pub fn file(case: &Case, what: &str, source: &str) -> String {
    let comments: String = what.lines().map(|line| format!("# {line}\n")).collect();
    format!("{SEED}{}\n{comments}{source}", case.seed)
}

/// The case of such a text.
fn read(source: &str) -> Result<Case, String> {
    let seed = source.lines().find_map(|line| line.strip_prefix(SEED)?.trim().parse().ok());
    let design = text::parse(source).map_err(|found| found[0].to_string())?;
    match check::check(&design).first() {
        Some(first) => Err(first.to_string()),
        None => Ok(Case::of(seed.unwrap_or(1), design)),
    }
}

/// The case of a file that a failing run has written, when one is to be run again.
pub fn replay() -> Option<Case> {
    let path = PathBuf::from(std::env::var_os("SEEDBED_FUZZ_REPLAY")?);
    let source = std::fs::read_to_string(&path).map_err(|e| format!("cannot be read: {e}"));
    let case = source.and_then(|source| read(&source));
    Some(case.unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

#[test]
fn a_written_case_is_read_again() {
    let case = Case::random(7);
    let source = text::print(&case.design);
    let written = file(&case, "the text form is not read\n  at line 3\n\nseed 8", &source);
    let again = read(&written).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((again.seed, text::print(&again.design)), (7, source));
    assert_eq!(again.stimulus, case.stimulus);
}
