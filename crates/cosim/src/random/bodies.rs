//! Random bodies of commands.

use super::{image, MemoryMap};
use crate::rng::Rng;
use seedbed_spec::access::Ranges;
use seedbed_spec::command::{Body, Matrix, Move, Post};
use seedbed_spec::numerics::Rule;
use seedbed_spec::Config;
use std::ops::Range;

/// Beats that one LOAD or STORE moves at most.
const MOST_BEATS: u64 = 96;
/// Cycles that one MATRIX or POST takes at most, about.
const MOST_WORK: u64 = 1600;

/// A block of rows in PS: first row, rows M, n-tiles.
type Sums = (u32, u32, u32);

/// Makes bodies one after the other, each with an eye on what the last ones left behind.
pub(super) struct Bodies<'a> {
    config: &'a Config,
    memory: &'a MemoryMap,
    /// Where LM holds parameters: address and tiles.
    params: Vec<(u32, u32)>,
    /// What the last MATRIX computed.
    sums: Option<Sums>,
    /// Where the last POST wrote.
    outputs: Option<u32>,
    /// What all of them wrote: no place for parameters, which are read ahead.
    results: Ranges,
}

impl<'a> Bodies<'a> {
    pub fn new(config: &'a Config, memory: &'a MemoryMap) -> Self {
        let results = Ranges::default();
        Self { config, memory, params: Vec::new(), sums: None, outputs: None, results }
    }

    /// The next body. Everything it touches is inside the memories.
    pub fn next(&mut self, rng: &mut Rng) -> Body {
        let body = match rng.below(20) {
            0..=2 => self.load_params(rng),
            3..=6 => {
                let sources = self.sources(rng);
                Body::Load(self.any_move(rng, &sources))
            }
            7..=10 => self.store(rng),
            11..=15 => Body::Matrix(self.matrix(rng)),
            _ => self.post(rng),
        };
        self.forget(&body);
        match &body {
            Body::Matrix(m) => self.sums = Some((m.ps_addr, m.out_w, m.n_tiles)),
            Body::Post(p) => self.note_outputs(p.out_addr, &body),
            Body::Load(_) | Body::Store(_) => {}
        }
        body
    }

    fn note_outputs(&mut self, addr: u32, body: &Body) {
        let writes = body.accesses(self.config).lm_writes;
        self.outputs = Some(addr);
        self.results = Ranges::union([self.results.ranges(), writes.ranges()].concat());
    }

    /// Parameters that are overwritten are no parameters any more.
    fn forget(&mut self, body: &Body) {
        let writes = body.accesses(self.config).lm_writes;
        let tile = self.config.param_tile_bytes();
        let loaded = matches!(body, Body::Load(load) if self.is_params(load));
        let last = self.params.len().saturating_sub(usize::from(loaded));
        let kept = |(i, (addr, tiles)): (usize, &(u32, u32))| {
            let range = u64::from(*addr)..u64::from(addr + tiles * tile);
            i >= last || !writes.overlaps(&Ranges::of(range))
        };
        let params = std::mem::take(&mut self.params);
        self.params =
            params.iter().enumerate().filter(|p| kept((p.0, p.1))).map(|(_, p)| *p).collect();
    }

    fn is_params(&self, load: &Move) -> bool {
        self.params.last().is_some_and(|(addr, _)| *addr == load.lm_addr)
            && self.memory.params.contains(&load.ext_addr)
            && load.runs() == 1
    }

    /// Where a LOAD reads: data or, seldom, also parameters as such.
    fn sources(&self, rng: &mut Rng) -> Range<u64> {
        match rng.percent(85) {
            true => self.memory.data.clone(),
            false => self.memory.data.start..self.memory.params.end,
        }
    }

    fn load_params(&mut self, rng: &mut Rng) -> Body {
        let tile = self.config.param_tile_bytes();
        let most = (self.config.memory.lm_bytes / 2 / tile).clamp(1, 4);
        let tiles = rng.range(1, most.into()) as u32;
        let first = rng.below(image::PARAM_TILES - u64::from(tiles) + 1) * u64::from(tile);
        let word = self.config.word();
        let lm_addr = aligned(rng, self.config.memory.lm_bytes - tiles * tile, word);
        self.params.push((lm_addr, tiles));
        Body::Load(Move::contiguous(self.memory.params.start + first, lm_addr, tiles * tile))
    }

    /// Half of the STOREs bring home what the last POST wrote.
    fn store(&mut self, rng: &mut Rng) -> Body {
        let mut store = self.any_move(rng, &self.memory.data);
        if let (Some(outputs), true) = (self.outputs, rng.percent(50)) {
            let end = lm_end(&store);
            let addr = outputs / self.config.bus_bytes() * self.config.bus_bytes();
            if u64::from(addr) + end <= u64::from(self.config.memory.lm_bytes) {
                store.lm_addr = addr;
            }
        }
        Body::Store(store)
    }

    /// A ragged block of up to four dimensions between LM and a range of external addresses.
    fn any_move(&self, rng: &mut Rng, external: &Range<u64>) -> Move {
        let bus = u64::from(self.config.bus_bytes());
        let lm = u64::from(self.config.memory.lm_bytes);
        loop {
            let shape = self.shape(rng);
            let (below, above) = ext_span(&shape);
            let (room, needed) = (external.end - external.start, below + above);
            let back = lm_back(&shape);
            let lm_needed =
                if back > 0 { back + u64::from(shape.run_bytes) } else { lm_end(&shape) };
            if needed > room || lm_needed > lm {
                continue;
            }
            let ext_addr =
                (external.start + below + rng.below(room - needed + 1)).next_multiple_of(bus);
            if ext_addr + above > external.end {
                continue;
            }
            let lm_addr = back as u32 + aligned(rng, (lm - lm_needed) as u32, bus as u32);
            return Move { ext_addr, lm_addr, ..shape };
        }
    }

    /// Counts and strides.
    fn shape(&self, rng: &mut Rng) -> Move {
        let bus = self.config.bus_bytes();
        let dims = rng.below(4);
        let count = |rng: &mut Rng, dim: u64| if dim < dims { rng.range(1, 6) } else { 1 };
        let counts = [0, 1, 2].map(|dim| count(rng, dim) as u32);
        let runs: u64 = counts.iter().map(|c| u64::from(*c)).product();
        let beats = rng.range(1, (MOST_BEATS / runs).max(1)) as u32;
        let run_bytes = beats * bus;
        let mut size = run_bytes;
        let mut lm = [0; 3];
        let mut ext = [0; 3];
        for dim in 0..3 {
            lm[dim] = lm_stride(rng, size, bus);
            ext[dim] = ext_stride(rng, size, bus);
            size = size.saturating_mul(counts[dim]).max(lm[dim].saturating_mul(counts[dim]));
        }
        if rng.percent(3) && counts[0] > 1 {
            // Backwards: the address wraps at 24 bits.
            lm = [(1 << 24) - lm[0].clamp(bus, 1 << 12), 0, 0];
        }
        Move {
            count1: counts[0],
            count2: counts[1],
            count3: counts[2],
            ext_stride1: ext[0],
            ext_stride2: ext[1],
            ext_stride3: ext[2],
            lm_stride1: lm[0],
            lm_stride2: lm[1],
            lm_stride3: lm[2],
            ..Move::contiguous(0, 0, run_bytes)
        }
    }

    fn matrix(&self, rng: &mut Rng) -> Matrix {
        let (rows, cols, unit) = (self.config.rows(), self.config.cols(), self.config.rows_unit());
        let lm = self.config.memory.lm_bytes;
        loop {
            let (out_w, n_tiles) = self.block(rng);
            let k_tiles = rng.pick(&[1, 1, 2, 2, 3, 4, 5]);
            let dense = k_tiles * rows;
            let a_stride_w = match rng.below(8) {
                0 => 0,
                1 => rows,
                2 | 3 => dense + unit * rng.below(4) as u32,
                4 => unit * rng.below(32) as u32,
                _ => dense,
            };
            let a_bytes = (out_w - 1) * a_stride_w + dense;
            let w_bytes = n_tiles * k_tiles * self.config.weight_tile_bytes();
            let work = u64::from(n_tiles * k_tiles * out_w.max(cols));
            if a_bytes > lm || w_bytes > lm || work > MOST_WORK {
                continue;
            }
            return Matrix {
                a_addr: aligned(rng, lm - a_bytes, unit),
                w_addr: aligned(rng, lm - w_bytes, unit),
                ps_addr: self.row(rng, out_w * n_tiles),
                out_w,
                k_tiles,
                n_tiles,
                a_stride_w,
                accumulate: rng.percent(35),
            };
        }
    }

    /// Rows M and n-tiles that fit PS; one row in four cases.
    fn block(&self, rng: &mut Rng) -> (u32, u32) {
        let most = u64::from(self.config.memory.ps_rows);
        let rows = match rng.below(8) {
            0 | 1 => 1,
            2..=4 => rng.range(2, 8.min(most)),
            _ => rng.range(4.min(most), 64.min(most)),
        };
        (rows as u32, rng.range(1, 4.min(most / rows)) as u32)
    }

    /// First of `rows` rows of PS.
    fn row(&self, rng: &mut Rng, rows: u32) -> u32 {
        rng.below(u64::from(self.config.memory.ps_rows - rows) + 1) as u32
    }

    /// A POST; a LOAD when there is no place for parameters any more.
    fn post(&mut self, rng: &mut Rng) -> Body {
        for _ in 0..50 {
            let post = self.any_post(rng);
            let body = Body::Post(post);
            let accesses = body.accesses(self.config);
            let reads = &accesses.lm_reads;
            if !reads.overlaps(&accesses.lm_writes) && !reads.overlaps(&self.results) {
                return body;
            }
        }
        self.load_params(rng)
    }

    fn any_post(&self, rng: &mut Rng) -> Post {
        let (cols, unit) = (self.config.cols(), self.config.cols_unit());
        let lm = self.config.memory.lm_bytes;
        let (ps_addr, rows, n_tiles) = loop {
            let (mut rows, mut n_tiles) = self.block(rng);
            let mut ps_addr = self.row(rng, rows * n_tiles);
            if let (Some(sums), true) = (self.sums, rng.percent(75)) {
                (ps_addr, rows, n_tiles) = sums;
            }
            let params = n_tiles * self.config.param_tile_bytes();
            let outputs = rows * n_tiles * cols;
            let work = outputs / self.config.post.lanes;
            if params + outputs <= lm && u64::from(work) <= MOST_WORK {
                break (ps_addr, rows, n_tiles);
            }
            if rng.percent(20) {
                break (self.row(rng, 1), 1, 1);
            }
        };
        let dense = n_tiles * cols;
        let most = (lm - dense) / (rows.max(2) - 1) / unit * unit;
        let out_stride = match rng.below(8) {
            0 => 0,
            1 => cols,
            2 => dense + unit,
            3 => unit * rng.below(16) as u32,
            _ => dense,
        };
        let out_stride = out_stride.min(most);
        let out_bytes = (rows - 1) * out_stride + dense;
        let (lo, hi) = limits(rng);
        Post {
            ps_addr,
            param_addr: self.param_addr(rng, n_tiles),
            out_addr: aligned(rng, lm - out_bytes, unit),
            rows,
            n_tiles,
            out_stride,
            rule: rng.pick(&Rule::ALL),
            zero_point: rng.next_u64() as i8,
            lo,
            hi,
        }
    }

    /// Where parameters for `tiles` tiles are; now and then any bytes serve as such.
    fn param_addr(&self, rng: &mut Rng, tiles: u32) -> u32 {
        let tile = self.config.param_tile_bytes();
        let fitting: Vec<_> = self.params.iter().filter(|(_, held)| *held >= tiles).collect();
        if fitting.is_empty() || rng.percent(10) {
            return aligned(rng, self.config.memory.lm_bytes - tiles * tile, self.config.word());
        }
        let (addr, held) = *rng.pick(&fitting);
        addr + rng.below(u64::from(held - tiles) + 1) as u32 * tile
    }
}

/// A multiple of `unit` from 0 to `most`.
fn aligned(rng: &mut Rng, most: u32, unit: u32) -> u32 {
    rng.below(u64::from(most / unit) + 1) as u32 * unit
}

/// Bytes between blocks of `size` in LM: dense, with a gap, overlapping, or none at all.
fn lm_stride(rng: &mut Rng, size: u32, bus: u32) -> u32 {
    match rng.below(10) {
        0 => 0,
        1 => aligned(rng, size, bus),
        2..=4 => size + bus * rng.range(1, 8) as u32,
        _ => size,
    }
}

/// The same in external memory, where addresses may also descend and lie far apart.
fn ext_stride(rng: &mut Rng, size: u32, bus: u32) -> i32 {
    let stride = match rng.below(10) {
        0 => 0,
        1 => aligned(rng, size, bus),
        2..=4 => size + bus * rng.range(1, 40) as u32,
        5 => size.next_multiple_of(1024),
        _ => size,
    };
    if rng.percent(25) {
        -(stride as i32)
    } else {
        stride as i32
    }
}

/// Bytes below and above the first external address.
fn ext_span(shape: &Move) -> (u64, u64) {
    let dims = [
        (shape.count1, shape.ext_stride1),
        (shape.count2, shape.ext_stride2),
        (shape.count3, shape.ext_stride3),
    ];
    let reach = |(count, stride): &(u32, i32)| i64::from(count - 1) * i64::from(*stride);
    let below: i64 = dims.iter().map(reach).filter(|r| *r < 0).sum();
    let above: i64 = dims.iter().map(reach).filter(|r| *r > 0).sum();
    (below.unsigned_abs(), above as u64 + u64::from(shape.run_bytes))
}

/// Bytes from the first LM address to the end, as long as it does not wrap.
fn lm_end(shape: &Move) -> u64 {
    let dims = [
        (shape.count1, shape.lm_stride1),
        (shape.count2, shape.lm_stride2),
        (shape.count3, shape.lm_stride3),
    ];
    let reach = dims.iter().map(|(count, stride)| u64::from(count - 1) * u64::from(*stride));
    reach.sum::<u64>() + u64::from(shape.run_bytes)
}

/// Bytes below the first LM address when dimension 1 runs backwards.
fn lm_back(shape: &Move) -> u64 {
    match shape.lm_stride1 {
        stride if stride >= 1 << 23 => u64::from(shape.count1 - 1) * u64::from((1 << 24) - stride),
        _ => 0,
    }
}

/// The least and the greatest output: mostly all codes, seldom in the wrong order.
fn limits(rng: &mut Rng) -> (i8, i8) {
    let (a, b) = (rng.next_u64() as i8, rng.next_u64() as i8);
    match rng.below(10) {
        0 => (a, b),
        1..=3 => (a.min(b), a.max(b)),
        _ => (-128, 127),
    }
}
