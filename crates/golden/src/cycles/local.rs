//! Local memory and partial sums: which request is taken.

use seedbed_spec::Config;

/// Clients of local memory, the highest priority first.
#[derive(Clone, Copy)]
pub(super) enum Client {
    Activations,
    Weights,
    Post,
    Load,
    Store,
}

/// Banks selected by the high address bits.
#[derive(Clone, Copy)]
pub(super) struct Banks {
    size: u32,
    bank: u32,
    /// Bytes of a strip of local memory, and strips of a bank.
    strip: u32,
    strips: u32,
    /// By [`Client`]: its operands may straddle two words, so its strips are addressed apart.
    straddles: [bool; 5],
}

impl Banks {
    /// Of local memory, in bytes.
    pub fn local(config: &Config) -> Self {
        let bank = config.lm_bank_words() * config.word();
        let (rows, cols) = (config.rows_straddle(), config.cols_straddle());
        Self {
            size: bank * config.memory.lm_banks,
            bank,
            strip: config.strip(),
            strips: config.strips(),
            straddles: [rows, rows, cols, false, false],
        }
    }

    /// Of partial sums, in rows.
    pub fn sums(config: &Config) -> Self {
        let size = config.memory.ps_rows;
        let bank = size / config.memory.ps_banks;
        Self { size, bank, strip: 1, strips: 1, straddles: [false; 5] }
    }

    /// The bank of an address.
    pub fn of(self, addr: u32) -> u32 {
        addr % self.size / self.bank
    }

    /// Which of these requests (byte addresses, by [`Client`]) are taken: in each bank the first.
    pub fn grant(self, requests: [Option<u32>; 5]) -> [bool; 5] {
        let meet = |rival: usize, client: usize, addr: u32| {
            requests[rival].is_some_and(|other| {
                let strips = match self.straddles[rival] || self.straddles[client] {
                    true => self.strips,
                    false => 1,
                };
                let bank = |client, addr, strip| self.of_strip(client, addr, strip);
                (0..strips).any(|strip| bank(rival, other, strip) == bank(client, addr, strip))
            })
        };
        std::array::from_fn(|client| {
            requests[client].is_some_and(|addr| !(0..client).any(|rival| meet(rival, client, addr)))
        })
    }

    /// The bank of the word that a client takes in a strip: of its operand's word, or of the next if the
    /// strip lies before the operand.
    fn of_strip(self, client: usize, addr: u32, strip: u32) -> u32 {
        let ahead = if self.straddles[client] { self.strips - 1 - strip } else { 0 };
        self.of(addr % self.size + ahead * self.strip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bank_serves_the_first_that_wants_it() {
        let banks = Banks { size: 64, bank: 16, strip: 4, strips: 1, straddles: [false; 5] };
        let grants = banks.grant([Some(3), None, Some(15), Some(17), Some(16 + 64)]);
        assert_eq!(grants, [true, false, false, true, false]);
    }

    /// Words of 8 bytes in two strips: an operand at 12 takes the first strip of the word at 16, of another
    /// bank.
    #[test]
    fn an_operand_in_two_banks_wants_both() {
        let straddles = [true, false, true, false, false];
        let banks = Banks { size: 64, bank: 16, strip: 4, strips: 2, straddles };
        let grants = |requests| banks.grant(requests);
        assert_eq!(
            grants([Some(12), Some(16), None, Some(0), Some(32)]),
            [true, false, false, false, true]
        );
        // Both cross the same border: the same bank in both strips. The last bank is followed by the first.
        assert_eq!(
            grants([Some(12), None, Some(13), None, None]),
            [true, false, false, false, false]
        );
        assert_eq!(
            grants([Some(60), None, Some(12), Some(0), None]),
            [true, false, true, false, false]
        );
    }
}
