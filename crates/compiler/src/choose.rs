//! Chooses the plan of a network: starts from the cheapest by estimate and improves it by rehearsal.
//!
//! Decisions are changed at random, always by the same dice, and what makes the program shorter stays,
//! until enough was rehearsed. So a network always gets the same program.

use std::collections::HashSet;

use seedbed_spec::command::Body;
use seedbed_spec::config::Config;

use crate::compile::Effort;
use crate::cut::{Cut, Ramp};
use crate::emit::{emit, Draft};
use crate::fold::Folded;
use crate::geometry::{Gemm, Geometry};
use crate::link::links;
use crate::memory::Memory;
use crate::plan::{Emission, Order, ParamsTurn, StepOrder};
use crate::planner::{boundaries, plan, Choice, Layout, Shape};
use crate::rehearsal::{rehearse, Core, Script};
use crate::steps::{unroll, Unrolled};

/// Memory latencies, in cycles, at which plans are compared, and how much the cycles at each count:
/// external memory is nearer to the second.
const LATENCIES: [(u64, u64); 2] = [(1, 1), (100, 2)];

/// How long plans are rehearsed.
struct Budget {
    /// As many cycles as this many programs take.
    programs: u64,
    /// Cycles at most.
    cycles: u64,
}

/// The budgets of [`Effort::Rehearse`] and [`Effort::Search`].
const REHEARSE: Budget = Budget { programs: 160, cycles: 10_000_000 };
const SEARCH: Budget = Budget { programs: 1000, cycles: 20_000_000 };

/// As many cycles count for the making of one command.
const OVERHEAD: u64 = 100;
/// Changes that are tried at most, with those that give a plan known before or none.
const TRIES: usize = 20_000;

/// What all plans of a network have in common.
pub(crate) struct Scene<'a> {
    pub config: &'a Config,
    pub geometry: &'a Geometry,
    pub gemms: &'a [Gemm],
    pub folded: &'a [Folded],
}

impl Scene<'_> {
    /// The plan of a network. The error is the index of a layer that does not fit.
    pub fn choose(&self, effort: Effort) -> Result<Layout, usize> {
        let choices = plan(self.geometry, self.gemms)?;
        let choice = match effort {
            Effort::Estimate => choices[0].clone(),
            Effort::Rehearse => Search::new(self, &REHEARSE).run(choices),
            Effort::Search => Search::new(self, &SEARCH).run(choices),
        };
        choice.layout(self.geometry, self.gemms).ok_or(0)
    }

    /// All commands of a plan in ring order, not yet synchronised.
    pub fn drafts(&self, layout: &Layout) -> Vec<Draft> {
        let memory = Memory::new(self.geometry, self.gemms, layout);
        let mut program = Unrolled::default();
        for (index, plan) in layout.layers.iter().enumerate() {
            let external = memory.external(index);
            unroll(&mut program, self.geometry, index, &self.gemms[index], plan, &external);
        }
        emit(&program, self.folded, layout)
    }
}

/// The search for a short program.
///
/// It remembers the best choice of each kind, changes one of them at random and rehearses the result.
/// What suits one kind need not suit another, so a good choice of a kind is often found before it is
/// the best of all.
struct Search<'a> {
    scene: &'a Scene<'a>,
    core: Core,
    /// Cycles over all latencies and choice, the best of each kind.
    best: Vec<Option<(u64, Choice)>>,
    /// Everything considered so far.
    seen: HashSet<Choice>,
    /// Cycles that may still be rehearsed, and the programs that they are limited to.
    left: u64,
    programs: u64,
    /// Candidate starts of the weights ring.
    weights: Vec<u64>,
}

/// The kind of a choice: the nesting of the first layer's loops, the order within a step.
fn kind(choice: &Choice) -> usize {
    let order = choice.layers[0].1.order as usize;
    order * StepOrder::ALL.len() + choice.emission.steps as usize
}

impl<'a> Search<'a> {
    fn new(scene: &'a Scene<'a>, budget: &Budget) -> Self {
        Search {
            scene,
            core: Core::new(scene.config),
            best: vec![None; Order::ALL.len() * StepOrder::ALL.len()],
            seen: HashSet::new(),
            left: budget.cycles,
            programs: budget.programs,
            weights: boundaries(scene.geometry, scene.gemms),
        }
    }

    /// The best choice for this network.
    fn run(mut self, choices: Vec<Choice>) -> Choice {
        let first = choices[0].clone();
        for choice in choices {
            self.consider(choice);
        }
        // Not even one program may end within the limit.
        if self.known().is_empty() {
            return first;
        }
        self.variants();
        let least = self.best[self.least()].as_ref().map_or(0, |best| best.0);
        // Most is to gain at the ends of a program: they weigh less in a longer chain.
        self.left = self.left.min(self.programs * least) / self.scene.gemms.len() as u64;
        let mut dice = Dice(2);
        for _ in 0..TRIES {
            if self.left == 0 {
                break;
            }
            self.change(&mut dice);
        }
        self.best.into_iter().flatten().min_by_key(|best| best.0).map_or(first, |best| best.1)
    }

    /// First choices of every kind.
    fn variants(&mut self) {
        let Some((_, first)) = self.best[self.least()].clone() else { return };
        let usual = first.layers[0].1;
        let halves = Cut { most: self.scene.gemms[0].rows.div_ceil(2), first: 0, last: 0 };
        for order in Order::ALL {
            for steps in StepOrder::ALL {
                for params in ParamsTurn::ALL {
                    let emission = Emission { steps, params, ahead: 1 };
                    for (ramp, cut) in
                        [(usual.ramp, usual.cut), (Ramp::Ones, usual.cut), (usual.ramp, halves)]
                    {
                        let apart = usual.apart && order != Order::KeepWeights;
                        let mut choice = Choice { emission, ..first.clone() };
                        choice.layers[0].1 = Shape { order, ramp, cut, apart, ..usual };
                        self.consider(choice);
                    }
                }
            }
        }
    }

    /// Rehearses a choice and keeps it if no better one of its kind is known: also a step aside leads
    /// on.
    fn consider(&mut self, choice: Choice) {
        if self.left == 0 || !self.seen.insert(choice.clone()) {
            return;
        }
        let kind = kind(&choice);
        let known = self.best[kind].as_ref().map_or(u64::MAX, |best| best.0);
        if let Some(cycles) = self.cycles(&choice, known) {
            self.best[kind] = Some((cycles, choice));
        }
    }

    /// The cycles of a choice, if they are not more than `known`.
    fn cycles(&mut self, choice: &Choice, known: u64) -> Option<u64> {
        let scene = self.scene;
        let layout = choice.layout(scene.geometry, scene.gemms)?;
        let drafts = scene.drafts(&layout);
        self.left = self.left.saturating_sub(OVERHEAD * drafts.len() as u64);
        let links = links(scene.config, &drafts);
        let bodies: Vec<&Body> = drafts.iter().map(|draft| &draft.body).collect();
        let script = Script { bodies: &bodies, links: &links };
        let (mut total, mut weights) = (0, LATENCIES.map(|latency| latency.1).iter().sum::<u64>());
        for (latency, weight) in LATENCIES {
            // With a memory that answers later it takes as long at least.
            let limit = ((known - total) / weights).saturating_add(1).min(self.left);
            let cycles = rehearse(&self.core, &script, latency, limit);
            self.left -= cycles.unwrap_or_else(|followed| followed);
            (total, weights) = (total + cycles.ok()? * weight, weights - weight);
        }
        Some(total)
    }

    /// Changes a few decisions of one of the best.
    fn change(&mut self, dice: &mut Dice) {
        let best = if dice.below(2) == 0 { self.least() } else { dice.pick(&self.known()) };
        let Some((_, known)) = &self.best[best] else { return };
        let mut choice = known.clone();
        for _ in 0..1 + dice.below(2) * dice.below(4) {
            self.mutate(&mut choice, dice);
        }
        if choice != *known {
            self.consider(choice);
        }
    }

    /// The kinds of which a choice is known.
    fn known(&self) -> Vec<usize> {
        (0..self.best.len()).filter(|kind| self.best[*kind].is_some()).collect()
    }

    /// The kind of the best choice.
    fn least(&self) -> usize {
        let known = self.known().into_iter();
        known.min_by_key(|kind| self.best[*kind].as_ref().map(|best| best.0)).unwrap_or(0)
    }

    fn mutate(&self, choice: &mut Choice, dice: &mut Dice) {
        let layer = dice.below(choice.layers.len() as u64) as usize;
        let rows = self.scene.gemms[layer].rows;
        let step = (self.scene.geometry.c / 4).max(1);
        let shape = &mut choice.layers[layer].1;
        let emission = &mut choice.emission;
        match dice.below(13) {
            0 => emission.steps = dice.pick(&StepOrder::ALL),
            1 => emission.params = dice.pick(&ParamsTurn::ALL),
            2 => emission.ahead = dice.pick(&[1, 2]),
            3 => choice.weights = dice.pick(&self.weights),
            4 => {
                shape.order = dice.pick(&Order::ALL);
                shape.apart &= shape.order != Order::KeepWeights;
            }
            5 => shape.ramp = dice.pick(&Ramp::ALL),
            6 => shape.end = dice.pick(&Ramp::ALL),
            7 => {
                shape.apart = !shape.apart;
                if shape.apart && shape.order == Order::KeepWeights {
                    shape.ramp = Ramp::Ones;
                }
            }
            8 => shape.tail = !shape.tail,
            9 => shape.beside = !shape.beside,
            10 => shape.cut.first = dice.below(16) * step,
            11 => shape.cut.last = dice.below(16) * step,
            _ => shape.cut.most = rows.div_ceil(1 + dice.below(16)),
        }
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use seedbed_golden::cycles::{predict, External};
    use seedbed_spec::numerics::Rule;

    use super::*;
    use crate::link::link;

    fn folded(outputs: usize) -> Folded {
        let (bias, multiplier, shift) =
            (vec![0; outputs], vec![1 << 30; outputs], vec![1; outputs]);
        Folded { bias, multiplier, shift, rule: Rule::Up, zero_point: 0, lo: -128, hi: 127 }
    }

    /// The rehearsal and golden's model of the core were written apart: three percent between them. Where
    /// it is most, on `odd`, operands lie across a border of banks: a rehearsal has them in the first.
    #[test]
    fn a_rehearsal_takes_the_predicted_cycles() {
        let widths = [(1, [40, 24, 9]), (16, [16, 16, 16]), (50, [33, 70, 20])];
        for preset in Config::presets() {
            let config = Config::preset(preset).expect("a preset");
            let geometry = Geometry::new(&config);
            for (rows, widths) in widths {
                let gemm = |pair: &[u64]| Gemm::new(&geometry, rows, pair[0], pair[1]);
                let gemms: Vec<Gemm> = widths.windows(2).map(gemm).collect();
                let folded: Vec<Folded> = widths[1..].iter().map(|n| folded(*n as usize)).collect();
                let (config, geometry) = (&config, &geometry);
                let scene = Scene { config, geometry, gemms: &gemms, folded: &folded };
                for choice in plan(geometry, &gemms).expect("small layers fit") {
                    assert_predicted(&scene, &choice, &format!("{preset}, {rows} rows"));
                }
            }
        }
    }

    fn assert_predicted(scene: &Scene, choice: &Choice, what: &str) {
        let layout = choice.layout(scene.geometry, scene.gemms).expect("it was planned");
        let drafts = scene.drafts(&layout);
        let links = links(scene.config, &drafts);
        let bodies: Vec<&Body> = drafts.iter().map(|draft| &draft.body).collect();
        let script = Script { bodies: &bodies, links: &links };
        let commands = link(scene.config, &drafts).expect("small numbers");
        for (latency, _) in LATENCIES {
            let core = Core::new(scene.config);
            let rehearsed = rehearse(&core, &script, latency, u64::MAX);
            let within = |limit| rehearse(&core, &script, latency, limit).ok();
            let cycles = rehearsed.unwrap_or(0);
            assert_eq!([0, 1, 2].map(|n| within(cycles - 1 + n)), [None, None, Some(cycles)]);
            let external = External::new(latency as u32);
            let predicted = predict(scene.config, &commands, external).expect("a legal program");
            let difference = rehearsed.expect("no limit").abs_diff(predicted.cycles);
            assert!(
                difference * 33 <= predicted.cycles,
                "{what}, latency {latency}: {rehearsed:?}, not {}: {choice:?}",
                predicted.cycles
            );
        }
    }
}
