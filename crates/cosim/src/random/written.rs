//! Which of LM and PS holds defined values.

use seedbed_spec::access::{Accesses, Ranges};
use seedbed_spec::Config;

/// Bytes of LM and rows of PS that a program wrote. After power-up hardware holds anything.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    lm: Vec<bool>,
    ps: Vec<bool>,
}

impl Written {
    pub fn nothing(config: &Config) -> Self {
        let (lm, ps) = (config.memory.lm_bytes as usize, config.memory.ps_rows as usize);
        Self { lm: vec![false; lm], ps: vec![false; ps] }
    }

    /// Whether all that a command reads is defined.
    pub fn covers(&self, reads: &Accesses) -> bool {
        all(&self.lm, &reads.lm_reads) && all(&self.ps, &reads.ps_reads)
    }

    /// A command wrote.
    pub fn write(&mut self, accesses: &Accesses) {
        self.set(accesses, true);
    }

    /// A command may have written.
    pub fn spoil(&mut self, accesses: &Accesses) {
        self.set(accesses, false);
    }

    fn set(&mut self, accesses: &Accesses, to: bool) {
        for (memory, ranges) in
            [(&mut self.lm, &accesses.lm_writes), (&mut self.ps, &accesses.ps_writes)]
        {
            for range in ranges.ranges() {
                memory[range.start as usize..range.end as usize].fill(to);
            }
        }
    }

    /// The bytes of LM that are defined.
    pub fn lm(&self) -> &[bool] {
        &self.lm
    }
}

fn all(memory: &[bool], ranges: &Ranges) -> bool {
    let defined =
        |r: &std::ops::Range<u64>| memory[r.start as usize..r.end as usize].iter().all(|b| *b);
    ranges.ranges().iter().all(defined)
}
