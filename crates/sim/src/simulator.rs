//! The simulator's interface.

use crate::bench::rng::Rng;
use crate::coverage::{Collector, Coverage};
use crate::edge::{state_order, Edge};
use crate::flatten::Flat;
use crate::kernel::{limbs, mask};
use crate::names::Names;
use crate::narrow;
use crate::properties::{CoverPoint, Failure, Properties};
use crate::schedule::{Schedule, FIXED, FROM_INPUTS, FROM_STATE, OBSERVED};
use crate::waves::Waves;
use seedbed_ir::{Bits, Design, Diagnostic, Dir};
use std::cell::{Ref, RefCell};
use std::io::{self, Write};
use std::ops::Range;

/// A port of the top module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortHandle {
    slot: u32,
    width: u32,
    index: u32,
    dir: Dir,
}

impl PortHandle {
    /// Width in bits.
    pub fn width(self) -> u32 {
        self.width
    }
}

/// How much a simulator has to do per cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Operations that run after a clock edge, and the vector operations they make.
    pub after_edge: (usize, usize),
    /// Operations that run after a clock edge and when an input changed, likewise.
    pub after_input: (usize, usize),
    /// 64-bit words of values.
    pub slots: usize,
}

/// A name of the top module and its handle.
struct TopPort {
    name: String,
    handle: PortHandle,
}

/// Values and what is stale among them.
struct State {
    vals: Vec<u64>,
    /// State after the next edge.
    next: Vec<u64>,
    scratch: Vec<u64>,
    edge: Edge,
    inputs_changed: bool,
    state_changed: bool,
    observed_stale: bool,
}

/// A simulation of one design, from power-up: all inputs, registers and memories are zero, so a reset
/// (active low) is on and asynchronous resets have acted.
///
/// A cycle is: [`set`](Self::set) inputs, read outputs with [`get`](Self::get) as they settle,
/// [`tick`](Self::tick). Values settle on demand, so there is no order to observe.
pub struct Simulator {
    schedule: Schedule,
    names: Names,
    ports: Vec<TopPort>,
    state: RefCell<State>,
    waves: Option<Waves>,
    wave_error: Option<io::Error>,
    properties: Properties,
    coverage: Option<Collector>,
    cycles: u64,
}

impl Simulator {
    /// Compiles a checked design.
    ///
    /// # Panics
    /// When the design was not checked and has an undriven value or a combinational loop; see
    /// [`try_new`](Self::try_new).
    pub fn new(design: &Design) -> Self {
        match Self::try_new(design) {
            Ok(simulator) => simulator,
            Err(diagnostic) => panic!("{diagnostic}"),
        }
    }

    /// Compiles a design.
    ///
    /// # Errors
    /// A value without driver, a combinational loop, a clock that is not an input of the top.
    pub fn try_new(design: &Design) -> Result<Self, Diagnostic> {
        let mut flat = Flat::new(design)?;
        let mut names = Names::new(&mut flat)?;
        let (regs, state) = state_order(&flat);
        let schedule = Schedule::new(&flat, &state, &names.table);
        names.resolve(&schedule.slots);
        let edge = Edge::new(&flat, &schedule, &regs);
        let ports = top_ports(&flat, &schedule);
        let properties = Properties::new(&flat, &schedule);
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
        state.run(&schedule, FIXED);
        state.settle(&schedule);
        let state = RefCell::new(state);
        Ok(Simulator {
            schedule,
            names,
            ports,
            state,
            waves: None,
            wave_error: None,
            properties,
            coverage: None,
            cycles: 0,
        })
    }

    /// The input port `name` of the top (clock and reset ports are inputs).
    pub fn input(&self, name: &str) -> Option<PortHandle> {
        self.find(name, Dir::Input)
    }

    /// The output port `name` of the top.
    pub fn output(&self, name: &str) -> Option<PortHandle> {
        self.find(name, Dir::Output)
    }

    fn find(&self, name: &str, dir: Dir) -> Option<PortHandle> {
        self.ports.iter().find(|p| p.name == name && p.handle.dir == dir).map(|p| p.handle)
    }

    /// Drives an input with the low bits of `v`; bits from 64 on become zero.
    ///
    /// # Panics
    /// When `p` is an output.
    pub fn set(&mut self, p: PortHandle, v: u64) {
        self.set_limbs(p, &[v]);
    }

    /// The low 64 bits of a port, settled.
    pub fn get(&self, p: PortHandle) -> u64 {
        self.settled().vals[p.slot as usize]
    }

    /// Drives an input of any width; `v` is cut or extended with zeros to it.
    ///
    /// # Panics
    /// When `p` is an output.
    pub fn set_bits(&mut self, p: PortHandle, v: &Bits) {
        self.set_limbs(p, v.limbs());
    }

    /// The value of a port of any width, settled.
    pub fn get_bits(&self, p: PortHandle) -> Bits {
        Bits::from_limbs(p.width, &self.settled().vals[p.slot as usize..][..limbs(p.width)])
    }

    /// Drives an input from limbs, least significant first; missing limbs are zero, excess ignored.
    ///
    /// # Panics
    /// When `p` is an output.
    pub fn set_limbs(&mut self, p: PortHandle, v: &[u64]) {
        assert!(p.dir == Dir::Input, "an output port cannot be driven; drive an input");
        let state = self.state.get_mut();
        let slots = &mut state.vals[p.slot as usize..][..limbs(p.width)];
        for (k, slot) in slots.iter_mut().enumerate() {
            let new = v.get(k).copied().unwrap_or(0) & mask(p.width - 64 * k as u32);
            state.inputs_changed |= *slot != new;
            *slot = new;
        }
    }

    /// Copies the limbs of a port, settled, to `to`; excess limbs of `to` become zero.
    pub fn get_limbs(&self, p: PortHandle, to: &mut [u64]) {
        let state = self.settled();
        let slots = &state.vals[p.slot as usize..][..limbs(p.width)];
        let n = slots.len().min(to.len());
        to[..n].copy_from_slice(&slots[..n]);
        to[n..].fill(0);
    }

    /// Propagates inputs and state to the outputs. Reading a port does so by itself.
    pub fn settle(&mut self) {
        self.state.get_mut().settle(&self.schedule);
    }

    /// A rising edge of all clocks.
    pub fn tick(&mut self) {
        self.edge(None);
    }

    /// A rising edge of one clock input alone.
    pub fn tick_clock(&mut self, clock: PortHandle) {
        self.edge(Some(clock.index));
    }

    /// Number of edges so far.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Size of the compiled design.
    pub fn size(&self) -> Size {
        let [after_edge, after_input] = [FROM_STATE, FROM_INPUTS].map(|s| {
            let groups = &self.schedule.groups[self.schedule.segments[s].clone()];
            (groups.iter().map(|g| g.count).sum(), groups.len())
        });
        Size { after_edge, after_input, slots: self.schedule.size }
    }

    fn edge(&mut self, clock: Option<u32>) {
        self.write_waves();
        let state = self.state.get_mut();
        state.settle(&self.schedule);
        if let Some(collector) = &mut self.coverage {
            state.observe(&self.schedule);
            collector.sample(&state.vals);
        }
        self.properties.check(&state.vals, clock, self.cycles);
        state.commit(&self.schedule, clock);
        self.cycles += 1;
    }

    /// The value of any named signal (port, register, wire, named node) by its path from the top,
    /// such as `u_front.count_q`; settled.
    pub fn peek(&mut self, path: &str) -> Option<Bits> {
        let found = self.names.find(path)?;
        let state = self.state.get_mut();
        state.observe(&self.schedule);
        let slots = &state.vals[found.slot as usize..][..limbs(found.width)];
        Some(Bits::from_limbs(found.width, slots))
    }

    /// Word `addr` of the memory at `path`; `None` also beyond its depth.
    pub fn peek_word(&self, path: &str, addr: usize) -> Option<Bits> {
        let index = self.names.find_mem(path)?;
        let state = self.state.borrow();
        let mem = &state.edge.mems[index];
        Some(Bits::from_limbs(mem.width, mem.word(addr)?))
    }

    /// Properties that failed so far, in order of time: assertions of the design, and assumptions that
    /// the stimulus broke. Each is checked at every edge of its clock, with the values of before it.
    /// The first 1,000 are kept.
    pub fn failures(&self) -> &[Failure] {
        self.properties.failures()
    }

    /// All cover points with their counts, in the order of the instances.
    pub fn cover_points(&self) -> Vec<CoverPoint> {
        self.properties.cover_points()
    }

    /// Gives all registers and memory words the random values of `seed`, as power-up of real hardware
    /// does. Asynchronous resets that are on then act. Words of memories with contents stay. From
    /// `seed` also come the bits that memories give where collisions are undefined.
    pub fn scramble(&mut self, seed: u64) {
        let random = &mut Rng::new(seed);
        let state = self.state.get_mut();
        for scope in 0..self.names.scopes.len() {
            for reg in self.names.signals(scope).filter(|s| s.is_reg) {
                random.fill(reg.width, &mut state.vals[reg.slot as usize..][..limbs(reg.width)]);
            }
        }
        for mem in &mut state.edge.mems {
            mem.scramble(random);
            mem.publish(&mut state.vals);
        }
        state.state_changed = true;
    }

    /// Sets all inputs as in `other`, a simulator of the same design.
    pub(crate) fn copy_inputs(&mut self, other: &Simulator) {
        let mut value = Vec::new();
        for i in 0..self.ports.len() {
            let handle = self.ports[i].handle;
            if handle.dir == Dir::Input {
                value.resize(limbs(handle.width), 0);
                other.get_limbs(handle, &mut value);
                self.set_limbs(handle, &value);
            }
        }
    }

    /// Paths of registers, and of memories by their read data, that differ from those of `other`.
    pub(crate) fn different_state(&self, other: &Simulator) -> Vec<String> {
        let (ours, theirs) = (self.settled(), other.settled());
        let differs = |at: Range<usize>| ours.vals[at.clone()] != theirs.vals[at];
        let mut found = Vec::new();
        for scope in 0..self.names.scopes.len() {
            for reg in self.names.signals(scope).filter(|s| s.is_reg) {
                let first = reg.slot as usize;
                if differs(first..first + limbs(reg.width)) {
                    found.push(self.names.path(scope, reg.name));
                }
            }
            for (i, name) in self.names.mems(scope) {
                if ours.edge.mems[i].outputs().any(differs) {
                    found.push(self.names.path(scope, name));
                }
            }
        }
        found
    }

    /// Watches from now on which bits change, for [`coverage`](Self::coverage); values are compared at
    /// the clock edges. It costs time in each cycle.
    pub fn collect_coverage(&mut self) {
        let state = self.state.get_mut();
        state.observe(&self.schedule);
        let constants = self.schedule.constants.len();
        self.coverage = Some(Collector::new(&self.names, constants, &state.vals));
    }

    /// What was covered so far: cover points since the start, signals since
    /// [`collect_coverage`](Self::collect_coverage) and none without it.
    pub fn coverage(&self) -> Coverage {
        let points = self.cover_points();
        match &self.coverage {
            Some(collector) => collector.coverage(points),
            None => Coverage::of_points(points),
        }
    }

    /// Writes waves (VCD) of all named signals to `to` from the next cycle on: one cycle is 10 ns, its
    /// values stand at its start.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn trace(&mut self, to: impl Write + Send + 'static) -> io::Result<()> {
        self.waves = Some(Waves::new(Box::new(to), &self.names)?);
        Ok(())
    }

    /// Ends tracing and flushes.
    ///
    /// # Errors
    /// The first error of writing since [`trace`](Self::trace).
    pub fn finish_trace(&mut self) -> io::Result<()> {
        if let Some(error) = self.wave_error.take() {
            return Err(error);
        }
        self.waves.take().map_or(Ok(()), |mut waves| waves.flush())
    }

    fn write_waves(&mut self) {
        let Some(waves) = &mut self.waves else { return };
        let state = self.state.get_mut();
        state.observe(&self.schedule);
        if let Err(error) = waves.cycle(&state.vals) {
            self.wave_error = Some(error);
            self.waves = None;
        }
    }

    fn settled(&self) -> Ref<'_, State> {
        let mut state = self.state.borrow_mut();
        state.settle(&self.schedule);
        drop(state);
        self.state.borrow()
    }
}

fn top_ports(flat: &Flat<'_>, schedule: &Schedule) -> Vec<TopPort> {
    let port = |(index, p): (usize, &seedbed_ir::Port)| {
        let slot = schedule.slots[flat.ports[index] as usize];
        let handle = PortHandle { slot, width: p.ty.width, index: index as u32, dir: p.dir };
        TopPort { name: p.name.clone(), handle }
    };
    flat.tree.module(0).ports.values().enumerate().map(port).collect()
}

impl State {
    fn run(&mut self, schedule: &Schedule, segment: usize) {
        for group in &schedule.groups[schedule.segments[segment].clone()] {
            narrow::run(schedule, group, &mut self.vals, &mut self.scratch);
        }
    }

    fn settle(&mut self, schedule: &Schedule) {
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

    fn observe(&mut self, schedule: &Schedule) {
        self.settle(schedule);
        if std::mem::take(&mut self.observed_stale) {
            self.run(schedule, OBSERVED);
        }
    }

    fn commit(&mut self, schedule: &Schedule, clock: Option<u32>) {
        self.edge.commit(clock, &mut self.vals, &mut self.next, schedule.state.start);
        self.state_changed = true;
    }
}
