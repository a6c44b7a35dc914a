//! What was exercised: a comparison is worth as much as what took part in it.

use crate::memory::ChannelLoad;
use crate::random::CAUSES;
use crate::random::{Golden, GoldenJob};
use seedbed_spec::command::{decode_checked, Body, Opcode};
use seedbed_spec::fault::Cause;
use seedbed_spec::numerics::Rule;
use seedbed_spec::Config;
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts over any number of cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Jobs that were run and compared.
    pub jobs: u64,
    /// Commands completed, by opcode.
    pub opcodes: BTreeMap<Opcode, u64>,
    /// POSTs completed, by the code of their rule.
    pub rules: [u64; 3],
    /// Uses of the wait slots and of the signal slots.
    pub waits: [u64; 3],
    /// The same of signals.
    pub signals: [u64; 3],
    /// Faults, by cause.
    pub faults: BTreeMap<Cause, u64>,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Sums that saturated.
    pub saturations: u64,
    /// Cycles from doorbells to interrupts.
    pub cycles: u64,
    /// Bytes of external memory and LM compared.
    pub bytes: u64,
    /// How often the AXI channels were wanted and held.
    pub channels: [ChannelLoad; 5],
}

/// What a run must exercise besides opcodes, rules and semaphore slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// [`LEAST_MACS`].
    pub macs: bool,
    /// [`LEAST_STALLED`] on every channel: the memory was told to stall.
    pub stalls: bool,
    /// Every cause of fault: commands were told to fail.
    pub faults: bool,
}

/// Multiply-accumulates below which a run says little.
pub const LEAST_MACS: u64 = 100_000;
/// Share of stalled cycles per channel below which stalls say little.
pub const LEAST_STALLED: f64 = 0.2;

impl Tally {
    /// Adds what the jobs of a case did.
    pub fn add_golden(&mut self, golden: &Golden, config: &Config) {
        for job in &golden.jobs {
            self.add_job(job, config);
        }
    }

    fn add_job(&mut self, job: &GoldenJob, config: &Config) {
        self.jobs += 1;
        self.macs += job.macs;
        self.saturations += job.outcome.saturations;
        if let Some(fault) = job.outcome.fault {
            *self.faults.entry(fault.cause).or_default() += 1;
        }
        for command in &job.commands[..job.outcome.commands as usize] {
            let Ok((header, body)) = decode_checked(command, config) else { continue };
            *self.opcodes.entry(body.opcode()).or_default() += 1;
            if let Body::Post(post) = &body {
                self.rules[post.rule.code() as usize] += 1;
            }
            let sync = &header.sync;
            for (counts, slots) in
                [(&mut self.waits, &sync.waits), (&mut self.signals, &sync.signals)]
            {
                for (count, slot) in counts.iter_mut().zip(slots) {
                    *count += u64::from(slot.n > 0);
                }
            }
        }
    }

    /// Adds how the memory held its channels.
    pub fn add_channels(&mut self, loads: [ChannelLoad; 5]) {
        for (sum, load) in self.channels.iter_mut().zip(loads) {
            sum.wanted += load.wanted;
            sum.held += load.held;
        }
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Tally) {
        self.jobs += other.jobs;
        self.macs += other.macs;
        self.saturations += other.saturations;
        self.cycles += other.cycles;
        self.bytes += other.bytes;
        add_maps(&mut self.opcodes, &other.opcodes);
        add_maps(&mut self.faults, &other.faults);
        for (mine, theirs) in [
            (&mut self.rules, &other.rules),
            (&mut self.waits, &other.waits),
            (&mut self.signals, &other.signals),
        ] {
            mine.iter_mut().zip(theirs).for_each(|(sum, n)| *sum += n);
        }
        self.add_channels(other.channels);
    }

    /// What was exercised too little, in words.
    pub fn missing(&self, wanted: Wanted) -> Vec<String> {
        let mut missing = Vec::new();
        for opcode in Opcode::ALL {
            if !self.opcodes.contains_key(&opcode) {
                missing.push(format!("no {opcode} was executed"));
            }
        }
        for rule in Rule::ALL {
            if self.rules[rule.code() as usize] == 0 {
                missing.push(format!("no POST rounded by {rule:?}"));
            }
        }
        for (slot, (waits, signals)) in self.waits.iter().zip(self.signals).enumerate() {
            if *waits == 0 || signals == 0 {
                missing.push(format!("wait or signal slot {slot} was not used"));
            }
        }
        if wanted.macs && self.macs < LEAST_MACS {
            missing.push(format!("only {} MACs, {LEAST_MACS} are the least", self.macs));
        }
        if wanted.stalls {
            missing.extend(self.channels.iter().zip(ChannelLoad::CHANNELS).filter_map(few_stalls));
        }
        if wanted.faults {
            let absent = CAUSES.into_iter().filter(|cause| !self.faults.contains_key(cause));
            missing.extend(absent.map(|cause| format!("no command met {cause}")));
        }
        missing
    }
}

fn few_stalls((load, name): (&ChannelLoad, &str)) -> Option<String> {
    let share = load.share();
    (share < LEAST_STALLED).then(|| format!("only {:.1} % of {name} stalled", 100.0 * share))
}

fn add_maps<K: Ord + Copy>(to: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
    for (key, n) in from {
        *to.entry(*key).or_default() += n;
    }
}

/// A tally in plain names, for scripts.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Jobs.
    pub jobs: u64,
    /// Commands by opcode.
    pub commands: BTreeMap<String, u64>,
    /// POSTs by rule.
    pub rules: BTreeMap<String, u64>,
    /// Faults by cause.
    pub faults: BTreeMap<String, u64>,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Sums that saturated.
    pub saturations: u64,
    /// Cycles.
    pub cycles: u64,
    /// Bytes compared.
    pub bytes: u64,
    /// Share of stalled cycles by channel.
    pub stalled: BTreeMap<String, f64>,
}

impl Tally {
    /// The tally in plain names.
    pub fn summary(&self) -> Summary {
        let rule = |rule: Rule| (format!("{rule:?}"), self.rules[rule.code() as usize]);
        let channel = |(load, name): (&ChannelLoad, &str)| (name.to_string(), load.share());
        Summary {
            jobs: self.jobs,
            commands: self.opcodes.iter().map(|(o, n)| (o.to_string(), *n)).collect(),
            rules: Rule::ALL.into_iter().map(rule).collect(),
            faults: self.faults.iter().map(|(c, n)| (c.to_string(), *n)).collect(),
            macs: self.macs,
            saturations: self.saturations,
            cycles: self.cycles,
            bytes: self.bytes,
            stalled: self.channels.iter().zip(ChannelLoad::CHANNELS).map(channel).collect(),
        }
    }
}
