//! The order of a module body, and with it the names of intermediate values.
//!
//! Every wire stands just before its first user. Intermediates take their names while this order is
//! found, because a name may tell what the value is for.

use crate::graph::{SigId, Val};
use crate::label::{fingerprints, sides, Labels, Position, User};
use crate::lower::{Kind, Lowered, Pin, Property};
use crate::update::{Block, Stmt};
use seedbed_ir::Dir;
use std::collections::{HashMap, HashSet};

/// A part of the body.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Define a wire.
    Wire(SigId),
    /// Give an output or a wire that was declared before its value.
    Assign(SigId),
    /// A clocked block, by index.
    Block(usize),
    /// A memory, by index.
    Memory(usize),
    /// An instance, by index.
    Instance(usize),
}

/// A module body in order.
pub struct Ordered {
    /// The hardware.
    pub steps: Vec<Step>,
    /// Wires that only properties read.
    pub checked: Vec<Step>,
    /// Wires that need a declaration before all others.
    pub early: HashSet<SigId>,
}

/// The order of `lowered`; names its unnamed values.
pub fn order(lowered: &mut Lowered, blocks: &[Block], temps: &[Option<SigId>]) -> Ordered {
    let state = vec![State::New; lowered.signals.len()];
    let drives = drives(lowered);
    let prints = fingerprints(&lowered.graph, &lowered.signals);
    let origins = HashMap::new();
    let (steps, early) = (Vec::new(), HashSet::new());
    let mut order = Order { lowered, temps, drives, prints, origins, state, steps, early };
    for (i, block) in blocks.iter().enumerate() {
        order.stmts(&block.body);
        order.steps.push(Step::Block(i));
    }
    for i in 0..order.lowered.mems.len() {
        order.memory(i);
        order.steps.push(Step::Memory(i));
    }
    for i in 0..order.lowered.insts.len() {
        order.instance(i);
        order.steps.push(Step::Instance(i));
    }
    order.leftovers();
    order.outputs();
    let hardware = order.steps.len();
    order.properties();
    let checked = order.steps.split_off(hardware);
    Ordered { steps: order.steps, checked, early: order.early }
}

/// Outputs and wires by the expression that drives them; the first one counts.
fn drives(lowered: &Lowered) -> HashMap<Val, SigId> {
    let mut found = HashMap::new();
    for (i, signal) in lowered.signals.iter().enumerate() {
        let v = signal.driver.filter(|&v| lowered.graph.constant(v).is_none());
        if let (Some(v), false) = (v, signal.name.is_empty()) {
            found.entry(v).or_insert(SigId(i as u32));
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Order<'a, 'd> {
    lowered: &'a mut Lowered<'d>,
    temps: &'a [Option<SigId>],
    drives: HashMap<Val, SigId>,
    prints: Vec<u64>,
    /// For each named intermediate, what the designer named and first needed it.
    origins: HashMap<String, String>,
    state: Vec<State>,
    steps: Vec<Step>,
    early: HashSet<SigId>,
}

impl Order<'_, '_> {
    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            match stmt {
                Stmt::Assign(reg, v) => {
                    let sink = self.lowered.module.regs[*reg].name.clone();
                    self.need(*v, &sink, Position::Whole);
                }
                Stmt::If { cond, then, otherwise } => {
                    let sink = self.first_target(then).or_else(|| self.first_target(otherwise));
                    self.need(*cond, &sink.unwrap_or_default(), Position::Whole);
                    self.stmts(then);
                    self.stmts(otherwise);
                }
                Stmt::Case { subject, arms, default } => {
                    let sink = arms.iter().find_map(|(_, body)| self.first_target(body));
                    self.need(*subject, &sink.unwrap_or_default(), Position::Operand("case"));
                    arms.iter().for_each(|(_, body)| self.stmts(body));
                    self.stmts(default);
                }
            }
        }
    }

    /// The register that gives its name to the conditions of a statement.
    fn first_target(&self, stmts: &[Stmt]) -> Option<String> {
        stmts.iter().find_map(|stmt| match stmt {
            Stmt::Assign(reg, _) => Some(self.lowered.module.regs[*reg].name.clone()),
            Stmt::If { then, otherwise, .. } => {
                self.first_target(then).or_else(|| self.first_target(otherwise))
            }
            Stmt::Case { arms, default, .. } => arms
                .iter()
                .find_map(|(_, b)| self.first_target(b))
                .or_else(|| self.first_target(default)),
        })
    }

    fn memory(&mut self, i: usize) {
        let (name, single) = {
            let mem = &self.lowered.mems[i];
            let writers = mem.ports.iter().filter(|p| p.data.is_some()).count();
            let readers = mem.ports.iter().filter(|p| p.read.is_some()).count();
            (mem.name.clone(), writers <= 1 && readers <= 1)
        };
        for k in 0..self.lowered.mems[i].ports.len() {
            let port = &self.lowered.mems[i].ports[k];
            let (addr, enable, write, data) = (port.addr, port.enable, port.write, port.data);
            let sink = if single { name.clone() } else { format!("{name}_port{k}") };
            let words = match (data.is_some(), write.is_some()) {
                (_, true) => ["addr", "en"],
                (true, false) => ["waddr", "we"],
                (false, false) => ["raddr", "re"],
            };
            self.need(enable, &sink, Position::Role(words[1]));
            write.into_iter().for_each(|w| self.need(w, &sink, Position::Role("write")));
            self.need(addr, &sink, Position::Role(words[0]));
            if let Some((data, mask)) = data {
                self.need(data, &sink, Position::Role("wdata"));
                mask.into_iter().for_each(|m| self.need(m, &sink, Position::Role("wmask")));
            }
        }
    }

    fn instance(&mut self, i: usize) {
        let sink = self.lowered.insts[i].name.clone();
        let module = self.lowered.child(i);
        for k in 0..self.lowered.insts[i].pins.len() {
            if let (port, Pin::In(v)) = self.lowered.insts[i].pins[k] {
                self.need(v, &sink, Position::Role(&module.ports[port].name));
            }
        }
    }

    fn outputs(&mut self) {
        let ports: Vec<SigId> =
            self.lowered.module.ports.keys().map(|p| self.lowered.port(p)).collect();
        let driven = |s: &Self, sig: SigId| {
            let signal = s.lowered.signal(sig);
            signal.driver.filter(|_| signal.kind == Kind::Port(Dir::Output))
        };
        for &sig in &ports {
            if let Some(v) = driven(self, sig) {
                let sink = self.lowered.signal(sig).name.clone();
                self.need_by(Some(sig), v, &sink, Position::Whole);
            }
        }
        let assigned = ports.into_iter().filter(|&s| driven(self, s).is_some());
        self.steps.extend(assigned.map(Step::Assign).collect::<Vec<_>>());
    }

    fn properties(&mut self) {
        for i in 0..self.lowered.props.len() {
            let Property { name, when, holds } = &self.lowered.props[i];
            let (sink, when, holds) = (name.clone(), *when, *holds);
            when.into_iter().for_each(|w| self.need(w, &sink, Position::Role("when")));
            self.need(holds, &sink, Position::Whole);
        }
    }

    /// Wires that nothing reads.
    fn leftovers(&mut self) {
        let named_by_user = |s: &SigId| self.lowered.signal(*s).at.is_some();
        let all = (0..self.lowered.signals.len() as u32).map(SigId);
        let left: Vec<SigId> = all.filter(|s| self.is_new(*s)).filter(named_by_user).collect();
        left.into_iter().for_each(|sig| self.define(sig));
    }

    fn is_new(&self, sig: SigId) -> bool {
        self.state[sig.index()] == State::New && self.lowered.signal(sig).kind == Kind::Wire
    }

    /// Defines all wires that `v` reads.
    fn need(&mut self, v: Val, sink: &str, position: Position) {
        self.need_by(None, v, sink, position);
    }

    /// As [`need`](Self::need), for the value of the signal `of`.
    fn need_by(&mut self, of: Option<SigId>, v: Val, sink: &str, position: Position) {
        let mut leaves = Vec::new();
        let definition = of.is_some() && self.temps[v.index()] == of;
        self.leaves(v, sink, position, definition, &mut leaves);
        leaves.into_iter().for_each(|sig| self.define(sig));
    }

    /// Collects the signals written in the expression of `v`, naming those that have no name yet.
    fn leaves(&mut self, v: Val, sink: &str, at: Position, definition: bool, out: &mut Vec<SigId>) {
        if let Some(sig) = self.temps[v.index()].filter(|_| !definition) {
            self.give_name(v, sig, sink, at);
            out.push(sig);
            return;
        }
        let node = self.lowered.graph.node(v).clone();
        if let Some(sig) = self.lowered.graph.signal(v) {
            out.push(sig);
        }
        let (sides, mut i) = (sides(&node, at), 0);
        node.operands(|operand| {
            self.leaves(operand, sink, sides[i.min(2)], false, out);
            i += 1;
        });
    }

    fn give_name(&mut self, v: Val, sig: SigId, sink: &str, position: Position) {
        if !self.lowered.signal(sig).name.is_empty() {
            return;
        }
        let origin = self.origins.get(sink).map_or(sink, String::as_str).to_owned();
        let lowered = &mut *self.lowered;
        let labels = Labels {
            graph: &lowered.graph,
            signals: &lowered.signals,
            temps: self.temps,
            drives: &self.drives,
            prints: &self.prints,
        };
        let user = User { name: sink, origin: &origin };
        let name = lowered.names.claim_first(&labels.candidates(v, user, position));
        self.origins.insert(name.clone(), origin);
        lowered.signals[sig.index()].name = name;
    }

    /// Appends the definition of `sig` after those of all it reads; without recursion, as chains may be long.
    fn define(&mut self, sig: SigId) {
        if !self.is_new(sig) {
            return;
        }
        let mut stack = vec![(sig, self.open(sig))];
        while let Some((sig, pending)) = stack.last_mut() {
            match pending.pop() {
                Some(next) if self.is_new(next) => {
                    let needed = self.open(next);
                    stack.push((next, needed));
                }
                Some(next) => {
                    if self.state[next.index()] == State::Open {
                        self.early.insert(next);
                    }
                }
                None => {
                    let step = if self.early.contains(sig) { Step::Assign } else { Step::Wire };
                    self.steps.push(step(*sig));
                    self.state[sig.index()] = State::Done;
                    stack.pop();
                }
            }
        }
    }

    /// Marks `sig` as being defined; its leaves, first one last.
    fn open(&mut self, sig: SigId) -> Vec<SigId> {
        self.state[sig.index()] = State::Open;
        let signal = self.lowered.signal(sig);
        let (Some(v), sink) = (signal.driver, signal.name.clone()) else { return Vec::new() };
        let mut leaves = Vec::new();
        let definition = self.temps[v.index()] == Some(sig);
        self.leaves(v, &sink, Position::Whole, definition, &mut leaves);
        leaves.reverse();
        leaves
    }
}
