//! Makes a failing network small.
//!
//! Greedy, over and over until nothing helps: fewer layers, narrower ones, fewer rows, fast memory, a
//! plainer configuration. A candidate is kept when it still fails in the same way.

use super::{Difference, Network, NetworkCase, Verdict};
use crate::engine;
use seedbed_cosim::duel::Maker;
use seedbed_cosim::shrink::{Budget, PLAINER};
use seedbed_cosim::Rtl;
use std::time::Instant;

/// Makes `case`, which fails with `difference`, small; `seen` is told every success. Returns it and how
/// it fails.
pub fn shrink(
    case: &NetworkCase,
    difference: &Difference,
    maker: &Maker,
    budget: Budget,
    seen: &mut dyn FnMut(&NetworkCase),
) -> (NetworkCase, Difference) {
    let best = (case.clone(), difference.clone());
    let mut search =
        Search { best, maker, rtl: None, budget, runs: 0, start: Instant::now(), seen };
    while search.pass() {}
    search.best
}

struct Search<'a> {
    best: (NetworkCase, Difference),
    maker: &'a Maker<'a>,
    rtl: Option<Rtl>,
    budget: Budget,
    runs: u32,
    start: Instant,
    seen: &'a mut dyn FnMut(&NetworkCase),
}

impl Search<'_> {
    /// Tries everything once; says whether something helped.
    fn pass(&mut self) -> bool {
        let before = self.best.0.clone();
        self.drop_layers();
        for layer in 0..self.best.0.network.widths.len() {
            self.lessen(|network| &mut network.widths[layer]);
        }
        self.lessen(|network| &mut network.rows);
        self.simplify_rest();
        self.best.0 != before && !self.spent()
    }

    fn drop_layers(&mut self) {
        for layer in (0..self.best.0.network.widths.len()).rev() {
            self.attempt(|case| {
                if case.network.widths.len() > 2 {
                    case.network.widths.remove(layer);
                }
            });
        }
    }

    /// Makes a number of the network one, or as small as ever smaller steps bring it.
    fn lessen(&mut self, number: impl Fn(&mut Network) -> &mut usize) {
        if self.attempt(|case| *number(&mut case.network) = 1) {
            return;
        }
        let mut step = *number(&mut self.best.0.clone().network) / 2;
        while step > 0 {
            let smaller = |case: &mut NetworkCase| {
                let number = number(&mut case.network);
                *number = number.saturating_sub(step).max(1);
            };
            if !self.attempt(smaller) {
                step /= 2;
            }
        }
    }

    fn simplify_rest(&mut self) {
        self.attempt(|case| case.stall = 0.0);
        self.attempt(|case| case.latency = 1);
        let tried = if self.budget.configurations { PLAINER } else { &[] };
        for plainer in tried {
            self.attempt(|case| plainer(&mut case.config));
        }
    }

    fn spent(&self) -> bool {
        self.runs >= self.budget.runs || self.start.elapsed() >= self.budget.time
    }

    /// Keeps a change when the case still fails.
    fn attempt(&mut self, change: impl FnOnce(&mut NetworkCase)) -> bool {
        let mut case = self.best.0.clone();
        change(&mut case);
        if case == self.best.0 || self.spent() {
            return false;
        }
        let Some(difference) = self.fails(&case) else { return false };
        (self.seen)(&case);
        self.best = (case, difference);
        true
    }

    fn fails(&mut self, case: &NetworkCase) -> Option<Difference> {
        case.config.check().ok()?;
        if self.rtl.as_ref().is_none_or(|rtl| rtl.config != case.config) {
            self.rtl = Some(engine::rtl(&case.config).ok()?);
        }
        self.runs += 1;
        match case.run(self.rtl.as_ref()?, self.maker, None) {
            Ok(Verdict::Different(found)) if found.alike(&self.best.1) => Some(found),
            _ => None,
        }
    }
}
