//! Addresses of banked memories: the high bits select the bank.

use seedbed_hdl::{Scope, Sig};

/// How an address splits into bank and place within the bank. Both numbers are powers of two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Split {
    /// Words or rows over all banks.
    pub(crate) words: u32,
    /// Banks.
    pub(crate) banks: u32,
}

impl Split {
    /// Words of one bank.
    pub(crate) fn bank_words(self) -> u32 {
        self.words / self.banks
    }

    fn local_bits(self) -> u32 {
        self.bank_words().ilog2()
    }

    /// The bank an address lies in; nothing when there is one bank only.
    pub(crate) fn bank(self, addr: Sig<'_>) -> Option<Sig<'_>> {
        (self.banks > 1).then(|| addr.slice(self.local_bits(), self.banks.ilog2()))
    }

    /// The address within the bank.
    pub(crate) fn local(self, addr: Sig<'_>) -> Sig<'_> {
        addr.slice(0, self.local_bits())
    }

    /// Whether `addr` lies in bank `index`.
    pub(crate) fn hits<'m>(self, m: &'m Scope, addr: Sig<'m>, index: u32) -> Sig<'m> {
        self.bank(addr).map_or(m.high(), |bank| bank.eq(index))
    }

    /// Whether two addresses lie in one bank.
    pub(crate) fn same<'m>(self, m: &'m Scope, a: Sig<'m>, b: Sig<'m>) -> Sig<'m> {
        match (self.bank(a), self.bank(b)) {
            (Some(a), Some(b)) => a.eq(b),
            _ => m.high(),
        }
    }
}
