//! Assertions, assumptions and cover points, checked at every clock edge.

use crate::flatten::Flat;
use crate::graph::{Arg, FlatOp, Graph, Value};
use crate::schedule::Schedule;
use seedbed_ir::{Binary, Diagnostic, Loc, PropKind, Property, ResetKind, Ty, Unary};
use std::fmt;

/// Failures that are kept; a design that fails at every edge must not fill memory.
const MOST: usize = 1000;

/// A property of one instance.
pub(crate) struct FlatProp {
    pub kind: PropKind,
    /// Path from the top, without its name.
    pub path: String,
    pub message: String,
    pub at: Loc,
    /// Port index of the top's clock.
    pub clock: u32,
    /// Reset signal, and its value while the reset is on.
    pub disable: Option<(Value, u64)>,
    pub when: Option<Value>,
    pub holds: Value,
}

impl Flat<'_> {
    /// Adds the properties of an instance.
    pub fn connect_props(&mut self, inst: u32) -> Result<(), Diagnostic> {
        for prop in self.tree.module(inst).props.values() {
            let flat = self.prop(inst, prop)?;
            self.props.push(flat);
        }
        Ok(())
    }

    fn prop(&mut self, inst: u32, prop: &Property) -> Result<FlatProp, Diagnostic> {
        let disable = match prop.disable {
            Some(d) => Some((self.port(inst, d.port)?, level_when_on(d.kind))),
            None => None,
        };
        Ok(FlatProp {
            kind: prop.kind,
            path: self.tree.path_of(inst, &prop.name),
            message: prop.message.clone(),
            at: prop.at,
            clock: self.clock(inst, prop.clock, &prop.name)?,
            disable,
            when: prop.when.map(|n| self.node(inst, n)).transpose()?,
            holds: self.node(inst, prop.holds)?,
        })
    }
}

impl FlatProp {
    /// A bit: at an edge, the property fails, or a cover point is reached.
    pub fn hit(&self, graph: &mut Graph) -> Value {
        let arg = |value| Arg { value, ty: Ty::uint(1) };
        let not = |graph: &mut Graph, v| graph.add(FlatOp::Unary(Unary::Not), 1, vec![arg(v)]);
        let mut hit = match self.kind {
            PropKind::Cover => self.holds,
            _ => not(graph, self.holds),
        };
        let off = self.disable.map(|(reset, on)| if on == 1 { not(graph, reset) } else { reset });
        for condition in self.when.into_iter().chain(off) {
            let args = vec![arg(hit), arg(condition)];
            hit = graph.add(FlatOp::Binary(Binary::And), 1, args);
        }
        hit
    }
}

fn level_when_on(kind: ResetKind) -> u64 {
    u64::from(!kind.is_low())
}

/// An assertion that did not hold, or an assumption that the stimulus broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// [`PropKind::Assert`] or [`PropKind::Assume`].
    pub kind: PropKind,
    /// Instances and name, joined by dots, such as `u_fifo.no_overflow`.
    pub path: String,
    /// The message it was stated with; may be empty.
    pub message: String,
    /// The line that states it.
    pub at: Loc,
    /// Clock edges before the one at which it failed.
    pub cycle: u64,
    /// The lane that failed; 0 in a simulator of one lane.
    pub lane: usize,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lane {
            0 => write!(f, "cycle {}: ", self.cycle)?,
            lane => write!(f, "cycle {}, lane {lane}: ", self.cycle)?,
        }
        match self.kind {
            PropKind::Assume => write!(f, "assumption `{}` broken by the stimulus", self.path)?,
            _ => write!(f, "assertion `{}` failed", self.path)?,
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        write!(f, "\n  --> {}", self.at)
    }
}

/// A cover point and how often it was reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CoverPoint {
    /// Instances and name, joined by dots.
    pub path: String,
    /// The line that states it.
    pub at: Loc,
    /// Clock edges at which it was reached.
    pub hits: u64,
}

/// A property with slots.
struct Check {
    clock: u32,
    disable: Option<(usize, u64)>,
    when: Option<usize>,
    holds: usize,
    /// Whether it is a cover point.
    cover: bool,
    /// Index into the descriptions.
    what: usize,
    hits: u64,
}

/// All properties of a design.
pub(crate) struct Properties {
    checks: Vec<Check>,
    /// Each with cycle and lane 0.
    descriptions: Vec<Failure>,
    failures: Vec<Failure>,
}

impl Properties {
    pub fn new(flat: &Flat<'_>, schedule: &Schedule) -> Self {
        let slot = |v: Value| schedule.slots[v as usize] as usize;
        let check = |(what, p): (usize, &FlatProp)| Check {
            clock: p.clock,
            disable: p.disable.map(|(v, on)| (slot(v), on)),
            when: p.when.map(slot),
            holds: slot(p.holds),
            cover: p.kind == PropKind::Cover,
            what,
            hits: 0,
        };
        let describe = |p: &FlatProp| Failure {
            kind: p.kind,
            path: p.path.clone(),
            message: p.message.clone(),
            at: p.at,
            cycle: 0,
            lane: 0,
        };
        Properties {
            checks: flat.props.iter().enumerate().map(check).collect(),
            descriptions: flat.props.iter().map(describe).collect(),
            failures: Vec::new(),
        }
    }

    /// Whether there is nothing to check.
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Checks everything on `clock` (`None`: on all clocks) with the settled values of a lane before the
    /// edge of a cycle.
    pub fn check(&mut self, vals: &[u64], clock: Option<u32>, at: (usize, u64)) {
        self.record(clock, at, |_, check| check.is_hit(vals));
    }

    /// As [`check`](Self::check); `hits` says of each property whether it is hit.
    pub fn check_hits(&mut self, hits: &[bool], clock: Option<u32>, at: (usize, u64)) {
        self.record(clock, at, |i, _| hits[i]);
    }

    fn record(
        &mut self,
        clock: Option<u32>,
        (lane, cycle): (usize, u64),
        is_hit: impl Fn(usize, &Check) -> bool,
    ) {
        for (i, check) in self.checks.iter_mut().enumerate() {
            let ticks = clock.is_none_or(|only| only == check.clock);
            if ticks && is_hit(i, check) {
                check.hits += 1;
                if !check.cover && self.failures.len() < MOST {
                    let what = self.descriptions[check.what].clone();
                    self.failures.push(Failure { cycle, lane, ..what });
                }
            }
        }
    }

    /// Assertions and assumptions that do not hold with these values of a lane in a cycle.
    pub fn failing<'p>(
        &'p self,
        vals: &'p [u64],
        (lane, cycle): (usize, u64),
    ) -> impl Iterator<Item = Failure> + 'p {
        let fails = |c: &&Check| !c.cover && c.is_hit(vals);
        let failure = move |c: &Check| Failure { cycle, lane, ..self.descriptions[c.what].clone() };
        self.checks.iter().filter(fails).map(failure)
    }

    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    pub fn cover_points(&self) -> Vec<CoverPoint> {
        let point = |check: &Check| {
            let what = &self.descriptions[check.what];
            CoverPoint { path: what.path.clone(), at: what.at, hits: check.hits }
        };
        self.checks.iter().filter(|c| c.cover).map(point).collect()
    }
}

impl Check {
    fn is_hit(&self, vals: &[u64]) -> bool {
        self.disable.is_none_or(|(slot, on)| vals[slot] != on)
            && self.when.is_none_or(|slot| vals[slot] == 1)
            && (vals[self.holds] == 1) == self.cover
    }
}
