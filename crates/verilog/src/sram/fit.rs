//! Which macro a memory is built from, and how many of them.

use super::table::{Macro, PortKind, Table};
use seedbed_ir::{Collision, Mem, MemPort};

/// How a memory uses its ports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Shape {
    /// One port that reads or writes.
    OneRw,
    /// A port that reads and one that writes.
    OneROneW,
}

/// A memory in terms of a macro.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub(super) shape: Shape,
    /// Index in the table.
    pub(super) index: usize,
    /// Macros beside each other, for the width.
    pub(super) columns: u32,
    /// Macros above each other, for the depth.
    pub(super) banks: u32,
    /// The macro's port that writes (or does both), and the one that reads.
    pub(super) ports: (usize, usize),
}

/// Most macros of a memory: more are a mistake in the table.
const MOST_INSTANCES: u64 = 4096;

/// The macro that takes the fewest bits, then the fewest instances, for `mem`.
///
/// # Errors
/// Why no macro will do.
pub(super) fn fit(mem: &Mem, table: &Table) -> Result<Fit, String> {
    let shape = shape(mem)?;
    let tried: Vec<Result<Fit, String>> =
        table.macros.iter().enumerate().map(|(i, entry)| try_macro(mem, shape, i, entry)).collect();
    let cost = |fit: &Fit| {
        let entry = &table.macros[fit.index];
        let count = u64::from(fit.columns) * u64::from(fit.banks);
        (count * u64::from(entry.words) * u64::from(entry.bits), count, fit.index)
    };
    if let Some(best) = tried.iter().flatten().min_by_key(|fit| cost(fit)) {
        return Ok(best.clone());
    }
    let mut reasons: Vec<String> = tried.into_iter().filter_map(Result::err).collect();
    reasons.dedup();
    Err(reasons.join("; "))
}

fn shape(mem: &Mem) -> Result<Shape, String> {
    let mut clocks = mem.ports.iter().map(MemPort::clock);
    let first = clocks.next();
    if clocks.any(|clock| Some(clock) != first) {
        return Err("its ports have two clocks, which no wrapper does yet".into());
    }
    if mem.contents.is_some() {
        return Err("it has contents at power-up, which no SRAM has".into());
    }
    match mem.ports[..] {
        [MemPort::ReadWrite { .. }] => Ok(Shape::OneRw),
        [MemPort::Read { .. }, MemPort::Write { .. }]
        | [MemPort::Write { .. }, MemPort::Read { .. }] => Ok(Shape::OneROneW),
        _ => Err(format!(
            "it has {} ports; one that reads or writes, or one of each will do",
            mem.ports.len()
        )),
    }
}

fn try_macro(mem: &Mem, shape: Shape, index: usize, entry: &Macro) -> Result<Fit, String> {
    let name = &entry.name;
    let find = |kinds: &[PortKind], not: Option<usize>| {
        let port = |i: &usize| Some(*i) != not && kinds.contains(&entry.ports[*i].kind);
        (0..entry.ports.len()).find(port)
    };
    let lacks = |what: &str| format!("`{name}` has no port that {what}");
    let ports = match shape {
        Shape::OneRw => {
            let port = find(&[PortKind::Rw], None).ok_or_else(|| lacks("reads or writes"))?;
            (port, port)
        }
        Shape::OneROneW => {
            let write = find(&[PortKind::W], None).or(find(&[PortKind::Rw], None));
            let write = write.ok_or_else(|| lacks("writes"))?;
            let read = find(&[PortKind::R, PortKind::Rw], Some(write));
            (write, read.ok_or_else(|| lacks("reads while another writes"))?)
        }
    };
    let careless = mem.collision == Collision::Undefined || mem.collision == entry.collision;
    if shape == Shape::OneROneW && !careless {
        return Err(format!(
            "a read of a word that is being written must give the {} one, that of `{name}` gives the {}",
            word(mem.collision),
            word(entry.collision)
        ));
    }
    let banks = mem.depth.div_ceil(entry.words);
    if banks > 1 && !entry.words.is_power_of_two() {
        return Err(format!(
            "{} words of `{name}` cannot be stacked: not a power of two",
            entry.words
        ));
    }
    let lanes = mem.width / mem.granule * mem.granule.div_ceil(entry.lane());
    let columns = lanes.div_ceil(entry.bits / entry.lane());
    let count = u64::from(columns) * u64::from(banks);
    if count > MOST_INSTANCES {
        return Err(format!("it takes {count} of `{name}`, more than {MOST_INSTANCES}"));
    }
    Ok(Fit { shape, index, columns, banks, ports })
}

fn word(collision: Collision) -> &'static str {
    match collision {
        Collision::Old => "old",
        Collision::New => "new",
        Collision::Undefined => "undefined",
    }
}
