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
}

impl Banks {
    /// Of local memory, in bytes.
    pub fn local(config: &Config) -> Self {
        let bank = config.lm_bank_words() * config.word();
        Self { size: bank * config.memory.lm_banks, bank }
    }

    /// Of partial sums, in rows.
    pub fn sums(config: &Config) -> Self {
        let size = config.memory.ps_rows;
        Self { size, bank: size / config.memory.ps_banks }
    }

    /// The bank of an address.
    pub fn of(self, addr: u32) -> u32 {
        addr % self.size / self.bank
    }

    /// Which of these requests (byte addresses, by [`Client`]) are taken: in each bank the first.
    pub fn grant(self, requests: [Option<u32>; 5]) -> [bool; 5] {
        let banks = requests.map(|request| request.map(|addr| self.of(addr)));
        let first = |client: usize| !banks[..client].contains(&banks[client]);
        std::array::from_fn(|client| banks[client].is_some() && first(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bank_serves_the_first_that_wants_it() {
        let banks = Banks { size: 64, bank: 16 };
        let grants = banks.grant([Some(3), None, Some(15), Some(17), Some(16 + 64)]);
        assert_eq!(grants, [true, false, false, true, false]);
    }
}
