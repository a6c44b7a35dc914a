//! Which memory a command reads and writes.
//!
//! The compiler orders commands of different engines by it, and checkers look for overlaps.

use std::ops::Range;

use crate::command::{Body, Matrix, Move, Post};
use crate::Config;

/// Above this number of separate ranges a set is replaced by the one range that covers it.
const MOST_RANGES: u64 = 1 << 16;

/// A set of addresses: sorted ranges that neither overlap nor touch.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// One range; the empty set if the range is empty.
    pub fn of(range: Range<u64>) -> Self {
        Self::union(vec![range])
    }

    /// The union of any ranges.
    pub fn union(mut ranges: Vec<Range<u64>>) -> Self {
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Self(merged)
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.0
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of addresses in the set.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// The smallest range that covers the set; empty for the empty set.
    pub fn covering(&self) -> Range<u64> {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }

    /// Whether two sets have an address in common.
    pub fn overlaps(&self, other: &Ranges) -> bool {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            if a.end <= b.start {
                mine.next();
            } else if b.end <= a.start {
                theirs.next();
            } else {
                return true;
            }
        }
        false
    }

    /// Whether an address is in the set.
    pub fn contains(&self, address: u64) -> bool {
        let after = self.0.partition_point(|range| range.end <= address);
        self.0.get(after).is_some_and(|range| range.start <= address)
    }
}

/// What a command touches: LM and external memory in bytes, PS in rows.
///
/// Exact for commands that stay inside the memories. A stream that leaves its memory is reported as
/// touching all of it (it wraps, and then the command faults), and one of more than 65,536 separate
/// ranges as touching everything between its ends.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Accesses {
    /// LM bytes read.
    pub lm_reads: Ranges,
    /// LM bytes written.
    pub lm_writes: Ranges,
    /// PS rows read.
    pub ps_reads: Ranges,
    /// PS rows written.
    pub ps_writes: Ranges,
    /// External bytes read.
    pub ext_reads: Ranges,
    /// External bytes written.
    pub ext_writes: Ranges,
}

impl Accesses {
    /// Whether the two commands must not change places: one writes what the other touches.
    pub fn conflicts(&self, other: &Accesses) -> bool {
        let pairs = |a: &Accesses, b: &Accesses| {
            a.lm_writes.overlaps(&b.lm_reads)
                || a.ps_writes.overlaps(&b.ps_reads)
                || a.ext_writes.overlaps(&b.ext_reads)
        };
        pairs(self, other)
            || pairs(other, self)
            || self.lm_writes.overlaps(&other.lm_writes)
            || self.ps_writes.overlaps(&other.ps_writes)
            || self.ext_writes.overlaps(&other.ext_writes)
    }
}

impl Body {
    /// What the command touches in a configuration.
    pub fn accesses(&self, config: &Config) -> Accesses {
        match self {
            Body::Load(body) => load(body, config),
            Body::Store(body) => store(body, config),
            Body::Matrix(body) => matrix(body, config),
            Body::Post(body) => post(body, config),
        }
    }
}

/// `run` addresses from `start` on, repeated over dimensions of (count, stride).
struct Walk {
    start: i128,
    run: i128,
    dims: Vec<(u64, i128)>,
}

impl Walk {
    fn new(start: u64, run: u64, dims: &[(u32, i64)]) -> Self {
        let mut walk = Walk { start: i128::from(start), run: i128::from(run), dims: Vec::new() };
        for (count, stride) in dims {
            walk.nest(u64::from(*count), i128::from(*stride));
        }
        walk
    }

    /// Adds an outer dimension; one that continues or repeats the run just makes it longer.
    fn nest(&mut self, count: u64, stride: i128) {
        if count <= 1 || stride == 0 {
            return;
        }
        if stride < 0 {
            self.start += stride * i128::from(count - 1);
        }
        let stride = stride.abs();
        if self.dims.is_empty() && stride <= self.run {
            self.run += stride * i128::from(count - 1);
        } else {
            self.dims.push((count, stride));
        }
    }

    fn end(&self) -> i128 {
        let spans = self.dims.iter().map(|(count, stride)| i128::from(count - 1) * stride);
        self.start + spans.sum::<i128>() + self.run
    }

    /// The addresses, in a memory of `size`.
    fn ranges(&self, size: u64) -> Ranges {
        if self.start < 0 || self.end() > i128::from(size) {
            return Ranges::of(0..size);
        }
        let number = self.dims.iter().try_fold(1u64, |all, (count, _)| all.checked_mul(*count));
        if number.is_none_or(|number| number > MOST_RANGES) {
            return Ranges::of(self.start as u64..self.end() as u64);
        }
        let mut starts = vec![self.start];
        for (count, stride) in &self.dims {
            let step = |i: u64| starts.iter().map(move |start| start + i128::from(i) * stride);
            starts = (0..*count).flat_map(step).collect();
        }
        Ranges::union(starts.iter().map(|s| *s as u64..(s + self.run) as u64).collect())
    }
}

fn lm_side(body: &Move, config: &Config) -> Ranges {
    let dims = [
        (body.count1, i64::from(body.lm_stride1)),
        (body.count2, i64::from(body.lm_stride2)),
        (body.count3, i64::from(body.lm_stride3)),
    ];
    let walk = Walk::new(u64::from(body.lm_addr), u64::from(body.run_bytes), &dims);
    walk.ranges(u64::from(config.memory.lm_bytes))
}

fn ext_side(body: &Move, config: &Config) -> Ranges {
    let dims = [
        (body.count1, i64::from(body.ext_stride1)),
        (body.count2, i64::from(body.ext_stride2)),
        (body.count3, i64::from(body.ext_stride3)),
    ];
    let walk = Walk::new(body.ext_addr, u64::from(body.run_bytes), &dims);
    walk.ranges(1 << config.bus.addr_bits)
}

fn load(body: &Move, config: &Config) -> Accesses {
    Accesses {
        ext_reads: ext_side(body, config),
        lm_writes: lm_side(body, config),
        ..Accesses::default()
    }
}

fn store(body: &Move, config: &Config) -> Accesses {
    Accesses {
        lm_reads: lm_side(body, config),
        ext_writes: ext_side(body, config),
        ..Accesses::default()
    }
}

fn rows(start: u32, rows: u32, n_tiles: u32, config: &Config) -> Ranges {
    let walk = Walk::new(u64::from(start), u64::from(rows) * u64::from(n_tiles), &[]);
    walk.ranges(u64::from(config.memory.ps_rows))
}

fn matrix(body: &Matrix, config: &Config) -> Accesses {
    let lm = u64::from(config.memory.lm_bytes);
    let row = u64::from(body.k_tiles) * u64::from(config.rows());
    let a_dims = [(body.out_w, i64::from(body.a_stride_w))];
    let a = Walk::new(u64::from(body.a_addr), row, &a_dims).ranges(lm);
    let tiles = u64::from(body.n_tiles) * u64::from(body.k_tiles);
    let w_bytes = tiles * u64::from(config.weight_tile_bytes());
    let w = Walk::new(u64::from(body.w_addr), w_bytes, &[]).ranges(lm);
    let ps = rows(body.ps_addr, body.out_w, body.n_tiles, config);
    Accesses {
        lm_reads: Ranges::union([a.ranges(), w.ranges()].concat()),
        ps_reads: if body.accumulate { ps.clone() } else { Ranges::default() },
        ps_writes: ps,
        ..Accesses::default()
    }
}

/// The bytes of every output row with the zeros behind it.
fn outputs(body: &Post, config: &Config) -> Ranges {
    let start = u64::from(body.out_addr);
    let last_tile = u64::from(body.n_tiles - 1) * u64::from(config.cols());
    let run = |start: u64| config.output_end(start + last_tile) - start;
    let size = u64::from(config.memory.lm_bytes);
    if body.out_stride % config.bus_bytes() == 0 {
        let dims = [(body.rows, i64::from(body.out_stride))];
        return Walk::new(start, run(start), &dims).ranges(size);
    }
    // Rows that begin at different places of a beat have different numbers of zeros behind them.
    let row = |m: u32| start + u64::from(m) * u64::from(body.out_stride);
    let ranges: Vec<_> = (0..body.rows).map(|m| row(m)..row(m) + run(row(m))).collect();
    if ranges.iter().any(|range| range.end > size) {
        return Ranges::of(0..size);
    }
    Ranges::union(ranges)
}

fn post(body: &Post, config: &Config) -> Accesses {
    let lm = u64::from(config.memory.lm_bytes);
    let params = u64::from(body.n_tiles) * u64::from(config.param_tile_bytes());
    Accesses {
        lm_reads: Walk::new(u64::from(body.param_addr), params, &[]).ranges(lm),
        lm_writes: outputs(body, config),
        ps_reads: rows(body.ps_addr, body.rows, body.n_tiles, config),
        ..Accesses::default()
    }
}
