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
    /// Bytes per LM word; every row of activations is padded to a multiple of it.
    pub word: u64,
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
            tile: config.weight_tile_bytes().into(),
            param_tile: config.param_tile_bytes().into(),
            lm: memory.lm_bytes.into(),
            lm_bank: u64::from(memory.lm_bytes) / u64::from(memory.lm_banks),
            ps_bank_rows: u64::from(memory.ps_rows) / u64::from(memory.ps_banks),
            ps_banks: memory.ps_banks.into(),
            lanes: config.post.lanes.into(),
        }
    }

    /// The least multiple of the LM word not below `bytes`.
    pub fn round_up(&self, bytes: u64) -> u64 {
        bytes.next_multiple_of(self.word)
    }

    /// Tiles of C columns in one LM word, at least one.
    pub fn tiles_per_word(&self) -> u64 {
        self.word / self.c
    }

    /// Tiles of R activations in one LM word, at least one.
    pub fn slices_per_word(&self) -> u64 {
        self.word / self.r
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
        let out_row = geometry.round_up(n);
        Self {
            rows,
            k,
            n,
            k_tiles: k.div_ceil(geometry.r),
            n_tiles: out_row / geometry.c,
            in_row: geometry.round_up(k),
            out_row,
        }
    }

    /// Bytes of the weights of one n-tile.
    pub fn column(&self, geometry: &Geometry) -> u64 {
        self.k_tiles * geometry.tile
    }

    /// N-tiles whose weights fill whole LM words, so that the next piece can follow without a gap.
    pub fn kept_unit(&self, geometry: &Geometry) -> u64 {
        let odd = 1 << self.column(geometry).trailing_zeros();
        (geometry.word / odd.min(geometry.word)).max(1)
    }

    /// Bytes of the weights of `n_tiles` over `k_tiles`.
    pub fn weight_bytes(geometry: &Geometry, n_tiles: u64, k_tiles: u64) -> u64 {
        geometry.round_up(n_tiles * k_tiles * geometry.tile)
    }
}
