//! What commands touch, against a walk of every address.

use std::collections::BTreeSet;

use seedbed_spec::access::{Accesses, Ranges};
use seedbed_spec::command::{Body, Matrix, Move, Post};
use seedbed_spec::numerics::Rule;
use seedbed_spec::Config;

fn set(ranges: &Ranges) -> BTreeSet<u64> {
    ranges.ranges().iter().cloned().flatten().collect()
}

fn tiny() -> Config {
    Config::preset("tiny").unwrap()
}

fn three_dims() -> Move {
    let mut body = Move::contiguous(0x1000, 0x100, 8).strided(3, -64, 16);
    (body.count2, body.ext_stride2, body.lm_stride2) = (2, 4096, 8);
    (body.count3, body.ext_stride3, body.lm_stride3) = (2, 0x100, 0x200);
    body
}

fn post() -> Post {
    Post {
        ps_addr: 5,
        param_addr: 0x40,
        out_addr: 0x200,
        rows: 3,
        n_tiles: 2,
        out_stride: 12,
        rule: Rule::Sgl,
        zero_point: 0,
        lo: -128,
        hi: 127,
    }
}

fn matrix() -> Matrix {
    Matrix {
        a_addr: 0x10,
        w_addr: 0x400,
        ps_addr: 7,
        out_w: 3,
        k_tiles: 2,
        n_tiles: 2,
        a_stride_w: 32,
        accumulate: true,
    }
}

#[test]
fn moves_touch_exactly_what_they_move() {
    let body = three_dims();
    let (mut ext, mut lm) = (BTreeSet::new(), BTreeSet::new());
    for (i3, i2, i1, byte) in (0..2).flat_map(|a| {
        (0..2).flat_map(move |b| (0..3).flat_map(move |c| (0..8).map(move |d| (a, b, c, d))))
    }) {
        ext.insert((0x1000 + i3 * 0x100 + i2 * 4096 - i1 * 64 + byte) as u64);
        lm.insert((0x100 + i3 * 0x200 + i2 * 8 + i1 * 16 + byte) as u64);
    }
    let load = Body::Load(body.clone()).accesses(&tiny());
    assert_eq!((set(&load.ext_reads), set(&load.lm_writes)), (ext, lm));
    assert!(load.ext_writes.is_empty() && load.lm_reads.is_empty());
    let store = Body::Store(body).accesses(&tiny());
    assert_eq!((&store.ext_writes, &store.lm_reads), (&load.ext_reads, &load.lm_writes));
}

#[test]
fn matrix_touches_exactly_its_operands() {
    let mut reads: BTreeSet<u64> = (0x400..0x400 + 2 * 2 * 16).collect();
    for m in 0..3 {
        reads.extend(0x10 + m * 32..0x10 + m * 32 + 8);
    }
    let accesses = Body::Matrix(matrix()).accesses(&tiny());
    assert_eq!(set(&accesses.lm_reads), reads);
    assert_eq!(set(&accesses.ps_writes), (7..13).collect());
    assert_eq!(accesses.ps_reads, accesses.ps_writes);
    let fresh = Matrix { accumulate: false, ..matrix() };
    assert!(Body::Matrix(fresh).accesses(&tiny()).ps_reads.is_empty());
}

#[test]
fn post_touches_exactly_its_operands() {
    let accesses = Body::Post(post()).accesses(&tiny());
    assert_eq!(set(&accesses.lm_reads), (0x40..0x40 + 96).collect());
    assert_eq!(set(&accesses.ps_reads), (5..11).collect());
    let outputs: BTreeSet<u64> = (0..3).flat_map(|m| 0x200 + 12 * m..0x200 + 12 * m + 8).collect();
    assert_eq!(set(&accesses.lm_writes), outputs);
}

/// On 12 x 20 with beats of 8 bytes POST writes 20 codes and zeros to the end of the beat.
#[test]
fn post_touches_the_zeros_behind_its_rows() {
    let odd = Config::preset("odd").unwrap();
    for (out_addr, out_stride, rows) in [(0x200, 64, 3), (0x204, 64, 3), (0x204, 44, 5), (8, 4, 3)]
    {
        let body = Post { out_addr, out_stride, rows, ..post() };
        let codes = (0..2).flat_map(|n| (0..rows).map(move |m| out_addr + m * out_stride + 20 * n));
        let bytes = codes.flat_map(|at| at..(at + 20).next_multiple_of(8)).map(u64::from);
        let accesses = Body::Post(body).accesses(&odd);
        assert_eq!(set(&accesses.lm_writes), bytes.collect(), "{out_addr} + m * {out_stride}");
    }
    let beyond = Body::Post(Post { out_addr: 65500, out_stride: 4, ..post() }).accesses(&odd);
    assert_eq!(beyond.lm_writes.covering(), 0..65536);
}

/// A stream beyond its memory wraps: everything may be touched.
#[test]
fn streams_beyond_a_memory_touch_all_of_it() {
    let config = tiny();
    let all = |ranges: &Ranges| ranges.covering();
    let beyond = Body::Load(Move::contiguous(0, 8188, 8)).accesses(&config);
    assert_eq!(all(&beyond.lm_writes), 0..8192);
    let inside = Body::Load(Move::contiguous(0, 8184, 8)).accesses(&config);
    assert_eq!(all(&inside.lm_writes), 8184..8192);
    let below = Body::Load(Move::contiguous(0, 0, 8).strided(2, -8, 8)).accesses(&config);
    assert_eq!(all(&below.ext_reads), 0..1 << 32);
    let rows = Matrix { ps_addr: 123, ..matrix() };
    assert_eq!(all(&Body::Matrix(rows).accesses(&config).ps_writes), 0..128);
}

/// The largest counts are answered at once, by a covering range.
#[test]
fn huge_commands_are_covered() {
    let mut config = tiny();
    config.memory.lm_bytes = 1 << 23;
    let mut body = Move::contiguous(0, 0, 4).strided(4096, 8, 8);
    (body.count2, body.ext_stride2, body.lm_stride2) = (4096, 65536, 12);
    let accesses = Body::Load(body).accesses(&config);
    assert_eq!(accesses.ext_reads.covering(), 0..4095 * 65536 + 4095 * 8 + 4);
    assert_eq!(accesses.ext_reads.ranges().len(), 1);
}

#[test]
fn overlap_and_union() {
    let a = Ranges::union(vec![8..10, 0..4, 4..6, 9..12, 20..20]);
    assert_eq!(a.ranges(), [0..6, 8..12]);
    assert_eq!((a.total(), a.covering()), (10, 0..12));
    assert!(a.contains(5) && !a.contains(6) && !a.contains(7) && a.contains(8) && !a.contains(12));
    let overlaps = |range| a.overlaps(&Ranges::of(range));
    assert!(!overlaps(6..8) && !overlaps(12..99) && !overlaps(3..3));
    assert!(overlaps(5..6) && overlaps(7..9) && overlaps(0..99));
    // Interleaved columns of a matrix do not overlap, though their covering ranges do.
    let columns = |c: u64| Ranges::union((0..9).map(|m| m * 16 + c..m * 16 + c + 4).collect());
    assert!(!columns(0).overlaps(&columns(4)) && columns(0).overlaps(&columns(3)));
    assert_eq!(Ranges::default().covering(), 0..0);
}

#[test]
fn conflicts_are_writes_that_meet() {
    let config = tiny();
    let of = |body: Body| body.accesses(&config);
    let load = of(Body::Load(Move::contiguous(0x1000, 0x10, 8)));
    let store = of(Body::Store(Move::contiguous(0x2000, 0x200, 8)));
    let (matrix, post) = (of(Body::Matrix(matrix())), of(Body::Post(post())));
    let pairs = |a: &Accesses, b: &Accesses| (a.conflicts(b), b.conflicts(a));
    assert_eq!(pairs(&load, &matrix), (true, true)); // activations
    assert_eq!(pairs(&matrix, &post), (true, true)); // rows 7..11
    assert_eq!(pairs(&post, &store), (true, true)); // outputs
    assert_eq!(pairs(&load, &store), (false, false));
    assert_eq!(pairs(&load, &post), (false, false));
    assert_eq!(pairs(&store, &store), (true, true)); // external writes
    assert_eq!(pairs(&matrix, &store), (false, false));
}
