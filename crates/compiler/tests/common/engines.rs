//! Executes programs in random legal interleavings and watches for unsynchronised accesses.
//!
//! FRONT dispatches in ring order into one queue per engine and stops at a full one. Each engine
//! starts its commands in order, may have several in flight, and completes them in order. Which
//! engine moves next is random. A command that starts while an earlier one of another engine that
//! it conflicts with is not complete is a violation.

use std::collections::VecDeque;

use seedbed_spec::access::Accesses;
use seedbed_spec::command::{Body, Header, Slot};
use seedbed_spec::Config;

use super::Random;

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The second command started before the first was complete.
    Overlap(usize, usize),
    /// Nothing can move any more.
    Deadlock,
    /// A semaphore left its range.
    Overflow(u8),
}

/// Limits of the hardware that the program must not depend on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Commands in front of each engine.
    pub queue: usize,
    /// Commands in flight in each engine.
    pub flight: usize,
}

struct Engines<'a> {
    commands: &'a [(Header, Body)],
    accesses: Vec<Accesses>,
    limits: Limits,
    dispatched: usize,
    queues: [VecDeque<usize>; 4],
    flights: [VecDeque<usize>; 4],
    complete: Vec<bool>,
    semaphores: [u32; 256],
}

/// Runs all commands in one random interleaving.
pub fn interleave(
    commands: &[(Header, Body)],
    config: &Config,
    limits: Limits,
    random: &mut Random,
) -> Result<(), Violation> {
    let mut engines = Engines {
        commands,
        accesses: commands.iter().map(|(_, body)| body.accesses(config)).collect(),
        limits,
        dispatched: 0,
        queues: Default::default(),
        flights: Default::default(),
        complete: vec![false; commands.len()],
        semaphores: [0; 256],
    };
    // A random bias per run: some engines far ahead, others starving.
    let bias: Vec<u64> = (0..9).map(|_| random.range(1, 20)).collect();
    while engines.complete.iter().any(|complete| !complete) {
        let moves: Vec<usize> = (0..9).filter(|m| engines.possible(*m)).collect();
        let total: u64 = moves.iter().map(|m| bias[*m]).sum();
        if total == 0 {
            return Err(Violation::Deadlock);
        }
        let mut pick = random.below(total);
        let chosen = moves.into_iter().find(|m| {
            let hit = pick < bias[*m];
            pick = pick.saturating_sub(bias[*m]);
            hit
        });
        engines.make(chosen.expect("a move"))?;
    }
    Ok(())
}

fn engine(body: &Body) -> usize {
    match body {
        Body::Load(_) => 0,
        Body::Store(_) => 1,
        Body::Matrix(_) => 2,
        Body::Post(_) => 3,
    }
}

fn used(slots: &[Slot; 3]) -> impl Iterator<Item = &Slot> {
    slots.iter().filter(|slot| slot.n > 0)
}

impl Engines<'_> {
    /// Move 0 dispatches, 1 to 4 start a command of an engine, 5 to 8 complete one.
    fn possible(&self, number: usize) -> bool {
        match number {
            0 => self
                .commands
                .get(self.dispatched)
                .is_some_and(|(_, body)| self.queues[engine(body)].len() < self.limits.queue),
            1..=4 => self.startable(number - 1),
            _ => !self.flights[number - 5].is_empty(),
        }
    }

    fn startable(&self, engine: usize) -> bool {
        let Some(next) = self.queues[engine].front() else { return false };
        let met = |slot: &Slot| self.semaphores[slot.id as usize] >= u32::from(slot.n);
        self.flights[engine].len() < self.limits.flight
            && used(&self.commands[*next].0.sync.waits).all(met)
    }

    fn make(&mut self, number: usize) -> Result<(), Violation> {
        match number {
            0 => {
                let engine = engine(&self.commands[self.dispatched].1);
                self.queues[engine].push_back(self.dispatched);
                self.dispatched += 1;
                Ok(())
            }
            1..=4 => self.start(number - 1),
            _ => self.finish(number - 5),
        }
    }

    fn start(&mut self, of: usize) -> Result<(), Violation> {
        let index = self.queues[of].pop_front().expect("startable");
        for slot in used(&self.commands[index].0.sync.waits) {
            self.semaphores[slot.id as usize] -= u32::from(slot.n);
        }
        let hazard = (0..index).find(|earlier| {
            !self.complete[*earlier]
                && engine(&self.commands[*earlier].1) != of
                && self.accesses[*earlier].conflicts(&self.accesses[index])
        });
        if let Some(earlier) = hazard {
            return Err(Violation::Overlap(earlier, index));
        }
        self.flights[of].push_back(index);
        Ok(())
    }

    fn finish(&mut self, engine: usize) -> Result<(), Violation> {
        let index = self.flights[engine].pop_front().expect("in flight");
        self.complete[index] = true;
        for slot in used(&self.commands[index].0.sync.signals) {
            self.semaphores[slot.id as usize] += u32::from(slot.n);
            if self.semaphores[slot.id as usize] > 255 {
                return Err(Violation::Overflow(slot.id));
            }
        }
        Ok(())
    }
}

/// Executes the semaphores strictly in ring order: the first command that would wait.
pub fn ring_order(commands: &[(Header, Body)]) -> Result<[u32; 256], usize> {
    let mut semaphores = [0u32; 256];
    for (index, (header, _)) in commands.iter().enumerate() {
        for slot in used(&header.sync.waits) {
            let count = &mut semaphores[slot.id as usize];
            *count = count.checked_sub(u32::from(slot.n)).ok_or(index)?;
        }
        for slot in used(&header.sync.signals) {
            semaphores[slot.id as usize] += u32::from(slot.n);
        }
    }
    Ok(semaphores)
}
