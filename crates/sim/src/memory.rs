//! Memories: synchronous ports, old data on a read that meets a write.

use crate::bench::rng::Rng;
use crate::flatten::{FlatMem, FlatMemPort};
use crate::graph::Value;
use crate::kernel::{limbs, mask};
use crate::schedule::Schedule;
use std::ops::Range;

/// A memory and the slots of its ports.
pub(crate) struct Memory {
    pub depth: usize,
    pub width: u32,
    limbs: usize,
    granule: usize,
    ports: Vec<Port>,
    /// The words, `limbs` each.
    words: Vec<u64>,
    /// One bit per data bit of the write in progress.
    bit_mask: Vec<u64>,
}

struct Port {
    /// Port index of the clock.
    clock: u32,
    addr: usize,
    enable: usize,
    read: Option<Read>,
    write: Option<Write>,
}

struct Read {
    out: usize,
    /// Read data after the edge.
    next: Vec<u64>,
}

struct Write {
    /// Write select of a read-write port.
    select: Option<usize>,
    data: usize,
    mask: Option<usize>,
}

impl Memory {
    pub fn new(mem: &FlatMem, schedule: &Schedule) -> Self {
        let limbs = limbs(mem.width);
        Memory {
            depth: mem.depth as usize,
            width: mem.width,
            limbs,
            granule: mem.granule as usize,
            ports: mem.ports.iter().map(|p| port(p, schedule, limbs)).collect(),
            words: vec![0; limbs * mem.depth as usize],
            bit_mask: vec![0; limbs],
        }
    }

    /// The limbs of a word; `None` beyond the depth.
    pub fn word(&self, addr: usize) -> Option<&[u64]> {
        (addr < self.depth).then(|| &self.words[addr * self.limbs..][..self.limbs])
    }

    /// Gives all words and read data random values.
    pub fn scramble(&mut self, random: &mut Rng) {
        let outs = self.ports.iter_mut().filter_map(|p| p.read.as_mut()).map(|r| &mut r.next[..]);
        for word in self.words.chunks_exact_mut(self.limbs).chain(outs) {
            random.fill(self.width, word);
        }
    }

    /// Slots of the read data of each port that reads.
    pub fn outputs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let outs = self.ports.iter().filter_map(|p| p.read.as_ref()).map(|r| r.out);
        outs.map(|out| out..out + self.limbs)
    }

    /// All reads, then all writes of the clocks that tick, with the operands of before the edge.
    pub fn clock(&mut self, vals: &[u64], ticks: impl Fn(u32) -> bool) {
        for port in self.ports.iter_mut().filter(|p| ticks(p.clock)) {
            let writes = port.writes(vals);
            if let Some(read) = port.read.as_mut().filter(|_| !writes) {
                if vals[port.enable] == 1 {
                    read_word(&self.words, self.limbs, vals[port.addr], &mut read.next);
                }
            }
        }
        for i in 0..self.ports.len() {
            if ticks(self.ports[i].clock) && self.ports[i].writes(vals) {
                self.write(i, vals);
            }
        }
    }

    /// Makes the read data of this edge current.
    pub fn publish(&self, vals: &mut [u64]) {
        for read in self.ports.iter().filter_map(|p| p.read.as_ref()) {
            vals[read.out..][..self.limbs].copy_from_slice(&read.next);
        }
    }

    fn write(&mut self, port: usize, vals: &[u64]) {
        let port = &self.ports[port];
        let Some(write) = &port.write else { return };
        let addr = vals[port.addr] as usize;
        if addr >= self.depth {
            return;
        }
        let word = &mut self.words[addr * self.limbs..][..self.limbs];
        let data = &vals[write.data..][..self.limbs];
        match write.mask {
            None => word.copy_from_slice(data),
            Some(slot) => {
                let granules = self.width as usize / self.granule;
                spread(&vals[slot..], granules, self.granule, &mut self.bit_mask);
                for ((w, d), m) in word.iter_mut().zip(data).zip(&self.bit_mask) {
                    *w ^= (*w ^ d) & m;
                }
            }
        }
    }
}

fn port(p: &FlatMemPort, schedule: &Schedule, limbs: usize) -> Port {
    let slot = |v: Value| schedule.slots[v as usize] as usize;
    let write =
        |data| Write { select: p.write.map(slot), data: slot(data), mask: p.mask.map(slot) };
    Port {
        clock: p.clock,
        addr: slot(p.addr),
        enable: slot(p.enable),
        read: p.out.map(|out| Read { out: slot(out), next: vec![0; limbs] }),
        write: p.data.map(write),
    }
}

impl Port {
    fn writes(&self, vals: &[u64]) -> bool {
        let selected = |w: &Write| w.select.is_none_or(|s| vals[s] == 1);
        vals[self.enable] == 1 && self.write.as_ref().is_some_and(selected)
    }
}

/// Reads a word; one beyond the depth is zero.
fn read_word(words: &[u64], limbs: usize, addr: u64, to: &mut [u64]) {
    match words.chunks_exact(limbs).nth(addr as usize) {
        Some(word) => to.copy_from_slice(word),
        None => to.fill(0),
    }
}

/// Spreads each of `count` mask bits over `granule` data bits.
fn spread(bits: &[u64], count: usize, granule: usize, to: &mut [u64]) {
    to.fill(0);
    for i in (0..count).filter(|i| bits[i / 64] >> (i % 64) & 1 == 1) {
        let (mut at, end) = (i * granule, (i + 1) * granule);
        while at < end {
            let n = (64 - at % 64).min(end - at);
            to[at / 64] |= mask(n as u32) << (at % 64);
            at += n;
        }
    }
}
