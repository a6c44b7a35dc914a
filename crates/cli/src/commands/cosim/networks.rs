//! Random networks, compiled: graph = machine = RTL.

mod shrink;

pub use shrink::shrink;

use crate::engine;
use crate::report::Comparison;
use crate::session::{self, RtlFailure, Session, GRAPH_MACHINE};
use crate::workload::{chain, Random};
use anyhow::{anyhow, Context, Result};
use seedbed_compiler::{compile, Effort, Options};
use seedbed_cosim::divergence::{trace, Trace};
use seedbed_cosim::duel::{Duel, Maker};
use seedbed_cosim::random::Case;
use seedbed_cosim::{Harness, Host, MemoryTiming, Rtl};
use seedbed_golden::overlap;
use seedbed_model::Graph;
use seedbed_spec::numerics::Family;
use seedbed_spec::program::Program;
use seedbed_spec::Config;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// Fully connected layers with random weights and inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Values a row: of the input, and of each layer's output.
    pub widths: Vec<usize>,
    /// Rows of the one job.
    pub rows: usize,
    /// Whose rounding.
    pub family: Family,
    /// Seed of weights and inputs.
    pub seed: u64,
}

/// A network and everything else that a run of it depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkCase {
    /// The core.
    pub config: Config,
    /// Cycles from AR to R and from the last W to B.
    pub latency: u32,
    /// Probability with which each AXI channel holds in a cycle.
    pub stall: f64,
    /// Seed of the memory's holds.
    pub seed: u64,
    /// What it computes.
    pub network: Network,
}

/// How a network went.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Everything was equal.
    Equal,
    /// The compiler has no room for it on this core.
    Refused,
    /// Something was not equal.
    Different(Difference),
}

/// What was not equal.
#[derive(Clone, Debug)]
pub struct Difference {
    kind: Kind,
    what: String,
    /// The first wrong element of the outputs, when golden graph and machine differ.
    element: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// The compiled program is not ordered.
    Program,
    /// The RTL hangs, faults or breaks a rule of AXI.
    Rtl,
    /// Bytes of a comparison, by its name.
    Bytes(String),
    /// The RTL takes another time than the cycle model says.
    Cycles,
}

impl Difference {
    /// The first wrong element, if only golden models are needed to see it.
    pub fn element(&self) -> Option<String> {
        self.element.clone()
    }

    /// Whether both are of one kind, whatever the numbers.
    fn alike(&self, other: &Difference) -> bool {
        self.kind == other.kind
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {:?}, {} rows, family {:?}", self.widths, self.rows, self.family)
    }
}

impl Network {
    /// The network of a seed.
    pub fn random(seed: u64) -> Self {
        let mut random = Random(seed);
        let mut below = |n: u64| (random.next() >> 32) % n;
        let widths = (0..2 + below(3)).map(|_| 1 + below(48) as usize).collect();
        let rows = 1 + below(6) as usize;
        let family = [Family::Ref, Family::Opt][below(2) as usize];
        Network { widths, rows, family, seed: random.next() }
    }

    /// Its layers, and the rows that go in.
    fn made(&self) -> Result<(Graph, Vec<Vec<i8>>)> {
        let mut random = Random(self.seed);
        let graph = chain(&self.widths, &mut random)?;
        let inputs = (0..self.rows).map(|_| random.codes(self.widths[0]));
        Ok((graph, inputs.collect()))
    }

    /// What a comparison of a run says that is not equal.
    fn unequal(&self, comparison: &Comparison) -> Difference {
        let width = self.widths.last().copied().unwrap_or(1) as u64;
        let outputs = comparison.first.filter(|_| comparison.what == GRAPH_MACHINE);
        let element = outputs.map(|d| {
            let (row, column) = (d.at / width, d.at % width);
            format!("row {row}, output {column}: {} in graph, {} in machine", d.left, d.right)
        });
        let what = comparison.line().trim_end().to_string();
        Difference { kind: Kind::Bytes(comparison.what.clone()), what, element }
    }

    fn compiled(&self, graph: &Graph, config: &Config) -> Option<Program> {
        let rows = u32::try_from(self.rows).ok()?;
        let options = Options { family: self.family, rows, effort: Effort::default() };
        compile(graph, config, &options).ok()
    }
}

impl NetworkCase {
    /// The case of a JSON text.
    ///
    /// # Errors
    /// Anything that serialising one would not write, or a network that cannot be.
    pub fn from_json(text: &str) -> Result<Self> {
        let case: Self = serde_json::from_str(text)?;
        case.config.check().map_err(|v| anyhow!("configuration: {}: {}", v.key, v.what))?;
        let network = &case.network;
        if network.widths.len() < 2 || network.widths.contains(&0) || network.rows == 0 {
            return Err(anyhow!("a network has two widths or more, and rows; none of them is 0"));
        }
        Ok(case)
    }

    fn timing(&self) -> MemoryTiming {
        MemoryTiming { latency: self.latency, stall: self.stall, seed: self.seed }
    }

    /// Runs it on a core of its configuration, with waves to a file if wanted.
    pub fn run(&self, rtl: &Rtl, maker: &Maker, waves: Option<&Path>) -> Result<Verdict> {
        let (graph, inputs) = self.network.made()?;
        let Some(program) = self.network.compiled(&graph, &rtl.config) else {
            return Ok(Verdict::Refused);
        };
        if let Some(finding) = overlap::check(&program.commands, &rtl.config).first() {
            return Ok(different(Kind::Program, format!("the compiled program: {finding}")));
        }
        let timing = self.timing();
        let dut = maker(rtl, waves).map_err(|e| anyhow!(e))?;
        let harness = Harness::new(dut, &rtl.layout, program.memory_bytes as usize, timing)?;
        let core = Host::new(harness, &rtl.config);
        let family = self.network.family;
        let mut session = Session::new(&rtl.config, &graph, family, &program, Some(core), timing)?;
        let job = match session.job(&inputs) {
            Err(error) if error.is::<RtlFailure>() => {
                return Ok(different(Kind::Rtl, error.to_string()))
            }
            job => job?,
        };
        let unequal = session.comparisons().into_iter().find(|c| !c.equal());
        let unequal = unequal.map(|c| Verdict::Different(self.network.unequal(&c)));
        Ok(unequal.or_else(|| other_cycles(&job)).unwrap_or(Verdict::Equal))
    }

    /// The same on RTL that is generated for it.
    pub fn run_afresh(&self, maker: &Maker, waves: Option<&Path>) -> Result<Verdict> {
        self.run(&engine::rtl(&self.config)?, maker, waves)
    }

    /// The compiled program, and external memory before it.
    fn program(&self) -> Result<(Program, Vec<u8>)> {
        let (graph, inputs) = self.network.made()?;
        let program = self.network.compiled(&graph, &self.config).context("no room")?;
        let mut external = program.memory_image();
        session::put_rows(&mut external, &program.input, &inputs);
        Ok((program, external))
    }

    /// Commands of the compiled program.
    pub fn commands(&self) -> Result<usize> {
        Ok(self.program()?.0.commands.len())
    }

    /// The commands on golden machine and RTL.
    pub fn trace(&self, maker: &Maker) -> Result<Trace> {
        let (program, external) = self.program()?;
        let case = Case::of_program(&self.config, &program, external, self.timing());
        let golden = match case.golden() {
            Ok(golden) => golden,
            // Of a compiler that fails: a program that means nothing.
            Err(error) => return Ok(Trace { first: None, text: format!("no trace: {error}\n") }),
        };
        let mut duel = Duel::of(&self.config, maker, None).map_err(|e| anyhow!(e))?;
        Ok(trace(&case, &golden, &mut duel))
    }
}

/// What differs when the RTL takes another time than the cycle model says.
fn other_cycles(job: &session::Job) -> Option<Verdict> {
    let (model, rtl) = (job.predicted.cycles, job.rtl.as_ref()?.cycles);
    let what = format!("CYCLES is {model} by the cycle model, {rtl} in RTL");
    (model != rtl).then(|| different(Kind::Cycles, what))
}

fn different(kind: Kind, what: String) -> Verdict {
    Verdict::Different(Difference { kind, what, element: None })
}

#[cfg(test)]
mod tests;
