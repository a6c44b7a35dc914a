//! Windows of external addresses: what reads, and what writes, may touch.
//!
//! A window is a run of pages of [`Window::PAGE`] bytes. Nothing outside is ever asked for on the bus:
//! a LOAD or STORE stops before its first run of contiguous bytes that is not wholly inside, and a
//! command outside is not fetched. Both are the fault [`Cause::Window`](crate::fault::Cause::Window).

use std::ops::Range;

/// The pages that transfers of one direction may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first page: its number, address divided by [`Window::PAGE`].
    pub first: u64,
    /// The last page. When it is before the first, nothing may be touched.
    pub last: u64,
}

impl Window {
    /// Bytes of a page, the distance that no AXI4 burst crosses.
    pub const PAGE: u64 = 4096;
    /// Bits of a page number: of addresses of 48 bits.
    pub const PAGE_BITS: u32 = 36;
    /// Every address; the value after reset.
    pub const ALL: Window = Window { first: 0, last: (1 << Self::PAGE_BITS) - 1 };

    /// The window whose first and last page hold these addresses.
    pub fn of(first: u64, last: u64) -> Self {
        Self { first: first / Self::PAGE, last: last / Self::PAGE }
    }

    /// Whether an address is inside.
    pub fn contains(self, addr: u64) -> bool {
        (self.first..=self.last).contains(&(addr / Self::PAGE))
    }

    /// The addresses inside.
    pub fn bytes(self) -> Range<u64> {
        self.first * Self::PAGE..(self.last + 1) * Self::PAGE
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::ALL
    }
}
