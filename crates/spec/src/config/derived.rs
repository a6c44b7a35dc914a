//! Quantities that follow from a configuration.

use super::{Config, Cut};

impl Config {
    /// Name of the top module.
    pub fn top_name(&self) -> String {
        format!("seedbed_{}", self.name)
    }

    /// R: activations into the array per cycle.
    pub fn rows(&self) -> u32 {
        self.array.rows
    }

    /// C: partial sums out of the array per cycle.
    pub fn cols(&self) -> u32 {
        self.array.cols
    }

    /// Bytes of one data beat on the bus.
    pub fn bus_bytes(&self) -> u32 {
        self.bus.data_bits / 8
    }

    /// Words of LM over all banks.
    pub fn lm_words(&self) -> u32 {
        self.memory.lm_bytes / self.word()
    }

    /// Words of one LM bank.
    pub fn lm_bank_words(&self) -> u32 {
        self.lm_words() / self.memory.lm_banks
    }

    /// Bits of an LM word address.
    pub fn lm_word_addr_bits(&self) -> u32 {
        self.lm_words().ilog2()
    }

    /// Bits of a PS row address.
    pub fn ps_row_bits(&self) -> u32 {
        self.memory.ps_rows.ilog2()
    }

    /// Width of a partial sum: signed bits for `k_max` products of two int8 values, whose largest
    /// magnitude is (-128) * (-128) = 2^14.
    pub fn acc_bits(&self) -> u32 {
        let largest = u64::from(self.numerics.k_max) << 14;
        u64::BITS - largest.leading_zeros() + 1
    }

    /// Bytes from one n-tile's parameters (biases, multipliers, shifts of C columns) to the next.
    pub fn param_tile_bytes(&self) -> u32 {
        self.round_up_to_word(12 * self.cols())
    }

    /// Bytes of one weight tile: C columns of R weights.
    pub fn weight_tile_bytes(&self) -> u32 {
        self.rows() * self.cols()
    }

    /// The least multiple of the LM word not below `bytes`.
    pub fn round_up_to_word(&self, bytes: u32) -> u32 {
        bytes.div_ceil(self.word()) * self.word()
    }

    /// Multiply-accumulates per cycle at most.
    pub fn peak_macs(&self) -> u32 {
        self.rows() * self.cols()
    }

    /// Whether the lane or element has this register cut.
    pub fn has_cut(&self, cut: Cut) -> bool {
        self.array.cuts.contains(&cut)
    }

    /// The configuration as TOML, all keys in a fixed order: equal configurations give equal text.
    pub fn to_toml(&self) -> String {
        // Plain structs of numbers and strings always serialise.
        toml::to_string(self).unwrap_or_default()
    }

    /// A 32-bit hash (FNV-1a) of [`Config::to_toml`]: the CSR `CONFIG_HASH` and the header of every
    /// generated file carry it.
    pub fn hash(&self) -> u32 {
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        self.to_toml().bytes().fold(0x811c_9dc5, step)
    }
}
