//! Operands in the words of local memory.
//!
//! An operand begins at a multiple of its unit. If its size is a power of two it lies in one word.
//! Otherwise it may go on in the next word: then it lies rotated in the W bytes of the strips
//! ([`seedbed_spec::config::layout`]), its beginning behind its end.

use seedbed_hdl::{Scope, Sig};
use seedbed_spec::config::Config;

/// Where operands of one size lie. All numbers are bytes, all but `bytes` powers of two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Operand {
    /// Size of the operand.
    pub(crate) bytes: u32,
    /// Its address is a multiple of this.
    pub(crate) unit: u32,
    /// LM word.
    pub(crate) word: u32,
    /// Strip of an LM bank.
    pub(crate) strip: u32,
}

impl Operand {
    /// Operands of R bytes.
    pub(crate) fn rows(config: &Config) -> Self {
        Self::of(config, config.rows(), config.rows_unit())
    }

    /// Rows of C outputs.
    pub(crate) fn cols(config: &Config) -> Self {
        Self::of(config, config.cols(), config.cols_unit())
    }

    fn of(config: &Config, bytes: u32, unit: u32) -> Self {
        Operand { bytes, unit, word: config.word(), strip: config.strip() }
    }

    /// Strips that are addressed apart.
    pub(crate) fn strips(&self) -> u32 {
        if self.bytes.is_power_of_two() {
            1
        } else {
            self.word / self.strip
        }
    }

    /// Places of a word where an operand may begin.
    pub(crate) fn places(&self) -> u32 {
        self.word / self.unit
    }

    /// The word in which the operand at a byte address begins.
    pub(crate) fn word_addr<'m>(&self, addr: Sig<'m>) -> Sig<'m> {
        let bits = self.word.ilog2();
        addr.slice(bits, addr.width() - bits)
    }

    /// A bit per strip but the last, if strips are addressed apart: the strip lies before the operand's
    /// beginning, so it takes the word that follows.
    pub(crate) fn following<'m>(&self, m: &'m Scope, addr: Sig<'m>) -> Option<Sig<'m>> {
        let strips = self.strips();
        (strips > 1).then(|| {
            let first = addr.slice(self.strip.ilog2(), strips.ilog2());
            let before: Vec<Sig> = (0..strips - 1).rev().map(|strip| first.gt(strip)).collect();
            m.cat(&before)
        })
    }

    /// In which place of its word the operand begins; nothing if there is one only.
    pub(crate) fn place<'m>(&self, addr: Sig<'m>) -> Option<Sig<'m>> {
        let places = self.places();
        (places > 1).then(|| addr.slice(self.unit.ilog2(), places.ilog2()))
    }

    /// The operand at each place of the W bytes read.
    pub(crate) fn at_places<'m>(&self, m: &'m Scope, word: Sig<'m>) -> Vec<Sig<'m>> {
        (0..self.places()).map(|place| self.at(m, word, place * self.unit)).collect()
    }

    fn at<'m>(&self, m: &'m Scope, word: Sig<'m>, start: u32) -> Sig<'m> {
        let end = start + self.bytes;
        if end <= self.word {
            return word.slice(8 * start, 8 * self.bytes);
        }
        let [behind, before] = [end - self.word, self.word - start];
        m.cat(&[word.slice(0, 8 * behind), word.slice(8 * start, 8 * before)])
    }
}
