//! Rings of commands: a small job, and semaphores for any list of commands.

#![allow(dead_code)] // every test program uses another part

use seedbed_spec::command::{encode, Body, Command, Header, Matrix, Move, Post, Slot, Sync};
use seedbed_spec::fault::Engine;
use seedbed_spec::numerics::Rule;
use seedbed_spec::Config;

/// Rows of the job's MATRIX, which reads two k-tiles.
const ROWS: u32 = 4;
const K_TILES: u32 = 2;
/// Bytes of a block in local memory, at least: every operand begins at a multiple.
const BLOCK: u32 = 0x80;

/// A job that uses every engine and leaves results in external memory from 0x2000 on. Whatever it
/// reads of local memory and partial sums it has written itself.
pub fn job(config: &Config) -> Vec<Body> {
    let (rows, cols) = (config.rows(), config.cols());
    // Activations, weights, parameters, two outputs and a copy, one behind the other.
    let weights = (K_TILES * config.weight_tile_bytes()).next_multiple_of(BLOCK);
    let params = config.param_tile_bytes().next_multiple_of(BLOCK);
    let (w_addr, param_addr) = (BLOCK, BLOCK + weights);
    let out_addr = param_addr + params;
    let (second, copy) = (out_addr + outputs(config), out_addr + 2 * outputs(config));
    let matrix = Matrix {
        a_addr: 0,
        w_addr,
        ps_addr: 0,
        out_w: ROWS,
        k_tiles: K_TILES,
        n_tiles: 1,
        a_stride_w: K_TILES * rows,
        accumulate: false,
    };
    let post = Post {
        ps_addr: 0,
        param_addr,
        out_addr,
        rows: ROWS,
        n_tiles: 1,
        out_stride: cols,
        zero_point: -1,
        lo: -128,
        hi: 127,
        rule: Rule::Dbl,
    };
    vec![
        load(0x1000, 0, BLOCK),
        load(0x1100, w_addr, weights),
        load(0x1200, param_addr, params),
        Body::Matrix(matrix.clone()),
        Body::Post(post.clone()),
        store(0x2000, out_addr, ROWS * cols),
        load(0x1300, copy, 64),
        store(0x2100, copy, 64),
        Body::Matrix(Matrix { accumulate: true, ..matrix }),
        Body::Post(Post { out_addr: second, rule: Rule::Up, ..post }),
        store(0x2200, second, ROWS * cols),
    ]
}

/// Bytes between the job's outputs: as many as a POST of it writes, in whole multiples of 64.
pub fn outputs(config: &Config) -> u32 {
    (ROWS * config.cols()).next_multiple_of(64)
}

/// One run from external memory to local memory.
pub fn load(ext_addr: u64, lm_addr: u32, bytes: u32) -> Body {
    Body::Load(Move::contiguous(ext_addr, lm_addr, bytes))
}

/// One run from local memory to external memory.
pub fn store(ext_addr: u64, lm_addr: u32, bytes: u32) -> Body {
    Body::Store(Move::contiguous(ext_addr, lm_addr, bytes))
}

/// The command of a body without semaphores.
pub fn plain(body: &Body) -> Command {
    encode(&Header::default(), body).expect("numbers that fit")
}

/// A command that waits for and signals (semaphore, count)s.
pub fn with_sync(body: &Body, waits: &[(u8, u8)], signals: &[(u8, u8)]) -> Command {
    let slots = |from: &[(u8, u8)]| {
        let mut slots = [Slot::default(); 3];
        for (slot, &(id, n)) in slots.iter_mut().zip(from) {
            *slot = Slot { id, n };
        }
        slots
    };
    let sync = Sync { waits: slots(waits), signals: slots(signals) };
    encode(&Header { stamp: 0, sync }, body).expect("numbers that fit")
}

/// Commands that execute as if one after the other: each waits for the last command of every other
/// engine that it must not change places with. `barrier` must not change places with any.
pub fn synchronised(bodies: &[Body], barrier: Option<usize>, config: &Config) -> Vec<Command> {
    let accesses: Vec<_> = bodies.iter().map(|body| body.accesses(config)).collect();
    let engines: Vec<_> = bodies.iter().map(|body| body.opcode().engine()).collect();
    let mut waits = vec![Vec::new(); bodies.len()];
    let mut signals = vec![Vec::new(); bodies.len()];
    let mut waited = std::collections::HashMap::new();
    for i in 0..bodies.len() {
        for of in Engine::EXECUTING.into_iter().filter(|of| *of != engines[i]) {
            let ordered = |j: &usize| {
                let apart = barrier == Some(i) || barrier == Some(*j);
                engines[*j] == of && (apart || accesses[*j].conflicts(&accesses[i]))
            };
            let Some(last) = (0..i).rev().find(ordered) else { continue };
            let known = waited.entry((of, engines[i])).or_insert(None);
            if known.is_none_or(|known| known < last) {
                *known = Some(last);
                waits[i].push((semaphore(of, engines[i]), 1));
                signals[last].push((semaphore(of, engines[i]), 1));
            }
        }
    }
    let all = bodies.iter().zip(waits).zip(signals);
    all.map(|((body, waits), signals)| with_sync(body, &waits, &signals)).collect()
}

/// The semaphore from one engine to another: 0 to 11.
fn semaphore(from: Engine, to: Engine) -> u8 {
    let (from, to) = (from.code() as u8 - 1, to.code() as u8 - 1);
    3 * from + if to > from { to - 1 } else { to }
}
