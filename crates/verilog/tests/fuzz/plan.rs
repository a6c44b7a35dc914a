//! What a run is to do, from the environment; `scripts/fuzz` fills it.

use crate::case::Case;
use seedbed_ir::{check, text};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Cases in one build of a simulator.
const CHUNK: u64 = 50;

/// The most builds at a time.
const MOST_JOBS: u64 = 1000;

/// What to run.
pub struct Plan {
    /// The first seed.
    first: u64,
    /// How many seeds.
    pub cases: u64,
    /// Builds at a time.
    pub jobs: usize,
    /// Whether Verilator takes part.
    pub verilator: bool,
    /// The folder for failing cases.
    pub folder: PathBuf,
}

/// Ends a run that was asked for wrongly, with the status that `scripts/fuzz` promises.
fn mistake(what: &str) -> ! {
    eprintln!("fuzz: {what}");
    std::process::exit(2)
}

/// The number of a variable, if it is set.
fn number(name: &str, what: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    let number = value.parse().ok().filter(|number| allowed.contains(number));
    let (least, most) = (allowed.start(), allowed.end());
    let wrong = || {
        mistake(&format!("{what} is from {least} to {most}, not {value}; see scripts/fuzz --help"))
    };
    Some(number.unwrap_or_else(wrong))
}

impl Plan {
    /// 40 cases without Verilator, when nothing was asked for.
    pub fn of_environment() -> Self {
        let cases = number("SEEDBED_FUZZ_CASES", "the number of cases", 1..=u64::MAX);
        let jobs = number("SEEDBED_FUZZ_JOBS", "the number of builds at a time", 1..=MOST_JOBS);
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let folder = std::env::var_os("SEEDBED_FUZZ_OUTPUT").map(PathBuf::from);
        Plan {
            first: number("SEEDBED_FUZZ_SEED", "the seed", 0..=u64::MAX).unwrap_or(1),
            cases: cases.unwrap_or(40),
            jobs: jobs.map_or_else(processors, |n| n as usize),
            verilator: cases.is_some(),
            folder: folder.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into()),
        }
    }

    /// The seeds of a chunk, until there is none.
    pub fn chunk(&self, index: u64) -> Option<Vec<u64>> {
        let start = index.checked_mul(CHUNK).filter(|start| *start < self.cases)?;
        let end = start.saturating_add(CHUNK).min(self.cases);
        Some((start..end).map(|i| self.first.wrapping_add(i)).collect())
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
    Some(case.unwrap_or_else(|e| mistake(&format!("{}: {e}", path.display()))))
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

#[test]
fn chunks_are_all_seeds_once() {
    let plan = |first, cases| Plan { first, cases, ..Plan::of_environment() };
    let of = |plan: Plan| (0..).map_while(|index| plan.chunk(index)).collect::<Vec<_>>();
    assert_eq!(of(plan(7, 120)).concat(), (7..127).collect::<Vec<_>>());
    assert_eq!(of(plan(7, 120)).len(), 3);
    assert_eq!(of(plan(u64::MAX, 2)), [[u64::MAX, 0]]);
    let last = plan(0, u64::MAX).chunk(u64::MAX / CHUNK).expect("a short chunk");
    assert_eq!(last.last(), Some(&(u64::MAX - 1)));
}
