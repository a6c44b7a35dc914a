//! Networks made up for benches: full-range random int8 values from a seed.

use anyhow::Result;
use seedbed_model::{Activation, FullyConnected, Graph, Quantization};

/// SplitMix64: the same values on every machine.
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `n` codes over all of int8.
    pub fn codes(&mut self, n: usize) -> Vec<i8> {
        (0..n).map(|_| (self.next() >> 32) as i8).collect()
    }
}

/// A matrix product of `k` inputs and `n` outputs a row as a network of one layer, with parameters of
/// its own for each output; outputs spread over the int8 range.
pub fn gemm(k: usize, n: usize, random: &mut Random) -> Result<Graph> {
    chain(&[k, n], random)
}

/// Fully connected layers of the given widths.
pub fn chain(widths: &[usize], random: &mut Random) -> Result<Graph> {
    let code = Quantization { scale: 1.0 / 64.0, zero_point: -3 };
    let mut builder = Graph::chain("generated", widths[0], code);
    for pair in widths.windows(2) {
        builder = builder.fully_connected(layer(pair[0], pair[1], random), code);
    }
    Ok(builder.finish()?)
}

fn layer(inputs: usize, outputs: usize, random: &mut Random) -> FullyConnected {
    // The sum of K products of two uniform codes has a spread of about 5476 sqrt(K): scale it to 40.
    let mean = 40.0 / (5476.0 * (inputs as f64).sqrt());
    let scale = |r: u64| (mean * (0.5 + (r >> 40) as f64 / (1u64 << 24) as f64)) as f32;
    FullyConnected {
        inputs,
        outputs,
        weights: random.codes(inputs * outputs),
        weight_scales: (0..outputs).map(|_| scale(random.next())).collect(),
        bias: (0..outputs).map(|_| (random.next() >> 32) as i32 >> 16).collect(),
        activation: Activation::None,
    }
}
