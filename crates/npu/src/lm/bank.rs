//! One bank of local memory.

use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig};

/// A single-port memory with a write mask: the unit that becomes an SRAM macro.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `enable`, `write`, `addr` | in | one access per cycle |
/// | `wdata`, `mask` | in | the word to write, a mask bit per granule |
/// | `rdata` | out | the word read, one cycle later |
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LmBank {
    /// Words, at least 2.
    pub words: u32,
    /// Bits of a word.
    pub word_bits: u32,
    /// Bits that a mask bit covers; divides `word_bits`.
    pub granule_bits: u32,
}

/// Ports of [`LmBank`].
pub struct LmBankIo<'m> {
    /// An access happens.
    pub enable: Sig<'m>,
    /// It is a write.
    pub write: Sig<'m>,
    /// Word address.
    pub addr: Sig<'m>,
    /// The word to write.
    pub wdata: Sig<'m>,
    /// The granules to write.
    pub mask: Sig<'m>,
    /// The word read.
    pub rdata: Sig<'m>,
}

impl Module for LmBank {
    type Io<'m> = LmBankIo<'m>;

    fn name(&self) -> String {
        format!("lm_bank_{}x{}_g{}", self.words, self.word_bits, self.granule_bits)
    }

    fn doc(&self) -> String {
        format!("Single-port memory, {} words of {} bits.", self.words, self.word_bits)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LmBankIo<'m> {
        LmBankIo {
            enable: p.input("enable", bit()),
            write: p.input("write", bit()),
            addr: p.input("addr", uint(clog2(u64::from(self.words)))),
            wdata: p.input("wdata", uint(self.word_bits)),
            mask: p.input("mask", uint(self.word_bits / self.granule_bits)),
            rdata: p.output("rdata", uint(self.word_bits)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: LmBankIo<'m>) {
        let mem = m.mem_1rw("mem", self.word_bits, self.words, Some(self.granule_bits));
        io.rdata.set(mem.access(io.addr, io.enable, io.write, io.wdata, Some(io.mask)));
    }
}
