//! Coverage: which bits of which signals changed, which cover points were reached.
//!
//! What a run covered is a value: it can be written to a file, merged with that of other runs of the
//! same design, judged against thresholds and shown.

use crate::kernel::limbs;
use crate::names::Names;
use crate::properties::CoverPoint;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// What the runs of a design covered so far, by hierarchical path from the top.
///
/// A signal is everything named that can change: ports, registers, wires and named values; several
/// names of one value count once, under the first. Clocks and constants are left out, and so are the
/// constant bits above a value that was extended with zeros.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Coverage {
    /// Bits that rose and fell between two clock edges.
    pub signals: BTreeMap<String, Toggles>,
    /// How often each cover point was reached.
    pub points: BTreeMap<String, u64>,
}

/// The changes of one signal.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Toggles {
    /// Width in bits, without constant zeros above.
    pub width: u32,
    /// Bits that went from 0 to 1, 64 to an element, least significant first.
    pub rose: Vec<u64>,
    /// Bits that went from 1 to 0.
    pub fell: Vec<u64>,
}

impl Toggles {
    fn count(&self) -> Share {
        let ones = |limbs: &[u64]| limbs.iter().map(|l| u64::from(l.count_ones())).sum::<u64>();
        Share { covered: ones(&self.rose) + ones(&self.fell), of: 2 * u64::from(self.width) }
    }

    /// Whether the lists are as long as the width asks.
    fn is_whole(&self) -> bool {
        [&self.rose, &self.fell].iter().all(|list| list.len() == limbs(self.width))
    }

    fn missing(&self, seen: &[u64]) -> Vec<u32> {
        let is_seen =
            |bit: u32| seen.get(bit as usize / 64).is_some_and(|l| l >> (bit % 64) & 1 == 1);
        (0..self.width).filter(|&bit| !is_seen(bit)).collect()
    }
}

/// Covered things of all things.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Share {
    /// Number covered.
    pub covered: u64,
    /// Number there are.
    pub of: u64,
}

impl Share {
    /// The share in percent; of nothing, 100.
    pub fn percent(self) -> f64 {
        match self.of {
            0 => 100.0,
            of => 100.0 * self.covered as f64 / of as f64,
        }
    }

    fn add(&mut self, other: Share) {
        self.covered += other.covered;
        self.of += other.of;
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            0 => f.write_str("nothing to measure"),
            of => write!(f, "{:.1} % ({} of {of})", self.percent(), self.covered),
        }
    }
}

/// Why two runs cannot be merged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MergeError {
    /// A signal has another width: they are not of one design.
    Width {
        /// The signal.
        path: String,
        /// Its widths.
        widths: (u32, u32),
    },
    /// A signal or cover point is in one of them only: they are not of one design.
    Missing {
        /// Its path.
        path: String,
    },
    /// The lists of changes of a signal are not as long as its width asks: the file is damaged.
    Damaged {
        /// The signal.
        path: String,
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Width { path, widths: (a, b) } => write!(
                f,
                "`{path}` has {a} bits in one run and {b} in the other; merge runs of one design"
            ),
            MergeError::Missing { path } => {
                write!(f, "`{path}` is in one of the runs only; merge runs of one design")
            }
            MergeError::Damaged { path } => {
                write!(f, "the changes of `{path}` do not fit its width; write the file again")
            }
        }
    }
}

impl std::error::Error for MergeError {}

/// What a test plan asks for, in percent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Thresholds {
    /// Of the changes of all bits.
    pub toggles: f64,
    /// Of the cover points.
    pub points: f64,
}

impl Coverage {
    /// Of cover points alone.
    pub(crate) fn of_points(points: Vec<CoverPoint>) -> Self {
        let points = points.into_iter().map(|p| (p.path, p.hits)).collect();
        Coverage { signals: BTreeMap::new(), points }
    }

    /// Adds what another run covered. One of them may be empty ([`Coverage::default`]), or without
    /// signals because they were not collected.
    ///
    /// # Errors
    /// When they are not of one design, or a signal is damaged; nothing is merged then.
    pub fn merge(&mut self, other: &Coverage) -> Result<(), MergeError> {
        self.clash(other).map_or(Ok(()), Err)?;
        for (path, theirs) in &other.signals {
            let ours = self.signals.entry(path.clone()).or_insert_with(|| theirs.clone());
            join(&mut ours.rose, &theirs.rose);
            join(&mut ours.fell, &theirs.fell);
        }
        for (path, hits) in &other.points {
            *self.points.entry(path.clone()).or_default() += hits;
        }
        Ok(())
    }

    /// Why the two cannot be merged.
    fn clash(&self, other: &Coverage) -> Option<MergeError> {
        let damaged = self.signals.iter().chain(&other.signals).find(|(_, s)| !s.is_whole());
        if let Some((path, _)) = damaged {
            return Some(MergeError::Damaged { path: path.clone() });
        }
        let empty = |c: &Coverage| c.signals.is_empty() && c.points.is_empty();
        let points = if empty(self) || empty(other) {
            None
        } else {
            only_in_one(&self.points, &other.points)
        };
        let signals = if self.signals.is_empty() || other.signals.is_empty() {
            None
        } else {
            only_in_one(&self.signals, &other.signals)
        };
        if let Some(path) = signals.or(points) {
            return Some(MergeError::Missing { path: path.clone() });
        }
        other.signals.iter().find_map(|(path, theirs)| {
            let widths = (self.signals.get(path)?.width, theirs.width);
            (widths.0 != widths.1).then(|| MergeError::Width { path: path.clone(), widths })
        })
    }

    /// The numbers, and the list of what is not covered.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for (path, toggles) in &self.signals {
            summary.toggles.add(toggles.count());
            let scope = path.rsplit_once('.').map_or("", |(scope, _)| scope);
            summary.scopes.entry(scope.to_string()).or_default().add(toggles.count());
            let never_rose = toggles.missing(&toggles.rose);
            let never_fell = toggles.missing(&toggles.fell);
            if !never_rose.is_empty() || !never_fell.is_empty() {
                summary.signals.insert(path.clone(), Missing { never_rose, never_fell });
            }
        }
        summary.points.of = self.points.len() as u64;
        summary.points.covered = self.points.values().filter(|hits| **hits > 0).count() as u64;
        let never = self.points.iter().filter(|(_, hits)| **hits == 0);
        summary.unreached = never.map(|(path, _)| path.clone()).collect();
        summary
    }

    /// Judges the coverage.
    ///
    /// # Errors
    /// The summary, which names what is missing, when a share is below its threshold, or there is
    /// nothing to measure for a threshold above 0: a design without cover points, or signals that
    /// nobody collected ([`collect_coverage`](crate::Simulator::collect_coverage)).
    pub fn check(&self, thresholds: Thresholds) -> Result<(), Box<Summary>> {
        let summary = self.summary();
        let enough =
            |share: Share, least: f64| least <= 0.0 || (share.of > 0 && share.percent() >= least);
        if enough(summary.toggles, thresholds.toggles) && enough(summary.points, thresholds.points)
        {
            Ok(())
        } else {
            Err(Box::new(summary))
        }
    }
}

/// A key of one map that the other lacks.
fn only_in_one<'m, V>(
    a: &'m BTreeMap<String, V>,
    b: &'m BTreeMap<String, V>,
) -> Option<&'m String> {
    let only = |x: &'m BTreeMap<String, V>, y: &BTreeMap<String, V>| {
        x.keys().find(|path| !y.contains_key(*path))
    };
    only(a, b).or_else(|| only(b, a))
}

fn join(ours: &mut [u64], theirs: &[u64]) {
    ours.iter_mut().zip(theirs).for_each(|(a, b)| *a |= b);
}

/// The result of a campaign, to read ([`Display`](fmt::Display)) or to serialise.
#[derive(Clone, PartialEq, Default, Debug, Serialize)]
pub struct Summary {
    /// Changes of bits, rising and falling.
    pub toggles: Share,
    /// Cover points.
    pub points: Share,
    /// Changes of bits in each instance; the top is "".
    pub scopes: BTreeMap<String, Share>,
    /// Cover points never reached.
    pub unreached: Vec<String>,
    /// Signals with bits that did not rise or fall.
    pub signals: BTreeMap<String, Missing>,
}

/// Bits of a signal that are not covered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Missing {
    /// Bits that never went from 0 to 1.
    pub never_rose: Vec<u32>,
    /// Bits that never went from 1 to 0.
    pub never_fell: Vec<u32>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "cover points  {}", self.points)?;
        for path in &self.unreached {
            writeln!(f, "  never reached: {path}")?;
        }
        writeln!(f, "toggles       {}", self.toggles)?;
        for (scope, share) in &self.scopes {
            let scope = if scope.is_empty() { "(top)" } else { scope };
            writeln!(f, "  {scope}: {share}")?;
        }
        for (path, missing) in &self.signals {
            writeln!(f, "  {path}: {missing}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.never_rose == self.never_fell {
            return write!(f, "bits {} never changed", ranges(&self.never_rose));
        }
        let part = |bits: &[u32], what| match bits.is_empty() {
            true => None,
            false => Some(format!("bits {} never {what}", ranges(bits))),
        };
        let parts = [part(&self.never_rose, "rose"), part(&self.never_fell, "fell")];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// `0, 3-7`.
fn ranges(bits: &[u32]) -> String {
    let runs = bits.chunk_by(|a, b| a + 1 == *b);
    let text = runs.map(|run| match run {
        [bit] => bit.to_string(),
        run => format!("{}-{}", run[0], run[run.len() - 1]),
    });
    text.collect::<Vec<_>>().join(", ")
}

/// A signal that is watched.
struct Watched {
    path: String,
    slot: usize,
    /// First limb of its part of the tables.
    at: usize,
    width: u32,
}

/// Watches the signals of a simulation.
pub(crate) struct Collector {
    signals: Vec<Watched>,
    last: Vec<u64>,
    rose: Vec<u64>,
    fell: Vec<u64>,
}

impl Collector {
    /// Watches all signals from the values `vals` on.
    pub fn new(names: &Names, vals: &[u64]) -> Self {
        let (mut signals, mut last, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for scope in 0..names.scopes.len() {
            for signal in names.signals(scope) {
                let (slot, width) = (signal.slot as usize, signal.changing);
                if signal.is_clock || width == 0 || !seen.insert((slot, width)) {
                    continue;
                }
                let path = names.path(scope, signal.name);
                signals.push(Watched { path, slot, at: last.len(), width });
                last.extend_from_slice(&vals[slot..][..limbs(width)]);
            }
        }
        let none = vec![0; last.len()];
        Collector { signals, last, rose: none.clone(), fell: none }
    }

    /// Compares with the values of the last edge.
    pub fn sample(&mut self, vals: &[u64]) {
        for signal in &self.signals {
            for i in 0..limbs(signal.width) {
                let (now, at) = (vals[signal.slot + i], signal.at + i);
                let before = std::mem::replace(&mut self.last[at], now);
                self.rose[at] |= !before & now;
                self.fell[at] |= before & !now;
            }
        }
    }

    /// What was seen so far, with `points`.
    pub fn coverage(&self, points: Vec<CoverPoint>) -> Coverage {
        let toggles = |s: &Watched| {
            let part = s.at..s.at + limbs(s.width);
            let (rose, fell) = (self.rose[part.clone()].to_vec(), self.fell[part].to_vec());
            (s.path.clone(), Toggles { width: s.width, rose, fell })
        };
        Coverage {
            signals: self.signals.iter().map(toggles).collect(),
            ..Coverage::of_points(points)
        }
    }
}
