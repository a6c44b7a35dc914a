//! FRONT: fetches commands, hands them to queues, starts and retires one per cycle.

use std::collections::VecDeque;

use seedbed_spec::timing::{COMMANDS_IN_FLIGHT, FETCH_AHEAD};

use super::{Core, ReadBus, Script, ENGINES};
use crate::link::engine;

/// The state between cycles.
#[derive(Debug, Default)]
pub(crate) struct Front {
    asked: usize,
    /// The first cycle in which the next request may go out.
    pace: u64,
    /// The request that waits for LOAD's address to go first.
    held: bool,
    /// Cycles from which fetched commands can be dispatched.
    fetched: VecDeque<u64>,
    dispatched: usize,
    last_dispatch: u64,
    started: usize,
    /// Commands asked for and not started, before this cycle.
    ahead: usize,
    retired: usize,
    queues: [VecDeque<usize>; ENGINES],
    running: [VecDeque<usize>; ENGINES],
    /// Cycles from which completed commands can be retired.
    done: [VecDeque<u64>; ENGINES],
    /// Signals given and not taken, by producer and consumer.
    signals: [[u32; ENGINES]; ENGINES],
}

/// What happened in a cycle.
pub(crate) struct Starts {
    /// The command that starts.
    pub started: Option<usize>,
    /// Commands complete so far.
    pub retired: usize,
}

impl Front {
    /// Everything but fetching. `done`: when a command of each engine that has just ended completes.
    pub fn cycle(
        &mut self,
        core: &Core,
        now: u64,
        script: &Script,
        done: [Option<u64>; ENGINES],
        ready: [bool; ENGINES],
    ) -> Starts {
        let room = self.queues.each_ref().map(|queue| queue.len() < core.queue);
        let started = self.start(script, ready);
        self.dispatch(core, now, script, room);
        for (queue, at) in self.done.iter_mut().zip(done) {
            queue.extend(at);
        }
        self.retire(now, script);
        Starts { started, retired: self.retired }
    }

    fn start(&mut self, script: &Script, ready: [bool; ENGINES]) -> Option<usize> {
        let can = |engine: &usize| {
            let engine = *engine;
            let Some(index) = self.queues[engine].front() else { return false };
            let mut waits = script.links[*index].waits.iter();
            ready[engine]
                && self.running[engine].len() < COMMANDS_IN_FLIGHT as usize
                && waits.all(|producer| self.signals[*producer][engine] > 0)
        };
        let engine = (0..ENGINES).find(can)?;
        let index = self.queues[engine].pop_front()?;
        for producer in &script.links[index].waits {
            self.signals[*producer][engine] -= 1;
        }
        self.running[engine].push_back(index);
        self.started += 1;
        Some(index)
    }

    fn dispatch(&mut self, core: &Core, now: u64, script: &Script, room: [bool; ENGINES]) {
        let Some(at) = self.fetched.front().copied() else { return };
        // The beats of a command leave the buffer behind the command before.
        let follows = self.dispatched > 0 && now < self.last_dispatch + core.command_beats;
        let engine = engine(script.bodies[self.dispatched]);
        if at > now || follows || !room[engine] {
            return;
        }
        self.queues[engine].push_back(self.dispatched);
        self.fetched.pop_front();
        self.dispatched += 1;
        self.last_dispatch = now;
    }

    fn retire(&mut self, now: u64, script: &Script) {
        let due = |engine: &usize| self.done[*engine].front().is_some_and(|at| *at <= now);
        let Some(engine) = (0..ENGINES).find(due) else { return };
        self.done[engine].pop_front();
        let Some(index) = self.running[engine].pop_front() else { return };
        for consumer in &script.links[index].signals {
            self.signals[engine][*consumer] += 1;
        }
        self.retired += 1;
    }

    /// Asks for the next command. `wanted`: LOAD has more to ask for, or data come; `asked`: LOAD's
    /// address is on the bus in the next cycle.
    pub fn fetch(
        &mut self,
        core: &Core,
        now: u64,
        wanted: bool,
        asked: bool,
        bus: &mut ReadBus,
        script: &Script,
    ) {
        let yields = wanted && self.ahead >= FETCH_AHEAD as usize;
        self.ahead = self.asked - self.started;
        let room = self.asked - self.dispatched < core.prefetch;
        if !self.held && now >= self.pace && self.asked < script.bodies.len() && !yields && room {
            self.asked += 1;
            self.ahead += 1;
            self.pace = now + core.command_beats;
            self.held = true;
        }
        if self.held && !asked {
            let first = bus.ask(now + 1, core.command_beats);
            self.fetched.push_back(first + core.command_beats);
            self.held = false;
        }
    }
}
