//! Jobs that meet a fault.

use super::links::synchronise;
use super::{Case, Damage, Item, Job};
use crate::rng::Rng;
use seedbed_spec::command::{field, fields, gaps, Body, Field, Move, Opcode, Slot};
use seedbed_spec::fault::Cause;
use seedbed_spec::Config;

/// Causes that a job can be given: all but the watchdog's, which needs a memory that does not answer.
pub const CAUSES: [Cause; 9] = [
    Cause::Illegal,
    Cause::RangeLm,
    Cause::RangePs,
    Cause::BusRead,
    Cause::BusWrite,
    Cause::SemOverflow,
    Cause::Deadlock,
    Cause::Fetch,
    Cause::Window,
];

/// Makes one or two commands of a job fail, the first one by a cause whose turn it is.
pub(super) fn damage(job: &mut Job, case: &Case, turn: usize, rng: &mut Rng) {
    job.wrong = true;
    let Some(first) = place(job, CAUSES[turn % CAUSES.len()], 0, rng) else { return };
    let mut plan = vec![first];
    if rng.percent(40) {
        let second = rng.pick(&CAUSES);
        // While a command is not fetched the hole answers as memory, which the first one may need.
        let second = Some(second).filter(|cause| *cause != Cause::Fetch);
        plan.extend(second.and_then(|cause| place(job, cause, first.1 + 1, rng)));
    }
    for (cause, item) in plan.clone() {
        spoil(&mut job.items[item], cause, case, rng);
    }
    // Semaphores last, when it is known which ones nobody uses.
    let mut unused = unused_semaphores(job, &case.config);
    for (cause, item) in plan {
        let kind = match cause {
            Cause::SemOverflow => "signal",
            Cause::Deadlock => "wait",
            _ => continue,
        };
        let Some(semaphore) = unused.pop() else { continue };
        let item = &mut job.items[item];
        item.damage = item.damage.or(slots(item.body.opcode(), kind, semaphore));
    }
}

/// A command from number `from` on that can fail by a cause.
fn place(job: &Job, cause: Cause, from: usize, rng: &mut Rng) -> Option<(Cause, usize)> {
    let fits = |body: &Body| match cause {
        Cause::BusRead => matches!(body, Body::Load(_)),
        Cause::BusWrite => matches!(body, Body::Store(_)),
        Cause::Window => matches!(body, Body::Load(_) | Body::Store(_)),
        Cause::RangePs => matches!(body, Body::Matrix(_) | Body::Post(_)),
        _ => true,
    };
    let numbers = from..job.items.len();
    let fitting: Vec<_> = numbers.filter(|i| fits(&job.items[*i].body)).collect();
    (!fitting.is_empty()).then(|| (cause, rng.pick(&fitting)))
}

/// Makes a command fail by its fields or by its place in the ring.
fn spoil(item: &mut Item, cause: Cause, case: &Case, rng: &mut Rng) {
    match cause {
        Cause::Illegal => item.damage = Some(illegal(item.body.opcode(), &case.config, rng)),
        Cause::Fetch => item.unfetched = true,
        Cause::SemOverflow | Cause::Deadlock => {}
        _ => misplace(&mut item.body, cause, case, rng),
    }
}

fn unused_semaphores(job: &Job, config: &Config) -> Vec<u64> {
    let bodies: Vec<_> = job.items.iter().map(|item| &item.body).collect();
    let syncs = synchronise(&bodies, config, job.links);
    let slots: Vec<Slot> =
        syncs.iter().flat_map(|s| s.waits.into_iter().chain(s.signals)).collect();
    let used = |id: &u64| slots.iter().any(|slot| slot.n > 0 && u64::from(slot.id) == *id);
    (0..u64::from(config.front.semaphores)).filter(|id| !used(id)).collect()
}

/// 255 of a semaphore in slots 1 and 2, which nobody else gives or takes.
fn slots(opcode: Opcode, kind: &str, semaphore: u64) -> Option<Damage> {
    let at = |part: &str| field(opcode, &format!("{kind}{part}")).copied();
    let (id, n, other_id, other_n) = (at("1_id")?, at("1_n")?, at("2_id")?, at("2_n")?);
    let put = |f: &Field, value: u64| value << (f.lsb - id.lsb);
    let value = put(&id, semaphore) | put(&n, 255) | put(&other_id, semaphore) | put(&other_n, 255);
    Some(Damage { lsb: id.lsb, width: other_n.end() - id.lsb, value })
}

/// A field with a value that is not legal, or a bit that is reserved.
fn illegal(opcode: Opcode, config: &Config, rng: &mut Rng) -> Damage {
    let all: Vec<&Field> = fields(opcode).collect();
    for _ in 0..50 {
        let field = rng.pick(&all);
        let value = rng.next_u64() & (u64::MAX >> (64 - field.width));
        if !field.legal.holds(value, config) {
            return Damage { lsb: field.lsb, width: field.width, value };
        }
    }
    let (lsb, width) = rng.pick(&gaps(opcode));
    Damage { lsb: lsb + rng.below(width.into()) as u32, width: 1, value: 1 }
}

/// Moves an operand of a command out of its memory, wholly or in part.
fn misplace(body: &mut Body, cause: Cause, case: &Case, rng: &mut Rng) {
    let memory = &case.config.memory;
    let edge = |rng: &mut Rng, end: u32, unit: u32| {
        (end - unit * rng.below(3) as u32) / unit * unit + unit * rng.below(4) as u32
    };
    let config = &case.config;
    match (cause, body) {
        (Cause::RangePs, Body::Matrix(body)) => body.ps_addr = edge(rng, memory.ps_rows, 1),
        (Cause::RangePs, Body::Post(body)) => body.ps_addr = edge(rng, memory.ps_rows, 1),
        (Cause::RangeLm, Body::Load(body) | Body::Store(body)) => {
            body.lm_addr = edge(rng, memory.lm_bytes, config.bus_bytes());
        }
        (Cause::RangeLm, Body::Matrix(body)) => {
            let weights = rng.percent(50);
            let operand = if weights { &mut body.w_addr } else { &mut body.a_addr };
            *operand = edge(rng, memory.lm_bytes, config.rows_unit());
        }
        (Cause::RangeLm, Body::Post(body)) => {
            // Beyond the end in any case: inside, results could fall on parameters that are read ahead.
            let (param, out) = (config.word(), config.cols_unit());
            let end = |unit: u32| memory.lm_bytes / unit * unit;
            match rng.below(2) {
                0 => {
                    let units = body.n_tiles * config.param_tile_bytes() / param;
                    body.param_addr = end(param) - param * rng.below(units.into()) as u32;
                }
                _ => body.out_addr = end(out) + out * rng.below(3) as u32,
            }
        }
        (Cause::Window, Body::Load(body) | Body::Store(body)) => {
            // The first run ends outside; others may be inside, where no memory is.
            let (end, bus) = (case.windows().write.bytes().end, config.bus_bytes());
            let beats = u64::from(body.run_bytes / bus).clamp(1, 32);
            body.ext_addr = end - u64::from(bus) * rng.below(beats);
        }
        (_, Body::Load(body) | Body::Store(body)) => {
            misplace_outside(body, case, rng);
        }
        _ => {}
    }
}

/// Moves the external side of a LOAD or STORE so that some of its beats are refused.
fn misplace_outside(body: &mut Move, case: &Case, rng: &mut Rng) {
    let (bus, hole) = (u64::from(case.config.bus_bytes()), &case.memory.hole);
    if rng.percent(25) {
        body.ext_addr = case.memory.bytes.next_multiple_of(bus) + bus * rng.below(64);
        return;
    }
    *body = Move::contiguous(0, body.lm_addr, body.run_bytes);
    let beats = u64::from(body.run_bytes) / bus;
    // The last beats, any, or the first beats lie in the hole.
    body.ext_addr = match rng.below(3) {
        0 => hole.start - bus * rng.below(beats.min(8)),
        1 => hole.start + bus * rng.below(4),
        _ => hole.end - bus * rng.range(1, 4),
    };
}
