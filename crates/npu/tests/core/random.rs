//! Random configurations' shapes, memory images and legal commands.

use super::rng::Rng;
use seedbed_spec::command::{Body, Matrix, Post};
use seedbed_spec::config::{Config, Cut, Kind};
use seedbed_spec::numerics::Rule;

/// What differs between the cores tried.
#[derive(Debug)]
pub struct Shape {
    pub kind: Kind,
    pub rows: u32,
    pub cols: u32,
    pub bus_bits: u32,
    pub lanes: u32,
    pub lm_banks: u32,
    pub cuts: &'static [Cut],
}

const fn dot(
    rows: u32,
    cols: u32,
    bus_bits: u32,
    lanes: u32,
    lm_banks: u32,
    cuts: &'static [Cut],
) -> Shape {
    Shape { kind: Kind::Dot, rows, cols, bus_bits, lanes, lm_banks, cuts }
}

const fn systolic(shape: Shape) -> Shape {
    Shape { kind: Kind::Systolic, ..shape }
}

use Cut::{Product, Tree};

/// Of each kind: square, and both ways unequal; a bus below, at and above the array; 1 to 4 POST phases;
/// narrow enough to wait for its partial sums. The narrow ones have all of its local memory in one bank.
/// Behind them arrays that are no powers of two: rows, columns or both straddle words, in strips of 2 to 16
/// bytes.
pub const SHAPES: [Shape; 20] = [
    dot(4, 4, 32, 4, 2, &[]),
    dot(8, 8, 64, 4, 4, &[Product]),
    dot(8, 4, 32, 1, 2, &[Product, Tree]),
    dot(4, 4, 32, 2, 4, &[Tree]),
    dot(8, 8, 64, 8, 2, &[Product, Tree]),
    dot(4, 8, 128, 2, 2, &[Product]),
    dot(2, 16, 32, 4, 2, &[]),
    dot(4, 2, 32, 1, 1, &[Product, Tree]),
    systolic(dot(4, 4, 32, 4, 2, &[])),
    systolic(dot(8, 4, 32, 2, 4, &[Product])),
    systolic(dot(2, 16, 64, 4, 2, &[])),
    systolic(dot(4, 2, 32, 2, 1, &[Product])),
    dot(12, 20, 64, 10, 4, &[Product]),
    dot(3, 5, 32, 5, 2, &[Product]),
    dot(6, 6, 64, 2, 2, &[Product, Tree]),
    dot(12, 8, 64, 4, 1, &[]),
    dot(8, 12, 32, 6, 4, &[Tree]),
    dot(15, 6, 32, 3, 2, &[Product]),
    systolic(dot(12, 20, 64, 10, 4, &[Product])),
    systolic(dot(5, 6, 32, 2, 2, &[])),
];

pub fn config(shape: &Shape) -> Config {
    let mut config = Config::preset("tiny").expect("a preset");
    config.array.kind = shape.kind;
    config.array.rows = shape.rows;
    config.array.cols = shape.cols;
    config.array.cuts = shape.cuts.to_vec();
    config.post.lanes = shape.lanes;
    config.bus.data_bits = shape.bus_bits;
    config.memory.lm_banks = shape.lm_banks;
    // Small, so that random sums reach the end of their range.
    config.numerics.k_max = 40;
    config.check().expect("a legal configuration");
    config
}

/// The first eighth: parameter tiles. The rest: random int8 values.
pub fn lm_image(config: &Config, rng: &mut Rng) -> Vec<u8> {
    let size = config.memory.lm_bytes as usize;
    let mut image: Vec<u8> = (0..size).map(|_| rng.byte()).collect();
    let tile = config.param_tile_bytes() as usize;
    let cols = config.cols() as usize;
    for start in (0..size / 8).step_by(tile) {
        for c in 0..3 * cols {
            let value = param(c / cols, rng);
            image[start + 4 * c..start + 4 * c + 4].copy_from_slice(&value.to_le_bytes());
        }
    }
    image
}

/// A bias, multiplier or shift; mostly one that leaves codes within int8, sometimes an extreme.
fn param(kind: usize, rng: &mut Rng) -> u32 {
    let usual = rng.below(4) != 0;
    match (kind, usual) {
        (0, true) => rng.below(1 << 20) as u32,
        (0, false) => [i32::MIN, i32::MAX, -1, -4000][rng.below(4) as usize] as u32,
        (1, true) => (1 << 30) + rng.below(1 << 30) as u32,
        (1, false) => [0, 1, u32::MAX >> 1, 0x8000_0000][rng.below(4) as usize],
        (_, true) => rng.range(8, 14) as u32,
        (_, false) => rng.next() as u32,
    }
}

/// A few commands for each engine. They read the lower half of LM, POST writes the upper half, and
/// each engine has another quarter of the partial sums, perhaps of the same bank; so the order
/// between engines is free.
pub fn round(config: &Config, rng: &mut Rng) -> Vec<Body> {
    let quarter = rng.below(4);
    let other = (quarter + rng.range(1, 3)) % 4;
    let count = rng.range(1, 4);
    let mut bodies: Vec<Body> = (0..count).map(|_| matrix(config, rng, quarter)).collect();
    let count = rng.range(1, 3);
    bodies.extend((0..count).map(|_| post(config, rng, other)));
    bodies
}

/// Rows that fit a quarter of the partial sums `n_tiles` times.
fn rows(config: &Config, rng: &mut Rng, n_tiles: u64) -> u64 {
    let most = u64::from(config.memory.ps_rows) / 4 / n_tiles;
    rng.range(1, most.min(20))
}

fn ps_addr(config: &Config, rng: &mut Rng, quarter: u64, used: u64) -> u32 {
    let size = u64::from(config.memory.ps_rows) / 4;
    (quarter * size + rng.range(0, size - used)) as u32
}

fn matrix(config: &Config, rng: &mut Rng, quarter: u64) -> Body {
    let (r, c) = (u64::from(config.rows()), u64::from(config.cols()));
    let unit = u64::from(config.rows_unit());
    let readable = u64::from(config.memory.lm_bytes) / 2;
    let n_tiles = rng.range(1, 3);
    let out_w = rows(config, rng, n_tiles);
    let k_tiles = rng.range(1, 3);
    let stride = rng.range(0, 9) * unit;
    let a_used = (out_w - 1) * stride + k_tiles * r;
    let w_used = n_tiles * k_tiles * c * r;
    Body::Matrix(Matrix {
        a_addr: (rng.range(0, (readable - a_used) / unit) * unit) as u32,
        w_addr: (rng.range(0, (readable - w_used) / unit) * unit) as u32,
        ps_addr: ps_addr(config, rng, quarter, n_tiles * out_w),
        out_w: out_w as u32,
        k_tiles: k_tiles as u32,
        n_tiles: n_tiles as u32,
        a_stride_w: stride as u32,
        accumulate: rng.below(2) == 0,
    })
}

fn post(config: &Config, rng: &mut Rng, quarter: u64) -> Body {
    let (c, unit) = (u64::from(config.cols()), u64::from(config.cols_unit()));
    let n_tiles = rng.range(1, 3);
    let rows = rows(config, rng, n_tiles);
    let stride = n_tiles * c + rng.range(0, 2) * unit;
    let size = u64::from(config.memory.lm_bytes);
    let used = (rows - 1) * stride + n_tiles * c;
    let tile = u64::from(config.param_tile_bytes());
    let tiles = size / 8 / tile;
    let rule = Rule::ALL[rng.below(3) as usize];
    let [lo, hi] = if rng.below(8) == 0 { [20, -20] } else { [-128, 127] };
    Body::Post(Post {
        ps_addr: ps_addr(config, rng, quarter, n_tiles * rows),
        param_addr: (rng.range(0, tiles - n_tiles) * tile) as u32,
        out_addr: (size / 2 + rng.range(0, (size / 2 - used) / unit) * unit) as u32,
        rows: rows as u32,
        n_tiles: n_tiles as u32,
        out_stride: stride as u32,
        zero_point: rng.byte() as i8,
        lo,
        hi,
        rule,
    })
}
