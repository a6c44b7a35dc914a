//! Waves in VCD form.

use crate::kernel::limbs;
use crate::names::{Found, Names};
use std::collections::HashMap;
use std::io::{self, Write};
use vcd::{IdCode, SimulationCommand, TimescaleUnit, Value, VarType, Writer};

/// Nanoseconds of a clock cycle in the file.
pub(crate) const PERIOD: u64 = 10;

/// A signal in the file. Names of one value share it.
struct Var {
    slot: usize,
    width: u32,
    id: IdCode,
    /// Index of its last written value.
    last: usize,
}

/// An open wave file.
pub(crate) struct Waves {
    to: Writer<Box<dyn Write + Send>>,
    vars: Vec<Var>,
    clocks: Vec<IdCode>,
    last: Vec<u64>,
    time: u64,
    started: bool,
}

impl Waves {
    /// Writes the header.
    pub fn new(to: Box<dyn Write + Send>, names: &Names) -> io::Result<Self> {
        let (vars, clocks, last) = (Vec::new(), Vec::new(), Vec::new());
        let mut waves = Waves { to: Writer::new(to), vars, clocks, last, time: 0, started: false };
        waves.to.timescale(1, TimescaleUnit::NS)?;
        let mut ids = HashMap::new();
        waves.scope(names, 0, &mut ids)?;
        waves.to.enddefinitions()?;
        Ok(waves)
    }

    fn scope(
        &mut self,
        names: &Names,
        scope: usize,
        ids: &mut HashMap<(u32, u32), IdCode>,
    ) -> io::Result<()> {
        self.to.add_module(&names.scopes[scope].name)?;
        for signal in names.signals(scope) {
            let kind = if signal.is_reg { VarType::Reg } else { VarType::Wire };
            let next = IdCode::from(ids.len() as u64);
            let id = *ids.entry((signal.slot, signal.width)).or_insert_with(|| {
                self.declare(&signal, next);
                next
            });
            self.to.var_def(kind, signal.width, id, signal.name, None)?;
        }
        for &child in &names.scopes[scope].children {
            self.scope(names, child, ids)?;
        }
        self.to.upscope()
    }

    fn declare(&mut self, signal: &Found<'_>, id: IdCode) {
        if signal.is_clock {
            self.clocks.push(id);
            return;
        }
        let (slot, width, last) = (signal.slot as usize, signal.width, self.last.len());
        self.last.resize(last + limbs(width), 0);
        self.vars.push(Var { slot, width, id, last });
    }

    /// Writes one cycle: the clock's rising edge with the values that hold until the next one.
    pub fn cycle(&mut self, vals: &[u64]) -> io::Result<()> {
        self.to.timestamp(self.time)?;
        if !self.started {
            self.to.begin(SimulationCommand::Dumpvars)?;
        }
        for &clock in &self.clocks {
            self.to.change_scalar(clock, Value::V1)?;
        }
        for var in &self.vars {
            let now = &vals[var.slot..][..limbs(var.width)];
            let last = &mut self.last[var.last..][..now.len()];
            if !self.started || *now != *last {
                last.copy_from_slice(now);
                change(&mut self.to, var, now)?;
            }
        }
        if !self.started {
            self.to.end()?;
            self.started = true;
        }
        if !self.clocks.is_empty() {
            self.to.timestamp(self.time + PERIOD / 2)?;
        }
        for &clock in &self.clocks {
            self.to.change_scalar(clock, Value::V0)?;
        }
        self.time += PERIOD;
        Ok(())
    }

    /// Writes everything out.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn change(to: &mut Writer<Box<dyn Write + Send>>, var: &Var, limbs: &[u64]) -> io::Result<()> {
    if var.width == 1 {
        return to.change_scalar(var.id, limbs[0] == 1);
    }
    let bit = |i: u32| Value::from(limbs[i as usize / 64] >> (i % 64) & 1 == 1);
    to.change_vector(var.id, (0..var.width).rev().map(bit))
}
