//! A test top of LM, PS, MATRIX and POST, and its driver.

use super::rng::Rng;
use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig, Stream};
use seedbed_npu::lm::{LmRead, LmShape, LmWrite, LocalMemory};
use seedbed_npu::matrix::Matrix;
use seedbed_npu::post::Post;
use seedbed_npu::ps::PartialSums;
use seedbed_sim::{PortHandle, Simulator};
use seedbed_spec::command::{encode, Body, Header, BODY_BITS, BODY_LSB};
use seedbed_spec::config::Config;
use seedbed_spec::timing;
use std::collections::HashMap;

/// The compute core without FRONT and DMA. `stall` holds back, bit by bit, the requests of
/// activations, weights, POST to LM, and POST to PS.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct CoreTop {
    config: Config,
}

struct CoreTopIo<'m> {
    matrix_cmd: Stream<'m>,
    post_cmd: Stream<'m>,
    load: LmWrite<'m>,
    store: LmRead<'m>,
    stall: Sig<'m>,
    done: [[Sig<'m>; 3]; 2],
    rows_event: Sig<'m>,
    saturated: Sig<'m>,
    conflicts: Sig<'m>,
}

impl Module for CoreTop {
    type Io<'m> = CoreTopIo<'m>;

    fn name(&self) -> String {
        "core_top".to_string()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> CoreTopIo<'m> {
        let lm = LmShape::of(&self.config);
        CoreTopIo {
            matrix_cmd: p.sink("matrix_cmd", uint(BODY_BITS)),
            post_cmd: p.sink("post_cmd", uint(BODY_BITS)),
            load: p.group("load", |p| LmWrite::slave(p, lm)),
            store: p.group("store", |p| LmRead::slave(p, lm)),
            stall: p.input("stall", uint(4)),
            done: ["matrix", "post"].map(|engine| {
                [("done", 1), ("done_cause", 4), ("done_addr", 48)]
                    .map(|(name, bits)| p.output(format!("{engine}_{name}"), uint(bits)))
            }),
            rows_event: p.output("rows_event", bit()),
            saturated: p.output("saturated", uint(16)),
            conflicts: p.output("conflicts", uint(3)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: CoreTopIo<'m>) {
        let config = self.config.clone();
        let lm = m.inst("u_lm", &LocalMemory::new(&config));
        let ps = m.inst("u_ps", &PartialSums::new(&config));
        let matrix = m.inst("u_matrix", &Matrix { config: config.clone() });
        let post = m.inst("u_post", &Post { config });
        matrix.cmd.connect(io.matrix_cmd);
        post.cmd.connect(io.post_cmd);
        for (i, (memory, engine)) in
            [(lm.matrix_a, matrix.a), (lm.matrix_w, matrix.w)].into_iter().enumerate()
        {
            let go = !io.stall.bit(i as u32);
            memory.valid.set(engine.valid & go);
            memory.addr.set(engine.addr);
            connect_following(memory.following, engine.following);
            engine.ready.set(memory.ready & go);
            engine.data.set(memory.data);
        }
        let go = !io.stall.bit(2);
        lm.post.valid.set(post.lm.valid & go);
        lm.post.write.set(post.lm.write);
        lm.post.addr.set(post.lm.addr);
        connect_following(lm.post.following, post.lm.following);
        lm.post.wdata.set(post.lm.wdata);
        lm.post.mask.set(post.lm.mask);
        post.lm.ready.set(lm.post.ready & go);
        post.lm.rdata.set(lm.post.rdata);
        let go = !io.stall.bit(3);
        ps.post.valid.set(post.ps.valid & go);
        ps.post.addr.set(post.ps.addr);
        post.ps.ready.set(ps.post.ready & go);
        post.ps.data.set(ps.post.data);
        ps.matrix.connect(matrix.ps);
        lm.load.connect(io.load);
        lm.store.connect(io.store);
        for (outputs, engine) in io.done.iter().zip([
            [matrix.done, matrix.done_cause, matrix.done_addr],
            [post.done, post.done_cause, post.done_addr],
        ]) {
            outputs.iter().zip(engine).for_each(|(output, value)| output.set(value));
        }
        io.rows_event.set(matrix.rows_event);
        io.saturated.set(post.saturated.extend(16));
        io.conflicts.set(lm.conflicts);
    }
}

fn connect_following<'m>(memory: Option<Sig<'m>>, engine: Option<Sig<'m>>) {
    assert_eq!(memory.is_some(), engine.is_some());
    memory.into_iter().zip(engine).for_each(|(memory, engine)| memory.set(engine));
}

/// What a done pulse said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    pub cycle: u64,
    pub cause: u32,
    pub addr: u64,
}

/// One engine's commands and what came of them.
#[derive(Default)]
struct Engine {
    commands: Vec<[u64; 6]>,
    sent: usize,
    /// Cycle in which each command was taken.
    taken: Vec<u64>,
    done: Vec<Done>,
}

/// The test top under simulation.
pub struct Bench {
    config: Config,
    sim: Simulator,
    ports: HashMap<&'static str, PortHandle>,
    engines: [Engine; 2],
    /// Requests are held back in this many of 16 cycles.
    pub stalls: u64,
    /// POST's commands wait for the signals of as many of MATRIX, and come at once.
    pub signalled: bool,
    rng: Rng,
    pub rows: u64,
    pub saturations: u64,
    pub conflicts: u64,
}

pub const MATRIX: usize = 0;
pub const POST: usize = 1;

const INPUTS: [&str; 11] = [
    "rst_n",
    "stall",
    "matrix_cmd_valid",
    "matrix_cmd_data",
    "post_cmd_valid",
    "post_cmd_data",
    "load_valid",
    "load_addr",
    "load_data",
    "load_mask",
    "store_valid",
];
const OUTPUTS: [&str; 11] = [
    "matrix_cmd_ready",
    "post_cmd_ready",
    "matrix_done",
    "matrix_done_cause",
    "matrix_done_addr",
    "post_done",
    "post_done_cause",
    "post_done_addr",
    "rows_event",
    "saturated",
    "conflicts",
];

impl Bench {
    pub fn new(config: &Config) -> Self {
        let design = match elaborate(&CoreTop { config: config.clone() }, &Settings::default()) {
            Ok(design) => design,
            Err(list) => {
                let list: Vec<String> = list.iter().map(|d| d.to_string()).collect();
                panic!("{}", list.join("\n"));
            }
        };
        let mut sim = Simulator::new(&design);
        let mut ports = HashMap::new();
        for name in INPUTS {
            let port = sim.input(name).unwrap_or_else(|| panic!("no input {name}"));
            ports.insert(name, port);
            sim.set(port, 0);
        }
        for name in OUTPUTS {
            let port = sim.output(name).unwrap_or_else(|| panic!("no output {name}"));
            ports.insert(name, port);
        }
        sim.tick();
        sim.set(ports["rst_n"], 1);
        Bench {
            config: config.clone(),
            sim,
            ports,
            engines: Default::default(),
            stalls: 0,
            signalled: false,
            rng: Rng::new(7),
            rows: 0,
            saturations: 0,
            conflicts: 0,
        }
    }

    fn set(&mut self, name: &str, value: u64) {
        self.sim.set(self.ports[name], value);
    }

    fn get(&self, name: &str) -> u64 {
        self.sim.get(self.ports[name])
    }

    /// Writes all of local memory through the port of LOAD.
    pub fn fill_lm(&mut self, bytes: &[u8]) {
        self.set("load_valid", 1);
        let ones = vec![u64::MAX; 8];
        self.sim.set_limbs(self.ports["load_mask"], &ones);
        for (i, word) in bytes.chunks(self.config.word() as usize).enumerate() {
            self.set("load_addr", i as u64);
            self.sim.set_limbs(self.ports["load_data"], &limbs(word));
            self.sim.tick();
        }
        self.set("load_valid", 0);
    }

    /// All of local memory.
    pub fn lm(&self) -> Vec<u8> {
        let (strip, strips) = (self.config.strip() as usize, self.config.strips());
        let mut bytes = Vec::new();
        let words = 0..self.config.lm_bank_words();
        let banks = 0..self.config.memory.lm_banks;
        for (bank, addr) in banks.flat_map(|bank| words.clone().map(move |addr| (bank, addr))) {
            for index in 0..strips {
                let part = if strips == 1 { String::new() } else { format!("_strip_{index}") };
                let path = format!("u_lm.u_bank_{bank}{part}.mem");
                let bits = self.sim.peek_word(&path, addr as usize).expect("a word of LM");
                bytes.extend((0..strip).map(|i| (bits.limbs()[i / 8] >> (8 * (i % 8))) as u8));
            }
        }
        bytes
    }

    /// All partial sums, row by row.
    pub fn ps(&self) -> Vec<Vec<i64>> {
        let (rows, banks) = (self.config.memory.ps_rows, self.config.memory.ps_banks);
        let acc = self.config.acc_bits();
        let mut all = Vec::new();
        for row in 0..rows {
            let path = format!("u_ps.u_bank_{}.mem", row / (rows / banks));
            let bits = self.sim.peek_word(&path, (row % (rows / banks)) as usize).expect("a row");
            let column = |c: u32| {
                let value = (0..acc).map(|i| i64::from(bits.bit(c * acc + i)) << i).sum::<i64>();
                value << (64 - acc) >> (64 - acc)
            };
            all.push((0..self.config.cols()).map(column).collect());
        }
        all
    }

    /// Queues a command for its engine.
    pub fn push(&mut self, body: &Body) {
        let engine = if matches!(body, Body::Matrix(_)) { MATRIX } else { POST };
        let command = encode(&Header::default(), body).expect("a command");
        let limb = |i: u32| {
            command.bits(BODY_LSB + 64 * i, 32) | command.bits(BODY_LSB + 64 * i + 32, 32) << 32
        };
        self.engines[engine].commands.push([0, 1, 2, 3, 4, 5].map(limb));
    }

    /// Runs until every queued command is done and has written all; gives what the engines said since the last run,
    /// cycles counted from the one in which the engine took its first command of this run.
    pub fn run(&mut self) -> [Vec<Done>; 2] {
        let limit = self.sim.cycles() + 100_000;
        while self.engines.iter().any(|e| e.done.len() < e.commands.len()) {
            assert!(self.sim.cycles() < limit, "the engines hang: {:?}", self.progress());
            self.cycle();
        }
        // MATRIX writes behind its done; the saturation counter is one stage behind, too.
        (0..timing::matrix_ps_write(&self.config)).for_each(|_| self.cycle());
        self.engines.each_mut().map(|engine| {
            let Engine { taken, done, .. } = std::mem::take(engine);
            let first = taken.first().copied().unwrap_or(0);
            done.into_iter().map(|d| Done { cycle: d.cycle - first, ..d }).collect()
        })
    }

    fn progress(&self) -> Vec<(usize, usize)> {
        self.engines.iter().map(|e| (e.done.len(), e.commands.len())).collect()
    }

    /// Whether the signal that an engine's next command waits for is there.
    fn signalled(&self, engine: usize) -> bool {
        let signal = self.engines[MATRIX].done.get(self.engines[engine].sent);
        let due = |done: &Done| done.cycle + u64::from(timing::SIGNAL) <= self.sim.cycles();
        !self.signalled || engine == MATRIX || signal.is_some_and(due)
    }

    fn cycle(&mut self) {
        let stall = (0..4).map(|i| u64::from(self.rng.below(16) < self.stalls) << i).sum();
        self.set("stall", stall);
        let store = u64::from(self.stalls > 0 && self.rng.below(4) == 0);
        self.set("store_valid", store);
        for (i, name) in ["matrix", "post"].into_iter().enumerate() {
            let next = self.engines[i].commands.get(self.engines[i].sent).copied();
            let pause = self.stalls > 0 && self.rng.below(4) == 0;
            let [valid, data, ready] = COMMAND_PORTS[i];
            let offered = next.filter(|_| !pause && self.signalled(i));
            self.set(valid, u64::from(offered.is_some()));
            self.sim.set_limbs(self.ports[data], &offered.unwrap_or_default());
            let now = self.sim.cycles();
            if offered.is_some() && self.get(ready) == 1 {
                self.engines[i].sent += 1;
                self.engines[i].taken.push(now);
            }
            if self.get(DONE_PORTS[i][0]) == 1 {
                let cause = self.get(DONE_PORTS[i][1]) as u32;
                let addr = self.get(DONE_PORTS[i][2]);
                assert!(
                    self.engines[i].done.len() < self.engines[i].sent,
                    "{name}: done too often"
                );
                self.engines[i].done.push(Done { cycle: now, cause, addr });
            }
        }
        self.rows += self.get("rows_event");
        self.saturations += self.get("saturated");
        self.conflicts += self.get("conflicts");
        self.sim.tick();
    }
}

const COMMAND_PORTS: [[&str; 3]; 2] = [
    ["matrix_cmd_valid", "matrix_cmd_data", "matrix_cmd_ready"],
    ["post_cmd_valid", "post_cmd_data", "post_cmd_ready"],
];
const DONE_PORTS: [[&str; 3]; 2] = [
    ["matrix_done", "matrix_done_cause", "matrix_done_addr"],
    ["post_done", "post_done_cause", "post_done_addr"],
];

fn limbs(bytes: &[u8]) -> Vec<u64> {
    let limb = |part: &[u8]| part.iter().rev().fold(0, |limb, b| limb << 8 | u64::from(*b));
    bytes.chunks(8).map(limb).collect()
}
