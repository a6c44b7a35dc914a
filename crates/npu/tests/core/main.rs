//! MATRIX, POST, LM and PS together, against a plain reference.

mod bench;
mod random;
mod reference;
mod rng;

use bench::{Bench, Done, MATRIX, POST};
use random::{config, lm_image, Shape, SHAPES};
use reference::Reference;
use rng::Rng;
use seedbed_spec::command::{Body, Matrix, Post};
use seedbed_spec::config::{Config, Kind};
use seedbed_spec::numerics::Rule;
use seedbed_spec::timing;

/// Runs rounds of commands in which MATRIX and POST work at the same time on different partial sums.
fn compare_random(shape: &Shape, stalls: u64, rounds: u64) {
    let config = config(shape);
    let mut rng = Rng::new(11 + stalls);
    let image = lm_image(&config, &mut rng);
    let mut bench = Bench::new(&config);
    let mut reference = Reference::new(&config, image.clone());
    bench.fill_lm(&image);
    bench.stalls = stalls;
    for round in 0..rounds {
        let bodies = random::round(&config, &mut rng);
        for body in &bodies {
            bench.push(body);
            reference.run(body);
        }
        for done in bench.run().iter().flatten() {
            assert_eq!(done.cause, 0, "{shape:?} round {round}");
        }
        assert_eq!(bench.ps(), reference.ps, "{shape:?} round {round}: {bodies:#?}");
        assert!(bench.lm() == reference.lm, "{shape:?} round {round}: LM differs: {bodies:#?}");
        assert_eq!(bench.rows, reference.rows, "{shape:?} round {round}");
        assert_eq!(bench.saturations, reference.saturations, "{shape:?} round {round}");
    }
    assert!(reference.saturations > 0, "{shape:?}: no saturation was tried");
}

#[test]
fn random_commands_give_the_reference_bytes() {
    for shape in &SHAPES {
        compare_random(shape, 0, 10);
    }
}

#[test]
fn random_commands_survive_contention() {
    for shape in &SHAPES {
        compare_random(shape, 6, 10);
    }
}

/// The shapes whose activations and weights can lie in different banks.
fn uncontended() -> impl Iterator<Item = &'static Shape> {
    SHAPES.iter().filter(|shape| shape.lm_banks > 1)
}

fn matrix_of(config: &Config, rows: u32, k_tiles: u32, n_tiles: u32) -> Matrix {
    Matrix {
        a_addr: 0,
        w_addr: config.memory.lm_bytes / 2,
        ps_addr: 0,
        out_w: rows,
        k_tiles,
        n_tiles,
        a_stride_w: config.rows(),
        accumulate: false,
    }
}

#[test]
fn a_matrix_command_takes_exactly_the_stated_cycles() {
    for shape in uncontended() {
        let config = config(shape);
        let mut bench = Bench::new(&config);
        for (rows, k, n) in [(1, 1, 1), (3, 2, 2), (config.cols(), 3, 1), (13, 2, 2)] {
            bench.push(&Body::Matrix(matrix_of(&config, rows, k, n)));
            let done = &bench.run()[MATRIX];
            let expected = timing::matrix(&config, rows, k * n);
            assert_eq!(done[0].cycle, u64::from(expected), "{shape:?} {rows} {k} {n}");
        }
    }
}

/// Few parameters are read before the first partial sum, so MATRIX's done is late: then it counts.
#[test]
fn a_post_that_waits_for_matrix_reads_its_sums() {
    let mut tight = 0;
    for (shape, bus_bits) in SHAPES.iter().flat_map(|shape| [(shape, shape.bus_bits), (shape, 512)])
    {
        let mut config = config(shape);
        config.bus.data_bits = bus_bits;
        let mut rng = Rng::new(3);
        let image = lm_image(&config, &mut rng);
        let mut bench = Bench::new(&config);
        let mut reference = Reference::new(&config, image.clone());
        bench.fill_lm(&image);
        bench.signalled = true;
        tight += u32::from(timing::matrix_done(&config) > 1);
        for (rows, k, n) in [(1, 1, 1), (1, 3, 1), (2, 2, 2), (5, 1, 3)] {
            let matrix =
                Matrix { a_addr: config.memory.lm_bytes / 4, ..matrix_of(&config, rows, k, n) };
            for body in [Body::Matrix(matrix), Body::Post(post_of(&config, rows, n))] {
                bench.push(&body);
                reference.run(&body);
            }
            bench.run();
            assert!(bench.lm() == reference.lm, "{shape:?} {bus_bits} bits, {rows} {k} {n}");
        }
    }
    assert!(tight > 10);
}

#[test]
fn consecutive_matrix_commands_follow_without_a_gap() {
    for shape in uncontended() {
        let config = config(shape);
        let mut bench = Bench::new(&config);
        for rows in [2, config.cols(), config.cols() + 5] {
            let commands = 5;
            for _ in 0..commands {
                bench.push(&Body::Matrix(matrix_of(&config, rows, 2, 1)));
            }
            let done = &bench.run()[MATRIX];
            let tile = u64::from(timing::tile(&config, rows));
            let steps: Vec<u64> = done.windows(2).map(|d| d[1].cycle - d[0].cycle).collect();
            assert_eq!(steps, vec![2 * tile; commands - 1], "{shape:?} {rows} rows");
        }
        assert_eq!(bench.conflicts, 0);
    }
}

#[test]
fn two_columns_wait_for_their_partial_sums() {
    for kind in [Kind::Dot, Kind::Systolic] {
        let mut config = config(&SHAPES[0]);
        (config.array.kind, config.array.cols, config.post.lanes) = (kind, 2, 2);
        let mut bench = Bench::new(&config);
        for (rows, k_tiles) in [(1, 5), (2, 4), (3, 3), (4, 3)] {
            bench.push(&Body::Matrix(matrix_of(&config, rows, k_tiles, 1)));
            let done = bench.run()[MATRIX][0];
            let stated = timing::matrix(&config, rows, k_tiles);
            assert_eq!(done.cycle, u64::from(stated), "{kind:?} {rows}");
        }
    }
}

fn post_of(config: &Config, rows: u32, n_tiles: u32) -> Post {
    Post {
        ps_addr: 0,
        param_addr: 0,
        out_addr: config.memory.lm_bytes / 2,
        rows,
        n_tiles,
        out_stride: config.cols() * n_tiles,
        zero_point: 3,
        lo: -128,
        hi: 127,
        rule: Rule::Up,
    }
}

#[test]
fn a_post_command_takes_exactly_the_stated_cycles() {
    for shape in &SHAPES {
        let config = config(shape);
        let mut bench = Bench::new(&config);
        for (rows, n) in [(1, 1), (5, 1), (20, 1), (1, 6), (9, 3), (16, 8)] {
            bench.push(&Body::Post(post_of(&config, rows, n)));
            let done = &bench.run()[POST];
            let expected = timing::post(&config, rows, n);
            assert_eq!(done[0].cycle, u64::from(expected), "{shape:?} {rows} {n}");
        }
    }
}

#[test]
fn consecutive_post_commands_follow_without_a_gap() {
    for shape in SHAPES.iter().filter(|shape| shape.lanes < shape.cols) {
        let config = config(shape);
        let mut bench = Bench::new(&config);
        let rows = 2 * timing::param_words(&config);
        for rule in [Rule::Up, Rule::Dbl, Rule::Sgl, Rule::Up] {
            bench.push(&Body::Post(Post { rule, ..post_of(&config, rows, 1) }));
        }
        let done = &bench.run()[POST];
        let steps: Vec<u64> = done.windows(2).map(|d| d[1].cycle - d[0].cycle).collect();
        assert_eq!(steps, [u64::from(timing::post_tile(&config, rows)); 3], "{shape:?}");
    }
}

#[test]
fn leaving_a_memory_is_reported_by_class_and_first_address() {
    for shape in SHAPES[..2].iter().chain(&SHAPES[8..]) {
        let config = config(shape);
        let mut rng = Rng::new(5);
        let image = lm_image(&config, &mut rng);
        let mut bench = Bench::new(&config);
        let mut reference = Reference::new(&config, image.clone());
        bench.fill_lm(&image);
        for (body, cause, addr) in out_of_range(&config) {
            bench.push(&body);
            reference.run(&body);
            let done = bench.run();
            let Done { cause: got, addr: at, .. } = *done.iter().flatten().next().expect("a done");
            let at = if got == 0 { 0 } else { at };
            assert_eq!((got, at), (cause, u64::from(addr)), "{shape:?} {body:#?}");
            assert_eq!(bench.ps(), reference.ps, "{shape:?} {body:#?}");
            assert!(bench.lm() == reference.lm, "{shape:?} {body:#?}");
        }
    }
}

/// Commands that leave a memory, with cause and address of the report.
fn out_of_range(config: &Config) -> Vec<(Body, u32, u32)> {
    let (lm, rows, cols) = (config.memory.lm_bytes, config.rows(), config.cols());
    let (ps, word, unit) = (config.memory.ps_rows, config.word(), config.rows_unit());
    let matrix = |change: &dyn Fn(&mut Matrix), cause, addr| {
        let mut body = matrix_of(config, 5, 2, 2);
        change(&mut body);
        (Body::Matrix(body), cause, addr)
    };
    let post = |change: &dyn Fn(&mut Post), cause, addr| {
        let mut body = post_of(config, 5, 2);
        change(&mut body);
        (Body::Post(body), cause, addr)
    };
    let tile = rows * cols;
    vec![
        matrix(&|_| {}, 0, 0),
        matrix(&|b| b.w_addr = lm - 3 * tile, 2, lm),
        matrix(&|b| b.w_addr = lm + 7 * rows, 2, lm + 7 * rows),
        matrix(&|b| b.a_addr = lm - 5 * rows, 2, lm),
        matrix(&|b| b.a_addr = lm - unit, 2, lm),
        matrix(&|b| b.a_stride_w = lm / 2, 2, lm),
        matrix(&|b| b.a_stride_w = (1 << 24) - unit, 2, (1 << 24) - unit),
        matrix(&|b| b.ps_addr = ps - 7, 3, ps),
        matrix(&|b| b.ps_addr = 0xfffe, 3, 0xfffe),
        // The class counts, not the order in time: PS first, then activations, then weights.
        matrix(&|b| (b.ps_addr, b.a_addr) = (ps, lm - 5 * rows), 2, lm),
        matrix(&|b| (b.a_addr, b.w_addr) = (lm + rows, lm - tile), 2, lm),
        matrix(&|_| {}, 0, 0),
        post(&|_| {}, 0, 0),
        post(&|b| b.param_addr = lm - config.param_tile_bytes() - word, 2, lm),
        post(&|b| b.param_addr = lm + word, 2, lm + word),
        post(&|b| b.ps_addr = ps - 6, 3, ps),
        post(&|b| b.out_addr = lm - cols, 2, lm - cols + 2 * cols),
        post(&|b| (b.out_addr, b.out_stride) = (lm - config.cols_unit(), cols), 2, lm),
        post(&|b| (b.out_addr, b.ps_addr) = (lm - cols, ps + 1), 3, ps + 1),
        post(&|b| (b.out_addr, b.param_addr) = (lm - cols, lm), 2, lm),
        post(&|_| {}, 0, 0),
    ]
}

#[test]
fn commands_around_a_faulty_one_are_not_blamed() {
    let config = config(&SHAPES[1]);
    let mut bench = Bench::new(&config);
    let good = matrix_of(&config, 2, 1, 1);
    let bad = Matrix { ps_addr: 0xfff0, ..good.clone() };
    for body in [&good, &good, &bad, &good, &bad, &bad, &good] {
        bench.push(&Body::Matrix(body.clone()));
    }
    let causes: Vec<u32> = bench.run()[MATRIX].iter().map(|d| d.cause).collect();
    assert_eq!(causes, [0, 0, 3, 0, 3, 3, 0]);
    let good = post_of(&config, 2, 1);
    let bad = Post { out_addr: config.memory.lm_bytes, ..good.clone() };
    for body in [&good, &good, &bad, &good, &bad, &bad, &good] {
        bench.push(&Body::Post(body.clone()));
    }
    let causes: Vec<u32> = bench.run()[POST].iter().map(|d| d.cause).collect();
    assert_eq!(causes, [0, 0, 2, 0, 2, 2, 0]);
}
