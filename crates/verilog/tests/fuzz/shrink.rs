//! Makes a failing case small, on its text form: one output is left, then a line goes, or a value becomes
//! a constant, as long as what is left is a legal design that fails. What nothing reads goes with it.

use crate::case::Case;
use crate::panics::caught;
use seedbed_ir::{check, text, Design};
use std::time::{Duration, Instant};

/// The most candidates that are run.
const MOST: usize = 400;
/// How long the search goes on: a candidate may be a build of a second or two.
pub const LIMIT: Duration = Duration::from_secs(120);

/// A small case that `fails` as `case` does.
pub fn shrink(case: &Case, fails: impl Fn(&Case) -> bool) -> Case {
    let lines = text::print(&case.design).lines().map(str::to_owned).collect();
    let best = Case::of(case.seed, case.design.clone());
    let mut search = Search { lines, best, tries: 0, start: Instant::now(), fails };
    search.one_output();
    while search.round() {}
    search.best
}

struct Search<F> {
    /// The text of the best case so far.
    lines: Vec<String>,
    best: Case,
    tries: usize,
    start: Instant,
    fails: F,
}

impl<F: Fn(&Case) -> bool> Search<F> {
    /// Takes `candidate` without what it does not read, or as it is, if it fails.
    fn takes(&mut self, candidate: Vec<String>) -> bool {
        let tidy = without_unread(&candidate);
        let smaller = (tidy.len() < candidate.len()).then_some(tidy);
        smaller.into_iter().chain([candidate]).any(|lines| self.takes_as_it_is(lines))
    }

    fn takes_as_it_is(&mut self, lines: Vec<String>) -> bool {
        if self.tries >= MOST || self.start.elapsed() >= LIMIT {
            return false;
        }
        let Some(design) = legal(&lines) else {
            return false;
        };
        self.tries += 1;
        // Without values of our simulator there is nothing to compare: such a candidate is no case.
        let next = || Some(Case::of(self.best.seed, design)).filter(Case::is_defined);
        let Ok(Some(next)) = caught(next) else {
            return false;
        };
        if !(self.fails)(&next) {
            return false;
        }
        (self.lines, self.best) = (lines, next);
        true
    }

    /// Leaves one output of the top, if one alone fails.
    fn one_output(&mut self) {
        let top = self.lines.iter().rposition(|line| line.starts_with("module ")).unwrap_or(0);
        let is_output = |(at, line): (usize, &String)| {
            (at > top && line.starts_with("  output ")).then_some(at)
        };
        let outputs: Vec<usize> = self.lines.iter().enumerate().filter_map(is_output).collect();
        for kept in &outputs {
            let others = outputs.iter().filter(|at| *at != kept);
            let candidate = without(&self.lines, &others.copied().collect::<Vec<_>>());
            if self.takes(candidate) {
                return;
            }
        }
    }

    /// Tries every line, from the last to the first; whether anything was taken.
    fn round(&mut self) -> bool {
        let mut changed = false;
        for at in (0..self.lines.len()).rev() {
            for candidate in smaller(&self.lines, at) {
                if self.takes(candidate) {
                    changed = true;
                    break;
                }
            }
        }
        changed
    }
}

fn without(lines: &[String], gone: &[usize]) -> Vec<String> {
    let kept = lines.iter().enumerate().filter(|(at, _)| !gone.contains(at));
    kept.map(|(_, line)| line.clone()).collect()
}

/// What a line declares, if anything may read it: a label or a name.
fn declares(line: &str) -> Option<&str> {
    let line = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?;
    if line.starts_with('%') {
        return line.split(' ').next();
    }
    let (word, rest) = line.split_once(' ')?;
    let kinds = ["input", "enum", "reg", "wire", "inst"];
    kinds.contains(&word).then(|| rest.split(':').next()).flatten()
}

/// `lines` without declarations that no other line of the text mentions, again and again.
fn without_unread(lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    loop {
        let mut count = std::collections::HashMap::<&str, usize>::new();
        let is_word = |c: char| c.is_alphanumeric() || "_%".contains(c);
        for line in &lines {
            let words = line.split(|c| !is_word(c)).collect::<std::collections::HashSet<_>>();
            words.into_iter().for_each(|word| *count.entry(word).or_default() += 1);
        }
        let unread = |(at, line): (usize, &String)| (count[declares(line)?] == 1).then_some(at);
        let gone: Vec<usize> = lines.iter().enumerate().filter_map(unread).collect();
        if gone.is_empty() {
            return lines;
        }
        lines = without(&lines, &gone);
    }
}

/// What can be done to line `at`.
fn smaller(lines: &[String], at: usize) -> Vec<Vec<String>> {
    let Some(line) = lines.get(at) else {
        return Vec::new();
    };
    // A module and a memory are several lines.
    let below = &lines[at + 1..];
    let end = match line.trim_start().split(' ').next() {
        Some("module") => at + 1 + below.iter().take_while(|line| *line != "}").count(),
        Some("mem") => at + below.iter().take_while(|line| line.starts_with("    ")).count(),
        _ => at,
    };
    let mut all = vec![without(lines, &(at..=end).collect::<Vec<_>>())];
    let replace = |text: String| {
        let mut changed = lines.to_vec();
        changed[at] = text;
        changed
    };
    if let (Some((label, op)), Some((_, ty))) = (line.split_once(" = "), line.rsplit_once(" : ")) {
        if label.trim_start().starts_with('%') && !op.starts_with("const") {
            let width: usize = ty[1..].split(' ').next().and_then(|w| w.parse().ok()).unwrap_or(1);
            let zeros = "0".repeat(width.div_ceil(4));
            all.push(replace(format!("{label} = const {width}'h{zeros} : {ty}")));
        }
    }
    for word in [" enable ", " mask ", " labels "] {
        // The optional operand of a register or a write port, not the enable of a memory port.
        if let Some((head, tail)) = line.split_once(word).filter(|(h, _)| !h.contains("addr")) {
            let rest = tail.split_once(' ').map_or(String::new(), |(_, rest)| format!(" {rest}"));
            all.push(replace(format!("{head}{rest}")));
        }
    }
    all
}

/// The design of these lines, if it is one, with an output to compare.
fn legal(lines: &[String]) -> Option<Design> {
    let design = text::parse(&(lines.join("\n") + "\n")).ok()?;
    let top = design.modules.values().next_back()?;
    let outputs = top.ports.values().any(|p| p.driver.is_some());
    let inputs = crate::case::driven(top).next().is_some();
    (outputs && inputs && check::check(&design).is_empty()).then_some(design)
}
