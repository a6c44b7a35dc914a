//! What happens at a clock edge: registers and memories.

use crate::flatten::{Flat, FlatReg};
use crate::graph::{FlatOp, Value};
use crate::kernel::limbs;
use crate::memory::Memory;
use crate::schedule::{stretches, Schedule};
use seedbed_ir::ResetKind;
use std::collections::HashSet;
use std::ops::Range;

/// Registers (one element per limb) of equal clock, reset and kind of enable: neighbouring slots.
pub(crate) struct RegGroup {
    /// Port index of the clock.
    clock: u32,
    /// Slots of the outputs.
    out: Range<usize>,
    reset: Option<GroupReset>,
    pieces: Vec<Piece>,
}

/// Some neighbouring registers of a group.
struct Piece {
    /// Slots of the outputs.
    out: Range<usize>,
    load: Load,
    /// Whether the edge in progress gives them new values.
    loads: bool,
}

/// What a piece loads.
enum Load {
    /// Neighbouring slots from `next` on, when the slot `enable` is 1.
    Run { next: usize, enable: Option<usize> },
    /// A slot each.
    Always { next: Vec<u32> },
    /// A slot each, when the slot of its own enable is 1.
    Enabled { next: Vec<u32>, enable: Vec<u32> },
}

struct GroupReset {
    slot: usize,
    kind: ResetKind,
    values: Vec<u64>,
}

impl GroupReset {
    fn is_on(&self, vals: &[u64]) -> bool {
        vals[self.slot] == u64::from(!self.kind.is_low())
    }
}

/// All state elements.
pub(crate) struct Edge {
    pub groups: Vec<RegGroup>,
    pub mems: Vec<Memory>,
}

/// The outputs of registers and memories in slot order: registers that behave alike are neighbours.
pub(crate) fn state_order(flat: &Flat<'_>) -> (Vec<usize>, Vec<Value>) {
    let mut regs: Vec<usize> = (0..flat.regs.len()).collect();
    regs.sort_by_key(|&i| (behaviour(&flat.regs[i]), flat.regs[i].kind, i));
    let reads = flat.mems.iter().flat_map(|m| m.ports.iter().filter_map(|p| p.out));
    let values = regs.iter().map(|&i| flat.regs[i].out).chain(reads).collect();
    (regs, values)
}

/// The inputs of the top, by port index, that asynchronous resets depend on within a cycle.
pub(crate) fn reset_inputs(flat: &Flat<'_>) -> HashSet<u32> {
    let resets = flat.regs.iter().filter_map(|reg| reg.reset.as_ref());
    let mut todo: Vec<Value> = resets.filter(|r| r.1.is_async()).map(|r| r.0).collect();
    let (mut seen, mut inputs) = (HashSet::new(), HashSet::new());
    while let Some(value) = todo.pop() {
        if !seen.insert(value) {
            continue;
        }
        let node = &flat.graph.nodes[value as usize];
        match node.op {
            FlatOp::Input(port) => inputs.extend([port]),
            _ => todo.extend(node.args.iter().map(|arg| arg.value)),
        }
    }
    inputs
}

/// Clock, reset and its kind, whether there is an enable.
fn behaviour(reg: &FlatReg) -> (u32, Option<(Value, bool, bool)>, bool) {
    let reset = reg.reset.as_ref().map(|r| (r.0, r.1.is_async(), r.1.is_low()));
    (reg.clock, reset, reg.enable.is_some())
}

impl Edge {
    /// Builds the edge program; `regs` is the order of [`state_order`].
    pub fn new(flat: &Flat<'_>, schedule: &Schedule, regs: &[usize]) -> Self {
        let alike = |a: &usize, b: &usize| behaviour(&flat.regs[*a]) == behaviour(&flat.regs[*b]);
        let groups = regs.chunk_by(alike).map(|run| reg_group(flat, schedule, run)).collect();
        let mems = flat.mems.iter().map(|m| Memory::new(m, schedule)).collect();
        Edge { groups, mems }
    }

    /// Computes the state after an edge of `clock` (`None`: of all clocks) into `next`, which is
    /// indexed by slot minus `base`, then makes it current.
    pub fn commit(&mut self, clock: Option<u32>, vals: &mut [u64], next: &mut [u64], base: usize) {
        let ticks = |c: u32| clock.is_none_or(|only| only == c);
        for group in self.groups.iter_mut().filter(|g| ticks(g.clock)) {
            group.load(vals, next, base);
        }
        for mem in &mut self.mems {
            mem.clock(vals, ticks);
        }
        for group in self.groups.iter().filter(|g| ticks(g.clock)) {
            for out in group.pieces.iter().filter(|p| p.loads).map(|p| p.out.clone()) {
                vals[out.clone()].copy_from_slice(&next[out.start - base..out.end - base]);
            }
        }
        for mem in &self.mems {
            mem.publish(vals);
        }
    }

    /// Forces registers under asynchronous reset; returns whether any changed.
    pub fn async_resets(&self, vals: &mut [u64]) -> bool {
        let mut changed = false;
        for group in &self.groups {
            changed |= group.async_reset(vals);
        }
        changed
    }
}

fn reg_group(flat: &Flat<'_>, schedule: &Schedule, run: &[usize]) -> RegGroup {
    let slot = |v: Value| schedule.slots[v as usize];
    let width = |i: usize| flat.graph.nodes[flat.regs[i].out as usize].width;
    let first = &flat.regs[run[0]];
    let (mut lanes, mut values) = (Vec::new(), Vec::new());
    for &i in run {
        let (reg, count) = (&flat.regs[i], limbs(width(i)) as u32);
        let enable = reg.enable.map(slot);
        lanes.extend((0..count).map(|lane| (slot(reg.next) + lane, enable)));
        values.extend(reg.reset.iter().flat_map(|r| r.2.limbs()));
    }
    let start = slot(first.out) as usize;
    let reset =
        first.reset.as_ref().map(|r| GroupReset { slot: slot(r.0) as usize, kind: r.1, values });
    let out = start..start + lanes.len();
    RegGroup { clock: first.clock, out, reset, pieces: pieces(start, &lanes) }
}

/// Splits registers, given by the slots of next value and enable, into pieces.
fn pieces(mut start: usize, lanes: &[(u32, Option<u32>)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (run, part) in stretches(lanes, |a, b| a.0 + 1 == b.0 && a.1 == b.1) {
        let out = start..start + part.len();
        start = out.end;
        pieces.push(Piece { out, load: load(run, part), loads: false });
    }
    pieces
}

fn load(run: bool, lanes: &[(u32, Option<u32>)]) -> Load {
    let enable: Vec<u32> = lanes.iter().filter_map(|l| l.1).collect();
    let next = lanes.iter().map(|l| l.0);
    if run {
        Load::Run { next: lanes[0].0 as usize, enable: lanes[0].1.map(|e| e as usize) }
    } else if enable.is_empty() {
        Load::Always { next: next.collect() }
    } else {
        Load::Enabled { next: next.collect(), enable }
    }
}

impl RegGroup {
    fn load(&mut self, vals: &[u64], next: &mut [u64], base: usize) {
        if let Some(reset) = self.reset.as_ref().filter(|r| r.is_on(vals)) {
            next[self.out.start - base..][..self.out.len()].copy_from_slice(&reset.values);
            self.pieces.iter_mut().for_each(|p| p.loads = true);
            return;
        }
        for piece in &mut self.pieces {
            let to = &mut next[piece.out.start - base..][..piece.out.len()];
            piece.loads = piece.load.run(vals, piece.out.clone(), to);
        }
    }

    fn async_reset(&self, vals: &mut [u64]) -> bool {
        match &self.reset {
            Some(r) if r.kind.is_async() && r.is_on(vals) => {
                let out = &mut vals[self.out.clone()];
                let changed = *out != r.values[..];
                out.copy_from_slice(&r.values);
                changed
            }
            _ => false,
        }
    }
}

impl Load {
    /// Puts the next values of the registers `out` into `to`; `false` when they just hold.
    fn run(&self, vals: &[u64], out: Range<usize>, to: &mut [u64]) -> bool {
        match self {
            Load::Run { next, enable } => {
                let loads = enable.is_none_or(|e| vals[e] == 1);
                if loads {
                    to.copy_from_slice(&vals[*next..][..to.len()]);
                }
                return loads;
            }
            Load::Always { next } => {
                for (to, &n) in to.iter_mut().zip(next) {
                    *to = vals[n as usize];
                }
            }
            Load::Enabled { next, enable } => {
                let lanes = to.iter_mut().zip(&vals[out]);
                for ((to, &hold), (&n, &e)) in lanes.zip(next.iter().zip(enable)) {
                    *to = hold ^ ((vals[n as usize] ^ hold) & vals[e as usize].wrapping_neg());
                }
            }
        }
        true
    }
}
