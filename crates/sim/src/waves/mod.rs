//! Waves of all named signals, in one of several file formats.

mod fst;
mod vcd;

use crate::kernel::limbs;
use crate::names::{Found, Names};
use seedbed_ir::Bits;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

/// Nanoseconds of a clock cycle in the file.
pub(crate) const PERIOD: u64 = 10;

/// What a variable of a wave file is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum VarKind {
    Reg,
    Wire,
    /// Text, such as the name of a state; the width is 8 bits for each letter of the longest.
    Text,
}

/// A wave file. Times are nanoseconds. Variables are numbered by the order of their declaration;
/// aliases have the number of the first.
pub(crate) trait Format: Send {
    fn open_scope(&mut self, name: &str) -> io::Result<()>;
    fn close_scope(&mut self) -> io::Result<()>;
    /// Declares variable `id`; one that is known gets a further name.
    fn var(&mut self, kind: VarKind, name: &str, width: u32, id: u32) -> io::Result<()>;
    fn end_header(&mut self) -> io::Result<()>;
    fn time(&mut self, time: u64) -> io::Result<()>;
    /// All variables follow, or (`false`) have followed.
    fn initial(&mut self, begins: bool) -> io::Result<()>;
    fn bits(&mut self, id: u32, width: u32, limbs: &[u64]) -> io::Result<()>;
    fn text(&mut self, id: u32, width: u32, text: &str) -> io::Result<()>;
    fn finish(&mut self) -> io::Result<()>;
}

/// A signal in the file. Names of one value share it.
struct Var {
    slot: usize,
    width: u32,
    id: u32,
    /// Index of its last written value.
    last: usize,
    /// The variable for its values by name.
    labels: Option<Labels>,
}

/// A clock of the top.
struct Clock {
    id: u32,
    slot: u32,
    /// Whether it rises at the start of the next cycle to be written.
    rises: bool,
}

/// Values that have names.
struct Labels {
    id: u32,
    /// Of the text.
    width: u32,
    variants: Vec<(String, Bits)>,
}

/// An open wave file.
pub(crate) struct Waves {
    to: Box<dyn Format>,
    vars: Vec<Var>,
    clocks: Vec<Clock>,
    last: Vec<u64>,
    /// Variables declared so far, and those of the signals by slot and width.
    count: u32,
    ids: HashMap<(u32, u32), u32>,
    time: u64,
    started: bool,
}

impl Waves {
    /// Writes the header of a VCD.
    pub fn vcd(to: Box<dyn Write + Send>, names: &Names) -> io::Result<Self> {
        Self::new(Box::new(vcd::Vcd::new(to)?), names)
    }

    /// Creates a file and writes its header: FST when its name ends in `.fst`, else VCD.
    pub fn create(path: &Path, names: &Names) -> io::Result<Self> {
        let file = io::BufWriter::new(std::fs::File::create(path)?);
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("fst")) {
            Self::new(Box::new(fst::Fst::new(file)?), names)
        } else {
            Self::vcd(Box::new(file), names)
        }
    }

    fn new(to: Box<dyn Format>, names: &Names) -> io::Result<Self> {
        let (vars, clocks, last, ids) = Default::default();
        let mut waves = Waves { to, vars, clocks, last, count: 0, ids, time: 0, started: false };
        waves.scope(names, 0)?;
        waves.to.end_header()?;
        Ok(waves)
    }

    fn scope(&mut self, names: &Names, scope: usize) -> io::Result<()> {
        self.to.open_scope(&names.scopes[scope].name)?;
        for signal in names.signals(scope) {
            self.signal(&signal)?;
        }
        for &child in &names.scopes[scope].children {
            self.scope(names, child)?;
        }
        self.to.close_scope()
    }

    fn signal(&mut self, signal: &Found<'_>) -> io::Result<()> {
        let kind = if signal.is_reg { VarKind::Reg } else { VarKind::Wire };
        let known = self.ids.get(&(signal.slot, signal.width)).copied();
        let id = known.unwrap_or_else(|| self.next_id());
        self.to.var(kind, signal.name, signal.width, id)?;
        if known.is_none() {
            self.ids.insert((signal.slot, signal.width), id);
            self.declare(signal, id);
        }
        match signal.labels {
            Some(variants) => self.labels(signal, id, variants),
            None => Ok(()),
        }
    }

    fn next_id(&mut self) -> u32 {
        self.count += 1;
        self.count - 1
    }

    fn declare(&mut self, signal: &Found<'_>, id: u32) {
        if signal.is_clock {
            self.clocks.push(Clock { id, slot: signal.slot, rises: false });
            return;
        }
        let (slot, width, last) = (signal.slot as usize, signal.width, self.last.len());
        self.last.resize(last + limbs(width), 0);
        self.vars.push(Var { slot, width, id, last, labels: None });
    }

    /// Declares `NAME_label`, the name of the value.
    fn labels(
        &mut self,
        signal: &Found<'_>,
        id: u32,
        variants: &[(String, Bits)],
    ) -> io::Result<()> {
        let Some(index) = self.vars.iter().position(|v| v.id == id) else { return Ok(()) };
        let name = format!("{}_label", signal.name);
        if let Some(labels) = &self.vars[index].labels {
            return self.to.var(VarKind::Text, &name, labels.width, labels.id);
        }
        let longest = variants.iter().map(|(name, _)| name.len()).max().unwrap_or(1);
        let (id, width) = (self.next_id(), 8 * longest.max(1) as u32);
        self.vars[index].labels = Some(Labels { id, width, variants: variants.to_vec() });
        self.to.var(VarKind::Text, &name, width, id)
    }

    /// Writes one cycle: the values that hold until the next edge, and the rising edges that led to them.
    pub fn cycle(&mut self, vals: &[u64]) -> io::Result<()> {
        self.to.time(self.time)?;
        if !self.started {
            self.to.initial(true)?;
            self.clocks(|_| true, 0)?;
        }
        self.clocks(|clock| clock.rises, 1)?;
        for var in &self.vars {
            let now = &vals[var.slot..][..limbs(var.width)];
            let last = &mut self.last[var.last..][..now.len()];
            if !self.started || *now != *last {
                last.copy_from_slice(now);
                self.to.bits(var.id, var.width, now)?;
                if let Some(labels) = &var.labels {
                    self.to.text(labels.id, labels.width, labels.of(now))?;
                }
            }
        }
        if !self.started {
            self.to.initial(false)?;
            self.started = true;
        }
        self.fall()?;
        self.time += PERIOD;
        Ok(())
    }

    /// After a written cycle: the clock at `slot` rises, or (`None`) all do.
    pub fn edge(&mut self, slot: Option<u32>) {
        for clock in &mut self.clocks {
            clock.rises = slot.is_none_or(|slot| slot == clock.slot);
        }
    }

    /// In the middle of a cycle.
    fn fall(&mut self) -> io::Result<()> {
        if self.clocks.iter().any(|clock| clock.rises) {
            self.to.time(self.time + PERIOD / 2)?;
            self.clocks(|clock| clock.rises, 0)?;
        }
        Ok(())
    }

    fn clocks(&mut self, which: impl Fn(&Clock) -> bool, level: u64) -> io::Result<()> {
        let mut clocks = self.clocks.iter().filter(|clock| which(clock));
        clocks.try_for_each(|clock| self.to.bits(clock.id, 1, &[level]))
    }

    /// Gives the last cycle its length and writes everything out.
    pub fn finish(&mut self) -> io::Result<()> {
        self.to.time(self.time)?;
        self.to.finish()
    }
}

impl Labels {
    fn of(&self, value: &[u64]) -> &str {
        let found = self.variants.iter().find(|(_, bits)| bits.limbs() == value);
        found.map_or("?", |(name, _)| name)
    }
}

/// The digits of a value, most significant first.
fn digits(width: u32, limbs: &[u64]) -> impl Iterator<Item = bool> + '_ {
    (0..width).rev().map(|i| limbs[i as usize / 64] >> (i % 64) & 1 == 1)
}
