//! Faults: the RTL and the golden machine leave the same record and the same bytes, and nothing hangs.
//!
//! Every ring is run on both; [`Pair::run`] compares the fault record and all of external memory but
//! what commands after the faulty one write. After a fault a good job must give the right bytes.

mod support {
    pub mod noise;
    pub mod pair;
    pub mod random_command;
    pub mod ring;
    pub mod tools;
}

use seedbed_cosim::MemoryTiming;
use seedbed_golden::machine::Outcome;
use seedbed_spec::command::{decode_checked, fields, gaps, Body, Command, Matrix, Move, Opcode};
use seedbed_spec::command::{Legal, Post};
use seedbed_spec::fault::{Cause, Engine, FaultRecord};
use seedbed_spec::Config;
use support::noise::Noise;
use support::pair::{cases, presets, Pair, MEMORY, RING};
use support::random_command::{overwrites_parameters, random_command};
use support::ring::{job, load, outputs, plain, store, synchronised, with_sync};
use support::tools::{slow, verilator};

/// The variable with the number of random commands on `tiny`; `ragged` gets a quarter, `odd` an eighth.
const WORDS: &str = "SEEDBED_FAULTS_WORDS";

const END: u64 = MEMORY as u64;

/// A memory that answers after a few cycles and holds its channels now and then.
const TIMING: MemoryTiming = MemoryTiming { latency: 5, stall: 0.1, seed: 11 };

fn pair(preset: &str) -> Pair {
    Pair::simulated(preset, TIMING)
}

/// Runs a ring on both, then, if it failed, a good job.
fn agree(pair: &mut Pair, what: &str, commands: &[Command]) -> Outcome {
    let outcome = pair.run(commands).unwrap_or_else(|e| panic!("{what}: {e}\n{}", list(commands)));
    if outcome.fault.is_some() {
        good_job(pair, what);
    }
    outcome
}

fn good_job(pair: &mut Pair, what: &str) {
    let commands = synchronised(&job(&pair.config), None, &pair.config);
    let good = pair.run(&commands).unwrap_or_else(|e| panic!("a good job after {what}: {e}"));
    assert_eq!(good.fault, None, "a good job after {what}");
}

fn list(commands: &[Command]) -> String {
    let line = |(i, c)| format!("{i}: {}\n", seedbed_spec::command::disassemble(c));
    commands.iter().enumerate().map(line).collect()
}

/// The record of a faulty command in the middle of a good job.
fn fault_in_job(pair: &mut Pair, what: &str, bad: Command) -> Option<FaultRecord> {
    let mut commands = synchronised(&job(&pair.config), None, &pair.config);
    let middle = commands.len() / 2;
    commands.insert(middle, bad);
    let fault = agree(pair, what, &commands).fault?;
    assert_eq!(fault.index as usize, middle, "{what}");
    Some(fault)
}

/// Bodies that touch nothing a job needs, one per opcode.
fn spare(config: &Config) -> [Body; 4] {
    let (lm, ps) = (config.memory.lm_bytes, config.memory.ps_rows);
    let job = job(config);
    let [Body::Matrix(matrix), Body::Post(post)] = &job[3..5] else { unreachable!() };
    [
        load(0x1400, lm - 64, 64),
        store(0x2400, lm - 128, 64),
        Body::Matrix(Matrix { ps_addr: ps - 4, ..matrix.clone() }),
        Body::Post(Post { ps_addr: ps - 4, out_addr: lm - 128 - outputs(config), ..post.clone() }),
    ]
}

/// Raw values of a field that a configuration does not allow: the ends, and the next to the legal ones.
fn illegal_values(legal: Legal, width: u32, config: &Config) -> Vec<u64> {
    let most = (1u64 << width) - 1;
    let semaphores = u64::from(config.front.semaphores);
    let mut values = vec![0, 1, 2, 3, 5, semaphores, 1 << (width - 1), most];
    values.retain(|raw| *raw <= most && !legal.holds(*raw, config));
    values.dedup();
    values
}

#[test]
fn every_illegal_field_is_refused_alike() {
    for preset in presets() {
        let mut pair = pair(preset);
        let config = pair.config.clone();
        let mut refused = 0;
        for (opcode, body) in Opcode::ALL.into_iter().zip(spare(&config)) {
            assert_eq!(fault_in_job(&mut pair, "a spare command", plain(&body)), None);
            for field in fields(opcode).filter(|f| f.legal != Legal::Any) {
                let values = illegal_values(field.legal, field.width, &config);
                assert!(!values.is_empty(), "{opcode}.{}: no illegal value", field.name);
                for raw in values {
                    let mut bad = plain(&body);
                    bad.set_bits(field.lsb, field.width, raw);
                    let what = format!("{preset}: {opcode}.{} = {raw:#x}", field.name);
                    expect_illegal(&mut pair, &what, bad, field.lsb);
                    refused += 1;
                }
            }
        }
        assert!(refused > 200, "{preset}: only {refused} illegal values");
    }
}

#[test]
fn every_reserved_bit_is_refused_alike() {
    let mut pair = pair("tiny");
    let config = pair.config.clone();
    for (opcode, body) in Opcode::ALL.into_iter().zip(spare(&config)) {
        for (lsb, width) in gaps(opcode) {
            for bit in [lsb, lsb + width / 2, lsb + width - 1] {
                let mut bad = plain(&body);
                bad.set_bits(bit, 1, 1);
                expect_illegal(&mut pair, &format!("{opcode}: reserved bit {bit}"), bad, lsb);
            }
        }
    }
}

fn expect_illegal(pair: &mut Pair, what: &str, bad: Command, lsb: u32) {
    let fault = fault_in_job(pair, what, bad).unwrap_or_else(|| panic!("{what}: no fault"));
    let expected = (Engine::Front, Cause::Illegal, u64::from(lsb));
    assert_eq!((fault.engine, fault.cause, fault.address), expected, "{what}");
}

/// Legal commands that meet what is not there: each engine, each stream.
#[test]
fn ranges_and_bus_errors_are_reported_alike() {
    for preset in presets() {
        let mut pair = pair(preset);
        for (what, body, cause) in beyond(&pair.config.clone()) {
            let fault = fault_in_job(&mut pair, &format!("{preset}: {what}"), plain(&body));
            let fault = fault.unwrap_or_else(|| panic!("{preset}: {what}: no fault"));
            assert_eq!((fault.engine, fault.cause), (body.opcode().engine(), cause), "{what}");
        }
    }
}

fn beyond(config: &Config) -> Vec<(&'static str, Body, Cause)> {
    let (lm, ps) = (config.memory.lm_bytes, config.memory.ps_rows);
    let wrap = 1u64 << config.bus.addr_bits;
    let [_, _, Body::Matrix(matrix), Body::Post(post)] = spare(config) else { unreachable!() };
    let far = Move::contiguous(0x1400, lm - 64, 16).strided(3, 64, 48);
    let (lm_range, ps_range) = (Cause::RangeLm, Cause::RangePs);
    vec![
        ("LOAD past LM", load(0x1400, lm - 16, 32), lm_range),
        ("LOAD far past LM", load(0x1400, 0xff_ff00, 64), lm_range),
        ("LOAD with a stride past LM", Body::Load(far.clone()), lm_range),
        ("STORE past LM", store(0x2400, lm - 16, 32), lm_range),
        ("STORE with a stride past LM", Body::Store(Move { ext_addr: 0x2400, ..far }), lm_range),
        ("LOAD past memory", load(END - 16, lm - 64, 32), Cause::BusRead),
        ("LOAD outside memory", load(END + 0x1000, lm - 64, 32), Cause::BusRead),
        ("LOAD before the addresses wrap", load(wrap - 16, lm - 64, 32), Cause::Window),
        ("STORE past memory", store(END - 16, lm - 64, 32), Cause::BusWrite),
        ("STORE outside memory", store(END + 0x1000, lm - 64, 32), Cause::BusWrite),
        ("LOAD past both", load(END - 16, lm - 16, 32), lm_range),
        ("STORE past both", store(END - 16, lm - 16, 32), lm_range),
        ("weights", Body::Matrix(Matrix { w_addr: lm - 16, ..matrix.clone() }), lm_range),
        ("activations", Body::Matrix(Matrix { a_addr: lm - 16, ..matrix.clone() }), lm_range),
        ("sums", Body::Matrix(Matrix { ps_addr: ps - 2, ..matrix.clone() }), ps_range),
        ("all of MATRIX", matrix_beyond(&matrix, lm, ps), lm_range),
        (
            "parameters",
            Body::Post(Post { param_addr: lm - config.word(), ..post.clone() }),
            lm_range,
        ),
        ("sums of POST", Body::Post(Post { ps_addr: ps - 2, ..post.clone() }), ps_range),
        ("outputs", Body::Post(Post { out_addr: lm - config.cols(), ..post.clone() }), lm_range),
        ("all of POST", Body::Post(Post { ps_addr: ps, out_addr: lm, ..post }), ps_range),
    ]
}

fn matrix_beyond(matrix: &Matrix, lm: u32, ps: u32) -> Body {
    Body::Matrix(Matrix { a_addr: lm, w_addr: lm + 64, ps_addr: ps, ..matrix.clone() })
}

#[test]
fn a_ring_outside_memory_is_a_fetch_fault() {
    let mut pair = pair("tiny");
    let commands = synchronised(&job(&pair.config), None, &pair.config);
    for outside in [0, 1, 4, commands.len()] {
        let inside = commands.len() - outside;
        let outcome = pair.run_at(END - 64 * inside as u64, &commands);
        let outcome = outcome.unwrap_or_else(|e| panic!("{outside} commands outside: {e}"));
        let expected = (outside > 0).then_some((inside as u32, Cause::Fetch, Engine::Front));
        assert_eq!(outcome.fault.map(|f| (f.index, f.cause, f.engine)), expected);
        good_job(&mut pair, "a fetch fault");
    }
}

/// The command that comes first in the ring is on record, whichever fails first in time.
#[test]
fn the_lowest_command_wins() {
    for preset in presets() {
        let mut pair = pair(preset);
        let lm = pair.config.memory.lm_bytes;
        let [.., Body::Matrix(matrix), Body::Post(post)] = spare(&pair.config) else {
            unreachable!()
        };
        let slow = load(END - 512, 0, 1024);
        let quick = Body::Matrix(Matrix { ps_addr: 0xff00, a_addr: lm - 256, ..matrix });
        let last = Body::Post(Post { ps_addr: 0xff00, ..post });
        let illegal = Command::default();
        let rings = [
            ("engines", vec![plain(&slow), plain(&quick), plain(&last)]),
            ("FRONT and an engine", vec![plain(&slow), illegal]),
            ("one engine", vec![plain(&slow), plain(&load(0, lm, 32)), plain(&quick)]),
            ("STORE", vec![plain(&store(END, 0, 512)), plain(&quick), illegal]),
        ];
        for (what, commands) in rings {
            let outcome = agree(&mut pair, &format!("{preset}: {what}"), &commands);
            assert_eq!(outcome.fault.map(|fault| fault.index), Some(0), "{preset}: {what}");
        }
    }
}

/// A name, the commands, and the overflow expected: index and semaphore.
type Case = (&'static str, Vec<Command>, Option<(u32, u64)>);

#[test]
fn semaphores_overflow_alike() {
    let mut pair = pair("tiny");
    let nop = load(0x1400, 0x400, 16);
    let give = |signals: &[(u8, u8)]| with_sync(&nop, &[], signals);
    let cases: [Case; 6] = [
        ("full", vec![give(&[(7, 255)])], None),
        ("beyond", vec![give(&[(7, 255)]), give(&[(7, 1)])], Some((1, 7))),
        ("two slots", vec![give(&[(3, 200), (3, 56)])], Some((0, 3))),
        ("the last semaphore", vec![give(&[(15, 250)]), give(&[(15, 250)])], Some((1, 15))),
        (
            "several",
            vec![give(&[(9, 9), (2, 9), (5, 9)]), give(&[(9, 255), (2, 255)])],
            Some((1, 2)),
        ),
        (
            "one among three",
            vec![give(&[(4, 200)]), give(&[(1, 1), (4, 100), (6, 1)]), give(&[(1, 255)])],
            Some((1, 4)),
        ),
    ];
    for (what, commands, expected) in cases {
        let fault = agree(&mut pair, what, &commands).fault;
        let said = fault.map(|f| (f.index, f.cause, f.engine, f.address));
        let overflow = |(i, id)| (i, Cause::SemOverflow, Engine::Front, id);
        assert_eq!(said, expected.map(overflow), "{what}");
    }
}

/// Waits that nothing can meet, with empty and with full queues around them.
#[test]
fn deadlocks_are_reported_alike() {
    for preset in presets() {
        let mut pair = pair(preset);
        let bodies = spare(&pair.config);
        for (i, body) in bodies.iter().enumerate() {
            for (waits, id) in [
                (vec![(11, 1)], 11),
                (vec![(0, 0), (9, 255)], 9),
                (vec![(10, 1), (9, 1), (11, 1)], 9),
            ] {
                let given = with_sync(&bodies[(i + 1) % 4], &[], &[(10, 2)]);
                let stuck = with_sync(body, &waits, &[]);
                let others = bodies.iter().cycle().take(40).map(plain);
                let same = std::iter::repeat_n(plain(body), 40);
                for after in [vec![], others.collect::<Vec<_>>(), same.collect()] {
                    let commands = [vec![given, stuck], after].concat();
                    let fault = agree(&mut pair, "a deadlock", &commands).fault;
                    let expected = FaultRecord {
                        index: 1,
                        engine: Engine::Front,
                        cause: Cause::Deadlock,
                        address: id,
                    };
                    assert_eq!(fault, Some(expected), "{preset}: {waits:?}");
                }
            }
        }
    }
}

/// A wait that is not met because an earlier command failed is not a deadlock.
#[test]
fn who_waits_for_a_faulty_command_is_not_blamed() {
    let mut pair = pair("tiny");
    let lm = pair.config.memory.lm_bytes;
    let bad = with_sync(&load(0x1400, lm - 16, 64), &[], &[(0, 1)]);
    let waiting = with_sync(&store(0x2400, 0x400, 16), &[(0, 1)], &[]);
    let outcome = agree(&mut pair, "a faulty producer", &[bad, waiting]);
    let fault = outcome.fault.expect("a fault");
    assert_eq!((fault.index, fault.cause, fault.address), (0, Cause::RangeLm, lm.into()));
}

#[test]
fn random_commands_agree_on_tiny() {
    random_commands(&mut pair("tiny"), cases(WORDS, 1600), 1);
}

#[test]
fn random_commands_agree_on_ragged() {
    if presets().contains(&"ragged") {
        random_commands(&mut pair("ragged"), cases(WORDS, 1600) / 4, 2);
    }
}

#[test]
fn random_commands_agree_on_odd() {
    if presets().contains(&"odd") {
        random_commands(&mut pair("odd"), cases(WORDS, 1600) / 8, 5);
    }
}

#[test]
fn many_random_commands_agree_in_verilator() {
    if slow("50,000 random commands in Verilator") && verilator() {
        random_commands(&mut Pair::verilated("tiny", TIMING), 40_000, 3);
        random_commands(&mut Pair::verilated("ragged", TIMING), 10_000, 4);
    }
}

/// Random words, and commands with random damage, at random places in a job.
fn random_commands(pair: &mut Pair, cases: u32, seed: u64) {
    let mut noise = Noise(seed);
    let mut causes = std::collections::BTreeMap::new();
    for case in 0..cases {
        let (commands, at) = random_ring(pair, &mut noise);
        let what = format!("case {case}, command {at} is the random one");
        let fault = agree(pair, &what, &commands).fault;
        assert!(fault.is_none_or(|fault| fault.index as usize == at), "{what}: {fault:?}");
        if case % 64 == 0 {
            same_local_memory(pair, &what);
        }
        *causes.entry(fault.map(|fault| fault.cause)).or_insert(0) += 1;
    }
    println!("tally: {cases} random commands on {}: {causes:?}", pair.config.name);
    let kinds = [Cause::Illegal, Cause::RangeLm, Cause::RangePs, Cause::BusRead];
    for kind in kinds.map(Some).into_iter().chain([Some(Cause::BusWrite), None]) {
        let seen = causes.get(&kind).copied().unwrap_or(0);
        assert!(seen > cases / 50, "{kind:?} came {seen} times of {cases}: {causes:?}");
    }
}

/// Stores all of local memory.
fn same_local_memory(pair: &mut Pair, what: &str) {
    for lm_addr in (0..pair.config.memory.lm_bytes).step_by(0x2000) {
        let outcome = pair.run(&[plain(&store(0, lm_addr, 0x2000))]);
        let outcome = outcome.unwrap_or_else(|e| panic!("local memory after {what}: {e}"));
        assert_eq!(outcome.fault, None);
    }
}

/// A job with a random command in it, and its place. A legal one is kept apart from all others by
/// semaphores, so that what it does is the same in any order of execution.
fn random_ring(pair: &Pair, noise: &mut Noise) -> (Vec<Command>, usize) {
    let config = pair.config.clone();
    let mut bodies = job(&config);
    let at = noise.below(bodies.len() as u32 + 1) as usize;
    loop {
        let word = random_command(noise, &config);
        if let Ok((_, body)) = decode_checked(&word, &config) {
            let clash = |a, b| overwrites_parameters(a, b, &config);
            if bodies.iter().any(|other| clash(other, &body) || clash(&body, other)) {
                continue;
            }
            bodies.insert(at, body);
            let commands = synchronised(&bodies, Some(at), &config);
            if pair.leaves_ring_alone(&commands) {
                return (commands, at);
            }
            bodies.remove(at);
        } else {
            let mut commands = synchronised(&bodies, None, &config);
            commands.insert(at, word);
            return (commands, at);
        }
    }
}

/// The comparison itself: a single bit of one byte is noticed, and a record that differs too.
#[test]
fn a_difference_is_noticed() {
    let mut pair = pair("tiny");
    let copy = [plain(&store(0x2000, 0x400, 64))];
    assert_eq!(pair.run(&copy).expect("equal").fault, None);
    pair.spoil_golden(0x421);
    let message = pair.run(&copy).expect_err("a byte differs");
    assert_eq!(message, "external byte 0x2021: golden 0x01, RTL 0x00; no fault");
    pair.spoil_golden(0x421);
    assert!(pair.run(&copy).is_ok());
    // A ring that is overwritten while it runs means one thing to golden and another to hardware.
    let garbage = [plain(&store(RING + 64, 0x400, 64)), plain(&load(0x1400, 0x400, 64))];
    assert!(!pair.leaves_ring_alone(&garbage));
    let message = pair.run(&garbage).expect_err("the records differ");
    assert_eq!(message, "golden: fault command 1: FRONT: ILLEGAL field at bit 0, RTL: no fault");
}
