//! The bytes of external memory, and the beats on their way to them.

use std::collections::VecDeque;
use std::ops::Range;

/// Response code of an access outside the memory.
pub const DECERR: u8 = 3;
/// Response code of an access to refused addresses.
pub const SLVERR: u8 = 2;

/// A beat that was taken and is not visible yet.
struct Unseen {
    start: usize,
    data: Vec<u64>,
    strobes: u64,
}

/// Bytes from address 0 on. Beats that were taken become visible in order, when it is told to.
pub(super) struct Contents {
    pub bytes: Vec<u8>,
    /// Addresses that answer with an error, and the response.
    pub refused: (Range<usize>, u8),
    pub bus_bytes: usize,
    unseen: VecDeque<Unseen>,
    /// Beats that were taken since the reset, and how many of them are visible.
    taken: u64,
    visible: u64,
}

impl Contents {
    /// `size` zeros on a bus of `bus_bytes` bytes.
    pub fn new(size: usize, bus_bytes: usize) -> Self {
        Self {
            bytes: vec![0; size],
            refused: (0..0, SLVERR),
            bus_bytes,
            unseen: VecDeque::new(),
            taken: 0,
            visible: 0,
        }
    }

    /// Forgets the beats that are not visible yet.
    pub fn reset(&mut self) {
        self.unseen.clear();
        (self.taken, self.visible) = (0, 0);
    }

    /// Beats that were taken since the reset.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes a beat, visible when it is shown; returns its response.
    pub fn take(&mut self, at: u64, data: &[u64], strobes: u64) -> u8 {
        self.taken += 1;
        let (strobes, resp) = match self.range(at) {
            Ok(_) => (strobes, 0),
            Err(resp) => (0, resp),
        };
        let start = usize::try_from(at).unwrap_or_default();
        self.unseen.push_back(Unseen { start, data: data.to_vec(), strobes });
        resp
    }

    /// Makes beats visible, in order, until `beats` of them are since the reset.
    pub fn show(&mut self, beats: u64) {
        while self.visible < beats {
            let Some(Unseen { start, data, strobes }) = self.unseen.pop_front() else { return };
            let kept = (0..self.bus_bytes).filter(|i| strobes >> i & 1 == 1);
            for i in kept {
                self.bytes[start + i] = (data[i / 8] >> (8 * (i % 8))) as u8;
            }
            self.visible += 1;
        }
    }

    /// Where a beat lies, or the response to it.
    fn range(&self, addr: u64) -> Result<Range<usize>, u8> {
        let start = usize::try_from(addr).map_err(|_| DECERR)?;
        let end = start.checked_add(self.bus_bytes).ok_or(DECERR)?;
        if end > self.bytes.len() {
            return Err(DECERR);
        }
        let (refused, response) = &self.refused;
        if start < refused.end && refused.start < end {
            return Err(*response);
        }
        Ok(start..end)
    }

    pub fn read(&self, addr: u64) -> (Vec<u64>, u8) {
        let mut data = vec![0u64; self.bus_bytes.div_ceil(8)];
        let range = match self.range(addr) {
            Ok(range) => range,
            Err(resp) => return (data, resp),
        };
        for (i, &byte) in self.bytes[range].iter().enumerate() {
            data[i / 8] |= u64::from(byte) << (8 * (i % 8));
        }
        (data, 0)
    }
}
