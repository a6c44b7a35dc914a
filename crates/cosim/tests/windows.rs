//! Address windows: the RTL and the golden machine refuse the same transfers at the same address, and
//! nothing outside is ever asked for (the bench's AXI checker knows the windows).

mod support {
    pub mod noise;
    pub mod pair;
    pub mod random_command;
    pub mod ring;
}

use seedbed_cosim::MemoryTiming;
use seedbed_golden::machine::{Outcome, Windows};
use seedbed_spec::command::{decode_checked, Body, Command, Move, Opcode};
use seedbed_spec::fault::{Cause, Engine, FaultRecord};
use seedbed_spec::Window;
use support::noise::Noise;
use support::pair::{presets, Pair, RING};
use support::random_command::{overwrites_parameters, random_command};
use support::ring::{job, load, plain, store, synchronised};

const TIMING: MemoryTiming = MemoryTiming { latency: 5, stall: 0.1, seed: 23 };

/// Where the jobs of these tests read, ring included, and where they write.
const JOB: Windows =
    Windows { read: Window { first: 1, last: 3 }, write: Window { first: 2, last: 2 } };

fn pair(preset: &str) -> Pair {
    Pair::simulated(preset, TIMING)
}

fn agree(pair: &mut Pair, what: &str, commands: &[Command]) -> Outcome {
    pair.run(commands).unwrap_or_else(|e| panic!("{what}: {e}"))
}

/// A job whose command 3 is `bad`, then the same job without it.
fn fault_in_job(pair: &mut Pair, what: &str, bad: &Body) -> Option<FaultRecord> {
    let good = synchronised(&job(&pair.config), None, &pair.config);
    let mut commands = good.clone();
    commands.insert(3, plain(bad));
    let fault = agree(pair, what, &commands).fault;
    assert_eq!(agree(pair, what, &good).fault, None, "a good job after {what}");
    fault
}

#[test]
fn each_direction_has_its_window() {
    for preset in presets() {
        let mut pair = pair(preset);
        pair.set_windows(JOB);
        let lm = pair.config.memory.lm_bytes - 256;
        let strided = |ext, stride| Move::contiguous(ext, lm, 32).strided(4, stride, 32);
        let (l, s) = (Engine::Load, Engine::Store);
        let cases = [
            ("LOAD up to the end", Body::Load(Move::contiguous(0x3fe0, lm, 32)), None),
            ("LOAD before", load(0xfc0, lm, 32), Some((l, 0xfc0))),
            ("LOAD into", load(0xff0, lm, 32), Some((l, 0xff0))),
            ("LOAD behind", load(0x4000, lm, 32), Some((l, 0x4000))),
            ("LOAD out of", load(0x3ff0, lm, 32), Some((l, 0x4000))),
            ("the third run of LOAD", Body::Load(strided(0x3f70, 64)), Some((l, 0x4000))),
            ("runs of LOAD backwards", Body::Load(strided(0x1040, -64)), Some((l, 0xfc0))),
            ("STORE inside", store(0x2fc0, lm, 64), None),
            ("STORE where LOAD may", store(0x1800, lm, 64), Some((s, 0x1800))),
            ("STORE out of", store(0x2fe0, lm, 64), Some((s, 0x3000))),
            ("the second run of STORE", Body::Store(strided(0x2fc0, 64)), Some((s, 0x3000))),
        ];
        for (what, body, expected) in cases {
            let fault = fault_in_job(&mut pair, what, &body);
            let expected = expected.map(|(engine, address)| FaultRecord {
                index: 3,
                engine,
                cause: Cause::Window,
                address,
            });
            assert_eq!(fault, expected, "{preset}: {what}");
        }
    }
}

#[test]
fn a_window_goes_before_other_faults_of_its_command() {
    let mut pair = pair("tiny");
    // The first run is outside memory or LM, a later one outside the window.
    pair.set_windows(Windows { read: Window::of(0x1000, 0x4fff), write: Window::of(0, 0x4fff) });
    let lm = pair.config.memory.lm_bytes;
    for lm_addr in [0x800, lm - 16] {
        let body = Move::contiguous(0x4fc0, lm_addr, 64).strided(2, 64, 64);
        for body in [Body::Load(body.clone()), Body::Store(body)] {
            let fault = fault_in_job(&mut pair, "two faults", &body).expect("a fault");
            assert_eq!((fault.cause, fault.address), (Cause::Window, 0x5000));
        }
    }
}

/// A limit beyond the bus does not matter: a run leaves the window where the addresses end.
#[test]
fn the_last_address_of_the_bus_ends_every_window() {
    let mut pair = pair("tiny");
    let end = 1 << pair.config.bus.addr_bits;
    let far = Window::of(0x1000, end + 0x5000);
    pair.set_windows(Windows { read: far, write: far });
    for body in [load(end - 0x20, 0x800, 64), store(end - 0x20, 0x800, 64)] {
        let fault = fault_in_job(&mut pair, "beyond the bus", &body).expect("a fault");
        assert_eq!((fault.cause, fault.address), (Cause::Window, 0));
    }
}

#[test]
fn the_ring_lies_in_the_read_window() {
    for preset in presets() {
        let mut pair = pair(preset);
        let commands = synchronised(&job(&pair.config), None, &pair.config);
        for (page, inside) in [(1, 3), (1, 0), (2, commands.len()), (3, 5)] {
            let ring = 0x1000 * (page + 1) - 64 * inside as u64;
            let read = Window { first: 1, last: page };
            pair.set_windows(Windows { read, write: Window::ALL });
            let outcome = pair.run_at(ring, &commands).unwrap_or_else(|e| panic!("{preset}: {e}"));
            let expected = (inside < commands.len()).then_some(FaultRecord {
                index: inside as u32,
                engine: Engine::Front,
                cause: Cause::Window,
                address: 0x1000 * (page + 1),
            });
            assert_eq!(outcome.fault, expected, "{preset}: {inside} commands inside");
        }
    }
}

#[test]
fn an_empty_window_stops_everything() {
    let mut pair = pair("tiny");
    let commands = synchronised(&job(&pair.config), None, &pair.config);
    pair.set_windows(Windows { read: Window { first: 4, last: 3 }, write: Window::ALL });
    let fault = agree(&mut pair, "no reads", &commands).fault.expect("a fault");
    assert_eq!((fault.index, fault.engine, fault.address), (0, Engine::Front, RING));
    pair.set_windows(Windows { read: Window::ALL, write: Window { first: 1, last: 0 } });
    let fault = agree(&mut pair, "no writes", &commands).fault.expect("a fault");
    assert_eq!((fault.engine, fault.address), (Engine::Store, 0x2000));
    // Beyond the address bits of this bus.
    let beyond = Window { first: 1 << 20, last: Window::ALL.last };
    pair.set_windows(Windows { read: Window::ALL, write: beyond });
    assert_eq!(agree(&mut pair, "far writes", &commands).fault, Some(fault));
}

#[test]
fn a_lock_holds_until_reset() {
    let mut pair = pair("tiny");
    let commands = synchronised(&job(&pair.config), None, &pair.config);
    let all = pair.host().read("WRITE_WINDOW_LIMIT_HI").expect("a register");
    assert_eq!(all, 0xffff);
    pair.set_windows(JOB);
    let host = pair.host();
    host.write("WINDOW_LOCK", 2).expect("a register");
    host.write("WINDOW_LOCK", 0).expect("a register");
    for (register, value) in [("WRITE_WINDOW_BASE_LO", 0), ("WRITE_WINDOW_LIMIT_HI", 0xffff)] {
        let before = host.read(register).expect("a register");
        host.write(register, value).expect("ignored, not refused");
        assert_eq!(host.read(register), Ok(before), "{register}");
    }
    host.write("READ_WINDOW_BASE_LO", 0x1000).expect("not locked");
    host.restart().expect("a register");
    assert_eq!(host.read("WINDOW_LOCK"), Ok(2));
    assert_eq!(agree(&mut pair, "a locked window", &commands).fault, None);
    pair.host().harness().reset();
    assert_eq!(pair.host().read("WINDOW_LOCK"), Ok(0));
    assert_eq!(pair.host().read("WRITE_WINDOW_BASE_LO"), Ok(0));
}

/// Windows that begin and end near what random commands touch.
fn random_windows(noise: &mut Noise) -> Windows {
    let mut window = |most: u32| {
        let first = u64::from(noise.below(most));
        Window { first, last: first.max(2) + u64::from(noise.below(4)) }
    };
    let write = window(3);
    // The ring is on page 3, what the job reads on page 1.
    Windows { read: Window { last: window(1).last.max(3), first: write.first.min(1) }, write }
}

#[test]
fn random_moves_in_random_windows() {
    for preset in presets() {
        let cases = if *preset == "tiny" { 300 } else { 150 };
        let (mut pair, mut noise) = (pair(preset), Noise(7));
        let mut barred = [0; 2];
        for case in 0..cases {
            pair.set_windows(random_windows(&mut noise));
            let commands = random_ring(&pair, &mut noise);
            let outcome = agree(&mut pair, &format!("{preset}: case {case}"), &commands);
            let Some(fault) = outcome.fault.filter(|fault| fault.cause == Cause::Window) else {
                continue;
            };
            barred[usize::from(fault.engine == Engine::Store)] += 1;
        }
        println!(
            "tally: {cases} random moves on {preset}, out of windows (LOAD, STORE): {barred:?}"
        );
        let least = cases / 12;
        assert!(barred.iter().all(|n| *n > least), "{preset}: {barred:?} of {cases}");
    }
}

/// A job with a random LOAD or STORE in it, kept apart from the others.
fn random_ring(pair: &Pair, noise: &mut Noise) -> Vec<Command> {
    let config = &pair.config;
    let mut bodies = job(config);
    let at = noise.below(bodies.len() as u32 + 1) as usize;
    loop {
        let Ok((_, body)) = decode_checked(&random_command(noise, config), config) else {
            continue;
        };
        let moves = matches!(body.opcode(), Opcode::Load | Opcode::Store);
        if !moves || overwrites_parameters(&body, &body, config) {
            continue;
        }
        bodies.insert(at, body);
        let commands = synchronised(&bodies, Some(at), config);
        if pair.leaves_ring_alone(&commands) {
            return commands;
        }
        bodies.remove(at);
    }
}

/// The rule of the AXI checker that these tests rely on: RTL with open windows breaks the window that
/// the checker alone knows.
#[test]
fn an_address_outside_is_noticed() {
    let mut pair = pair("tiny");
    let all = |w: Window| vec![w.bytes()];
    let (read, write) = (all(JOB.read), all(Window::of(0, 0xfff)));
    pair.host().harness().checker().set_windows(read, write);
    let commands = synchronised(&job(&pair.config), None, &pair.config);
    let message = pair.run(&commands).expect_err("a STORE outside");
    assert!(message.contains("OutsideWindow: AW of 0x2000"), "{message}");
}
