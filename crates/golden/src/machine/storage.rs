//! The memories on the chip, and what happens at addresses they do not have: reads wrap, writes are
//! suppressed, and the first such address is remembered.

use std::borrow::Cow;

use seedbed_spec::fault::Cause;
use seedbed_spec::Config;

use super::Met;

/// The first address of a stream of accesses that its memory does not have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beyond(Option<u64>);

impl Beyond {
    /// Notes the first outside of `len` addresses from `addr` on; says whether all are inside.
    fn inside(&mut self, addr: u32, len: usize, size: usize) -> bool {
        let addr = addr as usize;
        let inside = addr + len <= size;
        if !inside && self.0.is_none() {
            self.0 = Some(addr.max(size) as u64);
        }
        inside
    }

    pub(super) fn met(self, cause: Cause) -> Met {
        self.0.map(|addr| (cause, addr))
    }
}

/// LM: bytes, addressed by 24 bits.
#[derive(Clone, Debug)]
pub(super) struct LocalMemory {
    data: Vec<u8>,
}

impl LocalMemory {
    pub(super) fn new(config: &Config) -> Self {
        Self { data: vec![0; config.memory.lm_bytes as usize] }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.data
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// `len` bytes; those beyond the end come from the start.
    pub(super) fn read(&self, addr: u64, len: u32, beyond: &mut Beyond) -> Cow<'_, [u8]> {
        let (addr, len, size) = (wrap24(addr), len as usize, self.data.len());
        beyond.inside(addr, len, size);
        let start = addr as usize % size;
        match self.data.get(start..start + len) {
            Some(bytes) => Cow::Borrowed(bytes),
            None => (start..start + len).map(|at| self.data[at % size]).collect(),
        }
    }

    /// Writes all bytes or, if one is outside, none.
    pub(super) fn write(&mut self, addr: u64, from: &[u8], beyond: &mut Beyond) {
        let start = wrap24(addr);
        if beyond.inside(start, from.len(), self.data.len()) {
            self.data[start as usize..start as usize + from.len()].copy_from_slice(from);
        }
    }
}

fn wrap24(addr: u64) -> u32 {
    (addr & 0xff_ffff) as u32
}

/// PS: rows of C accumulators, addressed by 16 bits.
#[derive(Clone, Debug)]
pub(super) struct PartialSums {
    cols: usize,
    acc_bits: u32,
    values: Vec<i32>,
}

impl PartialSums {
    pub(super) fn new(config: &Config) -> Self {
        let cols = config.cols() as usize;
        let values = vec![0; config.memory.ps_rows as usize * cols];
        Self { cols, acc_bits: config.acc_bits(), values }
    }

    pub(super) fn values(&self) -> &[i32] {
        &self.values
    }

    pub(super) fn values_mut(&mut self) -> &mut [i32] {
        &mut self.values
    }

    pub(super) fn read(&self, row: u64, beyond: &mut Beyond) -> &[i32] {
        let row = wrap16(row);
        beyond.inside(row, 1, self.rows());
        let start = row as usize % self.rows() * self.cols;
        &self.values[start..start + self.cols]
    }

    /// Replaces a row by the accumulators' low bits.
    pub(super) fn write(&mut self, row: u64, sums: &[i64], beyond: &mut Beyond) {
        let row = wrap16(row);
        if !beyond.inside(row, 1, self.rows()) {
            return;
        }
        let unused = i64::BITS - self.acc_bits;
        let start = row as usize * self.cols;
        for (value, sum) in self.values[start..start + self.cols].iter_mut().zip(sums) {
            *value = (sum << unused >> unused) as i32;
        }
    }

    fn rows(&self) -> usize {
        self.values.len() / self.cols
    }
}

fn wrap16(row: u64) -> u32 {
    (row & 0xffff) as u32
}
