//! What a run depends on.

use super::{image, links};
use crate::memory::MemoryTiming;
use seedbed_golden::machine::{Ring, Windows};
use seedbed_spec::command::{encode, Body, Command, FieldError, Header, Move, Sync};
use seedbed_spec::{Config, Window};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A configuration, external memory, and jobs that run one after the other without a reset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The core.
    pub config: Config,
    /// Cycles from AR to R and from the last W to B.
    pub latency: u32,
    /// Probability with which each AXI channel holds in a cycle.
    pub stall: f64,
    /// Seed of the memory's contents and holds.
    pub seed: u64,
    /// Where things are in external memory.
    pub memory: MemoryMap,
    /// Bytes of external memory that do not follow from the seed, by their addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<(u64, Vec<u8>)>,
    /// The jobs.
    pub jobs: Vec<Job>,
}

/// Where things are in external memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryMap {
    /// Address of the ring, as it is written to the registers.
    pub ring: u64,
    /// Commands in the ring.
    pub slots: u32,
    /// Random bytes; the only place where STOREs go.
    pub data: Range<u64>,
    /// Parameters of POST.
    pub params: Range<u64>,
    /// Addresses that answer SLVERR.
    pub hole: Range<u64>,
    /// Room for all of LM, read back after the last job.
    pub dump: u64,
    /// Bytes of external memory.
    pub bytes: u64,
}

impl MemoryMap {
    /// Room for rings of `slots` commands and for the LM of a configuration. The ring is at `ring`, whose
    /// low 6 bits hardware ignores; the data begin as far below a 4 KiB boundary as it is above one.
    pub fn new(config: &Config, slots: u32, ring: u64) -> Self {
        let page = |at: u64| at.next_multiple_of(PAGE);
        let lm = u64::from(config.memory.lm_bytes);
        let base = ring & !63;
        let start = page(base + 64 * u64::from(slots)) + (PAGE - base % PAGE) % PAGE;
        let data = start..start + LEAST_DATA.max(lm);
        let first = page(data.end);
        let params = first..first + image::PARAM_TILES * u64::from(config.param_tile_bytes());
        let hole = page(params.end)..page(params.end) + HOLE;
        let dump = page(hole.end);
        Self { ring, slots, data, params, hole, dump, bytes: dump + lm }
    }
}

impl MemoryMap {
    /// Addresses below which rings of a configuration are put.
    pub(crate) fn ring_end(config: &Config) -> u64 {
        1 << 14.min(config.bus.addr_bits - 4)
    }

    /// Whether its addresses suffice for any ring, and for what lies beyond.
    pub(crate) fn has_room(config: &Config) -> bool {
        let map = Self::new(config, MOST_SLOTS, Self::ring_end(config) - 1);
        map.bytes + PAGES_BEYOND * PAGE <= 1 << config.bus.addr_bits
    }

    /// Whether the parts follow each other, aligned as the commands of a configuration need them.
    pub fn fits(&self, config: &Config) -> bool {
        let lm = u64::from(config.memory.lm_bytes);
        let ring =
            64u64.checked_mul(self.slots.into()).and_then(|b| b.checked_add(self.ring & !63));
        let behind = |at: u64| at <= self.ring & !63;
        let starts = [self.data.start, self.params.start, self.dump];
        let dump = self.dump.checked_add(lm).is_some_and(|end| end == self.bytes);
        self.slots > 0
            && ring.is_some_and(|end| {
                end <= self.data.start || behind(self.hole.end) && end <= self.dump
            })
            && self.data.start <= self.data.end
            && self.data.end <= self.params.start
            && self.params.start <= self.params.end
            && self.params.end <= self.hole.start
            && self.hole.start <= self.hole.end
            && self.hole.end <= self.dump
            && dump
            && self.bytes <= MOST_BYTES.min(1 << config.bus.addr_bits)
            && starts.iter().all(|start| start % u64::from(config.bus_bytes()) == 0)
    }
}

/// Most commands that a random ring has room for.
const MOST_SLOTS: u32 = 64;

/// Most bytes of external memory.
const MOST_BYTES: u64 = 1 << 30;

/// Pages behind the end of memory that are inside the windows.
const PAGES_BEYOND: u64 = 4;

/// Bytes that answer SLVERR.
const HOLE: u64 = 512;

/// Least bytes of random data.
const LEAST_DATA: u64 = 16384;

/// What no burst crosses.
const PAGE: u64 = 4096;

/// Commands that one doorbell announces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The commands, in ring order.
    pub items: Vec<Item>,
    /// Seed of the choice of semaphores; 0: the plainest.
    pub links: u64,
    /// Whether it is meant to meet a fault.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wrong: bool,
}

/// A command, mostly without its semaphores, which follow from the job then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it does.
    pub body: Body,
    /// CSR that takes the time of its completion; 0: none.
    pub stamp: u8,
    /// Its semaphores, if they do not follow from the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<Sync>,
    /// Bits that are wrong on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
    /// Whether its place in the ring answers SLVERR; only the first such command of a job counts, and
    /// the hole answers as memory then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfetched: bool,
}

impl Item {
    /// A command without a stamp.
    pub fn plain(body: Body) -> Self {
        Self { body, stamp: 0, sync: None, damage: None, unfetched: false }
    }
}

/// Bits of a command that are replaced after it was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Damage {
    /// First bit.
    pub lsb: u32,
    /// Number of bits, at most 64.
    pub width: u32,
    /// What they become.
    pub value: u64,
}

impl Job {
    /// The commands with their semaphores.
    ///
    /// # Errors
    /// When a number of a body does not fit its field.
    pub fn commands(&self, config: &Config) -> Result<Vec<Command>, FieldError> {
        let bodies: Vec<_> = self.items.iter().map(|item| &item.body).collect();
        let syncs = links::synchronise(&bodies, config, self.links);
        self.items.iter().zip(syncs).map(|(item, sync)| item.command(sync)).collect()
    }
}

impl Item {
    /// The command; `sync` is what follows from the job.
    fn command(&self, sync: Sync) -> Result<Command, FieldError> {
        let sync = self.sync.unwrap_or(sync);
        let mut command = encode(&Header { stamp: self.stamp, sync }, &self.body)?;
        if let Some(Damage { lsb, width, value }) = self.damage {
            command.set_bits(lsb, width, value);
        }
        Ok(command)
    }
}

impl Case {
    /// How external memory behaves in time.
    pub fn timing(&self) -> MemoryTiming {
        MemoryTiming { latency: self.latency, stall: self.stall, seed: self.seed }
    }

    /// External memory before the first job, without a ring.
    pub fn image(&self) -> Vec<u8> {
        image::image(self)
    }

    /// The addresses that answer SLVERR in every job but those with a command that is not fetched.
    pub(crate) fn hole(&self) -> Range<usize> {
        self.memory.hole.start as usize..self.memory.hole.end as usize
    }

    /// Where the core may read and write: some pages more than there is memory, which answer DECERR.
    pub(crate) fn windows(&self) -> Windows {
        let end = Window::of(0, self.memory.bytes.saturating_sub(1)).last + PAGES_BEYOND;
        let first = self.memory.ring.min(self.memory.data.start) / Window::PAGE;
        let write = Window { first, last: end };
        Windows { read: Window { first: 0, last: end }, write }
    }

    /// The ring.
    pub(crate) fn ring(&self) -> Ring {
        Ring { addr: self.memory.ring, size: self.memory.slots }
    }

    /// The addresses that answer SLVERR in a job that begins at slot `head`.
    pub(crate) fn refused(&self, job: &Job, head: u32) -> Range<usize> {
        let Some(command) = job.items.iter().position(|item| item.unfetched) else {
            return self.hole();
        };
        let ring = self.ring();
        let slot = (0..command).fold(head, |slot, _| ring.next(slot));
        let start = (ring.addr & !63) as usize + Command::BYTES * slot as usize;
        start..start + Command::BYTES
    }

    /// The job that stores ranges of LM, to be run after the last one.
    pub fn dump(&self, lm: &[Range<u32>]) -> Job {
        let store = |range: &Range<u32>| {
            let at = self.memory.dump + u64::from(range.start);
            Body::Store(Move::contiguous(at, range.start, range.end - range.start))
        };
        Job { items: lm.iter().map(store).map(Item::plain).collect(), links: 0, wrong: false }
    }

    /// Commands of all jobs.
    pub fn commands(&self) -> usize {
        self.jobs.iter().map(|job| job.items.len()).sum()
    }

    /// The case as JSON.
    pub fn to_json(&self) -> String {
        // Plain structs of numbers and strings always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The case of a JSON text.
    ///
    /// # Errors
    /// Anything that [`Case::to_json`] would not write.
    pub fn from_json(text: &str) -> Result<Case, serde_json::Error> {
        serde_json::from_str(text)
    }
}
