//! Random commands: words without sense, damaged commands, and legal ones at the edges of what exists.

use seedbed_spec::command::{decode_checked, encode, fields, gaps, Header, Matrix, Move, Opcode};
use seedbed_spec::command::{Body, Command, Post};
use seedbed_spec::numerics::Rule;
use seedbed_spec::Config;
use std::collections::HashSet;

use super::noise::Noise;
use super::pair::MEMORY;

/// Cycles of work that a command of these tests may take.
const MOST_WORK: u64 = 600;

/// A random command; a legal one is little work and defined.
pub fn random_command(noise: &mut Noise, config: &Config) -> Command {
    loop {
        let command = any_command(noise, config);
        match decode_checked(&command, config) {
            Ok((_, body)) if work(&body, config) > MOST_WORK => {}
            Ok((_, body)) if overwrites_parameters(&body, &body, config) => {}
            _ => return command,
        }
    }
}

/// Whether a POST writes where parameters of another one, or its own, are: when the two stand one after
/// the other it is not defined what the second one reads there.
pub fn overwrites_parameters(writer: &Body, reader: &Body, config: &Config) -> bool {
    let (Body::Post(writer), Body::Post(reader)) = (writer, reader) else { return false };
    let lm = config.memory.lm_bytes;
    let params = reader.n_tiles * config.param_tile_bytes();
    let params: HashSet<u32> = (0..params).map(|i| (reader.param_addr + i) % lm).collect();
    // With the zeros behind the last n-tile.
    let width = writer.n_tiles * config.cols() + config.bus_bytes() - 1;
    let row = |m: u32| (0..width).map(move |i| writer.out_addr + m * writer.out_stride + i);
    (0..writer.rows).flat_map(row).any(|addr| params.contains(&(addr % (1 << 24))))
}

fn any_command(noise: &mut Noise, config: &Config) -> Command {
    match noise.below(8) {
        0 => words(noise),
        1 => headed(noise),
        2..=4 => damaged(noise, config),
        _ => template(noise, config),
    }
}

/// Any 64 bytes.
fn words(noise: &mut Noise) -> Command {
    Command(std::array::from_fn(|_| noise.next()))
}

/// Any 64 bytes behind a legal opcode and version.
fn headed(noise: &mut Noise) -> Command {
    let mut command = words(noise);
    command.set_bits(0, 8, (1 + u64::from(noise.below(4))) | 0x10);
    command
}

/// A legal command of which a few fields or single bits are random.
fn damaged(noise: &mut Noise, config: &Config) -> Command {
    let mut command = template(noise, config);
    let opcode = Opcode::from_code(command.bits(0, 4)).expect("a legal command");
    let places = fields(opcode).map(|f| (f.lsb, f.width)).chain(gaps(opcode));
    let places: Vec<_> = places.collect();
    for _ in 0..1 + noise.below(3) {
        let (lsb, width) = places[noise.below(places.len() as u32) as usize];
        if noise.below(2) == 0 {
            command.set_bits(lsb, width.min(64), noise.next());
        } else {
            let bit = lsb + noise.below(width);
            command.set_bits(bit, 1, 1 ^ command.bits(bit, 1));
        }
    }
    command
}

/// A legal command whose addresses may lie beyond the memories.
fn template(noise: &mut Noise, config: &Config) -> Command {
    let body = match noise.below(4) {
        0 => Body::Load(random_move(noise, config)),
        1 => Body::Store(random_move(noise, config)),
        2 => Body::Matrix(random_matrix(noise, config)),
        _ => Body::Post(random_post(noise, config)),
    };
    let header = Header { stamp: noise.below(64) as u8, ..Header::default() };
    encode(&header, &body).expect("numbers that fit")
}

/// An address: mostly inside a memory, sometimes around its end, rarely anywhere in `bits`.
fn address(noise: &mut Noise, size: u64, bits: u32, unit: u32) -> u64 {
    let any = noise.next();
    let address = match noise.below(12) {
        0 => any % (1 << bits),
        1..=2 => size - 64 + any % 128,
        _ => any % size,
    };
    address / u64::from(unit) * u64::from(unit)
}

fn lm(noise: &mut Noise, config: &Config, unit: u32) -> u32 {
    address(noise, config.memory.lm_bytes.into(), 24, unit) as u32
}

fn ps(noise: &mut Noise, config: &Config) -> u32 {
    match noise.below(8) {
        0 => noise.below(1 << 16),
        1 => config.memory.ps_rows - noise.below(8),
        _ => noise.below(config.memory.ps_rows - 32),
    }
}

fn random_move(noise: &mut Noise, config: &Config) -> Move {
    let bus = config.bus_bytes();
    if noise.below(4) == 0 {
        // Inside local memory and around or beyond the end of external memory: left to chance, one
        // command in a hundred would be such a one.
        let bytes = bus * (1 + noise.below(24));
        let lm_addr = noise.below((config.memory.lm_bytes - bytes) / bus) * bus;
        let ext_addr = MEMORY as u64 - 64 + u64::from(noise.below(64) * bus);
        return Move::contiguous(ext_addr, lm_addr, bytes);
    }
    let ext_addr = address(noise, MEMORY as u64, 48, bus);
    let lm_addr = lm(noise, config, bus);
    let mut body = Move::contiguous(ext_addr, lm_addr, bus * (1 + noise.below(24)));
    let mut ext = || (noise.below(64) as i32 - 32) * bus as i32;
    (body.ext_stride1, body.ext_stride2, body.ext_stride3) = (ext(), ext(), ext());
    let mut local = || match noise.below(16) {
        0 => noise.next() as u32 % (1 << 24) / bus * bus,
        _ => noise.below(64) * bus,
    };
    (body.lm_stride1, body.lm_stride2, body.lm_stride3) = (local(), local(), local());
    let mut count = || 1 + noise.below(4) * noise.below(2);
    (body.count1, body.count2, body.count3) = (count(), count(), count());
    body
}

fn random_matrix(noise: &mut Noise, config: &Config) -> Matrix {
    let rows = config.rows_unit();
    Matrix {
        a_addr: lm(noise, config, rows),
        w_addr: lm(noise, config, rows),
        ps_addr: ps(noise, config),
        out_w: 1 + noise.below(12),
        k_tiles: 1 + noise.below(4),
        n_tiles: 1 + noise.below(3),
        a_stride_w: noise.below(16) * rows,
        accumulate: noise.below(2) == 1,
    }
}

fn random_post(noise: &mut Noise, config: &Config) -> Post {
    let (cols, word) = (config.cols_unit(), config.word());
    Post {
        ps_addr: ps(noise, config),
        param_addr: lm(noise, config, word),
        out_addr: lm(noise, config, cols),
        rows: 1 + noise.below(10),
        n_tiles: 1 + noise.below(3),
        out_stride: noise.below(16) * cols,
        zero_point: noise.next() as i8,
        lo: noise.next() as i8,
        hi: noise.next() as i8,
        rule: Rule::ALL[noise.below(3) as usize],
    }
}

/// About how many cycles a command keeps its engine busy.
fn work(body: &Body, config: &Config) -> u64 {
    let tiles = |a: u32, b: u32, c: u32| u64::from(a) * u64::from(b) * u64::from(c);
    match body {
        Body::Load(body) | Body::Store(body) => body.bytes() / u64::from(config.bus_bytes()),
        Body::Matrix(body) => tiles(body.out_w.max(config.cols()), body.k_tiles, body.n_tiles),
        Body::Post(body) => tiles(body.rows, body.n_tiles, config.cols() / config.post.lanes),
    }
}
