use seedbed_spec::command::{encode, Body, Header, Matrix, Move, Post, Slot, Sync};
use seedbed_spec::numerics::Rule;
use seedbed_spec::timing;

use super::*;
use crate::machine::{Machine, Memory, Ring};

fn preset(name: &str) -> Config {
    Config::preset(name).expect("a preset")
}

fn command(sync: Sync, body: Body) -> Command {
    encode(&Header { stamp: 0, sync }, &body).expect("a legal command")
}

fn plain(body: Body) -> Command {
    command(Sync::default(), body)
}

fn sync(wait: u8, signal: u8) -> Sync {
    let [mut waits, mut signals] = [[Slot::default(); 3]; 2];
    (waits[0].n, signals[0].n) = (wait, signal);
    Sync { waits, signals }
}

fn load(bytes: u32) -> Body {
    Body::Load(Move::contiguous(0x4000, 0, bytes))
}

fn matrix(rows: u32, k_tiles: u32) -> Body {
    Body::Matrix(Matrix {
        a_addr: 0,
        w_addr: 0x4000,
        ps_addr: 0,
        out_w: rows,
        k_tiles,
        n_tiles: 1,
        a_stride_w: 8 * k_tiles,
        accumulate: false,
    })
}

fn post(rows: u32, n_tiles: u32) -> Body {
    Body::Post(Post {
        ps_addr: 0,
        param_addr: 0,
        out_addr: 0x8000,
        rows,
        n_tiles,
        out_stride: 8,
        zero_point: 0,
        lo: -128,
        hi: 127,
        rule: Rule::Dbl,
    })
}

/// From the transfer of the only command to its retirement, which is in the cycle of `done`.
fn alone(config: &Config, body: Body, latency: u32) -> u64 {
    let commands = [plain(body)];
    let predicted = predict(config, &commands, External::new(latency)).expect("a legal job");
    let Span { start, end } = predicted.commands[0];
    assert_eq!(predicted.cycles, end + 2);
    end - start
}

#[test]
fn an_engine_alone_takes_what_its_formula_says() {
    let small = preset("small");
    for rows in [1, 3, 8, 20] {
        for tiles in [1, 2, 5] {
            let formula = u64::from(timing::matrix(&small, rows, tiles));
            assert_eq!(alone(&small, matrix(rows, tiles), 1), formula, "{rows} x {tiles}");
            let formula = u64::from(timing::post(&small, rows, tiles));
            assert_eq!(alone(&small, post(rows, tiles), 1), formula, "{rows} x {tiles}");
        }
    }
    for (latency, beats) in [(1, 1), (1, 128), (100, 16)] {
        assert_eq!(alone(&small, load(8 * beats), latency), u64::from(3 + latency + beats));
    }
}

#[test]
fn a_load_follows_the_one_before_without_a_gap() {
    let loads = [load(1024), load(1024), load(1024)].map(plain);
    let Prediction { commands, .. } = predict(&preset("small"), &loads, External::new(1)).unwrap();
    assert_eq!(commands[2].end - commands[1].end, 128);
}

#[test]
fn a_command_starts_after_the_one_it_waits_for() {
    let commands = [command(sync(0, 1), load(1024)), command(sync(1, 0), matrix(4, 1))];
    let predicted = predict(&preset("small"), &commands, External::new(1)).unwrap();
    assert_eq!(predicted.commands[1].start, predicted.commands[0].end + 1);
}

#[test]
fn holds_delay_only_what_they_hold() {
    let small = preset("small");
    let commands = [plain(load(1024))];
    let job = |hold: Holds| {
        let holds = std::iter::repeat_n(hold, 1000);
        predict(&small, &commands, External::holding(1, holds)).expect("a legal job").cycles
    };
    let free = job(Holds::default());
    assert_eq!(job(Holds { aw: true, w: true, b: true, ..Holds::default() }), free);
    assert!(job(Holds { r: true, ..Holds::default() }) >= 1000);
    assert!(job(Holds { ar: true, ..Holds::default() }) >= 1000);
}

#[test]
fn a_wait_that_nobody_meets_is_named() {
    let commands = [plain(load(8)), command(sync(1, 0), matrix(1, 1)), plain(load(8))];
    let predicted = predict(&preset("small"), &commands, External::new(1));
    assert_eq!(predicted, Err(Unpredictable::Deadlock { command: 1 }));
    let message = predicted.unwrap_err().to_string();
    assert_eq!(message, "command 1 waits for ever: correct its semaphores");
}

#[test]
fn an_illegal_command_is_named() {
    let mut wrong = plain(load(8));
    wrong.set_bits(4, 4, 9);
    let predicted = predict(&preset("small"), &[plain(load(8)), wrong], External::new(1));
    assert_eq!(predicted, Err(Unpredictable::Illegal { command: 1, lsb: 4 }));
}

#[test]
fn a_job_of_nothing_ends_at_once() {
    let predicted = predict(&preset("small"), &[], External::new(1)).unwrap();
    assert_eq!(predicted, Prediction { commands: vec![], cycles: 2, stamps: BTreeMap::new() });
}

#[test]
fn a_stamp_is_the_end_of_the_last_command_that_names_it() {
    let stamped = |stamp| encode(&Header { stamp, sync: Sync::default() }, &load(8)).unwrap();
    let commands = [5, 0, 5, 63].map(stamped);
    let predicted = predict(&preset("small"), &commands, External::new(1)).unwrap();
    let [_, _, third, fourth] = [0, 1, 2, 3].map(|command| predicted.commands[command].end);
    assert_eq!(predicted.stamps, BTreeMap::from([(5, third), (63, fourth)]));
}

#[test]
fn a_machine_predicts_from_the_semaphores_it_kept() {
    let small = preset("small");
    let [gives, takes] = [sync(0, 1), sync(1, 0)].map(|sync| command(sync, load(8)));
    let mut machine = Machine::new(&small);
    assert!(machine.predict(&[takes], External::new(1)).is_err());
    let mut memory = Memory::new(0x5000);
    memory.write(0, &gives.bytes()).unwrap();
    assert_eq!(machine.run(&mut memory, Ring { addr: 0, size: 1 }, 0, 1).fault, None);
    let predicted = machine.predict(&[takes], External::new(1)).expect("a wait that is met");
    assert_eq!(predicted, predict(&small, &[plain(load(8))], External::new(1)).unwrap());
}

#[test]
fn no_legal_command_is_too_odd() {
    let tiny = preset("tiny");
    let largest = Move {
        ext_addr: (1 << 48) - 4,
        lm_addr: (1 << 24) - 4,
        run_bytes: 8,
        count1: 3,
        count2: 2,
        count3: 2,
        ext_stride1: i32::MIN,
        ext_stride2: i32::MAX - 3,
        ext_stride3: -4,
        lm_stride1: (1 << 24) - 4,
        lm_stride2: 4,
        lm_stride3: 8,
    };
    let commands = [Body::Load(largest.clone()), Body::Store(largest)].map(plain);
    let predicted = predict(&tiny, &commands, External::new(1)).expect("legal fields");
    assert!(predicted.commands.iter().all(|span| span.start < span.end));
}
