//! The rules that a configuration must obey beyond the types of its keys.

use super::{Config, Cut, Kind};

/// A rule broken by one key's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The key with its table, as in `array.rows`.
    pub key: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
}

type Rule = Result<(), Violation>;

impl Config {
    /// Whether the values can be built: ranges, powers of two, and sizes that fit each other.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Rule {
        name(&self.name)?;
        self.check_array()?;
        self.check_bus()?;
        self.check_front()?;
        range("numerics.k_max", self.numerics.k_max, 1, 65536)?;
        self.check_memory()
    }

    fn check_array(&self) -> Rule {
        range("array.rows", self.array.rows, 2, 256)?;
        range("array.cols", self.array.cols, 2, 256)?;
        if self.array.cuts.windows(2).any(|pair| pair[0] == pair[1]) {
            return broken("array.cuts", "a cut is listed twice", "list each cut once");
        }
        if self.array.kind == Kind::Systolic && self.has_cut(Cut::Tree) {
            return broken("array.cuts", "a systolic array has no adder tree", "remove `tree`");
        }
        divisor("post.lanes", self.post.lanes, self.array.cols)
    }

    fn check_bus(&self) -> Rule {
        power("bus.data_bits", self.bus.data_bits, 32, 512)?;
        range("bus.addr_bits", self.bus.addr_bits, 16, 48)?;
        // AXI4 forbids bursts across a 4 KiB boundary.
        power("bus.burst_beats", self.bus.burst_beats, 1, 256.min(4096 / self.bus_bytes()))?;
        range("bus.outstanding", self.bus.outstanding, 1, 64)
    }

    fn check_front(&self) -> Rule {
        range("front.prefetch", self.front.prefetch, 1, 64)?;
        range("front.queue", self.front.queue, 1, 16)?;
        range("front.semaphores", self.front.semaphores, 12, 32)
    }

    fn check_memory(&self) -> Rule {
        let memory = &self.memory;
        power("memory.lm_banks", memory.lm_banks, 1, 32)?;
        // Addresses have 24 bits and rows 16; one bit is spare so that a walk that leaves the memory
        // is seen before it wraps.
        power("memory.lm_bytes", memory.lm_bytes, self.least_lm_bytes(), 1 << 23)?;
        power("memory.ps_banks", memory.ps_banks, 2, 16)?;
        power("memory.ps_rows", memory.ps_rows, 2 * memory.ps_banks, 1 << 15)
    }

    /// Four words per bank, and room for one tile of everything: parameters, weights, activations
    /// and outputs.
    fn least_lm_bytes(&self) -> u32 {
        let banks = 4 * self.word() * self.memory.lm_banks;
        let weights = self.round_up_to_word(self.weight_tile_bytes());
        let tile = self.param_tile_bytes() + weights + 2 * self.word();
        banks.max(tile.next_power_of_two())
    }
}

fn broken(key: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Rule {
    Err(Violation { key, what: what.into(), remedy: remedy.into() })
}

fn range(key: &'static str, value: u32, low: u32, high: u32) -> Rule {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let end = if value < low { "too small" } else { "too large" };
    broken(key, format!("{value} is {end}"), format!("write a number from {low} to {high}"))
}

/// `low` and `high` are powers of two.
fn power(key: &'static str, value: u32, low: u32, high: u32) -> Rule {
    if (low..=high).contains(&value) && !value.is_power_of_two() {
        let above = value.next_power_of_two();
        let remedy = format!("write {} or {above}", above / 2);
        return broken(key, format!("{value} is not a power of two"), remedy);
    }
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let end = if value < low { "too small" } else { "too large" };
    let remedy = format!("write a power of two from {low} to {high}");
    broken(key, format!("{value} is {end}"), remedy)
}

/// `value` divides `whole`.
fn divisor(key: &'static str, value: u32, whole: u32) -> Rule {
    range(key, value, 1, whole)?;
    if whole % value == 0 {
        return Ok(());
    }
    let below = (1..value).rev().find(|d| whole % d == 0).unwrap_or(1);
    let above = (value..=whole).find(|d| whole % d == 0).unwrap_or(whole);
    let what = format!("{value} does not divide the {whole} columns of the array");
    broken(key, what, format!("write {below} or {above}"))
}

fn name(name: &str) -> Rule {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let good = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(letters);
    if good && name.len() <= 64 {
        return Ok(());
    }
    let what = format!("`{}` cannot name a module", name.escape_default());
    broken("name", what, "write 1 to 64 lower-case letters, digits and `_`, a letter first")
}
