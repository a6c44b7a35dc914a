//! External memory.

use std::ops::Range;

/// An access that is not wholly inside the memory, or meets refused addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} bytes from {addr:#x} on are not inside a memory of {size} bytes, or refused")]
pub struct OutsideMemory {
    /// First address.
    pub addr: u64,
    /// Length of the access.
    pub bytes: u64,
    /// Size of the memory.
    pub size: u64,
}

/// External memory from address 0 on. What lies outside, or is refused, answers with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    data: Vec<u8>,
    refused: Range<usize>,
    silent: Range<u64>,
}

impl Memory {
    /// A memory of that many bytes, all zero.
    pub fn new(bytes: usize) -> Self {
        Self { data: vec![0; bytes], refused: 0..0, silent: 0..0 }
    }

    /// Makes a range of addresses answer with errors; its bytes stay as they are.
    pub fn refuse(&mut self, range: Range<usize>) {
        self.refused = range;
    }

    /// Makes a range of addresses never answer; the bytes stay as they are.
    pub fn silence(&mut self, range: Range<u64>) {
        self.silent = range;
    }

    /// Whether an access touches addresses that never answer.
    pub fn never_answers(&self, addr: u64, bytes: u64) -> bool {
        addr < self.silent.end && self.silent.start < addr.saturating_add(bytes)
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.data
    }

    /// All bytes, to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// Copies from the memory.
    ///
    /// # Errors
    /// The range is not wholly inside; nothing is copied.
    pub fn read(&self, addr: u64, into: &mut [u8]) -> Result<(), OutsideMemory> {
        let range = self.range(addr, into.len())?;
        into.copy_from_slice(&self.data[range]);
        Ok(())
    }

    /// Copies into the memory.
    ///
    /// # Errors
    /// The range is not wholly inside; nothing is copied.
    pub fn write(&mut self, addr: u64, from: &[u8]) -> Result<(), OutsideMemory> {
        let range = self.range(addr, from.len())?;
        self.data[range].copy_from_slice(from);
        Ok(())
    }

    fn range(&self, addr: u64, bytes: usize) -> Result<Range<usize>, OutsideMemory> {
        let outside = OutsideMemory { addr, bytes: bytes as u64, size: self.data.len() as u64 };
        let start = usize::try_from(addr).map_err(|_| outside)?;
        let end = start.checked_add(bytes).filter(|end| *end <= self.data.len()).ok_or(outside)?;
        let meets = start < self.refused.end && self.refused.start < end;
        if meets {
            return Err(outside);
        }
        Ok(start..end)
    }
}
