//! What runs a design: the interpreter, one state per lane, or the compiled program.

use crate::edge::Edge;
use crate::kernel::{limbs, mask};
use crate::narrow;
use crate::native::Native;
use crate::schedule::{Schedule, FIXED, FROM_INPUTS, FROM_STATE, OBSERVED};
use std::ops::Range;

/// The interpreter's values of one lane and what is stale among them.
pub(crate) struct State {
    pub vals: Vec<u64>,
    /// State after the next edge.
    next: Vec<u64>,
    scratch: Vec<u64>,
    pub edge: Edge,
    inputs_changed: bool,
    state_changed: bool,
    observed_stale: bool,
}

impl State {
    /// Power-up.
    pub fn new(schedule: &Schedule, edge: Edge) -> Self {
        let mut vals = vec![0; schedule.size];
        vals[..schedule.constants.len()].copy_from_slice(&schedule.constants);
        let mut state = State {
            vals,
            next: vec![0; schedule.state.len()],
            scratch: Vec::new(),
            edge,
            inputs_changed: true,
            state_changed: true,
            observed_stale: true,
        };
        state.run(schedule, FIXED);
        state.settle(schedule);
        state
    }

    fn run(&mut self, schedule: &Schedule, segment: usize) {
        for group in &schedule.groups[schedule.segments[segment].clone()] {
            narrow::run(schedule, group, &mut self.vals, &mut self.scratch);
        }
    }

    pub fn settle(&mut self, schedule: &Schedule) {
        // Each turn resets at least one more group of registers for good, so this ends.
        while self.state_changed || self.inputs_changed {
            if std::mem::take(&mut self.state_changed) {
                self.run(schedule, FROM_STATE);
            }
            self.inputs_changed = false;
            self.run(schedule, FROM_INPUTS);
            self.observed_stale = true;
            self.state_changed = self.edge.async_resets(&mut self.vals);
        }
    }

    pub fn observe(&mut self, schedule: &Schedule) {
        self.settle(schedule);
        if std::mem::take(&mut self.observed_stale) {
            self.run(schedule, OBSERVED);
        }
    }

    pub fn commit(&mut self, schedule: &Schedule, clock: Option<u32>) {
        self.edge.commit(clock, &mut self.vals, &mut self.next, schedule.state.start);
        self.state_changed = true;
    }

    fn set_limbs(&mut self, slot: usize, width: u32, v: &[u64]) {
        let slots = &mut self.vals[slot..][..limbs(width)];
        for (k, slot) in slots.iter_mut().enumerate() {
            let new = limb(v, k, width);
            self.inputs_changed |= *slot != new;
            *slot = new;
        }
    }
}

/// Limb `k` of `v` cut to `width` bits, or extended with zeros.
fn limb(v: &[u64], k: usize, width: u32) -> u64 {
    v.get(k).copied().unwrap_or(0) & mask(width - 64 * k as u32)
}

/// What runs the design.
pub(crate) struct Machine {
    /// One per lane; with a compiled program one, which shows what that does not compute.
    states: Vec<State>,
    native: Option<Native>,
    /// The lane whose values the one state of a compiled program has.
    shown: Option<usize>,
}

/// A port of the top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pin {
    pub slot: u32,
    pub width: u32,
    pub index: u32,
}

impl Machine {
    /// The interpreter, one lane per state.
    pub fn interpreter(states: Vec<State>) -> Self {
        Machine { states, native: None, shown: None }
    }

    pub fn is_compiled(&self) -> bool {
        self.native.is_some()
    }

    /// Goes on with a compiled program, from the state it is in.
    pub fn compile(&mut self, mut native: Native) {
        for (lane, state) in self.states.iter().enumerate() {
            native.copy_from(lane, state);
        }
        self.states.truncate(1);
        self.native = Some(native);
        self.shown = None;
    }

    pub fn set_limbs(&mut self, p: Pin, lane: usize, v: &[u64]) {
        let Some(native) = &mut self.native else {
            return self.states[lane].set_limbs(p.slot as usize, p.width, v);
        };
        self.shown = None;
        native.set(p.index, lane, (0..limbs(p.width)).map(|k| limb(v, k, p.width)));
    }

    /// Whether an input of a lane is other than `v`, cut or extended with zeros.
    pub fn differs(&self, p: Pin, lane: usize, v: &[u64]) -> bool {
        (0..limbs(p.width)).any(|k| self.limb(p, k, lane) != limb(v, k, p.width))
    }

    /// Lets asynchronous resets act, at least in some lanes.
    pub fn reset(&mut self, schedule: &Schedule, lanes: Range<usize>) {
        match &mut self.native {
            None => self.states[lanes].iter_mut().for_each(|state| state.settle(schedule)),
            Some(native) => native.reset(),
        }
    }

    /// Settles the ports of a lane.
    pub fn settle(&mut self, schedule: &Schedule, lane: usize) {
        match &mut self.native {
            None => self.states[lane].settle(schedule),
            Some(native) => native.settle(),
        }
    }

    /// Limb `k` of a settled port.
    pub fn limb(&self, p: Pin, k: usize, lane: usize) -> u64 {
        match &self.native {
            None => self.states[lane].vals[p.slot as usize + k],
            Some(native) => native.port(p.index, k, lane),
        }
    }

    /// All values of a lane, settled; with `observed` also those that only an observer reads.
    pub fn values(&mut self, schedule: &Schedule, lane: usize, observed: bool) -> &[u64] {
        &self.state(schedule, lane, observed).vals
    }

    /// As [`values`](Self::values); the memories of a compiled program are not in it.
    pub fn state(&mut self, schedule: &Schedule, lane: usize, observed: bool) -> &State {
        let state = match &mut self.native {
            None => &mut self.states[lane],
            Some(native) => {
                let state = &mut self.states[0];
                if self.shown.replace(lane) != Some(lane) {
                    native.settle();
                    native.copy_to(lane, &mut state.vals);
                    state.state_changed = true;
                }
                state
            }
        };
        if observed {
            state.observe(schedule);
        } else {
            state.settle(schedule);
        }
        state
    }

    /// Gives each lane a new state: `change` sets all registers and memories.
    pub fn change_state(&mut self, schedule: &Schedule, change: &mut dyn FnMut(&mut State)) {
        let lanes = self.native.as_ref().map_or(self.states.len(), Native::lanes);
        for lane in 0..lanes {
            self.state(schedule, lane, false);
            let state = &mut self.states[if self.native.is_some() { 0 } else { lane }];
            if let Some(native) = &self.native {
                for (index, mem) in state.edge.mems.iter_mut().enumerate() {
                    mem.load(native.memory(index, lane));
                }
            }
            change(state);
            state.state_changed = true;
            if let Some(native) = &mut self.native {
                native.copy_from(lane, state);
            }
        }
        self.shown = None;
    }

    /// An edge of one clock, or of all, of settled lanes.
    pub fn commit(&mut self, schedule: &Schedule, clock: Option<u32>) {
        match &mut self.native {
            None => self.states.iter_mut().for_each(|state| state.commit(schedule, clock)),
            Some(native) => {
                native.tick(clock);
                self.shown = None;
            }
        }
    }

    /// In a compiled program, whether each property was hit at the last edge, per lane; `None` when none
    /// was, or the interpreter runs.
    pub fn hits(&self) -> Option<Vec<Vec<bool>>> {
        let native = self.native.as_ref().filter(|native| native.any_hit())?;
        Some((0..native.lanes()).map(|lane| native.hits(lane)).collect())
    }

    /// Width and limbs of word `addr` of memory `index` in a lane; `None` beyond its depth.
    pub fn word(&self, index: usize, addr: usize, lane: usize) -> Option<(u32, &[u64])> {
        let interpreted =
            &self.states[if self.native.is_some() { 0 } else { lane }].edge.mems[index];
        let width = interpreted.width;
        let word = match &self.native {
            None => interpreted.word(addr)?,
            Some(native) => native.memory(index, lane).chunks(limbs(width)).nth(addr)?,
        };
        Some((width, word))
    }
}
