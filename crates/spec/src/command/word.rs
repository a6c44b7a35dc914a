//! The 64 bytes of a command.

use std::fmt;

/// One command as it stands in the ring.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Command(pub [u64; 8]);

impl Command {
    /// Bytes of a command.
    pub const BYTES: usize = 64;
    /// Bits of a command.
    pub const BITS: u32 = 512;

    /// The command as bytes, in the order of their addresses.
    pub fn bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(&self.0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    /// The command whose bytes these are.
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        let mut limbs = [0; 8];
        for (i, byte) in bytes.iter().enumerate() {
            limbs[i / 8] |= u64::from(*byte) << (8 * (i % 8));
        }
        Self(limbs)
    }

    /// `width` (at most 64) bits from bit `lsb` on; bits beyond the command are zero.
    pub fn bits(&self, lsb: u32, width: u32) -> u64 {
        let limb = |i: u32| u128::from(self.0.get(i as usize).copied().unwrap_or(0));
        let pair = limb(lsb / 64) | limb(lsb / 64 + 1) << 64;
        (pair >> (lsb % 64)) as u64 & mask(width)
    }

    /// Replaces `width` (at most 64) bits from bit `lsb` on by the low bits of `value`; bits beyond
    /// the command are dropped.
    pub fn set_bits(&mut self, lsb: u32, width: u32, value: u64) {
        let keep = !(u128::from(mask(width)) << (lsb % 64));
        let put = u128::from(value & mask(width)) << (lsb % 64);
        for (half, shift) in [(0, 0), (1, 64)] {
            if let Some(limb) = self.0.get_mut((lsb / 64 + half) as usize) {
                *limb = *limb & (keep >> shift) as u64 | (put >> shift) as u64;
            }
        }
    }

    /// Whether `width` bits (any number) from bit `lsb` on are all zero.
    pub fn is_zero(&self, lsb: u32, width: u32) -> bool {
        let end = lsb + width;
        (lsb..end).step_by(64).all(|at| self.bits(at, (end - at).min(64)) == 0)
    }
}

fn mask(width: u32) -> u64 {
    u64::MAX.checked_shr(64 - width.min(64)).unwrap_or(0)
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Command(")?;
        for limb in self.0.iter().rev() {
            write!(f, "{limb:016x}")?;
        }
        f.write_str(")")
    }
}
