//! MATRIX.

use seedbed_spec::command::Matrix;
use seedbed_spec::fault::Cause;

use super::storage::Beyond;
use super::{Executed, Machine, Met};

/// What the three streams of a command met, in the order of their priority.
#[derive(Default)]
struct Streams {
    weights: Beyond,
    activations: Beyond,
    sums: Beyond,
}

impl Machine {
    pub(super) fn matrix(&mut self, body: &Matrix, done: &mut Executed) -> Met {
        let mut streams = Streams::default();
        let tiles = (0..body.n_tiles).flat_map(|n| (0..body.k_tiles).map(move |k| (n, k)));
        for (n, k) in tiles {
            self.matrix_tile(body, n, k, &mut streams);
        }
        done.matrix_rows =
            u64::from(body.n_tiles) * u64::from(body.k_tiles) * u64::from(body.out_w);
        let lm = streams.weights.met(Cause::RangeLm);
        let lm = lm.or(streams.activations.met(Cause::RangeLm));
        lm.or(streams.sums.met(Cause::RangePs))
    }

    /// One weight tile times all activation rows.
    fn matrix_tile(&mut self, body: &Matrix, n: u32, k: u32, streams: &mut Streams) {
        let weights = self.weight_tile(body, n, k, &mut streams.weights);
        let fresh = k == 0 && !body.accumulate;
        let mut sums = vec![0i64; self.config.cols() as usize];
        for m in 0..body.out_w {
            let row = u64::from(body.ps_addr) + u64::from(n) * u64::from(body.out_w) + u64::from(m);
            let before = self.ps.read(row, &mut streams.sums);
            for (sum, before) in sums.iter_mut().zip(before) {
                *sum = if fresh { 0 } else { i64::from(*before) };
            }
            self.add_products(body, (k, m), &weights, &mut sums, &mut streams.activations);
            self.ps.write(row, &sums, &mut streams.sums);
        }
    }

    /// C columns of R weights.
    fn weight_tile(&self, body: &Matrix, n: u32, k: u32, beyond: &mut Beyond) -> Vec<u8> {
        let rows = self.config.rows();
        let tile = u64::from(n) * u64::from(body.k_tiles) + u64::from(k);
        let start = u64::from(body.w_addr) + tile * u64::from(self.config.weight_tile_bytes());
        let column = |c: u32| start + u64::from(c) * u64::from(rows);
        let mut weights = Vec::with_capacity(self.config.weight_tile_bytes() as usize);
        for c in 0..self.config.cols() {
            weights.extend_from_slice(&self.lm.read(column(c), rows, beyond));
        }
        weights
    }

    fn add_products(
        &self,
        body: &Matrix,
        (k, m): (u32, u32),
        weights: &[u8],
        sums: &mut [i64],
        beyond: &mut Beyond,
    ) {
        let rows = self.config.rows();
        let addr = u64::from(body.a_addr)
            + u64::from(m) * u64::from(body.a_stride_w)
            + u64::from(k) * u64::from(rows);
        let activations = self.lm.read(addr, rows, beyond);
        for (sum, column) in sums.iter_mut().zip(weights.chunks_exact(rows as usize)) {
            *sum += i64::from(dot(&activations, column));
        }
    }
}

/// Sum of products of int8 values; at most 256 of them, so 32 bits are plenty.
fn dot(a: &[u8], b: &[u8]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a as i8) * i32::from(*b as i8)).sum()
}
