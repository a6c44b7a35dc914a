//! Contents of external memory.
//!
//! Every block has contents of its own, from the seed and its address: taking commands out of a case
//! leaves all other data as they were.

use super::Case;
use crate::rng::Rng;
use seedbed_spec::Config;

/// Tiles of parameters in external memory.
pub(super) const PARAM_TILES: u64 = 24;

/// Bytes of a block with contents of one kind.
const BLOCK: usize = 64;

/// External memory: random bytes, parameters, and noise everywhere else but in the ring.
pub(super) fn image(case: &Case) -> Vec<u8> {
    let mut bytes = vec![0; case.memory.bytes as usize];
    for (block, chunk) in bytes.chunks_mut(BLOCK).enumerate() {
        fill(chunk, &mut Rng::new(case.seed ^ (block as u64) << 20));
    }
    let config = &case.config;
    let tile_bytes = config.param_tile_bytes() as usize;
    let params = &mut bytes[case.memory.params.start as usize..case.memory.params.end as usize];
    for (tile, chunk) in params.chunks_mut(tile_bytes).enumerate() {
        put_params(chunk, config, &mut Rng::new(!case.seed ^ (tile as u64) << 20));
    }
    for (addr, known) in &case.contents {
        let inside = bytes.iter_mut().skip(*addr as usize);
        inside.zip(known).for_each(|(byte, known)| *byte = *known);
    }
    bytes
}

/// Codes over all of int8; one block in four consists of its extremes.
fn fill(chunk: &mut [u8], rng: &mut Rng) {
    let kind = rng.below(16);
    for byte in chunk {
        *byte = match kind {
            0 => 0x80,
            1 => 0x7f,
            2 => rng.pick(&[0x80, 0x7f]),
            3 => rng.pick(&[0x80, 0x81, 0xff, 0, 1, 0x7f]),
            _ => rng.next_u64() as u8,
        };
    }
}

/// Biases, multipliers and shifts of one n-tile.
fn put_params(chunk: &mut [u8], config: &Config, rng: &mut Rng) {
    let cols = config.cols() as usize;
    for (i, word) in chunk.chunks_exact_mut(4).take(3 * cols).enumerate() {
        let value = match i / cols {
            0 => bias(rng),
            1 => multiplier(rng),
            _ => shift(rng),
        };
        word.copy_from_slice(&value.to_le_bytes());
    }
}

/// Mostly small; now and then so large that the sum with the accumulator saturates.
fn bias(rng: &mut Rng) -> u32 {
    match rng.below(12) {
        0 => i32::MAX as u32 - rng.below(2000) as u32,
        1 => i32::MIN as u32 + rng.below(2000) as u32,
        2 => rng.next_u64() as u32,
        3 => 0,
        _ => (rng.range(0, 8191) as u32).wrapping_sub(4096),
    }
}

/// Mostly normalised, as compilers make them. Bit 31 is ignored.
fn multiplier(rng: &mut Rng) -> u32 {
    let ignored = (rng.below(2) as u32) << 31;
    let value = match rng.below(12) {
        0 => 0,
        1 => 1,
        2 => 1 << 30,
        3 => 0x7fff_ffff,
        4 => rng.next_u64() as u32 & 0x7fff_ffff,
        _ => 1 << 30 | rng.next_u64() as u32 & 0x3fff_ffff,
    };
    ignored | value
}

/// Mostly what brings a sum of products to 8 bits, else any of -31 to 31. The high bits are ignored.
fn shift(rng: &mut Rng) -> u32 {
    let ignored = (rng.next_u64() as u32) << 6;
    let value = if rng.percent(70) { rng.range(3, 10) } else { rng.below(63) + 33 };
    ignored | value as u32 & 0x3f
}
