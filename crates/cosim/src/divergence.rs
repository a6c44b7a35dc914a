//! Where a failing case goes wrong first: command, tile, element; and a trace of both sides.
//!
//! Both sides execute ever longer prefixes of the last job, each followed by a STORE of all of LM. The
//! first prefix after which they differ ends with the command to look at.

use crate::duel::{Duel, Prefix};
use crate::job::expected_counters;
use crate::random::{Case, Golden, Written};
use seedbed_golden::machine::{Machine, Memory, Outcome};
use seedbed_spec::access::{Accesses, Ranges};
use seedbed_spec::command::{decode_checked, disassemble, Body, Move, Post};
use seedbed_spec::Config;
use std::fmt::Write as _;

/// A trace of both sides.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The first divergence, in a sentence; nothing if every prefix agrees.
    pub first: Option<String>,
    /// A line for every command of the last job and what else there is to say.
    pub text: String,
}

/// Traces the last job of a case. `duel` is a core of its configuration.
pub fn trace(case: &Case, golden: &Golden, duel: &mut Duel) -> Trace {
    let mut text = header(case);
    earlier(golden, &mut text);
    let Some(last) = golden.jobs.len().checked_sub(1) else { return Trace { first: None, text } };
    let job = &golden.jobs[last];
    if job.outcome.fault.is_some() {
        text += "The job meets a fault, so its prefixes are not compared.\n";
        for (i, command) in job.commands.iter().enumerate() {
            let _ = writeln!(text, "{i:3}  {}", disassemble(command));
        }
        return Trace { first: None, text };
    }
    let times = completion_times(case, golden, duel);
    let _ = writeln!(text, "job {last}: number, completion in RTL, digest of what the command");
    let _ = writeln!(text, "writes after it ran as the last one: golden, RTL; command");
    let mut first = None;
    for count in 1..=job.commands.len() {
        let command = count - 1;
        let expected = prefix(case, golden, last, count);
        let accesses = accesses(case, golden, last, command);
        let found = duel.prefix(case, golden, (last, count));
        let found_digest = match &found {
            Ok(found) => digest(&found.lm, &found.external, &accesses),
            Err(_) => "-".to_string(),
        };
        let time = times.get(command).copied().flatten();
        let time = time.map_or("-".to_string(), |time| time.to_string());
        let _ = writeln!(
            text,
            "{command:3}  {time:>8}  {}  {found_digest}  {}",
            digest(&expected.lm, &expected.external, &accesses),
            disassemble(&job.commands[command])
        );
        if first.is_none() {
            first = match found {
                Ok(found) => difference(case, golden, (last, command), &expected, &found),
                Err(error) => Some(format!("after command {command}: {error}")),
            };
        }
    }
    if let Some(first) = &first {
        let _ = writeln!(text, "\nfirst divergence: {first}");
    } else {
        text += "\nEvery prefix agrees: the difference needs what follows the command.\n";
    }
    Trace { first, text }
}

fn header(case: &Case) -> String {
    format!(
        "configuration:\n{}\nlatency {}, stall {}, seed {}, {} jobs\n\n",
        case.config.to_toml(),
        case.latency,
        case.stall,
        case.seed,
        case.jobs.len()
    )
}

/// The commands of all jobs but the last.
fn earlier(golden: &Golden, text: &mut String) {
    let jobs = golden.jobs.len().saturating_sub(1);
    for (number, job) in golden.jobs[..jobs].iter().enumerate() {
        let _ = writeln!(text, "job {number}:");
        for (i, command) in job.commands.iter().enumerate() {
            let _ = writeln!(text, "{i:3}  {}", disassemble(command));
        }
        text.push('\n');
    }
}

/// The golden machine after a prefix, and which of its LM is defined.
struct Expected {
    lm: Vec<u8>,
    external: Vec<u8>,
    written: Written,
    outcome: Option<Outcome>,
}

fn prefix(case: &Case, golden: &Golden, last: usize, count: usize) -> Expected {
    let mut machine = Machine::new(&case.config);
    machine.set_windows(case.windows());
    let mut memory = Memory::new(case.memory.bytes as usize);
    memory.bytes_mut().copy_from_slice(&case.image());
    let mut written = Written::nothing(&case.config);
    let ring = case.ring();
    let mut outcome = None;
    for (number, job) in golden.jobs[..=last].iter().enumerate() {
        let count = if number == last { count } else { job.commands.len() };
        memory.refuse(job.refused.clone());
        crate::random::put_ring(memory.bytes_mut(), ring, job.head, &job.commands[..count]);
        outcome = Some(machine.run(&mut memory, ring, job.head, count as u32));
        if job.outcome.fault.is_some() {
            machine.restart();
        }
        (0..count).for_each(|command| written.write(&accesses(case, golden, number, command)));
    }
    let (lm, external) = (machine.local_memory().to_vec(), memory.bytes().to_vec());
    Expected { lm, external, written, outcome }
}

fn body(case: &Case, golden: &Golden, job: usize, command: usize) -> Option<Body> {
    decode_checked(&golden.jobs[job].commands[command], &case.config).ok().map(|(_, body)| body)
}

fn accesses(case: &Case, golden: &Golden, job: usize, command: usize) -> Accesses {
    body(case, golden, job, command).map_or_else(Accesses::default, |b| b.accesses(&case.config))
}

/// When each command of the last job was complete: the job once more, with stamps on all commands.
fn completion_times(case: &Case, golden: &Golden, duel: &mut Duel) -> Vec<Option<u32>> {
    let mut stamped = case.clone();
    let Some(job) = stamped.jobs.last_mut() else { return Vec::new() };
    for (i, item) in job.items.iter_mut().enumerate() {
        item.stamp = if i < 63 { i as u8 + 1 } else { 0 };
    }
    let stamps: Vec<u8> = job.items.iter().map(|item| item.stamp).collect();
    let last = golden.jobs.len() - 1;
    let Ok(stamped_golden) = stamped.golden() else { return Vec::new() };
    if duel.prefix(&stamped, &stamped_golden, (last, stamps.len())).is_err() {
        return Vec::new();
    }
    let mut time = |stamp: u8| duel.host().stamp(stamp).ok().filter(|_| stamp > 0);
    stamps.into_iter().map(&mut time).collect()
}

/// FNV-1a over what a command writes.
fn digest(lm: &[u8], external: &[u8], accesses: &Accesses) -> String {
    let mut hash = 0x811c_9dc5u32;
    for (memory, ranges) in [(lm, &accesses.lm_writes), (external, &accesses.ext_writes)] {
        for byte in ranges.ranges().iter().flat_map(|r| &memory[r.start as usize..r.end as usize]) {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
    format!("{hash:08x}")
}

/// The first byte or counter in which both sides differ after a command, in words.
fn difference(
    case: &Case,
    golden: &Golden,
    (job, command): (usize, usize),
    expected: &Expected,
    found: &Prefix,
) -> Option<String> {
    let body = body(case, golden, job, command)?;
    let head = format!("job {job}, command {command} ({})", body.opcode());
    let writes = body.accesses(&case.config);
    let dump = case.memory.dump as usize;
    let local = pairs(&expected.lm, &found.lm).filter(|at| expected.written.lm()[*at]);
    let external = pairs(&expected.external[..dump], &found.external[..dump]);
    let (name, at, ranges, values) = if let Some(at) = own_first(local, &writes.lm_writes) {
        ("LM", at, &writes.lm_writes, (expected.lm[at], found.lm[at]))
    } else if let Some(at) = own_first(external, &writes.ext_writes) {
        ("external", at, &writes.ext_writes, (expected.external[at], found.external[at]))
    } else {
        return counter(&case.config, expected, found).map(|counter| format!("{head}: {counter}"));
    };
    let place = match ranges.contains(at as u64) {
        true => element(&body, at as u64, name == "LM", &case.config),
        false => "which it does not write".to_string(),
    };
    let (golden, rtl) = (values.0 as i8, values.1 as i8);
    Some(format!("{head}, {place}: {name} byte {at:#x} is {golden} in golden, {rtl} in RTL"))
}

/// The first counter in which both sides differ.
fn counter(config: &Config, expected: &Expected, found: &Prefix) -> Option<String> {
    let counters = expected_counters(config, expected.outcome.as_ref()?);
    let rtl = |name| u64::from(found.report.counter(name));
    let (name, golden) = counters.into_iter().find(|(name, golden)| rtl(name) != *golden)?;
    Some(format!("{name} is {golden} in golden, {} in RTL", rtl(name)))
}

/// Indices at which two memories differ.
fn pairs<'a>(a: &'a [u8], b: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at)
}

/// The first address that a command writes, else the first one.
fn own_first(addresses: impl Iterator<Item = usize>, own: &Ranges) -> Option<usize> {
    let mut other = None;
    for at in addresses {
        if own.contains(at as u64) {
            return Some(at);
        }
        other = other.or(Some(at));
    }
    other
}

/// Which element of a command's result an address is.
fn element(body: &Body, at: u64, local: bool, config: &Config) -> String {
    match body {
        Body::Load(body) | Body::Store(body) => run_of(body, at, local, config),
        Body::Post(body) => output_of(body, at, config),
        Body::Matrix(_) => "a MATRIX".to_string(),
    }
}

/// The last run that covers an address.
fn run_of(body: &Move, at: u64, local: bool, config: &Config) -> String {
    let external_mask = (1u64 << config.bus.addr_bits) - 1;
    let mut place = String::new();
    for i3 in 0..body.count3 {
        for i2 in 0..body.count2 {
            for i1 in 0..body.count1 {
                let index = [i1, i2, i3];
                let start = match local {
                    true => lm_start(body, index),
                    false => ext_start(body, index) & external_mask,
                };
                if (start..start + u64::from(body.run_bytes)).contains(&at) {
                    place = format!("run [{i3}][{i2}][{i1}], byte {}", at - start);
                }
            }
        }
    }
    place
}

fn lm_start(body: &Move, index: [u32; 3]) -> u64 {
    let strides = [body.lm_stride1, body.lm_stride2, body.lm_stride3];
    let steps = index.iter().zip(strides).map(|(i, s)| u64::from(*i) * u64::from(s));
    (u64::from(body.lm_addr) + steps.sum::<u64>()) & 0xff_ffff
}

fn ext_start(body: &Move, index: [u32; 3]) -> u64 {
    let strides = [body.ext_stride1, body.ext_stride2, body.ext_stride3];
    let steps = index.iter().zip(strides).map(|(i, s)| i64::from(*i) * i64::from(s));
    body.ext_addr.wrapping_add_signed(steps.sum())
}

/// The last output that lies at an address.
fn output_of(body: &Post, at: u64, config: &Config) -> String {
    let cols = u64::from(config.cols());
    let mut place = String::new();
    for n in 0..body.n_tiles {
        for m in 0..body.rows {
            let start = u64::from(body.out_addr)
                + u64::from(m) * u64::from(body.out_stride)
                + u64::from(n) * cols;
            if (start..start + cols).contains(&at) {
                place = format!("n-tile {n}, row {m}, column {}", at - start);
            }
        }
    }
    place
}
