//! The MAC arrays against the contract they share, whatever their kind.

mod golden;
mod reference;
#[path = "../core/rng.rs"]
mod rng;
mod stimulus;

use reference::sums;
use rng::Rng;
use seedbed_hdl::{elaborate, Bits, Settings};
use seedbed_npu::matrix::MacArray;
use seedbed_sim::{PortHandle, Simulator};
use seedbed_spec::config::{Config, Cut, Kind};
use seedbed_spec::timing;
use stimulus::{legal, Cycle, Pace};

/// An array of `tiny` with this kind, size and cuts.
pub fn config(kind: Kind, rows: u32, cols: u32, cuts: &[Cut]) -> Config {
    let mut config = Config::preset("tiny").expect("a preset");
    (config.array.kind, config.array.rows, config.array.cols) = (kind, rows, cols);
    config.array.cuts = cuts.to_vec();
    config
}

/// Both kinds at several sizes: square, wide, high, the smallest, no powers of two, with and without the
/// cuts.
fn configs() -> Vec<Config> {
    use Kind::{Dot, Systolic};
    let both = [Cut::Product, Cut::Tree];
    vec![
        config(Dot, 4, 4, &[]),
        config(Dot, 8, 2, &both),
        config(Dot, 12, 5, &both),
        config(Systolic, 4, 4, &[]),
        config(Systolic, 4, 4, &[Cut::Product]),
        config(Systolic, 8, 2, &[]),
        config(Systolic, 2, 16, &[Cut::Product]),
        config(Systolic, 2, 2, &[]),
        config(Systolic, 3, 7, &[]),
        config(Systolic, 12, 5, &[Cut::Product]),
        config(Systolic, 32, 8, &[Cut::Product]),
    ]
}

/// An array under simulation.
struct Bench {
    rows: usize,
    cols: usize,
    latency: usize,
    sim: Simulator,
    inputs: [PortHandle; 5],
    dots: Vec<PortHandle>,
}

/// Packs int8 values, the first one lowest.
fn pack(values: &[i8]) -> Bits {
    let limb = |bytes: &[i8]| bytes.iter().rev().fold(0, |l, &b| l << 8 | u64::from(b as u8));
    Bits::from_limbs(8 * values.len() as u32, &values.chunks(8).map(limb).collect::<Vec<_>>())
}

impl Bench {
    fn new(config: &Config) -> Self {
        let design = elaborate(&MacArray::new(config), &Settings::default()).expect("an array");
        let sim = Simulator::new(&design);
        let (rows, cols) = (config.rows() as usize, config.cols() as usize);
        let inputs = ["load", "load_plane", "w", "plane", "a"];
        let inputs = inputs.map(|name| sim.input(name).expect("an input"));
        let dot = |c| sim.output(&format!("dot_{c}")).expect("an output");
        let dots = (0..cols).map(dot).collect();
        Bench { rows, cols, latency: timing::array(config) as usize, sim, inputs, dots }
    }

    fn drive(&mut self, cycle: &Cycle) {
        let [load, load_plane, w, plane, a] = self.inputs;
        let hot = cycle.load.map_or(Bits::zero(self.cols as u32), |c| {
            let mut limbs = vec![0; self.cols.div_ceil(64)];
            limbs[c / 64] = 1 << (c % 64);
            Bits::from_limbs(self.cols as u32, &limbs)
        });
        self.sim.set_bits(load, &hot);
        self.sim.set(load_plane, cycle.load_plane as u64);
        self.sim.set_bits(w, &pack(&cycle.w));
        self.sim.set(plane, cycle.plane as u64);
        self.sim.set_bits(a, &pack(&cycle.a));
    }

    /// The sums that stand at the outputs.
    fn dots(&mut self) -> Vec<i64> {
        let bits = 16 + self.rows.ilog2();
        let signed = |value: u64| (value << (64 - bits)) as i64 >> (64 - bits);
        let dots = self.dots.clone();
        dots.into_iter().map(|dot| signed(self.sim.get(dot))).collect()
    }

    /// The cycles of rows whose sums are wrong.
    fn wrong(&mut self, cycles: &[Cycle]) -> Vec<usize> {
        let mut expected = sums(self.rows, self.cols, cycles).into_iter().peekable();
        let mut wrong = Vec::new();
        let last = cycles.last().expect("a cycle").clone();
        for now in 0..cycles.len() + self.latency {
            let got = self.dots();
            if let Some((at, want)) = expected.next_if(|(at, _)| at + self.latency == now) {
                if got != want {
                    wrong.push(at);
                }
            }
            // Behind the stimulus nothing is loaded.
            let idle = || Cycle { load: None, ..last.clone() };
            self.drive(&cycles.get(now).cloned().unwrap_or_else(idle));
            self.sim.tick();
        }
        assert_eq!(expected.next(), None, "every row was looked at");
        wrong
    }
}

/// Random tiles at several paces: back to back, and with pauses between loads and between rows.
#[test]
fn random_tiles_give_the_reference_sums() {
    for config in configs() {
        let mut bench = Bench::new(&config);
        let mut rng = Rng::new(3);
        for (most_rows, pauses) in [(1, 0), (2, 0), (3, 5), (20, 0), (20, 8)] {
            let pace = Pace { tiles: 12, most_rows, pauses };
            let cycles = legal(bench.rows, bench.cols, pace, &mut rng);
            let wrong = bench.wrong(&cycles);
            assert!(wrong.is_empty(), "{:?}, {most_rows} rows: {wrong:?}", config.array);
        }
    }
}

/// A tile on 65,536 elements.
#[test]
fn a_large_array_computes_a_tile() {
    let mut bench = Bench::new(&config(Kind::Systolic, 256, 256, &[Cut::Product]));
    let pace = Pace { tiles: 1, most_rows: 40, pauses: 1 };
    let cycles = legal(bench.rows, bench.cols, pace, &mut Rng::new(5));
    assert_eq!(bench.wrong(&cycles), [0usize; 0]);
}

/// All activations and all weights of both planes are `values`, by row modulo their number.
fn constant(rows: usize, cols: usize, a: &[i8], w: &[i8]) -> Vec<Cycle> {
    let row = |values: &[i8]| (0..rows).map(|r| values[r % values.len()]).collect::<Vec<_>>();
    let cycle = |i: usize| Cycle {
        load: (i < 2 * cols).then_some(i % cols),
        load_plane: i / cols % 2,
        w: row(w),
        row: i >= 2 * cols,
        plane: i % 2,
        a: row(a),
    };
    (0..2 * cols + 4).map(cycle).collect()
}

#[test]
fn extremes_are_exact_in_every_position() {
    for config in configs() {
        let mut bench = Bench::new(&config);
        for (a, w) in [
            (&[-128][..], &[-128][..]),
            (&[-128], &[127]),
            (&[127], &[-128]),
            (&[127], &[127]),
            (&[-128, 127], &[-128, -128]),
            (&[0], &[-128]),
        ] {
            let cycles = constant(bench.rows, bench.cols, a, w);
            assert_eq!(bench.wrong(&cycles), [0usize; 0], "{:?} {a:?} {w:?}", config.array);
        }
        for r in 0..bench.rows {
            let mut only = vec![0; bench.rows];
            only[r] = -128;
            let cycles = constant(bench.rows, bench.cols, &only, &[-128]);
            assert_eq!(bench.wrong(&cycles), [0usize; 0], "{:?} row {r}", config.array);
            let cycles = constant(bench.rows, bench.cols, &[-128], &only);
            assert_eq!(bench.wrong(&cycles), [0usize; 0], "{:?} weight {r}", config.array);
        }
    }
}

/// Loads plane 0, streams one row in cycle `cols`, then loads column `column` once more, `after`
/// cycles behind that row, and streams another row `again` cycles behind that load.
fn one_reload(bench: &Bench, column: usize, after: usize, again: usize) -> Vec<Cycle> {
    let row = bench.cols;
    let reload = row + after;
    let cycle = |now: usize| Cycle {
        load: if now == reload { Some(column) } else { (now < row).then_some(now) },
        load_plane: 0,
        w: vec![if now == reload { -128 } else { 77 }; bench.rows],
        row: now == row || now == reload + again,
        plane: 0,
        a: vec![-128; bench.rows],
    };
    (0..=reload + again).map(cycle).collect()
}

/// The two edges of the contract, column by column: a row sees a load of the cycle before it, and not
/// one of its own cycle plus the column's index.
#[test]
fn a_load_acts_between_the_rows_around_it() {
    for config in configs() {
        let mut bench = Bench::new(&config);
        for column in 0..bench.cols {
            let cycles = one_reload(&bench, column, column, 1);
            assert_eq!(bench.wrong(&cycles), [0usize; 0], "{:?} column {column}", config.array);
        }
    }
}

/// The edges are sharp in a systolic array: one cycle earlier, and the row before sees the load.
#[test]
fn a_load_that_is_too_early_is_seen() {
    for config in configs().iter().filter(|c| c.array.kind == Kind::Systolic) {
        let mut bench = Bench::new(config);
        for column in 1..bench.cols {
            let cycles = one_reload(&bench, column, column - 1, 1);
            assert_eq!(bench.wrong(&cycles), [bench.cols], "{:?} column {column}", config.array);
        }
    }
}

/// The row just behind the last column's load sees all of it, and the plane's first column may be
/// loaded in the cycle of its last row, again and again without a free cycle.
#[test]
fn planes_change_back_to_back() {
    for config in configs() {
        let mut bench = Bench::new(&config);
        let (rows, cols) = (bench.rows, bench.cols);
        let mut rng = Rng::new(9);
        let tiles = 9;
        // Tile t is loaded in cycles t*C to t*C + C - 1 and streamed in the C cycles after them.
        let cycle = |now: usize| {
            let bytes = |rng: &mut Rng| (0..rows).map(|_| rng.byte() as i8).collect::<Vec<_>>();
            Cycle {
                load: (now < tiles * cols).then_some(now % cols),
                load_plane: now / cols % 2,
                w: bytes(&mut rng),
                row: now >= cols,
                plane: (now / cols + 1) % 2,
                a: bytes(&mut rng),
            }
        };
        let cycles: Vec<Cycle> = (0..(tiles + 1) * cols).map(cycle).collect();
        assert_eq!(bench.wrong(&cycles), [0usize; 0], "{:?}", config.array);
    }
}
