//! How bytes lie in local memory, for any R and C.
//!
//! LM is a flat array of bytes and every address in a command is a byte address. A *word* of W bytes, a
//! power of two and a multiple of the bus, is what a client moves per cycle; so the word and the place
//! in it are bit slices of the address, and a bus beat never lies in two words.
//!
//! | what | bytes | starts at a multiple of |
//! |---|---|---|
//! | beat of LOAD or STORE | bus bytes | bus bytes |
//! | slice of activations, column of weights | R | [`Config::rows_unit`] |
//! | row of outputs of one n-tile | C, and zeros up to the end of the last beat | [`Config::cols_unit`] |
//! | parameters of one n-tile | 12 C, padded to whole words | W |
//!
//! Rows are dense: n-tile j of an output row starts C bytes after n-tile j - 1, k-tile j of the next
//! layer's input row R bytes after k-tile j - 1, so one layer's output is the next one's input
//! whatever R and C are. The unit of an operand is the largest power of two that divides its size. The
//! smallest of the three units is the atom A = gcd(R, C, bus bytes), which no operand cuts.
//!
//! Where R or C is no power of two an operand may *straddle*: begin in one word and end in the next.
//! Then a bank is cut into *strips*, memories of equal width side by side, each of which takes either
//! the word that is addressed or the one after it; the operand then lies rotated in the W bytes read or
//! written, and the engine turns it back. The strips are the widest for which no operand needs one
//! strip in two words. Where R and C are powers of two, nothing straddles: one strip, no rotation.
//!
//! POST fills its last beat with zeros so that STORE, which moves whole beats, never moves bytes that
//! nobody wrote. The next n-tile of the row overwrites them. Where C is a multiple of the bus bytes
//! there is nothing to fill.

use super::Config;

/// The largest power of two that divides `bytes`.
fn unit(bytes: u32) -> u32 {
    1 << bytes.trailing_zeros()
}

impl Config {
    /// The alignment of an operand of R bytes: the largest power of two that divides R.
    pub fn rows_unit(&self) -> u32 {
        unit(self.rows())
    }

    /// The alignment of a row of C outputs: the largest power of two that divides C.
    pub fn cols_unit(&self) -> u32 {
        unit(self.cols())
    }

    /// The alignment of a row of activations, which is written as outputs, read as inputs and moved in
    /// beats: its address and its stride.
    pub fn row_unit(&self) -> u32 {
        self.rows_unit().max(self.cols_unit()).max(self.bus_bytes())
    }

    /// W: bytes of one LM word, the least power of two that holds what any client moves per cycle.
    pub fn word(&self) -> u32 {
        self.rows().max(self.longest_output()).max(self.bus_bytes()).next_power_of_two()
    }

    /// G: bytes that one bit of an LM write mask covers.
    pub fn granule(&self) -> u32 {
        self.cols_unit().min(self.bus_bytes()).min(self.strip())
    }

    /// Bytes of a strip of an LM bank: W where no operand straddles two words.
    pub fn strip(&self) -> u32 {
        let word = self.word();
        let fits = |strip: u32| {
            self.operands().all(|(start, end)| end <= word || end - start / strip * strip <= word)
        };
        let halves = (0..=word.ilog2()).map(|halvings| word >> halvings);
        // A strip of one byte always fits: no operand is longer than a word.
        halves.into_iter().find(|strip| fits(*strip)).unwrap_or(1)
    }

    /// Strips of an LM bank.
    pub fn strips(&self) -> u32 {
        self.word() / self.strip()
    }

    /// Whether an operand of R bytes may lie in two words.
    pub fn rows_straddle(&self) -> bool {
        !self.rows().is_power_of_two()
    }

    /// Whether a row of C outputs may lie in two words.
    pub fn cols_straddle(&self) -> bool {
        !self.cols().is_power_of_two()
    }

    /// One after the last byte that POST writes for the row of C outputs at `addr`.
    pub fn output_end(&self, addr: u64) -> u64 {
        (addr + u64::from(self.cols())).next_multiple_of(self.bus_bytes().into())
    }

    /// The most bytes that [`Config::output_end`] gives a row.
    fn longest_output(&self) -> u32 {
        let bus = self.bus_bytes();
        self.cols() + bus - bus.min(self.cols_unit())
    }

    /// Every first and last place of an operand that begins in the first word.
    fn operands(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let starts = |unit: u32| (0..self.word()).step_by(unit as usize);
        let rows = starts(self.rows_unit()).map(|start| (start, start + self.rows()));
        let output = |start: u32| (start, self.output_end(start.into()) as u32);
        rows.chain(starts(self.cols_unit()).map(output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R, C, bus bytes.
    fn shape(rows: u32, cols: u32, bus: u32) -> Config {
        let mut config = Config::preset("tiny").expect("a preset");
        (config.array.rows, config.array.cols, config.bus.data_bits) = (rows, cols, 8 * bus);
        config
    }

    /// The smallest unit of the three.
    fn atom(config: &Config) -> u32 {
        config.rows_unit().min(config.cols_unit()).min(config.bus_bytes())
    }

    #[test]
    fn powers_of_two_need_no_strips() {
        for (rows, cols, bus) in [(2, 2, 4), (8, 4, 4), (4, 16, 8), (16, 4, 64), (256, 2, 4)] {
            let config = shape(rows, cols, bus);
            assert_eq!(config.word(), rows.max(cols).max(bus));
            assert_eq!((config.strips(), config.granule()), (1, cols.min(bus)));
            assert_eq!(atom(&config), rows.min(cols).min(bus));
            assert_eq!(config.row_unit(), config.word());
            assert!(!config.rows_straddle() && !config.cols_straddle());
        }
    }

    #[test]
    fn words_strips_and_granules_of_odd_arrays() {
        let numbers = |rows, cols, bus| {
            let c = shape(rows, cols, bus);
            [c.word(), c.strip(), c.granule(), atom(&c), c.row_unit()]
        };
        assert_eq!(numbers(12, 20, 8), [32, 16, 4, 4, 8]);
        assert_eq!(numbers(20, 12, 8), [32, 16, 4, 4, 8]);
        assert_eq!(numbers(12, 8, 8), [16, 8, 8, 4, 8]);
        assert_eq!(numbers(8, 12, 8), [16, 8, 4, 4, 8]);
        assert_eq!(numbers(3, 5, 4), [8, 4, 1, 1, 4]);
        assert_eq!(numbers(6, 6, 4), [8, 4, 2, 2, 4]);
        assert_eq!(numbers(6, 6, 8), [16, 8, 2, 2, 8]); // 6 outputs and up to 6 zeros
        assert_eq!(numbers(24, 5, 4), [32, 16, 1, 1, 8]);
        assert_eq!(numbers(31, 4, 4), [32, 2, 2, 1, 4]);
    }

    /// By definition: no operand touches a strip in two words, and a wider strip would be.
    #[test]
    fn strips_are_the_widest_that_an_operand_needs_once() {
        let touches_twice = |config: &Config, strip: u32| {
            config.operands().any(|(start, end)| {
                let strips: Vec<u32> = (start / strip..end.div_ceil(strip)).collect();
                strips.len() as u32 > config.word() / strip
            })
        };
        for (rows, cols) in (2..40).flat_map(|r| (2..40).map(move |c| (r, c))) {
            for bus in [4, 8, 16] {
                let config = shape(rows, cols, bus);
                let (word, strip) = (config.word(), config.strip());
                assert!(!touches_twice(&config, strip), "{rows} x {cols} x {bus}");
                assert!(strip == word || touches_twice(&config, 2 * strip));
                assert_eq!([word % config.granule(), strip % config.granule()], [0, 0]);
                assert_eq!(atom(&config), gcd(gcd(rows, cols), bus));
            }
        }
    }

    fn gcd(a: u32, b: u32) -> u32 {
        if b == 0 {
            a
        } else {
            gcd(b, a % b)
        }
    }

    #[test]
    fn outputs_end_with_their_beat() {
        let config = shape(12, 20, 8);
        assert_eq!([0, 4, 8, 100].map(|at| config.output_end(at)), [24, 24, 32, 120]);
        assert_eq!(shape(8, 4, 4).output_end(4), 8);
    }
}
