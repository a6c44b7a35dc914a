//! Memories: synchronous ports, and what they do when they meet.

use crate::bench::rng::Rng;
use crate::flatten::{FlatMem, FlatMemPort};
use crate::graph::Value;
use crate::kernel::{limbs, mask};
use crate::schedule::Schedule;
use seedbed_ir::Collision;
use std::ops::Range;

/// Where the contents of registers and memories at power-up come from.
pub(crate) struct Scramble {
    random: Rng,
    complement: bool,
}

impl Scramble {
    /// Random values of a seed, or the complement of every bit of them.
    pub fn new(seed: u64, complement: bool) -> Self {
        Scramble { random: Rng::new(seed), complement }
    }

    /// Fills the limbs of a value of `width` bits.
    pub fn fill(&mut self, width: u32, to: &mut [u64]) {
        self.random.fill(width, to);
        if self.complement {
            let bits = |i| mask(width.saturating_sub(64 * i as u32));
            to.iter_mut().enumerate().for_each(|(i, limb)| *limb ^= bits(i));
        }
    }

    /// Another sequence, for bits that become undefined later.
    fn fork(&mut self) -> Rng {
        let seed = self.random.next_u64();
        Rng::new(if self.complement { !seed } else { seed })
    }
}

/// A memory and the slots of its ports.
pub(crate) struct Memory {
    pub depth: usize,
    pub width: u32,
    limbs: usize,
    granule: usize,
    ports: Vec<Port>,
    /// The words, `limbs` each.
    words: Vec<u64>,
    collision: Collision,
    /// Limbs of the words that keep their contents at power-up.
    given: usize,
    /// What undefined bits are.
    poison: Rng,
    /// One bit per bit of a word.
    all_bits: Vec<u64>,
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
        // A ROM is all contents: words that were not given are zero.
        let is_rom = mem.ports.iter().all(|p| p.data.is_none());
        let given = if is_rom { mem.depth as usize } else { mem.contents.len() };
        Memory {
            depth: mem.depth as usize,
            width: mem.width,
            limbs,
            granule: mem.granule as usize,
            ports: mem.ports.iter().map(|p| port(p, schedule, limbs)).collect(),
            words: words(mem, limbs),
            collision: mem.collision,
            given: given * limbs,
            poison: Rng::new(0),
            all_bits: (0..limbs).map(|k| mask(mem.width - 64 * k as u32)).collect(),
            bit_mask: vec![0; limbs],
        }
    }

    /// The limbs of a word; `None` beyond the depth.
    pub fn word(&self, addr: usize) -> Option<&[u64]> {
        (addr < self.depth).then(|| &self.words[addr * self.limbs..][..self.limbs])
    }

    /// Sets all words.
    pub fn load(&mut self, words: &[u64]) {
        self.words.copy_from_slice(words);
    }

    /// Gives all words and read data random values; words that were given stay.
    pub fn scramble(&mut self, random: &mut Scramble) {
        self.poison = random.fork();
        let words = self.words[self.given..].chunks_exact_mut(self.limbs);
        let outs = self.ports.iter_mut().filter_map(|p| p.read.as_mut()).map(|r| &mut r.next[..]);
        for word in words.chain(outs) {
            random.fill(self.width, word);
        }
    }

    /// Slots of the read data of each port that reads.
    pub fn outputs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let outs = self.ports.iter().filter_map(|p| p.read.as_ref()).map(|r| r.out);
        outs.map(|out| out..out + self.limbs)
    }

    /// The edges of the clocks that tick, with the operands of before the edge.
    pub fn clock(&mut self, vals: &[u64], ticks: impl Fn(u32) -> bool) {
        match self.collision {
            Collision::Old => {
                self.read(vals, &ticks);
                self.write(vals, &ticks);
            }
            Collision::New => {
                self.write(vals, &ticks);
                self.read(vals, &ticks);
            }
            Collision::Undefined => {
                self.read(vals, &ticks);
                self.spoil_reads(vals, &ticks);
                self.write(vals, &ticks);
                self.spoil_words(vals, &ticks);
            }
        }
    }

    fn read(&mut self, vals: &[u64], ticks: &impl Fn(u32) -> bool) {
        for port in self.ports.iter_mut().filter(|p| ticks(p.clock) && p.reads(vals)) {
            if let Some(read) = &mut port.read {
                read_word(&self.words, self.limbs, vals[port.addr], &mut read.next);
            }
        }
    }

    fn write(&mut self, vals: &[u64], ticks: &impl Fn(u32) -> bool) {
        for i in 0..self.ports.len() {
            if let Some(data) = self.write_at(i, vals, ticks) {
                self.find_mask(i, vals);
                let word = vals[self.ports[i].addr] as usize * self.limbs;
                let word = &mut self.words[word..][..self.limbs];
                for ((w, d), m) in word.iter_mut().zip(&vals[data..]).zip(&self.bit_mask) {
                    *w ^= (*w ^ d) & m;
                }
            }
        }
    }

    /// The slot of the data that port `i` writes at this edge, if it does, to a word that exists.
    fn write_at(&self, i: usize, vals: &[u64], ticks: &impl Fn(u32) -> bool) -> Option<usize> {
        let port = &self.ports[i];
        let writes = ticks(port.clock) && port.writes(vals) && vals[port.addr] < self.depth as u64;
        port.write.as_ref().filter(|_| writes).map(|w| w.data)
    }

    /// Puts the bits that port `i` writes into [`Memory::bit_mask`].
    fn find_mask(&mut self, i: usize, vals: &[u64]) {
        match self.ports[i].write.as_ref().and_then(|w| w.mask) {
            None => self.bit_mask.copy_from_slice(&self.all_bits),
            Some(slot) => {
                let granules = self.width as usize / self.granule;
                spread(&vals[slot..], granules, self.granule, &mut self.bit_mask);
            }
        }
    }

    /// Makes the bits undefined that a port reads while another writes them.
    fn spoil_reads(&mut self, vals: &[u64], ticks: &impl Fn(u32) -> bool) {
        for i in 0..self.ports.len() {
            if self.write_at(i, vals, ticks).is_none() {
                continue;
            }
            self.find_mask(i, vals);
            let addr = vals[self.ports[i].addr];
            let reads = |p: &Port| ticks(p.clock) && p.reads(vals) && vals[p.addr] == addr;
            for port in self.ports.iter_mut().filter(|p| reads(p)) {
                if let Some(read) = &mut port.read {
                    spoil(&mut read.next, &self.bit_mask, &mut self.poison);
                }
            }
        }
    }

    /// Makes the bits undefined that two ports have written.
    fn spoil_words(&mut self, vals: &[u64], ticks: &impl Fn(u32) -> bool) {
        for i in 1..self.ports.len() {
            for j in 0..i {
                let both = [i, j].map(|k| self.write_at(k, vals, ticks).is_some());
                let addr = vals[self.ports[i].addr];
                if both != [true; 2] || vals[self.ports[j].addr] != addr {
                    continue;
                }
                self.find_mask(i, vals);
                let mut shared = self.bit_mask.clone();
                self.find_mask(j, vals);
                shared.iter_mut().zip(&self.bit_mask).for_each(|(s, m)| *s &= m);
                let word = &mut self.words[addr as usize * self.limbs..][..self.limbs];
                spoil(word, &shared, &mut self.poison);
            }
        }
    }

    /// Makes the read data of this edge current.
    pub fn publish(&self, vals: &mut [u64]) {
        for read in self.ports.iter().filter_map(|p| p.read.as_ref()) {
            vals[read.out..][..self.limbs].copy_from_slice(&read.next);
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
    fn reads(&self, vals: &[u64]) -> bool {
        vals[self.enable] == 1 && self.read.is_some() && !self.writes(vals)
    }

    fn writes(&self, vals: &[u64]) -> bool {
        let selected = |w: &Write| w.select.is_none_or(|s| vals[s] == 1);
        vals[self.enable] == 1 && self.write.as_ref().is_some_and(selected)
    }
}

/// What the memory holds at power-up.
fn words(mem: &FlatMem, limbs: usize) -> Vec<u64> {
    let mut words: Vec<u64> = mem.contents.iter().flat_map(|w| w.limbs().to_vec()).collect();
    words.resize(limbs * mem.depth as usize, 0);
    words
}

/// Replaces the bits of `mask` by random ones.
fn spoil(word: &mut [u64], mask: &[u64], random: &mut Rng) {
    for (limb, m) in word.iter_mut().zip(mask) {
        *limb ^= (*limb ^ random.next_u64()) & m;
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
