//! MATRIX reports a command done before its last partial sums are written, and POST is started on them.
//! Looks into the core: POST reads no row that MATRIX is still to write, and the first one it reads as
//! soon as that is right.

mod support {
    pub mod edits;
}

use seedbed_cosim::duel::{Duel, Mismatch};
use seedbed_cosim::dut::Dut;
use seedbed_cosim::random::{generate, random_config, Case, Item, Job, Options};
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::Rtl;
use seedbed_ir::Module;
use seedbed_spec::command::{Body, Matrix, Move, Post};
use seedbed_spec::config::Kind;
use seedbed_spec::numerics::Rule;
use seedbed_spec::{timing, Config};
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use support::edits::{earlier, planted, Bug};

/// What was seen of partial sums.
#[derive(Clone, Debug, Default)]
struct Sums {
    /// Rows that MATRIX has taken and not written.
    coming: VecDeque<u64>,
    /// When rows were written.
    written: HashMap<u64, u64>,
    /// Reads of rows.
    reads: u64,
    /// Reads of rows that MATRIX was still to write, or just wrote.
    early: u64,
    /// Cycles from a write to a read of the row, at least.
    closest: Option<u64>,
}

/// A simulated core and what is seen of its partial sums.
struct Watch {
    dut: SimulatedDut,
    sums: Arc<Mutex<Sums>>,
    now: u64,
}

impl Watch {
    fn signal(&mut self, path: &str) -> u64 {
        self.dut.peek(path).unwrap_or_else(|| panic!("a signal {path}")).to_u64()
    }

    fn on(&mut self, path: &str) -> bool {
        self.signal(path) == 1
    }

    fn look(&mut self) {
        let sums = self.sums.clone();
        let mut sums = sums.lock().expect("no panic");
        self.now += 1;
        if self.on("u_matrix.rows_event") && !self.on("u_matrix.u_streamer.ps_keep") {
            sums.coming.push_back(self.signal("u_matrix.u_streamer.ps_row"));
        }
        if self.on("u_ps.post_grant") {
            let row = self.signal("u_ps.post_addr");
            sums.reads += 1;
            sums.early += u64::from(sums.coming.contains(&row));
            let since = sums.written.get(&row).map(|written| self.now - written);
            sums.closest = sums.closest.into_iter().chain(since).min();
        }
        if self.on("u_ps.matrix_write_enable") {
            let row = self.signal("u_ps.matrix_write_addr");
            assert_eq!(sums.coming.pop_front(), Some(row), "rows are written in order");
            sums.written.insert(row, self.now);
        }
    }
}

impl Dut for Watch {
    fn settle(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        self.dut.settle(inputs, outputs);
    }

    fn tick(&mut self) {
        if self.on("rst_n") {
            self.look();
        }
        self.dut.tick();
    }
}

/// Runs a case on a core, perhaps with a bug in it.
fn watch(rtl: &Rtl, case: &Case, bug: Option<Bug>) -> (Result<(), Mismatch>, Sums) {
    let sums = Arc::<Mutex<Sums>>::default();
    let maker = |rtl: &Rtl, _: Option<&Path>| {
        let plain = || SimulatedDut::new(&rtl.design, &rtl.layout);
        let dut = bug.map_or_else(plain, |bug| planted(bug, rtl));
        Ok(Box::new(Watch { dut, sums: sums.clone(), now: 0 }) as Box<dyn Dut>)
    };
    let mut duel = Duel::new(rtl, &maker, None).expect("a bench");
    let result = duel.run(case, &case.golden().expect("a legal case")).map(drop);
    let seen = sums.lock().expect("no panic").clone();
    (result, seen)
}

/// Cores in which MATRIX's done is a cycle or more later than it could be, with a long and a short way
/// to the sums, few and many parameters, and local memory in one bank, where weights wait for rows.
fn cores() -> Vec<Config> {
    let mut configs = Vec::new();
    for (name, kind, bus, banks) in [
        ("edge-systolic", Kind::Systolic, 128, None),
        ("edge-systolic", Kind::Systolic, 512, Some(1)),
        ("odd", Kind::Systolic, 64, None),
        ("odd", Kind::Dot, 512, None),
        ("small", Kind::Systolic, 32, Some(1)),
        ("tiny", Kind::Dot, 512, None),
    ] {
        let mut config = Config::preset(name).expect("a preset");
        (config.array.kind, config.bus.data_bits) = (kind, bus);
        config.memory.lm_banks = banks.unwrap_or(config.memory.lm_banks);
        config.check().expect("a legal configuration");
        assert!(timing::matrix_done(&config) > 1, "{name}, {kind:?}, {bus} bits");
        configs.push(config);
    }
    configs
}

/// Sums of one row and of few, read as soon as MATRIX signals: of one n-tile and two in one bank, summed
/// up on top of what POST has just read, with loads into the bank of the operands. The last ones are read
/// by the first command of another job, which waits for nothing.
fn pressing(config: &Config) -> Case {
    let mut case = generate(config, &Options { programs: 0, commands: 64, ..Options::default() });
    let lm = config.memory.lm_bytes;
    let (param_addr, outputs) = (lm / 4, lm / 2);
    let params =
        Move::contiguous(case.memory.params.start, param_addr, 2 * config.param_tile_bytes());
    let load = Body::Load(Move::contiguous(case.memory.data.start, lm / 8, lm / 16));
    let mut bodies = vec![Body::Load(params)];
    let (mut ps_addr, mut out_addr) = (1, outputs);
    let mut next = Vec::new();
    for (rows, k_tiles, n_tiles) in [(1, 1, 1), (1, 3, 1), (1, 1, 2), (2, 2, 1), (3, 1, 2)] {
        let matrix = Matrix {
            a_addr: 0,
            w_addr: 0,
            ps_addr,
            out_w: rows,
            k_tiles,
            n_tiles,
            a_stride_w: config.rows(),
            accumulate: false,
        };
        let post = |out_addr| {
            Body::Post(Post {
                ps_addr,
                param_addr,
                out_addr,
                rows,
                n_tiles,
                out_stride: n_tiles * config.cols(),
                zero_point: 3,
                lo: -128,
                hi: 127,
                rule: Rule::Dbl,
            })
        };
        let bytes = (rows * n_tiles * config.cols()).next_multiple_of(config.word());
        let more = Body::Matrix(Matrix { accumulate: true, ..matrix.clone() });
        bodies.extend([load.clone(), Body::Matrix(matrix), post(out_addr)]);
        bodies.extend([more.clone(), post(out_addr + bytes), load.clone(), more]);
        next.push(post(out_addr + 2 * bytes));
        ps_addr += rows * n_tiles;
        out_addr += 3 * bytes;
    }
    // The last sums first.
    next.reverse();
    assert!(out_addr <= lm);
    let stored = (out_addr - outputs).next_multiple_of(config.bus_bytes());
    let store = Body::Store(Move::contiguous(case.memory.data.start, outputs, stored));
    let items = |bodies: Vec<Body>| bodies.into_iter().chain([store.clone()]).map(Item::plain);
    case.jobs[0].items.extend(items(bodies));
    case.jobs.push(Job { items: items(next).collect(), links: 0, wrong: false });
    case
}

#[test]
fn post_reads_the_last_sums_in_the_first_cycle_in_which_they_are_there() {
    for config in cores() {
        let rtl = Rtl::generate(&config).expect("a core");
        for latency in [1, 40] {
            let case = Case { latency, ..pressing(&config) };
            let (result, sums) = watch(&rtl, &case, None);
            assert_eq!(result, Ok(()), "{}", config.name);
            assert_eq!((sums.early, sums.closest), (0, Some(1)), "{}", config.name);
        }
    }
}

/// MATRIX reports each command one cycle earlier.
const EARLY: Bug = Bug { what: "done in time", module: "", edit: early };

fn early(m: &mut Module) {
    let lines = m.regs.iter().filter(|(_, reg)| reg.name.starts_with("last_to_s"));
    let names: Vec<_> = lines.map(|(_, reg)| reg.name.clone()).collect();
    names.iter().for_each(|name| earlier(m, name));
}

/// The check above can fail: one cycle earlier is too early.
#[test]
fn a_done_that_is_too_early_is_noticed() {
    for config in cores() {
        let rtl = Rtl::generate(&config).expect("a core");
        let (result, sums) = watch(&rtl, &pressing(&config), Some(EARLY));
        let wrong = matches!(result, Err(Mismatch::External { .. }));
        assert!(wrong && sums.early > 0, "{}: {result:?}, {} reads", config.name, sums.early);
    }
}

/// Every second job meets a fault; all causes occur.
#[test]
fn random_programs_read_no_sums_too_early() {
    let configs = cores().into_iter().chain((0..6).map(random_config));
    for (seed, config) in (1..).zip(configs) {
        let rtl = Rtl::generate(&config).expect("a core");
        let options = Options { seed, stall: 0.1, errors: true, ..Options::default() };
        let case = generate(&config, &Options { first: 2 * seed as u32, ..options });
        let (result, sums) = watch(&rtl, &case, None);
        assert_eq!((result, sums.early), (Ok(()), 0), "{} seed {seed}", config.name);
        assert!(sums.reads > 0, "{} seed {seed}", config.name);
    }
}
