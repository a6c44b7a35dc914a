//! The numbers of a configuration that tiling depends on, in one unit: `u64` bytes, rows, tiles.

use seedbed_spec::config::Config;

/// Sizes of the target.
#[derive(Clone, Debug)]
pub(crate) struct Geometry {
    /// Activations into the array per cycle (R).
    pub r: u64,
    /// Partial sums out of the array per cycle (C).
    pub c: u64,
    /// Bytes per bus beat.
    pub bus: u64,
    /// Bytes per LM word; parameters begin at a multiple of it.
    pub word: u64,
    /// Everything else begins at a multiple of this many bytes.
    pub unit: u64,
    /// The largest powers of two that divide R and C.
    pub r_unit: u64,
    pub c_unit: u64,
    /// Bytes of one weight tile (C * R).
    pub tile: u64,
    /// Bytes of the parameters of one n-tile.
    pub param_tile: u64,
    /// Bytes of LM.
    pub lm: u64,
    /// Bytes of one LM bank.
    pub lm_bank: u64,
    /// Rows of one PS bank.
    pub ps_bank_rows: u64,
    /// Banks of PS.
    pub ps_banks: u64,
    /// Accumulators requantised per cycle.
    pub lanes: u64,
}

impl Geometry {
    /// The sizes of `config`.
    pub fn new(config: &Config) -> Self {
        let memory = &config.memory;
        Self {
            r: config.rows().into(),
            c: config.cols().into(),
            bus: config.bus_bytes().into(),
            word: config.word().into(),
            unit: config.row_unit().into(),
            r_unit: config.rows_unit().into(),
            c_unit: config.cols_unit().into(),
            tile: config.weight_tile_bytes().into(),
            param_tile: config.param_tile_bytes().into(),
            lm: memory.lm_bytes.into(),
            lm_bank: u64::from(memory.lm_bytes) / u64::from(memory.lm_banks),
            ps_bank_rows: u64::from(memory.ps_rows) / u64::from(memory.ps_banks),
            ps_banks: memory.ps_banks.into(),
            lanes: config.post.lanes.into(),
        }
    }

    /// The least multiple of the unit not below `bytes`.
    pub fn round_up(&self, bytes: u64) -> u64 {
        bytes.next_multiple_of(self.unit)
    }

    /// The least number of n-tiles whose outputs fill whole units.
    pub fn tiles_per_unit(&self) -> u64 {
        self.unit / self.c_unit
    }

    /// The least number of k-tiles whose activations fill whole units.
    pub fn slices_per_unit(&self) -> u64 {
        self.unit / self.r_unit
    }

    /// N-tiles that write a row of `channels` activations. With the zeros behind the last n-tile the row is
    /// a multiple of the unit and holds whole k-tiles for the layer that reads it.
    fn row_tiles(&self, channels: u64) -> u64 {
        let read = channels.next_multiple_of(self.r);
        let whole = |tiles: &u64| {
            let bytes = self.filled(*tiles);
            bytes >= read && bytes % self.unit == 0
        };
        let most = read.div_ceil(self.c).next_multiple_of(self.tiles_per_unit());
        (channels.div_ceil(self.c)..most).find(whole).unwrap_or(most)
    }

    /// Bytes that POST writes for `tiles` n-tiles of a row that begins with a beat.
    fn filled(&self, tiles: u64) -> u64 {
        (tiles * self.c).next_multiple_of(self.bus)
    }

    /// Bytes from one row of `channels` activations to the next.
    pub fn row(&self, channels: u64) -> u64 {
        self.filled(self.row_tiles(channels))
    }
}

/// The matrix product of one layer: `rows x k` activations times `k x n` weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Gemm {
    pub rows: u64,
    pub k: u64,
    pub n: u64,
    /// Tiles of R along k.
    pub k_tiles: u64,
    /// Tiles of C along n, enough to write whole output rows.
    pub n_tiles: u64,
    /// Bytes from one input row to the next.
    pub in_row: u64,
    /// Bytes from one output row to the next.
    pub out_row: u64,
}

impl Gemm {
    /// The product of a layer with `k` inputs and `n` outputs on `rows` rows.
    pub fn new(geometry: &Geometry, rows: u64, k: u64, n: u64) -> Self {
        Self {
            rows,
            k,
            n,
            k_tiles: k.div_ceil(geometry.r),
            n_tiles: geometry.row_tiles(n),
            in_row: geometry.row(k),
            out_row: geometry.row(n),
        }
    }

    /// Bytes of the weights of one n-tile.
    pub fn column(&self, geometry: &Geometry) -> u64 {
        self.k_tiles * geometry.tile
    }

    /// N-tiles whose weights fill whole units, so that the next piece can follow without a gap.
    pub fn kept_unit(&self, geometry: &Geometry) -> u64 {
        let odd = 1 << self.column(geometry).trailing_zeros();
        geometry.unit / odd.min(geometry.unit)
    }

    /// Bytes of the weights of `n_tiles` over `k_tiles`.
    pub fn weight_bytes(geometry: &Geometry, n_tiles: u64, k_tiles: u64) -> u64 {
        geometry.round_up(n_tiles * k_tiles * geometry.tile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(rows: u32, cols: u32, bus: u32) -> Geometry {
        let mut config = Config::preset("tiny").expect("a preset");
        (config.array.rows, config.array.cols, config.bus.data_bits) = (rows, cols, 8 * bus);
        Geometry::new(&config)
    }

    /// Rows of `channels`: their n-tiles and bytes.
    fn row(geometry: &Geometry, channels: u64) -> (u64, u64) {
        (geometry.row_tiles(channels), geometry.row(channels))
    }

    #[test]
    fn powers_of_two_pad_rows_to_words() {
        for (rows, cols, bus) in [(4, 4, 4), (8, 4, 4), (4, 16, 8), (16, 8, 8)] {
            let g = geometry(rows, cols, bus);
            for n in 1..70u64 {
                let bytes = n.next_multiple_of(g.word);
                assert_eq!(row(&g, n), (bytes / g.c, bytes), "{n} on {rows} x {cols} x {bus}");
            }
        }
    }

    #[test]
    fn odd_rows_are_dense() {
        let g = geometry(12, 20, 8);
        assert_eq!(
            [1, 20, 21, 40, 64, 128].map(|n| row(&g, n)),
            [
                (1, 24),
                (1, 24), // two k-tiles of 12: the zeros are 4 of the bytes read
                (2, 40),
                (3, 64),
                (4, 80),
                (7, 144),
            ]
        );
        assert_eq!((g.tiles_per_unit(), g.slices_per_unit()), (2, 2));
    }

    #[test]
    fn rows_hold_what_is_written_and_read() {
        let sizes = [2, 3, 5, 6, 8, 12, 20, 24, 31];
        for (rows, cols) in sizes.iter().flat_map(|r| sizes.map(|c| (*r, c))) {
            for bus in [4, 8, 16] {
                let g = geometry(rows, cols, bus);
                for n in 1..80 {
                    let (tiles, bytes) = row(&g, n);
                    assert!(tiles * g.c <= bytes && n.next_multiple_of(g.r) <= bytes);
                    assert_eq!([bytes % g.bus, bytes % g.r_unit, bytes % g.c_unit], [0; 3]);
                    // POST writes every byte that STORE moves.
                    assert!(bytes - tiles * g.c < g.bus);
                }
            }
        }
    }
}
