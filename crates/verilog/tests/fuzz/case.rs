//! A design, what is applied to it, and what our simulator says it does.

use seedbed_ir::random::{design, Random, Size};
use seedbed_ir::{check, Bits, Collision, Design, Dir, Mem, Module, Port, PortKind};
use seedbed_sim::{PortHandle, Simulator};

/// Cycles that a case runs.
pub const CYCLES: usize = 40;

/// A line per cycle: values of all inputs, in port order.
pub type Stimulus = Vec<Vec<Bits>>;

pub struct Case {
    pub seed: u64,
    pub design: Design,
    pub stimulus: Stimulus,
    /// A line per cycle: all outputs in hexadecimal.
    pub expected: Vec<String>,
}

/// All inputs. The value of a clock says whether it has an edge in a cycle.
pub fn driven(module: &Module) -> impl Iterator<Item = &Port> {
    module.ports.values().filter(|p| p.dir == Dir::Input)
}

/// Whether a reset is on while its port is 0: the name says it.
pub fn is_low(reset: &Port) -> bool {
    reset.name.ends_with("_n")
}

pub fn outputs(module: &Module) -> impl Iterator<Item = &Port> {
    module.ports.values().filter(|p| p.dir == Dir::Output)
}

impl Case {
    /// The case of a seed, for ever.
    pub fn random(seed: u64) -> Self {
        let case = Case::of(seed, design(seed, Size::Small));
        let complaints = check::check(&case.design);
        assert!(complaints.is_empty(), "seed {seed} is no legal design: {}", complaints[0]);
        assert!(case.is_defined(), "seed {seed} depends on what is undefined");
        case
    }

    /// `design` under the stimulus of `seed`.
    pub fn of(seed: u64, design: Design) -> Self {
        let stimulus = stimulus(&design, seed);
        let expected = values(&design, &stimulus);
        Case { seed, design, stimulus, expected }
    }

    /// Whether nothing depends on what a memory leaves undefined where its ports meet.
    pub fn is_defined(&self) -> bool {
        let same = |collision: Collision| {
            let mut design = self.design.clone();
            let mut changed = false;
            for mem in design.modules.values_mut().flat_map(|module| module.mems.values_mut()) {
                if mem.collision == Collision::Undefined && !has_two_clocks(mem) {
                    (mem.collision, changed) = (collision, true);
                }
            }
            !changed || values(&design, &self.stimulus) == self.expected
        };
        same(Collision::Old) && same(Collision::New)
    }

    /// The first difference between what is expected and `got`, as numbers: Verilator 5.006 prints some
    /// simplified values with as many digits as their machine word has (`(a || !a) * a` as 00000000).
    pub fn difference(&self, got: &[String]) -> Option<String> {
        if got.len() != self.expected.len() {
            return Some(format!("{} of {} cycles", got.len(), self.expected.len()));
        }
        for (cycle, (got, expected)) in got.iter().zip(&self.expected).enumerate() {
            let names = outputs(self.design.top()).map(|p| &p.name);
            for ((name, g), e) in names.zip(got.split(' ')).zip(expected.split(' ')) {
                if number(g) != number(e) {
                    return Some(format!("cycle {cycle}, {name} is {g}, expected {e}"));
                }
            }
        }
        None
    }
}

/// Hexadecimal digits without leading zeros.
fn number(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

/// The values of a port follow from its name, so that a design keeps them while it is made smaller.
pub fn stimulus(design: &Design, seed: u64) -> Stimulus {
    let module = design.top();
    let start = |p: &Port| p.name.bytes().fold(seed, |h, b| h.wrapping_mul(31) ^ u64::from(b));
    let mut randoms: Vec<Random> = driven(module).map(|p| Random(start(p))).collect();
    let clocks = driven(module).filter(|p| p.kind == PortKind::Clock).count();
    let together = !has_memory_of_two_clocks(design);
    let mut ticks = Random(seed);
    let mut cycle = |i: usize| {
        let edges = if together { ticks.below(3) } else { 1 + ticks.below(2) };
        let mut clock = 0;
        let value = |(p, random): (&Port, &mut Random)| match p.kind {
            PortKind::Clock => {
                // Of two clocks both have an edge, or either one.
                clock += 1;
                Bits::from_u64(1, u64::from(clocks < 2 || edges != clock))
            }
            PortKind::Reset => {
                let on = i < 2 || random.chance(12);
                Bits::from_u64(1, u64::from(on != is_low(p)))
            }
            PortKind::Data => random.bits(p.ty.width),
        };
        driven(module).zip(&mut randoms).map(value).collect()
    };
    (0..CYCLES).map(&mut cycle).collect()
}

/// Whether the ports of a memory may meet when two clocks have an edge at one time.
fn has_memory_of_two_clocks(design: &Design) -> bool {
    design.modules.values().any(|module| module.mems.values().any(has_two_clocks))
}

fn has_two_clocks(mem: &Mem) -> bool {
    mem.ports.iter().any(|port| port.clock() != mem.ports[0].clock())
}

/// What our simulator says: a line per cycle, all outputs in hexadecimal.
pub fn values(design: &Design, stimulus: &Stimulus) -> Vec<String> {
    let top = design.top();
    let mut sim = Simulator::new(design);
    let handles: Vec<PortHandle> =
        driven(top).map(|p| sim.input(&p.name).expect("an input")).collect();
    let line = |values: &Vec<Bits>| {
        for ((port, value), handle) in driven(top).zip(values).zip(&handles) {
            if port.kind != PortKind::Clock {
                sim.set_bits(*handle, value);
            }
        }
        let value = |p: &Port| sim.get_bits(sim.output(&p.name).expect("an output"));
        let line: Vec<String> = outputs(top).map(|p| format!("{:x}", value(p))).collect();
        tick(&mut sim, edges(top, values, &handles));
        line.join(" ")
    };
    stimulus.iter().map(line).collect()
}

/// The clocks that have an edge, with the values of a cycle; all of them are `None`.
pub fn edges(top: &Module, values: &[Bits], handles: &[PortHandle]) -> Option<PortHandle> {
    let clocks =
        driven(top).zip(values).zip(handles).filter(|((p, _), _)| p.kind == PortKind::Clock);
    let clocks: Vec<_> = clocks.map(|((_, value), handle)| (value.bit(0), *handle)).collect();
    let still = clocks.iter().any(|(edge, _)| !edge);
    let one = || clocks.iter().find(|(edge, _)| *edge).map(|(_, handle)| *handle);
    still.then(one).flatten()
}

/// An edge of `only` this clock, or of all.
pub fn tick(sim: &mut Simulator, only: Option<PortHandle>) {
    match only {
        Some(clock) => sim.tick_clock(clock),
        None => sim.tick(),
    }
}
