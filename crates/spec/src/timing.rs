//! How many clock cycles things take, as functions of the configuration.
//!
//! The generator builds its pipelines stage by stage, counts the registers it really placed and
//! refuses to elaborate when a count differs from the number here; models predict cycles with the
//! same numbers. So a latency is stated once, and a change of the pipeline that forgets this file
//! does not build.
//!
//! "Grant" is the cycle in which a memory takes a request, "done" the cycle of the done pulse.
//!
//! ```
//! use seedbed_spec::{config::Config, timing};
//! let small = Config::preset("small").unwrap();
//! assert_eq!(timing::lane(&small), 2); // the product cut and the output register
//! assert_eq!(timing::tile(&small, 16), 16); // 16 rows hide the loading of the next 8 x 8 weights
//! assert_eq!(timing::tile(&small, 3), 8); // 3 do not
//! ```

use crate::config::Config;

/// From the grant of a local memory read to its data: the memory's own register and one behind the
/// bank multiplexer.
pub const LM_READ: u32 = 2;

/// From the grant of a partial sum read to its data: as [`LM_READ`].
pub const PS_READ: u32 = 2;

/// The register that holds the R bytes cut out of an LM word before they fan out to the lanes.
pub const OPERAND: u32 = 1;

/// The adder of dot product and partial sum.
pub const ACCUMULATE: u32 = 1;

/// The register behind the multiplexer that deals a row's columns and their parameters to the lanes.
pub const SELECT: u32 = 1;

/// One requantisation lane: bias, left shift, multiplication (2), rounding, right shift, clamp.
pub const REQUANTISE: u32 = 7;

/// From a complete row of codes to its write: the buffer in front of local memory.
pub const POST_BUFFER: u32 = 2;

/// From taking a command to the first read request of an idle MATRIX or POST engine: the queue and
/// the registers of the sequencer.
pub const ENGINE_START: u32 = 2;

/// From a lane's operands to its dot product: the cuts and the output register.
pub fn lane(config: &Config) -> u32 {
    lane_with(config.array.cuts.len() as u32)
}

/// [`lane`] by the number of cuts.
pub fn lane_with(cuts: u32) -> u32 {
    cuts + 1
}

/// From the grant of an activation row to the dot products of that row.
pub fn matrix_dot(config: &Config) -> u32 {
    LM_READ + OPERAND + lane(config)
}

/// From the grant of an activation row to the read of its partial sums, placed so that they meet the
/// dot products.
pub fn matrix_ps_read(config: &Config) -> u32 {
    matrix_dot(config) - PS_READ
}

/// From the grant of an activation row to the write of its partial sums.
pub fn matrix_ps_write(config: &Config) -> u32 {
    matrix_dot(config) + ACCUMULATE
}

/// From the read of a partial sum to the first cycle in which a read gives the sum it became. A row
/// of partial sums is visited at most once in this many cycles: there is no forwarding.
pub const PS_READ_MODIFY_WRITE: u32 = PS_READ + ACCUMULATE + 1;

/// Cycles from one weight tile's first row to the next one's, `rows` activation rows each (1 or
/// more), when nothing contends for a memory: the longest of streaming the rows, loading the next
/// tile's weights (a column per cycle), and [`PS_READ_MODIFY_WRITE`].
///
/// The last is reached only by arrays of two columns, and there only from k-tile to k-tile.
pub fn tile(config: &Config, rows: u32) -> u32 {
    rows.max(config.cols()).max(PS_READ_MODIFY_WRITE)
}

/// From taking a MATRIX command to its done, for an idle engine and uncontended memories: `tiles` is
/// k-tiles times n-tiles, `rows` the activation rows; both at least 1. (Two columns and fewer than
/// four rows: at most this, see [`tile`].)
pub fn matrix(config: &Config, rows: u32, tiles: u32) -> u32 {
    let last_row = config.cols() + (tiles - 1) * tile(config, rows) + rows - 1;
    ENGINE_START + last_row + matrix_ps_write(config) + 1
}

/// Cycles in which one row of C sums passes through the POST lanes.
pub fn phases(config: &Config) -> u32 {
    config.cols() / config.post.lanes
}

/// LM words of one n-tile's parameters.
pub fn param_words(config: &Config) -> u32 {
    config.param_tile_bytes() / config.word()
}

/// Cycles from one POST n-tile's first parameter read to the next one's, when nothing contends:
/// reading the parameters, then the `rows` rows.
pub fn post_tile(config: &Config, rows: u32) -> u32 {
    param_words(config) + rows * phases(config)
}

/// Cycles from taking a POST command to its done, for an idle engine and uncontended memories:
/// `n_tiles` tiles of `rows` rows, both at least 1.
pub fn post(config: &Config, rows: u32, n_tiles: u32) -> u32 {
    let last_row = n_tiles * post_tile(config, rows) - phases(config);
    ENGINE_START + last_row + post_row(config) + POST_BUFFER + 1
}

/// From the grant of a partial sum row to the cycle in which its C bytes are complete.
pub fn post_row(config: &Config) -> u32 {
    PS_READ + SELECT + REQUANTISE + phases(config) - 1
}

/// One line of a datasheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What takes the time.
    pub name: &'static str,
    /// Clock cycles.
    pub cycles: u32,
}

/// Every latency of a configuration, for datasheets.
pub fn stages(config: &Config) -> Vec<Stage> {
    let stage = |name, cycles| Stage { name, cycles };
    vec![
        stage("local memory: grant to read data", LM_READ),
        stage("partial sums: grant to read data", PS_READ),
        stage("partial sums: read, add, write until readable", PS_READ_MODIFY_WRITE),
        stage("MATRIX, POST: command to first request", ENGINE_START),
        stage("MATRIX: operands to dot product", lane(config)),
        stage("MATRIX: activation grant to partial sum write", matrix_ps_write(config)),
        stage("POST: parameter words per n-tile", param_words(config)),
        stage("POST: cycles per row", phases(config)),
        stage("POST: accumulator to code", REQUANTISE),
        stage("POST: partial sum grant to complete row", post_row(config)),
        stage("POST: complete row to its write", POST_BUFFER),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(name: &str) -> Config {
        Config::preset(name).expect("a preset")
    }

    #[test]
    fn each_cut_costs_one_cycle() {
        let mut config = preset("ragged");
        assert_eq!((lane(&config), matrix_ps_write(&config)), (3, 7));
        config.array.cuts.clear();
        assert_eq!((lane(&config), matrix_ps_write(&config)), (1, 5));
        assert_eq!(matrix_ps_read(&config), 2);
    }

    #[test]
    fn a_tile_takes_the_longest_of_its_three_parts() {
        let mut config = preset("tiny");
        assert_eq!([1, 4, 5].map(|rows| tile(&config, rows)), [4, 4, 5]);
        config.array.cols = 2;
        assert_eq!([1, 4, 5].map(|rows| tile(&config, rows)), [4, 4, 5]);
    }

    #[test]
    fn post_reads_whole_words_of_parameters() {
        let small = preset("small"); // 12 * 8 bytes in words of 8
        assert_eq!((param_words(&small), phases(&small)), (12, 2));
        let mut wide = small.clone(); // 12 * 8 bytes in words of 64
        wide.bus.data_bits = 512;
        assert_eq!((param_words(&wide), post_tile(&wide, 10)), (2, 22));
    }

    #[test]
    fn the_datasheet_lists_no_zero() {
        assert!(stages(&preset("tiny")).iter().all(|stage| stage.cycles > 0));
    }
}
