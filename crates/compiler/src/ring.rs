//! The weights ring: a byte ring in local memory, allocated at compile time.
//!
//! Blocks are handed out in program order and freed in any order; the space of a freed block
//! comes back when every older block is free too. A block never wraps around the end, so a
//! command may address it as one run. On request a block begins in a bank of its own: then it can be
//! loaded while its predecessor is read in every cycle.

use std::collections::VecDeque;

/// A live block of a [`ByteRing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    serial: u64,
    /// LM byte address of the block.
    pub address: u64,
}

#[derive(Debug)]
struct Span {
    start: u64,
    freed: bool,
}

/// Ring allocator over the LM bytes `base..base + size`.
#[derive(Debug)]
pub(crate) struct ByteRing {
    base: u64,
    size: u64,
    /// Bytes of an LM bank.
    bank: u64,
    /// Position behind the youngest block, counted on over all laps.
    head: u64,
    live: VecDeque<Span>,
    oldest_serial: u64,
}

impl ByteRing {
    /// An empty ring over `base..base + size` in banks of `bank` bytes.
    pub fn new(base: u64, size: u64, bank: u64) -> Self {
        Self { base, size, bank, head: 0, live: VecDeque::new(), oldest_serial: 0 }
    }

    /// Allocates `bytes` contiguous bytes, or `None` while they do not fit. `apart`: in another bank
    /// than the block before, if the ring has several.
    pub fn try_alloc(&mut self, bytes: u64, apart: bool) -> Option<Block> {
        let start = self.next_start(bytes, apart);
        let tail = self.live.front().map_or(start, |oldest| oldest.start);
        if bytes > self.size || start + bytes - tail > self.size {
            return None;
        }
        self.head = start + bytes;
        self.live.push_back(Span { start, freed: false });
        let serial = self.oldest_serial + self.live.len() as u64 - 1;
        Some(Block { serial, address: self.base + start % self.size })
    }

    /// The position of the next block: at the head or the next bank, or at the next lap when it
    /// would wrap.
    fn next_start(&self, bytes: u64, apart: bool) -> u64 {
        let offset = self.head.checked_rem(self.size).unwrap_or(0);
        let at = self.base + offset;
        let skip = if apart && offset > 0 { at.next_multiple_of(self.bank) - at } else { 0 };
        if offset + skip + bytes > self.size {
            self.head + (self.size - offset)
        } else {
            self.head + skip
        }
    }

    /// Frees a block; its space returns once all older blocks are free.
    pub fn free(&mut self, block: Block) {
        let index = (block.serial - self.oldest_serial) as usize;
        self.live[index].freed = true;
        while self.live.front().is_some_and(|oldest| oldest.freed) {
            self.live.pop_front();
            self.oldest_serial += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_each_other_and_never_wrap() {
        let mut ring = ByteRing::new(100, 10, 64);
        let first = ring.try_alloc(4, false).unwrap();
        let second = ring.try_alloc(4, false).unwrap();
        assert_eq!((first.address, second.address), (100, 104));
        assert!(ring.try_alloc(4, false).is_none());
        ring.free(first);
        assert_eq!(
            ring.try_alloc(4, false).unwrap().address,
            100,
            "two bytes at the end are skipped"
        );
        assert!(ring.try_alloc(1, false).is_none(), "the skipped bytes belong to the last block");
    }

    #[test]
    fn space_returns_in_order_of_allocation() {
        let mut ring = ByteRing::new(0, 8, 8);
        let old = ring.try_alloc(4, false).unwrap();
        let young = ring.try_alloc(4, false).unwrap();
        ring.free(young);
        assert!(ring.try_alloc(4, false).is_none());
        ring.free(old);
        assert_eq!(ring.try_alloc(8, false).unwrap().address, 0);
    }

    #[test]
    fn an_empty_ring_takes_any_block_up_to_its_size() {
        let mut ring = ByteRing::new(0, 8, 8);
        let small = ring.try_alloc(3, false).unwrap();
        ring.free(small);
        assert!(ring.try_alloc(9, false).is_none());
        assert_eq!(ring.try_alloc(8, false).unwrap().address, 0);
    }

    #[test]
    fn blocks_apart_take_turns_in_the_banks() {
        let mut ring = ByteRing::new(24, 40, 16); // the end of one bank and two whole ones
        let mut blocks: Vec<Block> = (0..3).map(|_| ring.try_alloc(6, true).unwrap()).collect();
        assert_eq!(blocks.iter().map(|block| block.address).collect::<Vec<_>>(), [24, 32, 48]);
        assert!(ring.try_alloc(6, true).is_none());
        ring.free(blocks.remove(0));
        assert_eq!(ring.try_alloc(6, true).unwrap().address, 24);
    }

    #[test]
    fn a_ring_without_bytes_refuses() {
        assert!(ByteRing::new(0, 0, 8).try_alloc(1, false).is_none());
    }

    /// Random traffic against a byte-by-byte owner map.
    #[test]
    fn live_blocks_never_overlap() {
        let mut state = 1u64;
        let mut random = move |n: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        let mut ring = ByteRing::new(7, 61, 16);
        let mut live: Vec<(Block, u64)> = Vec::new();
        let mut refused = 0;
        for _ in 0..5000 {
            let bytes = 1 + random(20);
            match ring.try_alloc(bytes, random(2) == 0) {
                Some(block) => {
                    assert!(block.address >= 7 && block.address + bytes <= 68);
                    let clash = live.iter().any(|(other, len)| {
                        block.address < other.address + len && other.address < block.address + bytes
                    });
                    assert!(!clash, "block at {} overlaps a live one", block.address);
                    live.push((block, bytes));
                }
                None => {
                    refused += 1;
                    assert!(!live.is_empty(), "an empty ring must not refuse");
                    let victim = random(live.len() as u64) as usize;
                    ring.free(live.swap_remove(victim).0);
                }
            }
        }
        assert!(refused > 100);
    }
}
