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
//! assert_eq!(timing::array(&small), 2); // the product cut and the output register
//! assert_eq!(timing::tile(&small, 16), 16); // 16 rows hide the loading of the next 8 x 8 weights
//! assert_eq!(timing::tile(&small, 3), 8); // 3 do not
//! ```

use crate::config::{Config, Kind};

/// From the grant of a local memory read to its data: the memory's own register and one behind the
/// bank multiplexer.
pub const LM_READ: u32 = 2;

/// From the grant of a partial sum read to its data: as [`LM_READ`].
pub const PS_READ: u32 = 2;

/// The register that holds the R bytes cut out of an LM word before they go into the array.
pub const OPERAND: u32 = 1;

/// The adder of dot product and partial sum.
pub const ACCUMULATE: u32 = 1;

/// The register behind the multiplexer that deals a row's columns and their parameters to the lanes.
pub const SELECT: u32 = 1;

/// One requantisation lane: bias, left shift, multiplication (2), rounding, right shift, clamp.
pub const REQUANTISE: u32 = 7;

/// From a complete row of codes to its write: the buffer in front of local memory.
pub const POST_BUFFER: u32 = 1;

/// From taking a command to the first read request of an idle MATRIX or POST engine: the registers of
/// the sequencer.
pub const ENGINE_START: u32 = 1;

/// Commands that an engine may have started and not completed.
pub const COMMANDS_IN_FLIGHT: u32 = 4;

/// Commands that FRONT has asked for and not started from which on LOAD's requests go first.
pub const FETCH_AHEAD: u32 = 3;

/// Commands that wait in front of each sequencer of MATRIX and POST.
pub const SEQUENCER_QUEUE: u32 = 2;

/// Runs of STORE between the address side and the reads: how far AW may be ahead of the data.
pub const STORE_RUNS_AHEAD: u32 = 4;

/// Beats in STORE's buffer: a read's way to it, and a cycle until its room is known to be free again.
pub const STORE_BUFFER: u32 = LM_READ + 1;

/// From the array's operands to its sums, for every column alike.
pub fn array(config: &Config) -> u32 {
    let cuts = config.array.cuts.len() as u32;
    match config.array.kind {
        Kind::Dot => dot_array(cuts),
        Kind::Systolic => systolic_array(config.rows(), config.cols(), cuts),
    }
}

/// From a lane's operands to its dot product: the cuts and the output register.
pub fn dot_array(cuts: u32) -> u32 {
    cuts + 1
}

/// From the operands of a systolic array to its sums: the last row starts when all rows before it have
/// passed the sum on, and the last column when all columns before it have passed the activations on.
pub fn systolic_array(rows: u32, cols: u32, cuts: u32) -> u32 {
    (rows - 1) + (cols - 1) + systolic_element(cuts)
}

/// From an element's operands to its sum: the operand register, the cuts and the output register.
pub fn systolic_element(cuts: u32) -> u32 {
    1 + cuts + 1
}

/// From the grant of an activation row to the dot products of that row.
pub fn matrix_dot(config: &Config) -> u32 {
    LM_READ + OPERAND + array(config)
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

/// From a command's done to the first cycle in which a command that waits for its signal is taken.
pub const SIGNAL: u32 = 1;

/// From taking a POST command to its first read of partial sums, at the earliest: its parameters come
/// first.
pub fn post_first_row(config: &Config) -> u32 {
    ENGINE_START + param_words(config)
}

/// From the grant of a MATRIX command's last activation row to its done. It comes so early that a POST
/// taken as soon as the signal allows reads its first partial sum in the first cycle in which the last
/// one can be read, if not later; nobody else reads partial sums. At least 1: the pulse is a register.
pub fn matrix_done(config: &Config) -> u32 {
    let readable = matrix_ps_write(config) + 1;
    readable.saturating_sub(SIGNAL + post_first_row(config)).max(1)
}

/// From the read of a partial sum to the first cycle in which a read gives the sum it became. A row
/// of partial sums is visited at most once in this many cycles: there is no forwarding.
pub const PS_READ_MODIFY_WRITE: u32 = PS_READ + ACCUMULATE + 1;

/// Cycles from one weight tile's first row to the next one's, `rows` activation rows each (1 or
/// more), when nothing contends for a memory: the longest of streaming the rows, loading the next
/// tile's weights (a column per cycle), and [`PS_READ_MODIFY_WRITE`].
///
/// The last is reached only by arrays of two or three columns, and there only from k-tile to k-tile.
pub fn tile(config: &Config, rows: u32) -> u32 {
    rows.max(config.cols()).max(PS_READ_MODIFY_WRITE)
}

/// From taking a MATRIX command to its done, for an idle engine and uncontended memories: `tiles` is
/// k-tiles times n-tiles, `rows` the activation rows; both at least 1. (Two or three columns and fewer than
/// four rows: at most this, see [`tile`].)
pub fn matrix(config: &Config, rows: u32, tiles: u32) -> u32 {
    let last_row = config.cols() + (tiles - 1) * tile(config, rows) + rows - 1;
    ENGINE_START + last_row + matrix_done(config)
}

/// Cycles in which one row of C sums passes through the POST lanes.
pub fn phases(config: &Config) -> u32 {
    config.cols() / config.post.lanes
}

/// LM words of one n-tile's parameters.
pub fn param_words(config: &Config) -> u32 {
    config.param_tile_bytes() / config.word()
}

/// Cycles from one POST n-tile of a long command to the next, when nothing contends: the longer of
/// dealing the `rows` rows to the lanes and of reading the next tile's parameters and writing the rows
/// through one port.
pub fn post_tile(config: &Config, rows: u32) -> u32 {
    (rows * phases(config)).max(rows + param_words(config))
}

/// Rows of codes that POST's output buffer holds: those between their grant and their write at full
/// speed.
pub fn post_rows_held(config: &Config) -> u32 {
    (post_row(config) + POST_BUFFER + 1).div_ceil(phases(config)).next_power_of_two()
}

/// Cycles from taking a POST command to its done, for an idle engine and uncontended memories:
/// `n_tiles` tiles of `rows` rows, both at least 1. Parameters and writes share a port, so this follows
/// the engine cycle by cycle.
pub fn post(config: &Config, rows: u32, n_tiles: u32) -> u32 {
    let mut engine = PostEngine { rows_to_read: n_tiles * rows, ..PostEngine::default() };
    let mut params_to_read = n_tiles * param_words(config);
    while engine.rows_written < n_tiles * rows {
        engine.cycle(config, rows, &mut params_to_read);
    }
    ENGINE_START + engine.now
}

/// A POST command under way.
#[derive(Default)]
struct PostEngine {
    /// Cycles since the first request could be made.
    now: u32,
    params_read: u32,
    /// Of the tiles before this cycle.
    tiles_loaded: u32,
    rows_to_read: u32,
    /// When each row that is read but not written can be written.
    ready: std::collections::VecDeque<u32>,
    rows_read: u32,
    rows_written: u32,
    /// The first cycle in which the lanes can take the next row.
    lanes_free: u32,
    /// When the places of finished tiles are free for other parameters.
    place_free: std::collections::VecDeque<u32>,
    tiles_dealt: u32,
}

impl PostEngine {
    fn cycle(&mut self, config: &Config, rows: u32, params_to_read: &mut u32) {
        while self.place_free.front().is_some_and(|at| *at <= self.now) {
            self.place_free.pop_front();
            self.tiles_dealt += 1;
        }
        let has_params = self.rows_read / rows < self.tiles_loaded;
        let starved = self.rows_to_read > 0 && !has_params;
        let can_write = self.ready.front().is_some_and(|at| *at <= self.now);
        let wants_params = *params_to_read > 0 && self.tiles_loaded - self.tiles_dealt < 2;
        let held = self.ready.len() as u32;
        if wants_params && (starved || !can_write) {
            *params_to_read -= 1;
            self.params_read += 1;
        } else if can_write {
            self.ready.pop_front();
            self.rows_written += 1;
        }
        let room = held < post_rows_held(config);
        if self.rows_to_read > 0 && has_params && self.now >= self.lanes_free && room {
            self.read_row(config, rows);
        }
        self.tiles_loaded = self.params_read / param_words(config);
        self.now += 1;
    }

    fn read_row(&mut self, config: &Config, rows: u32) {
        self.rows_to_read -= 1;
        self.rows_read += 1;
        self.lanes_free = self.now + phases(config);
        self.ready.push_back(self.now + post_row(config) + POST_BUFFER);
        if self.rows_read % rows == 0 {
            let dealt = phases(config) - 1 + PS_READ - LM_READ;
            self.place_free.push_back(self.now + dealt.max(1));
        }
    }
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
        stage("MATRIX: operands to dot product", array(config)),
        stage("MATRIX: activation grant to partial sum write", matrix_ps_write(config)),
        stage("MATRIX: last activation grant to done", matrix_done(config)),
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
        assert_eq!((array(&config), matrix_ps_write(&config)), (3, 7));
        config.array.cuts.clear();
        assert_eq!((array(&config), matrix_ps_write(&config)), (1, 5));
        assert_eq!(matrix_ps_read(&config), 2);
    }

    #[test]
    fn a_systolic_array_adds_a_cycle_per_row_and_column() {
        let mut config = preset("edge-systolic"); // 16 rows, 16 columns, the product cut
        assert_eq!((array(&config), matrix_ps_write(&config)), (33, 37));
        config.array.cuts.clear();
        (config.array.rows, config.array.cols) = (4, 8);
        assert_eq!((array(&config), matrix_ps_read(&config)), (12, 13));
        // The way is longer, the pace the same.
        let mut dot = config.clone();
        dot.array.kind = Kind::Dot;
        let longer = matrix_done(&config) - matrix_done(&dot);
        assert_eq!(matrix(&config, 20, 6), matrix(&dot, 20, 6) + longer);
    }

    #[test]
    fn post_never_reads_a_sum_before_its_write() {
        for name in Config::presets() {
            for data_bits in [32, 128, 512] {
                let mut config = preset(name);
                config.bus.data_bits = data_bits;
                let read = matrix_done(&config) + SIGNAL + post_first_row(&config);
                assert!(read > matrix_ps_write(&config), "{name}, {data_bits} bits");
            }
        }
        // 12 words of parameters hide the whole way of a dot product, a part of a systolic array's.
        let mut config = preset("edge-systolic");
        assert_eq!((matrix_ps_write(&config), matrix_done(&config)), (37, 24));
        config.array.kind = Kind::Dot;
        assert_eq!((matrix_ps_write(&config), matrix_done(&config)), (6, 1));
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
        assert_eq!((param_words(&wide), post_tile(&wide, 10)), (2, 20));
    }

    #[test]
    fn parameters_of_the_next_tile_hide_behind_the_rows() {
        let small = preset("small"); // 12 words of parameters, 2 cycles per row
        assert_eq!([11, 12, 20].map(|rows| post_tile(&small, rows)), [23, 24, 40]);
        // The first tile's parameters, the rows, the way of the last row, its write, and done.
        let alone =
            |rows: u32| ENGINE_START + 12 + 2 * rows - 2 + post_row(&small) + POST_BUFFER + 1;
        assert_eq!(post(&small, 20, 1), alone(20));
        assert_eq!(post(&small, 20, 5), alone(100));
        // Two rows do not hide 12 words, nor does a port that writes in every cycle.
        assert!(post(&small, 2, 5) > alone(10) + 4 * 8);
        let mut wide = small.clone();
        wide.post.lanes = 8;
        assert!(post(&wide, 40, 5) > ENGINE_START + 12 + 200 + 2 * 12);
    }

    #[test]
    fn the_datasheet_lists_no_zero() {
        assert!(stages(&preset("tiny")).iter().all(|stage| stage.cycles > 0));
    }
}
