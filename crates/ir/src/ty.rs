//! The type of a node: a width and a signedness.

use std::fmt;

/// A bit-vector type. Widths are run-time values; signedness decides extension and comparison.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ty {
    /// Width in bits, at least 1.
    pub width: u32,
    /// Two's complement when set.
    pub signed: bool,
}

impl Ty {
    /// An unsigned type of `width` bits.
    pub const fn uint(width: u32) -> Self {
        Self { width, signed: false }
    }

    /// A two's complement type of `width` bits.
    pub const fn sint(width: u32) -> Self {
        Self { width, signed: true }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.signed { 's' } else { 'u' }, self.width)
    }
}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
