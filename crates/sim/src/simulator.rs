//! The simulator's interface.

mod tracing;

use crate::coverage::{Collector, Coverage};
use crate::edge::{reset_inputs, state_order, Edge};
use crate::flatten::Flat;
use crate::gates;
use crate::kernel::limbs;
use crate::machine::{Machine, Pin, State};
use crate::memory::Scramble;
use crate::names::Names;
use crate::native::{Native, Netlist};
use crate::options::{Backend, SimOptions};
use crate::properties::{CoverPoint, Failure, Properties};
use crate::schedule::{Schedule, FROM_INPUTS, FROM_STATE};
use crate::successor::{Plan, Successor};
use crate::waves::Waves;
use seedbed_ir::{Bits, Code, Design, Diagnostic, Dir, Loc, PortKind};
use std::cell::{Ref, RefCell};
use std::io;
use std::ops::Range;

/// A port of the top module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortHandle {
    pin: Pin,
    dir: Dir,
    /// Whether an asynchronous reset depends on it.
    resets: bool,
}

impl PortHandle {
    /// Width in bits.
    pub fn width(self) -> u32 {
        self.pin.width
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
    kind: PortKind,
    handle: PortHandle,
}

/// A simulation of one design, from power-up: all inputs, registers and memories are zero, so a reset
/// (active low) is on and asynchronous resets have acted.
///
/// A cycle is: [`set`](Self::set) inputs, read outputs with [`get`](Self::get) as they settle,
/// [`tick`](Self::tick). Values settle on demand; reading changes nothing. Inputs can be set in any order,
/// but an asynchronous reset sees every value of the inputs it depends on: also a pulse, and also what
/// stands between when two of them are set one after the other.
pub struct Simulator {
    schedule: Schedule,
    names: Names,
    ports: Vec<TopPort>,
    machine: RefCell<Machine>,
    successor: Successor,
    lanes: usize,
    fallback: Option<String>,
    /// Of a lane.
    waves: Option<(usize, Waves)>,
    wave_error: Option<io::Error>,
    properties: Properties,
    /// Of lane 0.
    coverage: Option<Collector>,
    cycles: u64,
    /// What was driven, when that is recorded.
    driven: Option<Vec<Drives>>,
}

/// Values of inputs that were driven together, in all lanes.
pub(crate) type Drives = Vec<(PortHandle, Vec<u64>)>;

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
        Self::with(design, &SimOptions::default())
    }

    /// Compiles a design for a back end and a number of lanes. Without lane in their name, methods that
    /// write act on all lanes, and those that read show lane 0.
    ///
    /// # Errors
    /// As for [`try_new`](Self::try_new), and a number of lanes that is not 1 to 64.
    pub fn with(design: &Design, options: &SimOptions) -> Result<Self, Diagnostic> {
        let lanes = options.lanes;
        if !(1..=64).contains(&lanes) {
            return Err(not_a_number_of_lanes(lanes));
        }
        let design = gates::lowered(design);
        let mut flat = Flat::new(&design)?;
        let mut names = Names::new(&mut flat)?;
        let (regs, state) = state_order(&flat);
        let schedule = Schedule::new(&flat, &state, &names.table);
        names.resolve(&schedule.slots, &flat.graph.changing());
        let ports = top_ports(&flat, &schedule);
        let properties = Properties::new(&flat, &schedule);
        let powered_up = |_| State::new(&schedule, Edge::new(&flat, &schedule, &regs));
        let machine = Machine::interpreter((0..lanes).map(powered_up).collect());
        let successor = if options.backend == Backend::Interpreter {
            Successor::None
        } else {
            let (net, slots) = (Netlist::new(flat, &state), schedule.slots.clone());
            Successor::Planned(Box::new(Plan { net, lanes, slots }))
        };
        let mut simulator = Simulator {
            schedule,
            names,
            ports,
            machine: RefCell::new(machine),
            successor,
            lanes,
            fallback: None,
            waves: None,
            wave_error: None,
            properties,
            coverage: None,
            cycles: 0,
            driven: None,
        };
        if options.backend == Backend::Compiled {
            simulator.compile();
        }
        Ok(simulator)
    }

    /// Goes over to the compiled program now and waits for the compiler: with [`Backend::Auto`], for who
    /// knows that the run will be long. Does nothing in a simulator of [`Backend::Interpreter`].
    /// Returns whether a compiled program runs; [`fallback`](Self::fallback) says why it does not.
    pub fn compile(&mut self) -> bool {
        let program = self.successor.wait();
        self.take_over(program);
        self.machine.get_mut().is_compiled()
    }

    fn take_over(&mut self, program: Option<Result<Native, String>>) {
        match program {
            None => {}
            Some(Ok(native)) => self.machine.get_mut().compile(native),
            Some(Err(reason)) => self.fallback = Some(reason),
        }
    }

    /// Number of lanes.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// What runs the design now: [`Backend::Interpreter`] or [`Backend::Compiled`].
    pub fn backend(&self) -> Backend {
        match self.machine.borrow().is_compiled() {
            true => Backend::Compiled,
            false => Backend::Interpreter,
        }
    }

    /// Why the interpreter runs although a compiled program was asked for.
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_deref()
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

    /// Drives an input with the low bits of `v`; bits from 64 on become zero. An asynchronous reset that
    /// this switches on acts now.
    ///
    /// # Panics
    /// When `p` is an output.
    pub fn set(&mut self, p: PortHandle, v: u64) {
        self.set_limbs(p, &[v]);
    }

    /// Drives an input in one lane.
    ///
    /// # Panics
    /// When `p` is an output, or `lane` not below [`lanes`](Self::lanes).
    pub fn set_lane(&mut self, p: PortHandle, lane: usize, v: u64) {
        self.set_lane_limbs(p, lane, &[v]);
    }

    /// The low 64 bits of a port, settled.
    pub fn get(&self, p: PortHandle) -> u64 {
        self.get_lane(p, 0)
    }

    /// The low 64 bits of a port in one lane, settled.
    ///
    /// # Panics
    /// When `lane` is not below [`lanes`](Self::lanes).
    pub fn get_lane(&self, p: PortHandle, lane: usize) -> u64 {
        self.settled(lane).limb(p.pin, 0, lane)
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
        let mut to = vec![0; limbs(p.pin.width)];
        self.get_limbs(p, &mut to);
        Bits::from_limbs(p.pin.width, &to)
    }

    /// Drives an input from limbs, least significant first; missing limbs are zero, excess ignored.
    ///
    /// # Panics
    /// When `p` is an output.
    pub fn set_limbs(&mut self, p: PortHandle, v: &[u64]) {
        self.drive(0..self.lanes, std::iter::once((p, v)));
    }

    /// As [`set_limbs`](Self::set_limbs), in one lane.
    ///
    /// # Panics
    /// When `p` is an output, or `lane` not below [`lanes`](Self::lanes).
    pub fn set_lane_limbs(&mut self, p: PortHandle, lane: usize, v: &[u64]) {
        self.check_lane(lane);
        self.drive(lane..lane + 1, std::iter::once((p, v)));
    }

    /// Drives inputs together, in all lanes: asynchronous resets see nothing between.
    pub(crate) fn set_together<'v>(
        &mut self,
        sets: impl Iterator<Item = (PortHandle, &'v Bits)> + Clone,
    ) {
        self.drive(0..self.lanes, sets.map(|(p, v)| (p, v.limbs())));
    }

    fn drive<'v>(
        &mut self,
        lanes: Range<usize>,
        sets: impl Iterator<Item = (PortHandle, &'v [u64])> + Clone,
    ) {
        if let Some(driven) = &mut self.driven {
            driven.push(sets.clone().map(|(port, value)| (port, value.to_vec())).collect());
        }
        let machine = self.machine.get_mut();
        let resets = sets
            .clone()
            .any(|(p, v)| p.resets && lanes.clone().any(|lane| machine.differs(p.pin, lane, v)));
        // What the last edge switched on acts before the inputs change, and what they switch on after.
        if resets {
            machine.reset(&self.schedule, lanes.clone());
        }
        for (p, v) in sets {
            assert!(p.dir == Dir::Input, "an output port cannot be driven; drive an input");
            lanes.clone().for_each(|lane| machine.set_limbs(p.pin, lane, v));
        }
        if resets {
            machine.reset(&self.schedule, lanes);
        }
    }

    /// Copies the limbs of a port, settled, to `to`; excess limbs of `to` become zero.
    pub fn get_limbs(&self, p: PortHandle, to: &mut [u64]) {
        self.get_lane_limbs(p, 0, to);
    }

    /// As [`get_limbs`](Self::get_limbs), in one lane.
    ///
    /// # Panics
    /// When `lane` is not below [`lanes`](Self::lanes).
    pub fn get_lane_limbs(&self, p: PortHandle, lane: usize, to: &mut [u64]) {
        let machine = self.settled(lane);
        let count = limbs(p.pin.width);
        for (k, to) in to.iter_mut().enumerate() {
            *to = if k < count { machine.limb(p.pin, k, lane) } else { 0 };
        }
    }

    /// Propagates inputs and state to the outputs. Reading a port does so by itself.
    pub fn settle(&mut self) {
        let machine = self.machine.get_mut();
        (0..self.lanes).for_each(|lane| machine.settle(&self.schedule, lane));
    }

    /// A rising edge of all clocks.
    pub fn tick(&mut self) {
        self.edge(None);
    }

    /// A rising edge of one clock input alone.
    ///
    /// # Panics
    /// When `clock` is not a clock.
    pub fn tick_clock(&mut self, clock: PortHandle) {
        let TopPort { name, kind, .. } = &self.ports[clock.pin.index as usize];
        assert!(*kind == PortKind::Clock, "`{name}` is not a clock; only clocks tick");
        self.edge(Some(clock.pin));
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

    fn edge(&mut self, clock: Option<Pin>) {
        // Who looks at all signals in each cycle is served best by the interpreter.
        if self.waves.is_none() && self.coverage.is_none() {
            let program = self.successor.poll(self.cycles);
            self.take_over(program);
        }
        self.write_waves();
        if let Some((_, waves)) = &mut self.waves {
            waves.edge(clock.map(|pin| pin.slot));
        }
        let clock = clock.map(|pin| pin.index);
        let machine = self.machine.get_mut();
        if let Some(collector) = &mut self.coverage {
            collector.sample(machine.values(&self.schedule, 0, true));
        }
        if !machine.is_compiled() {
            for lane in 0..self.lanes {
                let vals = machine.values(&self.schedule, lane, false);
                self.properties.check(vals, clock, (lane, self.cycles));
            }
        }
        machine.commit(&self.schedule, clock);
        for (lane, hits) in machine.hits().into_iter().flatten().enumerate() {
            self.properties.check_hits(&hits, clock, (lane, self.cycles));
        }
        self.cycles += 1;
    }

    /// The value of any named signal (port, register, wire, named node) by its path from the top,
    /// such as `u_front.count_q`; settled.
    pub fn peek(&mut self, path: &str) -> Option<Bits> {
        self.peek_lane(path, 0)
    }

    /// As [`peek`](Self::peek), in one lane.
    ///
    /// # Panics
    /// When `lane` is not below [`lanes`](Self::lanes).
    pub fn peek_lane(&mut self, path: &str, lane: usize) -> Option<Bits> {
        self.check_lane(lane);
        let found = self.names.find(path)?;
        let vals = self.machine.get_mut().values(&self.schedule, lane, true);
        let slots = &vals[found.slot as usize..][..limbs(found.width)];
        Some(Bits::from_limbs(found.width, slots))
    }

    /// Word `addr` of the memory at `path`; `None` also beyond its depth.
    pub fn peek_word(&self, path: &str, addr: usize) -> Option<Bits> {
        self.peek_lane_word(path, 0, addr)
    }

    /// As [`peek_word`](Self::peek_word), in one lane.
    ///
    /// # Panics
    /// When `lane` is not below [`lanes`](Self::lanes).
    pub fn peek_lane_word(&self, path: &str, lane: usize, addr: usize) -> Option<Bits> {
        self.check_lane(lane);
        let index = self.names.find_mem(path)?;
        let machine = self.machine.borrow();
        let (width, word) = machine.word(index, addr, lane)?;
        Some(Bits::from_limbs(width, word))
    }

    /// Properties that failed so far, in order of time: assertions of the design, and assumptions that
    /// the stimulus broke. Each is checked at every edge of its clock, with the values of before it.
    /// The first 1,000 are kept.
    pub fn failures(&self) -> &[Failure] {
        self.properties.failures()
    }

    /// Properties that do not hold in the present cycle, which no edge has ended yet; they are not noted.
    pub(crate) fn failing(&mut self) -> Vec<Failure> {
        let (machine, cycle) = (self.machine.get_mut(), self.cycles);
        let mut found = Vec::new();
        if !self.properties.is_empty() {
            for lane in 0..self.lanes {
                let vals = machine.values(&self.schedule, lane, false);
                found.extend(self.properties.failing(vals, (lane, cycle)));
            }
        }
        found
    }

    /// All cover points with their counts, in the order of the instances.
    pub fn cover_points(&self) -> Vec<CoverPoint> {
        self.properties.cover_points()
    }

    /// Gives all registers and memory words the random values of `seed`, as power-up of real hardware
    /// does, other ones in each lane. Asynchronous resets that are on then act. What memories were given
    /// at power-up stays, and all of a ROM; their other words are random too, as they are unknown in
    /// Verilog. From `seed` also come the bits that memories give where collisions are undefined.
    pub fn scramble(&mut self, seed: u64) {
        self.power_up(Scramble::new(seed, false));
    }

    /// As [`scramble`](Self::scramble), with the complement of every bit.
    pub(crate) fn scramble_complement(&mut self, seed: u64) {
        self.power_up(Scramble::new(seed, true));
    }

    fn power_up(&mut self, mut random: Scramble) {
        let random = &mut random;
        let names = &self.names;
        self.machine.get_mut().change_state(&self.schedule, &mut |state| {
            for scope in 0..names.scopes.len() {
                for reg in names.signals(scope).filter(|s| s.is_reg) {
                    random
                        .fill(reg.width, &mut state.vals[reg.slot as usize..][..limbs(reg.width)]);
                }
            }
            for mem in &mut state.edge.mems {
                mem.scramble(random);
                mem.publish(&mut state.vals);
            }
        });
    }

    /// What was driven since the last call, for [`replay`](Self::replay); the first one starts it.
    pub(crate) fn recorded(&mut self) -> Vec<Drives> {
        self.driven.replace(Vec::new()).unwrap_or_default()
    }

    /// Drives what was recorded of a simulator of the same design.
    pub(crate) fn replay(&mut self, driven: &[Drives]) {
        for together in driven {
            self.drive(0..self.lanes, together.iter().map(|(port, value)| (*port, &value[..])));
        }
    }

    /// Paths of registers, and of memories by their read data, that differ from those of `other` in
    /// lane 0.
    pub(crate) fn different_state(&self, other: &Simulator) -> Vec<String> {
        let (mut ours, mut theirs) = (self.machine.borrow_mut(), other.machine.borrow_mut());
        let (ours, theirs) =
            (ours.state(&self.schedule, 0, false), theirs.state(&other.schedule, 0, false));
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

    /// Watches from now on which bits change in lane 0, for [`coverage`](Self::coverage); values are
    /// compared at the clock edges. It costs time in each cycle.
    pub fn collect_coverage(&mut self) {
        let vals = self.machine.get_mut().values(&self.schedule, 0, true);
        self.coverage = Some(Collector::new(&self.names, vals));
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

    fn settled(&self, lane: usize) -> Ref<'_, Machine> {
        self.check_lane(lane);
        self.machine.borrow_mut().settle(&self.schedule, lane);
        self.machine.borrow()
    }

    fn check_lane(&self, lane: usize) {
        assert!(
            lane < self.lanes,
            "there is no lane {lane}; lanes count from 0 to {}",
            self.lanes - 1
        );
    }
}

fn not_a_number_of_lanes(lanes: usize) -> Diagnostic {
    Diagnostic {
        code: Code::Parameter,
        message: format!("{lanes} lanes cannot be simulated; ask for 1 to 64"),
        at: Loc::NOWHERE,
        notes: Vec::new(),
        path: String::new(),
    }
}

fn top_ports(flat: &Flat<'_>, schedule: &Schedule) -> Vec<TopPort> {
    let resets = reset_inputs(flat);
    let port = |(index, p): (usize, &seedbed_ir::Port)| {
        let slot = schedule.slots[flat.ports[index] as usize];
        let pin = Pin { slot, width: p.ty.width, index: index as u32 };
        let resets = p.dir == Dir::Input && resets.contains(&(index as u32));
        let handle = PortHandle { pin, dir: p.dir, resets };
        TopPort { name: p.name.clone(), kind: p.kind, handle }
    };
    flat.tree.module(0).ports.values().enumerate().map(port).collect()
}
