//! Random graphs, and running a compiled program on the golden machine.

#![allow(dead_code)] // every test binary uses another part

pub mod engines;

use std::path::PathBuf;

use seedbed_compiler::{compile, Effort, Options};
use seedbed_golden::machine::{Machine, Memory, Outcome, Ring};
use seedbed_model::{Activation, FullyConnected, Graph, Quantization};
use seedbed_spec::command::{decode_checked, Body, Header};
use seedbed_spec::numerics::Family;
use seedbed_spec::program::Program;
use seedbed_spec::Config;

/// A small deterministic generator.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// A number in `0..n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }

    /// A number in `low..=high`.
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Any int8, extremes more often.
    pub fn code(&mut self) -> i8 {
        match self.below(8) {
            0 => i8::MIN,
            1 => i8::MAX,
            _ => self.below(256) as u8 as i8,
        }
    }

    pub fn codes(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| self.code()).collect()
    }
}

pub fn preset(name: &str) -> Config {
    Config::preset(name).expect("a preset")
}

/// A layer of random weights whose outputs use the int8 range without sitting at its ends.
pub fn layer(random: &mut Random, inputs: usize, outputs: usize) -> FullyConnected {
    let scale = 0.01 / (inputs as f32).sqrt();
    let scales = if random.below(2) == 0 { 1 } else { outputs };
    let activations = [Activation::None, Activation::Relu, Activation::Relu6];
    FullyConnected {
        inputs,
        outputs,
        weights: random.codes(inputs * outputs),
        weight_scales: (0..scales).map(|i| scale * (1.0 + (i % 7) as f32 * 0.3)).collect(),
        bias: (0..outputs).map(|_| random.below(20001) as i32 - 10000).collect(),
        activation: activations[random.below(3) as usize],
    }
}

/// A chain of fully connected layers with these widths.
pub fn chain(random: &mut Random, widths: &[usize]) -> Graph {
    let mut code = || Quantization { scale: 1.0, zero_point: random.code() };
    let mut codes: Vec<Quantization> = widths.iter().map(|_| code()).collect();
    let mut builder = Graph::chain("chain", widths[0], codes.remove(0));
    for (pair, code) in widths.windows(2).zip(codes) {
        builder = builder.fully_connected(layer(random, pair[0], pair[1]), code);
    }
    builder.finish().expect("a consistent graph")
}

pub fn program(graph: &Graph, config: &Config, family: Family, rows: usize) -> Program {
    compile(graph, config, &Options { family, rows: rows as u32, effort: Effort::default() })
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Executes a program on the golden machine, whose memories start full of garbage.
pub fn execute(program: &Program, config: &Config, input: &[i8]) -> (Vec<i8>, Outcome) {
    let mut memory = Memory::new(program.memory_bytes as usize);
    for (addr, data) in program.image() {
        memory.write(addr, &data).expect("inside the memory");
    }
    let cols = program.input.cols as usize;
    for (row, values) in input.chunks(cols).enumerate() {
        let bytes: Vec<u8> = values.iter().map(|value| *value as u8).collect();
        memory.write(program.input.row(row as u32).start, &bytes).expect("inside the memory");
    }
    let mut machine = Machine::new(config);
    machine.local_memory_mut().fill(0x85);
    machine.partial_sums_mut().fill(-12345);
    let count = program.commands.len() as u32;
    let ring = Ring { addr: program.ring_addr, size: count };
    let outcome = machine.run(&mut memory, ring, 0, count);
    let output = (0..program.output.rows).flat_map(|row| {
        let range = program.output.row(row);
        memory.bytes()[range.start as usize..range.end as usize].iter().map(|byte| *byte as i8)
    });
    (output.collect(), outcome)
}

/// The commands, decoded.
pub fn decode(program: &Program, config: &Config) -> Vec<(Header, Body)> {
    let decode = |command| decode_checked(command, config).unwrap_or_else(|e| panic!("{e}"));
    program.commands.iter().map(decode).collect()
}

/// The shared models, or `None` with a visible note when they are not there.
pub fn shared(test: &str) -> Option<PathBuf> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("SEEDBED_SHARED").map_or(default, PathBuf::from);
    if path.join("models").is_dir() {
        return Some(path.join("models"));
    }
    let required = std::env::var("SEEDBED_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "{test}: {} is missing and SEEDBED_REQUIRE_SHARED=1", path.display());
    eprintln!("skipped: {test}: no shared models at {}", path.display());
    None
}
