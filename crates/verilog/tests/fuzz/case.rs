//! A design, what is applied to it, and what our simulator says it does.

use crate::common::random::{small, Random};
use seedbed_ir::{check, Bits, Design, Dir, Module, Port, PortKind};
use seedbed_sim::Simulator;

/// Cycles that a case runs.
pub const CYCLES: usize = 40;

/// A line per cycle: values of all inputs but the clock, in port order.
pub type Stimulus = Vec<Vec<Bits>>;

pub struct Case {
    pub seed: u64,
    pub design: Design,
    pub stimulus: Stimulus,
    /// A line per cycle: all outputs in hexadecimal.
    pub expected: Vec<String>,
}

pub fn driven(module: &Module) -> impl Iterator<Item = &Port> {
    module.ports.values().filter(|p| p.dir == Dir::Input && p.kind != PortKind::Clock)
}

pub fn outputs(module: &Module) -> impl Iterator<Item = &Port> {
    module.ports.values().filter(|p| p.dir == Dir::Output)
}

impl Case {
    /// The case of a seed, for ever.
    pub fn random(seed: u64) -> Self {
        let case = Case::of(seed, small(seed));
        let complaints = check::check(&case.design);
        assert!(complaints.is_empty(), "seed {seed} is no legal design: {}", complaints[0]);
        case
    }

    /// `design` under the stimulus of `seed`.
    pub fn of(seed: u64, design: Design) -> Self {
        let stimulus = stimulus(design.top(), seed);
        let expected = values(&design, &stimulus);
        Case { seed, design, stimulus, expected }
    }

    /// The first difference between what is expected and `got`.
    pub fn difference(&self, got: &[String]) -> Option<String> {
        if got.len() != self.expected.len() {
            return Some(format!("{} of {} cycles", got.len(), self.expected.len()));
        }
        for (cycle, (got, expected)) in got.iter().zip(&self.expected).enumerate() {
            let names = outputs(self.design.top()).map(|p| &p.name);
            for ((name, g), e) in names.zip(got.split(' ')).zip(expected.split(' ')) {
                if g != e {
                    return Some(format!("cycle {cycle}, {name} is {g}, expected {e}"));
                }
            }
        }
        None
    }
}

/// The values of a port follow from its name, so that a design keeps them while it is made smaller.
fn stimulus(module: &Module, seed: u64) -> Stimulus {
    let start = |p: &Port| p.name.bytes().fold(seed, |h, b| h.wrapping_mul(31) ^ u64::from(b));
    let mut randoms: Vec<Random> = driven(module).map(|p| Random(start(p))).collect();
    let mut cycle = |i: usize| {
        let value = |(p, random): (&Port, &mut Random)| match p.kind {
            PortKind::Reset => Bits::from_u64(1, u64::from(i > 1 && !random.chance(12))),
            PortKind::Clock | PortKind::Data => random.bits(p.ty.width),
        };
        driven(module).zip(&mut randoms).map(value).collect()
    };
    (0..CYCLES).map(&mut cycle).collect()
}

/// What our simulator says: a line per cycle, all outputs in hexadecimal.
pub fn values(design: &Design, stimulus: &Stimulus) -> Vec<String> {
    let top = design.top();
    let mut sim = Simulator::new(design);
    let line = |values: &Vec<Bits>| {
        for (port, value) in driven(top).zip(values) {
            sim.set_bits(sim.input(&port.name).expect("an input"), value);
        }
        let value = |p: &Port| sim.get_bits(sim.output(&p.name).expect("an output"));
        let values: Vec<Bits> = outputs(top).map(value).collect();
        sim.tick();
        values.iter().map(|v| format!("{v:x}")).collect::<Vec<_>>().join(" ")
    };
    stimulus.iter().map(line).collect()
}
