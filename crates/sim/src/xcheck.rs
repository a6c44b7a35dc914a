//! Whether anything depends on what was in the registers at power-up.
//!
//! Simulated values are two-state, so an unknown does not spread by itself. Instead a design runs several
//! times, from different contents of all registers and memories, with the same inputs: after reset the
//! outputs and the properties must agree. What differs depends on state that nobody set. The first run is
//! random and the second its complement, so that every single bit differs; two more random ones find what
//! is the same when all bits turn, such as whether two registers are equal.

use crate::bench::rng::Rng;
use crate::flatten::Flat;
use crate::gates;
use crate::graph::{FlatOp, Value};
use crate::names::Names;
use crate::properties::Failure;
use crate::simulator::Simulator;
use seedbed_ir::{Bits, Design, Diagnostic, Dir, Entity};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::{fmt, iter};

/// Runs from random contents beside the first one and its complement.
const MORE: u64 = 2;

/// Sources that a report lists.
const MOST: usize = 10;

/// A check of a design; see [`run`](XCheck::run).
///
/// ```
/// # use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig};
/// use seedbed_sim::XCheck;
/// # #[derive(Clone, PartialEq, Eq, Hash, Debug)]
/// # struct Counter { reset: bool }
/// # impl Module for Counter {
/// #     type Io<'m> = (Sig<'m>, Sig<'m>);
/// #     fn name(&self) -> String { "counter".into() }
/// #     fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
/// #         (p.input("en", bit()), p.output("count", uint(8)))
/// #     }
/// #     fn build<'m>(&self, m: &'m Scope, (en, out): Self::Io<'m>) {
/// #         let count = match self.reset {
/// #             true => m.reg("count_q", uint(8), 0),
/// #             false => m.reg_no_reset("count_q", uint(8)),
/// #         };
/// #         m.when(en, || count.set(count.wrapping_add(1)));
/// #         out.set(count);
/// #         m.reg("other_q", bit(), 0).set(en);
/// #     }
/// # }
/// # let [good, bad] = [true, false].map(|reset| {
/// #     elaborate(&Counter { reset }, &Settings::default()).unwrap()
/// # });
/// let check = |design| {
///     XCheck::new(design).run(20, |sim, cycle| {
///         sim.set(sim.input("rst_n").unwrap(), u64::from(cycle >= 2));
///         sim.set(sim.input("en").unwrap(), 1);
///     })
/// };
/// assert!(check(&good).is_ok());
/// let difference = check(&bad).unwrap_err();
/// assert_eq!((difference.signal.as_str(), difference.cycle), ("count", 2));
/// assert_eq!(difference.sources[0].path, "count_q");
/// ```
#[derive(Clone, Debug)]
pub struct XCheck<'d> {
    design: &'d Design,
    seed: u64,
    from: u64,
    qualifiers: HashMap<String, String>,
}

/// A run that is compared with the first one.
struct Other {
    sim: Simulator,
    /// State that differed from that of the first run, and since when.
    since: BTreeMap<String, u64>,
}

impl<'d> XCheck<'d> {
    /// A check that compares from cycle 2 on. Where an output `NAME_valid` is, the other outputs `NAME_*`
    /// count only while it is 1 in one of the runs (but `NAME_ready` always); of several the one with the
    /// longest `NAME` decides. So do `awvalid`, `wvalid`, `bvalid`, `arvalid` and `rvalid` of AXI, also
    /// behind `NAME_`, for the signals of their channel such as `rdata`.
    pub fn new(design: &'d Design) -> Self {
        let qualifiers = design.modules.values().next_back().map(streams).unwrap_or_default();
        XCheck { design, seed: 1, from: 2, qualifiers }
    }

    /// Other random contents.
    pub fn seed(self, seed: u64) -> Self {
        XCheck { seed, ..self }
    }

    /// Compares from this cycle on: the first one after reset.
    pub fn compare_from(self, cycle: u64) -> Self {
        XCheck { from: cycle, ..self }
    }

    /// The output counts only while the output `valid` is 1 in one of the runs.
    pub fn qualify(mut self, output: impl Into<String>, valid: impl Into<String>) -> Self {
        self.qualifiers.insert(output.into(), valid.into());
        self
    }

    /// Runs `cycles` cycles. In each, `stimulus` sets the inputs of the first run, given the number of
    /// the cycle; the other runs get the same inputs.
    ///
    /// # Errors
    /// The first difference.
    ///
    /// # Panics
    /// As [`Simulator::new`].
    pub fn run(
        &self,
        cycles: u64,
        mut stimulus: impl FnMut(&mut Simulator, u64),
    ) -> Result<(), Box<XDifference>> {
        let mut first = Simulator::new(self.design);
        first.scramble(self.seed);
        let mut others = self.others();
        first.recorded();
        for cycle in 0..cycles {
            stimulus(&mut first, cycle);
            let driven = first.recorded();
            for other in &mut others {
                other.sim.replay(&driven);
                if cycle < self.from {
                    continue;
                }
                for path in first.different_state(&other.sim) {
                    other.since.entry(path).or_insert(cycle);
                }
                if let Some(found) = self.compare(&mut first, &mut other.sim) {
                    return Err(self.report(cycle, found, std::mem::take(&mut other.since)));
                }
            }
            first.tick();
            others.iter_mut().for_each(|other| other.sim.tick());
        }
        Ok(())
    }

    /// The runs that the first one is compared with.
    fn others(&self) -> Vec<Other> {
        let start = |scramble: &dyn Fn(&mut Simulator)| {
            let mut sim = Simulator::new(self.design);
            scramble(&mut sim);
            Other { sim, since: BTreeMap::new() }
        };
        let complement = start(&|sim| sim.scramble_complement(self.seed));
        let mut seeds = Rng::new(self.seed);
        let more = (0..MORE).map(|_| seeds.next_u64());
        iter::once(complement).chain(more.map(|seed| start(&|sim| sim.scramble(seed)))).collect()
    }

    /// The first output or property that differs in this cycle.
    fn compare(&self, a: &mut Simulator, b: &mut Simulator) -> Option<(String, (Bits, Bits))> {
        if let Some(found) = self.outputs(a, b) {
            return Some(found);
        }
        let (a, b) = (a.failing(), b.failing());
        let only = |x: &[Failure], y: &[Failure]| x.iter().find(|f| !y.contains(f)).cloned();
        // A property that fails is 0.
        let (held, failed) = (Bits::ones(1), Bits::zero(1));
        match (only(&a, &b), only(&b, &a)) {
            (Some(f), _) => Some((f.path, (failed, held))),
            (None, Some(f)) => Some((f.path, (held, failed))),
            (None, None) => None,
        }
    }

    /// The first output that differs and counts.
    fn outputs(&self, a: &Simulator, b: &Simulator) -> Option<(String, (Bits, Bits))> {
        let top = self.design.modules.values().next_back()?;
        let of = |sim: &Simulator, name: &str| sim.output(name).map(|p| sim.get_bits(p));
        let is_valid =
            |name: &str| [a, b].into_iter().any(|sim| of(sim, name).is_none_or(|v| !v.is_zero()));
        let outputs = top.ports.values().filter(|p| p.dir == Dir::Output);
        outputs.into_iter().find_map(|p| {
            let values = (of(a, &p.name)?, of(b, &p.name)?);
            let counts = self.qualifiers.get(&p.name).is_none_or(|valid| is_valid(valid));
            (values.0 != values.1 && counts).then(|| (p.name.clone(), values))
        })
    }

    fn report(
        &self,
        cycle: u64,
        (signal, values): (String, (Bits, Bits)),
        since: BTreeMap<String, u64>,
    ) -> Box<XDifference> {
        let reaches = cone(self.design, &signal).unwrap_or_default();
        let relevant = |path: &String| reaches.is_empty() || reaches.contains(path);
        let mut sources: Vec<XSource> = since
            .into_iter()
            .filter(|(path, _)| relevant(path))
            .map(|(path, since)| XSource { path, since })
            .collect();
        sources.sort_by_key(|s| s.since);
        sources.truncate(MOST);
        Box::new(XDifference { cycle, signal, values, sources })
    }
}

/// The outputs of `top` that belong to a valid signal, and that signal.
fn streams(top: &seedbed_ir::Module) -> HashMap<String, String> {
    let outputs = top.ports.values().filter(|p| p.dir == Dir::Output).map(|p| p.name.as_str());
    let outputs: Vec<&str> = outputs.collect();
    let payload = outputs.iter().filter(|n| !n.ends_with("ready") && !n.ends_with("valid"));
    let pair = |name: &&str| {
        let valids = outputs.iter().filter_map(|valid| Some((shared(name, valid)?, *valid)));
        let (_, valid) = valids.max_by_key(|(length, _)| *length)?;
        Some((name.to_string(), valid.to_string()))
    };
    payload.filter_map(pair).collect()
}

/// The length of what `name` begins with as the output `valid` does, when that qualifies it.
fn shared(name: &str, valid: &str) -> Option<usize> {
    let prefix = valid.strip_suffix("valid")?;
    let rest = name.strip_prefix(prefix)?;
    let is_stream = prefix.len() > 1 && prefix.ends_with('_');
    let is_axi = |(channel, fields): &(&str, &[&str])| {
        let before = prefix.strip_suffix(channel);
        before.is_some_and(|b| b.is_empty() || b.ends_with('_')) && fields.contains(&rest)
    };
    (is_stream || AXI.iter().any(is_axi)).then_some(prefix.len())
}

const ADDRESS: &[&str] =
    &["id", "addr", "len", "size", "burst", "lock", "cache", "prot", "qos", "region", "user"];

/// The channels of AXI and their signals.
const AXI: [(&str, &[&str]); 5] = [
    ("aw", ADDRESS),
    ("w", &["id", "data", "strb", "last", "user"]),
    ("b", &["id", "resp", "user"]),
    ("ar", ADDRESS),
    ("r", &["id", "data", "resp", "last", "user"]),
];

/// An output or property that depends on what was in registers or memories at power-up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XDifference {
    /// The cycle.
    pub cycle: u64,
    /// The output, or the property that held in one run only.
    pub signal: String,
    /// Its values in the two runs; those of a property are 1 where it held.
    pub values: (Bits, Bits),
    /// Registers and memories that it depends on and that differed, the earliest first; at most 10.
    pub sources: Vec<XSource>,
}

/// State that differed between the runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct XSource {
    /// Path of a register, or of a memory whose read data differed.
    pub path: String,
    /// The first cycle compared in which it differed.
    pub since: u64,
}

impl fmt::Display for XDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cycle, signal, values: (a, b), .. } = self;
        write!(
            f,
            "cycle {cycle}: `{signal}` is {a:?} or {b:?}, depending on the contents of registers and \
             memories at power-up; reset them, or set them before they matter"
        )?;
        for XSource { path, since } in &self.sources {
            write!(f, "\n  `{path}` differs since cycle {since}")?;
        }
        Ok(())
    }
}

impl std::error::Error for XDifference {}

/// The registers and memories that the top's output, or the property, `signal` depends on, through any
/// number of cycles.
fn cone(design: &Design, signal: &str) -> Result<HashSet<String>, Diagnostic> {
    let design = gates::lowered(design);
    let mut flat = Flat::new(&design)?;
    let names = Names::new(&mut flat)?;
    let mut todo: Vec<Value> = match flat.props.iter().find(|p| p.path == signal) {
        Some(p) => {
            let disable = p.disable.map(|(reset, _)| reset);
            p.when.into_iter().chain(disable).chain([p.holds]).collect()
        }
        None => {
            let port = flat.tree.module(0).port(signal);
            port.map(|p| flat.ports[p.index()]).into_iter().collect()
        }
    };
    let regs: HashMap<Value, usize> =
        flat.regs.iter().enumerate().map(|(i, r)| (r.out, i)).collect();
    let reads = |(i, m): (usize, &crate::flatten::FlatMem)| {
        m.ports.iter().filter_map(move |p| Some((p.out?, i))).collect::<Vec<_>>()
    };
    let mems: HashMap<Value, usize> = flat.mems.iter().enumerate().flat_map(reads).collect();
    let mut seen = HashSet::new();
    while let Some(value) = todo.pop() {
        if !seen.insert(value) {
            continue;
        }
        let node = &flat.graph.nodes[value as usize];
        todo.extend(node.args.iter().map(|a| a.value));
        if !matches!(node.op, FlatOp::State(_)) {
            continue;
        }
        if let Some(&i) = regs.get(&value) {
            let reg = &flat.regs[i];
            let reset = reg.reset.as_ref().map(|(signal, ..)| *signal);
            todo.extend([reg.next].into_iter().chain(reg.enable).chain(reset));
        }
        if let Some(&i) = mems.get(&value) {
            for p in &flat.mems[i].ports {
                todo.extend(
                    [p.addr, p.enable].into_iter().chain(p.write).chain(p.data).chain(p.mask),
                );
            }
        }
    }
    let mut found = HashSet::new();
    for scope in 0..names.scopes.len() {
        let regs = names.signals(scope).filter(|s| s.is_reg && seen.contains(&s.slot));
        found.extend(regs.map(|s| names.path(scope, s.name)));
        for (i, name) in names.mems(scope) {
            let outs = flat.mems[i].ports.iter().filter_map(|p| p.out);
            if outs.into_iter().any(|o| seen.contains(&o)) {
                found.insert(names.path(scope, name));
            }
        }
    }
    Ok(found)
}
