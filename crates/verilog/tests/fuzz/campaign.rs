//! Many cases, several builds at a time.

use crate::case::Case;
use crate::common::tools;
use crate::engines::{emitted, Engine, ICARUS, VERILATOR};
use crate::panics::caught;
use crate::plan::{file, replay, Plan};
use crate::{inside, shrink, verilator};
use seedbed_ir::text;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;
use std::time::Instant;

/// What compares a case.
type Check<'c> = &'c dyn Fn(&Case) -> Option<String>;

/// How many failures of a chunk in one check are made small: a broken tool fails on all.
const MADE_SMALL: usize = 3;

/// A campaign under way.
struct Campaign {
    plan: Plan,
    engines: Vec<&'static Engine>,
    /// Index of the next chunk.
    next: AtomicU64,
    /// Cases done, and failures.
    done: Mutex<(usize, Vec<String>)>,
    start: Instant,
}

impl Campaign {
    fn new(plan: Plan) -> Self {
        let mut engines: Vec<&Engine> = vec![&ICARUS];
        if plan.verilator {
            engines.push(&VERILATOR);
        }
        engines.retain(|engine| tools::available(engine.tool));
        if engines.iter().any(|engine| engine.tool == VERILATOR.tool) {
            verilator::prepare();
        }
        let (next, done) = (AtomicU64::new(0), Mutex::new((0, Vec::new())));
        Campaign { plan, engines, next, done, start: Instant::now() }
    }

    /// Runs all chunks; the failures.
    fn run(self) -> Vec<String> {
        std::thread::scope(|scope| {
            for _ in 0..self.plan.jobs {
                scope.spawn(|| self.work());
            }
        });
        self.done.into_inner().expect("no worker has panicked").1
    }

    /// Takes chunks until there is none, or something has failed.
    fn work(&self) {
        let total = self.plan.cases;
        while let Some(seeds) = self.plan.chunk(self.next.fetch_add(1, Ordering::Relaxed)) {
            let failures = self.chunk(&seeds);
            let mut done = self.done.lock().expect("no worker has panicked");
            done.0 += seeds.len();
            done.1.extend(failures);
            let (cases, failures, seconds) = (done.0, done.1.len(), self.start.elapsed().as_secs());
            println!("fuzz: {cases} of {total} cases, {failures} failures, {seconds} s");
            if failures > 0 {
                break;
            }
        }
    }

    fn chunk(&self, seeds: &[u64]) -> Vec<String> {
        let mut failures = Vec::new();
        let mut cases = Vec::new();
        for &seed in seeds {
            match caught(|| Case::random(seed)) {
                Ok(case) => cases.push(case),
                Err(what) => failures.push(unshrunk(seed, &what)),
            }
        }
        let inside = cases.iter().filter_map(|case| Some((case, inside::difference(case)?)));
        failures.extend(self.reports(inside.collect(), &inside::difference));
        for engine in &self.engines {
            let found = engine.failures(&cases, &emitted).into_iter();
            let found = found.map(|(case, what)| (case, format!("{}: {what}", engine.tool)));
            failures.extend(self.reports(found.collect(), &|case| engine.failure(case)));
        }
        failures
    }

    /// The failures of a chunk that one check has found.
    fn reports(&self, found: Vec<(&Case, String)>, fails: Check<'_>) -> Vec<String> {
        let report = |(nth, (case, what)): (usize, (&Case, String))| match nth < MADE_SMALL {
            true => self.report(case, &what, fails),
            false => unshrunk(case.seed, &what),
        };
        found.into_iter().enumerate().map(report).collect()
    }

    /// The failure of a case, made small and written to a file, with the line that runs it again.
    fn report(&self, case: &Case, what: &str, fails: Check<'_>) -> String {
        let limit = shrink::LIMIT.as_secs();
        println!("fuzz: seed {}: {what}; makes it small, for at most {limit} s", case.seed);
        let small = caught(|| shrink::shrink(case, |candidate| fails(candidate).is_some()));
        let small = small.as_ref().unwrap_or(case);
        let now = fails(small).unwrap_or_else(|| what.to_string());
        let seed = case.seed;
        let source = caught(|| text::print(&small.design)).unwrap_or_else(|e| format!("# {e}\n"));
        let path = self.plan.folder.join(format!("seed-{seed}.ir"));
        let written = std::fs::create_dir_all(&self.plan.folder)
            .and_then(|()| std::fs::write(&path, file(small, &now, &source)))
            .map_or_else(|e| format!("it cannot be written: {e}"), |()| path.display().to_string());
        format!(
            "seed {seed}: {what}\nas a small case: {now}\n{source}\
             the small case again:  scripts/fuzz --replay {written}\n\
             the whole case again:  scripts/fuzz 1 --seed {seed}"
        )
    }
}

/// The failure of a case that is not made small.
fn unshrunk(seed: u64, what: &str) -> String {
    format!("seed {seed}: {what}\nthe case again:  scripts/fuzz 1 --seed {seed}")
}

#[test]
fn all_engines_and_passes_agree() {
    if let Some(case) = replay() {
        return again(&case);
    }
    let failures = Campaign::new(Plan::of_environment()).run();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Runs one case in everything.
fn again(case: &Case) {
    let mut found: Vec<String> = inside::difference(case).into_iter().collect();
    for engine in [&ICARUS, &VERILATOR].into_iter().filter(|e| tools::available(e.tool)) {
        found.extend(engine.failure(case).map(|what| format!("{}: {what}", engine.tool)));
    }
    assert!(found.is_empty(), "the case still fails:\n{}", found.join("\n"));
    println!("fuzz: all agree on this case");
}
