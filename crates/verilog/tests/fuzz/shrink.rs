//! Makes a failing case small, on its text form: a line goes, or a value becomes a constant, as long as
//! what is left is a legal design that fails.

use crate::case::Case;
use seedbed_ir::{check, text, Design};

/// The most candidates that are run.
const MOST: usize = 400;

/// A small case that `fails` as `case` does.
pub fn shrink(case: &Case, fails: impl Fn(&Case) -> bool) -> Case {
    let mut lines: Vec<String> = text::print(&case.design).lines().map(str::to_owned).collect();
    let mut best = Case::of(case.seed, case.design.clone());
    let mut tries = 0;
    loop {
        let before = lines.len();
        let mut changed = false;
        for at in (0..before).rev() {
            for candidate in smaller(&lines, at) {
                let Some(design) = legal(&candidate) else {
                    continue;
                };
                tries += 1;
                if tries > MOST {
                    return best;
                }
                let next = Case::of(case.seed, design);
                if fails(&next) {
                    (lines, best, changed) = (candidate, next, true);
                    break;
                }
            }
        }
        if !changed {
            return best;
        }
    }
}

/// What can be done to line `at`.
fn smaller(lines: &[String], at: usize) -> Vec<Vec<String>> {
    let Some(line) = lines.get(at) else {
        return Vec::new();
    };
    let mut without = lines.to_vec();
    without.remove(at);
    let mut all = vec![without];
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
    for word in [" enable ", " mask "] {
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
    let outputs = |d: &Design| d.top().ports.values().any(|p| p.driver.is_some());
    let inputs = |d: &Design| crate::case::driven(d.top()).next().is_some();
    (check::check(&design).is_empty() && outputs(&design) && inputs(&design)).then_some(design)
}
