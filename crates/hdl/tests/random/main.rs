//! Random designs, simulated and compared with references that know nothing of netlists: integer
//! arithmetic for values, a sequential interpreter for conditional assignment.

mod assignments;
mod memories;
mod values;

/// A small generator (xorshift64*), so that a seed names a test case for ever.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`.
    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }
}
