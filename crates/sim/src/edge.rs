//! What happens at a clock edge: registers and memories.

use crate::flatten::{Flat, FlatReg};
use crate::graph::Value;
use crate::kernel::limbs;
use crate::memory::Memory;
use crate::schedule::Schedule;
use seedbed_ir::ResetKind;
use std::ops::Range;

/// Registers (one element per limb) of equal clock, reset and kind of enable: neighbouring slots.
pub(crate) struct RegGroup {
    /// Port index of the clock.
    clock: u32,
    /// Slots of the outputs.
    out: Range<usize>,
    reset: Option<GroupReset>,
    /// Slots of the values loaded.
    next: Vec<u32>,
    /// Slots of the enables; empty when all load always.
    enable: Vec<u32>,
}

struct GroupReset {
    slot: usize,
    kind: ResetKind,
    values: Vec<u64>,
}

/// All state elements.
pub(crate) struct Edge {
    pub groups: Vec<RegGroup>,
    /// Memories with the port index of their clocks.
    pub mems: Vec<(u32, Memory)>,
}

/// The outputs of registers and memories in slot order: registers that behave alike are neighbours.
pub(crate) fn state_order(flat: &Flat<'_>) -> (Vec<usize>, Vec<Value>) {
    let mut regs: Vec<usize> = (0..flat.regs.len()).collect();
    regs.sort_by_key(|&i| (behaviour(&flat.regs[i]), flat.regs[i].kind, i));
    let reads = flat.mems.iter().flat_map(|m| m.ports.iter().filter_map(|p| p.out));
    let values = regs.iter().map(|&i| flat.regs[i].out).chain(reads).collect();
    (regs, values)
}

/// Clock, reset and its kind, whether there is an enable.
fn behaviour(reg: &FlatReg) -> (u32, Option<(Value, bool)>, bool) {
    let reset = reg.reset.as_ref().map(|r| (r.0, r.1 == ResetKind::AsyncLow));
    (reg.clock, reset, reg.enable.is_some())
}

impl Edge {
    /// Builds the edge program; `regs` is the order of [`state_order`].
    pub fn new(flat: &Flat<'_>, schedule: &Schedule, regs: &[usize]) -> Self {
        let alike = |a: &usize, b: &usize| behaviour(&flat.regs[*a]) == behaviour(&flat.regs[*b]);
        let groups = regs.chunk_by(alike).map(|run| reg_group(flat, schedule, run)).collect();
        let mems = flat.mems.iter().map(|m| (m.clock, Memory::new(m, schedule))).collect();
        Edge { groups, mems }
    }

    /// Computes the state after an edge of `clock` (`None`: of all clocks) into `next`, which is
    /// indexed by slot minus `base`, then makes it current.
    pub fn commit(&mut self, clock: Option<u32>, vals: &mut [u64], next: &mut [u64], base: usize) {
        let ticks = |c: u32| clock.is_none_or(|only| only == c);
        for group in self.groups.iter().filter(|g| ticks(g.clock)) {
            group.load(vals, &mut next[group.out.start - base..][..group.out.len()]);
        }
        for (_, mem) in self.mems.iter_mut().filter(|m| ticks(m.0)) {
            mem.clock(vals);
        }
        for group in self.groups.iter().filter(|g| ticks(g.clock)) {
            let from = group.out.start - base;
            vals[group.out.clone()].copy_from_slice(&next[from..][..group.out.len()]);
        }
        for (_, mem) in self.mems.iter().filter(|m| ticks(m.0)) {
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
    let (mut next, mut enable, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for &i in run {
        let (reg, lanes) = (&flat.regs[i], limbs(width(i)) as u32);
        next.extend((0..lanes).map(|lane| slot(reg.next) + lane));
        enable.extend(reg.enable.iter().flat_map(|&e| (0..lanes).map(move |_| slot(e))));
        values.extend(reg.reset.iter().flat_map(|r| r.2.limbs()));
    }
    let start = slot(first.out) as usize;
    let reset =
        first.reset.as_ref().map(|r| GroupReset { slot: slot(r.0) as usize, kind: r.1, values });
    RegGroup { clock: first.clock, out: start..start + next.len(), reset, next, enable }
}

impl RegGroup {
    fn load(&self, vals: &[u64], to: &mut [u64]) {
        if let Some(reset) = self.reset.as_ref().filter(|r| vals[r.slot] == 0) {
            to.copy_from_slice(&reset.values);
        } else if self.enable.is_empty() {
            for (to, &n) in to.iter_mut().zip(&self.next) {
                *to = vals[n as usize];
            }
        } else {
            let hold = &vals[self.out.clone()];
            for (((to, &n), &e), &hold) in to.iter_mut().zip(&self.next).zip(&self.enable).zip(hold)
            {
                let change = (vals[n as usize] ^ hold) & vals[e as usize].wrapping_neg();
                *to = hold ^ change;
            }
        }
    }

    fn async_reset(&self, vals: &mut [u64]) -> bool {
        match &self.reset {
            Some(r) if r.kind == ResetKind::AsyncLow && vals[r.slot] == 0 => {
                let out = &mut vals[self.out.clone()];
                let changed = *out != r.values[..];
                out.copy_from_slice(&r.values);
                changed
            }
            _ => false,
        }
    }
}
