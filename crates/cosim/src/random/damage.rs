//! Jobs that meet a fault.

use super::links::synchronise;
use super::{Case, Damage, Job};
use crate::rng::Rng;
use seedbed_spec::command::{field, fields, gaps, Body, Field, Opcode, Slot};
use seedbed_spec::fault::Cause;
use seedbed_spec::Config;

/// Causes that a job can be given. FETCH needs a ring outside memory.
const CAUSES: [Cause; 7] = [
    Cause::Illegal,
    Cause::RangeLm,
    Cause::RangePs,
    Cause::BusRead,
    Cause::BusWrite,
    Cause::SemOverflow,
    Cause::Deadlock,
];

/// Makes one or two commands of a job fail.
pub(super) fn damage(job: &mut Job, case: &Case, rng: &mut Rng) {
    job.wrong = true;
    let causes: Vec<Cause> = (0..rng.range(1, 2)).map(|_| rng.pick(&CAUSES)).collect();
    for &cause in &causes {
        spoil(job, cause, case, rng);
    }
    // Semaphores last, when it is known which ones nobody uses.
    let mut unused = unused_semaphores(job, &case.config);
    for &cause in &causes {
        let kind = match cause {
            Cause::SemOverflow => "signal",
            Cause::Deadlock => "wait",
            _ => continue,
        };
        let item = rng.below(job.items.len() as u64) as usize;
        let Some(semaphore) = unused.pop() else { continue };
        let item = &mut job.items[item];
        item.damage = item.damage.or(slots(item.body.opcode(), kind, semaphore));
    }
}

/// Makes a command fail by its fields.
fn spoil(job: &mut Job, cause: Cause, case: &Case, rng: &mut Rng) {
    let fits = |body: &Body| match cause {
        Cause::BusRead => matches!(body, Body::Load(_)),
        Cause::BusWrite => matches!(body, Body::Store(_)),
        Cause::RangePs => matches!(body, Body::Matrix(_) | Body::Post(_)),
        Cause::Illegal | Cause::RangeLm => true,
        _ => false,
    };
    let fitting: Vec<usize> = (0..job.items.len()).filter(|i| fits(&job.items[*i].body)).collect();
    if fitting.is_empty() {
        return;
    }
    let item = &mut job.items[rng.pick(&fitting)];
    match cause {
        Cause::Illegal => item.damage = Some(illegal(item.body.opcode(), &case.config, rng)),
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
            *operand = edge(rng, memory.lm_bytes, config.rows());
        }
        (Cause::RangeLm, Body::Post(body)) => match rng.below(2) {
            0 => body.param_addr = edge(rng, memory.lm_bytes, config.word()),
            _ => body.out_addr = edge(rng, memory.lm_bytes, config.cols()),
        },
        (_, Body::Load(body) | Body::Store(body)) => {
            let beyond = case.memory.bytes + 64 * rng.below(64);
            body.ext_addr = beyond.next_multiple_of(config.bus_bytes().into());
        }
        _ => {}
    }
}
