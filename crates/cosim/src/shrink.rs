//! Makes a failing case small.
//!
//! Greedy, over and over until nothing helps: jobs and commands are dropped, counts become one, memory
//! gets fast, semaphores plain, and the configuration plainer. A candidate is kept when it is still
//! legal and RTL and golden machine still disagree in the same way.

use crate::duel::{Duel, Maker, Mismatch};
use crate::random::Case;
use seedbed_spec::command::{Body, Matrix, Move, Post};
use seedbed_spec::config::{Config, Kind, ResetKind};
use std::time::{Duration, Instant};

/// How much effort may be spent.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Runs on the RTL.
    pub runs: u32,
    /// Time.
    pub time: Duration,
    /// Whether other configurations may be tried.
    pub configurations: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { runs: 1000, time: Duration::from_secs(60), configurations: true }
    }
}

/// A small case that fails.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The case.
    pub case: Case,
    /// How it fails.
    pub mismatch: Mismatch,
    /// Runs that were needed.
    pub runs: u32,
}

/// Makes `case`, which fails with `mismatch`, small. `seen` is told every success.
pub fn shrink(
    case: &Case,
    mismatch: Mismatch,
    maker: &Maker,
    budget: Budget,
    seen: &mut dyn FnMut(&Case),
) -> Shrunk {
    let best = Shrunk { case: case.clone(), mismatch, runs: 0 };
    let mut search = Search { best, maker, duel: None, budget, start: Instant::now(), seen };
    while search.pass() {}
    search.best
}

struct Search<'a> {
    best: Shrunk,
    maker: &'a Maker<'a>,
    duel: Option<Duel>,
    budget: Budget,
    start: Instant,
    seen: &'a mut dyn FnMut(&Case),
}

impl Search<'_> {
    /// Tries everything once; says whether something helped.
    fn pass(&mut self) -> bool {
        let before = self.best.case.clone();
        self.drop_jobs();
        self.drop_commands();
        self.simplify_commands();
        self.simplify_rest();
        self.best.case != before && !self.spent()
    }

    fn spent(&self) -> bool {
        self.best.runs >= self.budget.runs || self.start.elapsed() >= self.budget.time
    }

    /// Keeps a change when the case still fails.
    fn attempt(&mut self, change: impl FnOnce(&mut Case)) -> bool {
        let mut case = self.best.case.clone();
        change(&mut case);
        if case == self.best.case || self.spent() {
            return false;
        }
        let Some(mismatch) = self.fails(&case) else { return false };
        (self.seen)(&case);
        (self.best.case, self.best.mismatch) = (case, mismatch);
        true
    }

    fn fails(&mut self, case: &Case) -> Option<Mismatch> {
        let golden = case.golden().ok()?;
        if self.duel.as_ref().is_none_or(|duel| *duel.config() != case.config) {
            self.duel = Some(Duel::of(&case.config, self.maker, None).ok()?);
        }
        self.best.runs += 1;
        let mismatch = self.duel.as_mut()?.run(case, &golden).err()?;
        alike(&mismatch, &self.best.mismatch).then_some(mismatch)
    }

    fn drop_jobs(&mut self) {
        for job in (0..self.best.case.jobs.len()).rev() {
            self.attempt(|case| {
                case.jobs.truncate(job);
            });
            self.attempt(|case| {
                if job < case.jobs.len() {
                    case.jobs.remove(job);
                }
            });
        }
    }

    /// Drops ever smaller runs of commands.
    fn drop_commands(&mut self) {
        let mut size = self.best.case.commands().next_power_of_two() / 2;
        while size > 0 {
            let mut at = 0;
            while at < self.best.case.commands() {
                if !self.attempt(|case| remove(case, at..at + size)) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    fn simplify_commands(&mut self) {
        for at in 0..self.best.case.commands() {
            for change in CHANGES {
                self.attempt(|case| {
                    let bus = case.config.bus_bytes();
                    if let Some(item) = case.jobs.iter_mut().flat_map(|j| &mut j.items).nth(at) {
                        change(&mut item.body, bus);
                    }
                });
            }
        }
    }

    fn simplify_rest(&mut self) {
        self.attempt(|case| case.stall = 0.0);
        self.attempt(|case| case.latency = 1);
        self.attempt(|case| case.jobs.iter_mut().for_each(|job| job.links = 0));
        self.attempt(|case| {
            case.jobs.iter_mut().flat_map(|job| &mut job.items).for_each(|item| item.stamp = 0);
        });
        let tried = if self.budget.configurations { PLAINER } else { &[] };
        for plainer in tried {
            self.attempt(|case| {
                plainer(&mut case.config);
                // Room for LM may have moved.
                let dump = case.memory.dump;
                case.memory.bytes = dump + u64::from(case.config.memory.lm_bytes);
            });
        }
    }
}

/// Whether two mismatches are of one kind. Wrong bytes are wrong bytes, wherever they are.
fn alike(a: &Mismatch, b: &Mismatch) -> bool {
    let bytes = |m: &Mismatch| matches!(m, Mismatch::External { .. } | Mismatch::Local { .. });
    bytes(a) && bytes(b) || std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// Removes commands by their numbers over all jobs, and jobs that become empty.
fn remove(case: &mut Case, numbers: std::ops::Range<usize>) {
    let mut number = 0;
    for job in &mut case.jobs {
        job.items.retain(|_| {
            number += 1;
            !numbers.contains(&(number - 1))
        });
    }
    case.jobs.retain(|job| !job.items.is_empty());
}

/// Makes a body simpler in one way; knows the bytes of the bus.
type Change = fn(&mut Body, u32);

const CHANGES: &[Change] = &[
    |body, bus| on_move(body, |m| *m = Move::contiguous(m.ext_addr, m.lm_addr, bus)),
    |body, _| on_move(body, |m| *m = Move::contiguous(m.ext_addr, m.lm_addr, m.run_bytes)),
    |body, _| on_move(body, |m| (m.count3, m.ext_stride3, m.lm_stride3) = (1, 0, 0)),
    |body, _| on_move(body, |m| (m.count2, m.ext_stride2, m.lm_stride2) = (1, 0, 0)),
    |body, _| on_move(body, |m| (m.count1, m.ext_stride1, m.lm_stride1) = (1, 0, 0)),
    |body, bus| on_move(body, |m| m.run_bytes = bus),
    |body, bus| on_move(body, |m| m.run_bytes = (m.run_bytes / 2).next_multiple_of(bus)),
    |body, bus| on_move(body, |m| m.run_bytes = (m.run_bytes - bus).max(bus)),
    |body, _| on_matrix(body, |m| (m.out_w, m.k_tiles, m.n_tiles) = (1, 1, 1)),
    |body, _| on_matrix(body, |m| m.k_tiles = 1),
    |body, _| on_matrix(body, |m| m.n_tiles = 1),
    |body, _| on_matrix(body, |m| m.out_w = 1),
    |body, _| on_matrix(body, |m| m.out_w = m.out_w.div_ceil(2)),
    |body, _| on_matrix(body, |m| m.out_w = (m.out_w - 1).max(1)),
    |body, _| on_matrix(body, |m| m.accumulate = false),
    |body, _| on_matrix(body, |m| m.a_stride_w = 0),
    |body, _| on_post(body, |p| (p.rows, p.n_tiles) = (1, 1)),
    |body, _| on_post(body, |p| p.n_tiles = 1),
    |body, _| on_post(body, |p| p.rows = 1),
    |body, _| on_post(body, |p| p.rows = p.rows.div_ceil(2)),
    |body, _| on_post(body, |p| p.rows = (p.rows - 1).max(1)),
    |body, _| on_post(body, |p| (p.lo, p.hi) = (-128, 127)),
    |body, _| on_post(body, |p| p.zero_point = 0),
];

fn on_move(body: &mut Body, change: impl FnOnce(&mut Move)) {
    if let Body::Load(body) | Body::Store(body) = body {
        change(body);
    }
}

fn on_matrix(body: &mut Body, change: impl FnOnce(&mut Matrix)) {
    if let Body::Matrix(body) = body {
        change(body);
    }
}

fn on_post(body: &mut Body, change: impl FnOnce(&mut Post)) {
    if let Body::Post(body) = body {
        change(body);
    }
}

/// Ways to make a configuration plainer.
pub const PLAINER: &[fn(&mut Config)] = &[
    |c| c.array.kind = Kind::Dot,
    |c| c.array.cuts.clear(),
    |c| c.memory.lm_banks = 1,
    |c| c.memory.ps_banks = 2,
    |c| c.post.lanes = c.array.cols,
    |c| c.bus.outstanding = 1,
    |c| c.bus.burst_beats = 1,
    |c| c.front.prefetch = 1,
    |c| c.front.queue = 1,
    |c| c.front.semaphores = 12,
    |c| c.reset.kind = ResetKind::Async,
];
