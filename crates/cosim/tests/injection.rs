//! Error responses at every engine's beats, and reset in any state: the record is golden's, the job ends
//! within its bound, and the next job is correct.

mod support {
    pub mod noise;
    pub mod pair;
    pub mod random_command;
    pub mod ring;
}

use seedbed_cosim::memory::{Transfer, DECERR, SLVERR};
use seedbed_cosim::MemoryTiming;
use seedbed_spec::command::Command;
use seedbed_spec::fault::{Cause, Engine};
use std::collections::BTreeMap;
use support::noise::Noise;
use support::pair::{cases, presets, Pair, RING};
use support::random_command::random_command;
use support::ring::{job, synchronised};

/// Memory that answers at once, and one that holds every channel half of the time.
const TIMINGS: [MemoryTiming; 2] = [
    MemoryTiming { latency: 1, stall: 0.0, seed: 41 },
    MemoryTiming { latency: 20, stall: 0.5, seed: 41 },
];
/// The place in `Transfer::channel` of what answers to each engine: its read beats, or the beats it writes.
const R: usize = 1;
const W: usize = 3;
/// Cycles that a job which meets a fault takes at most, beyond those of the whole job.
const BOUND: u64 = 16;

fn good(pair: &Pair) -> Vec<Command> {
    synchronised(&job(&pair.config), None, &pair.config)
}

fn good_job(pair: &mut Pair, what: &str) {
    let outcome = pair.run(&good(pair)).unwrap_or_else(|e| panic!("a good job after {what}: {e}"));
    assert_eq!(outcome.fault, None, "a good job after {what}");
}

/// The first, a middle and the last of some things.
fn three<T: Clone>(all: &[T]) -> [T; 3] {
    [&all[0], &all[all.len() / 2], &all[all.len() - 1]].map(Clone::clone)
}

/// First, middle and last beat of the first, a middle and the last burst of an engine.
fn places(transfers: &[Transfer], engine: Engine) -> Vec<(&'static str, u64)> {
    let (channel, id) = match engine {
        Engine::Front => (R, 1),
        Engine::Load => (R, 0),
        _ => (W, 0),
    };
    let beats: Vec<_> = transfers.iter().filter(|t| (t.channel, t.id) == (channel, id)).collect();
    let bursts: Vec<_> = beats.split(|t| t.beat + 1 == t.beats).map(<[_]>::len).collect();
    // `split` takes the last beat of each burst away.
    let mut start = 0;
    let mut all = Vec::new();
    for length in bursts {
        if let Some(burst) = beats.get(start..=start + length) {
            all.push(burst);
        }
        start += length + 1;
    }
    let mut places = Vec::new();
    for burst in three(&all) {
        let names = ["first", "middle", "last"];
        places.extend(names.into_iter().zip(three(burst).map(|beat| beat.addr)));
    }
    places
}

fn cause(engine: Engine) -> Cause {
    match engine {
        Engine::Front => Cause::Fetch,
        Engine::Load => Cause::BusRead,
        _ => Cause::BusWrite,
    }
}

#[test]
fn every_engine_survives_errors_at_any_beat() {
    let mut tally = BTreeMap::new();
    for preset in presets() {
        let mut pair = Pair::simulated(preset, TIMINGS[0]);
        let bus = pair.config.bus_bytes() as usize;
        for (timing, stalled) in TIMINGS.into_iter().zip([false, true]) {
            pair.set_timing(timing);
            let commands = good(&pair);
            let (transfers, whole) = pair.transfers(&commands);
            for engine in [Engine::Front, Engine::Load, Engine::Store] {
                for (beat, addr) in places(&transfers, engine) {
                    for response in [SLVERR, DECERR] {
                        let what = format!("{preset}: {engine}, {beat} beat at {addr:#x}");
                        let at = addr as usize;
                        pair.refuse(at..at + bus, response);
                        let outcome = pair.run(&commands);
                        let fault = outcome.unwrap_or_else(|e| panic!("{what}: {e}")).fault;
                        let found = fault.map(|fault| (fault.engine, fault.cause));
                        assert_eq!(found, Some((engine, cause(engine))), "{what}");
                        // Holds are random: they may fall otherwise.
                        let limit = whole * if stalled { 2 } else { 1 } + BOUND;
                        assert!(pair.cycles() <= limit, "{what}: {} cycles", pair.cycles());
                        pair.refuse(0..0, SLVERR);
                        good_job(&mut pair, &what);
                        *tally.entry((engine, beat, response, stalled)).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    for engine in [Engine::Front, Engine::Load, Engine::Store] {
        let of = tally.iter().filter(|(key, _)| key.0 == engine);
        let (kinds, errors) = of.fold((0, 0), |(kinds, all), (_, n)| (kinds + 1, all + n));
        println!("tally: {errors} error responses to {engine}, {kinds} kinds of beat and response");
    }
    // 3 engines, 3 beats, 2 responses, 2 timings, each in 3 bursts per preset.
    assert_eq!(tally.len(), 3 * 3 * 2 * 2);
    assert!(tally.values().all(|n| *n >= 3 * presets().len()));
}

#[test]
fn a_reset_in_any_state_is_a_clean_start() {
    let resets = cases("SEEDBED_FAULTS_RESETS", 60);
    for (preset, seed) in presets().iter().zip(1..) {
        let (mut pair, mut noise) = (Pair::simulated(preset, TIMINGS[1]), Noise(seed));
        let commands = good(&pair);
        let (_, whole) = pair.transfers(&commands);
        let (mut busy, mut faulty) = (0, 0);
        for case in 0..resets {
            let mut commands = commands.clone();
            let wrong = noise.below(3) == 0;
            if wrong {
                let at = noise.below(commands.len() as u32) as usize;
                commands.insert(at, random_command(&mut noise, &pair.config));
            }
            let steps = u64::from(noise.below(whole as u32 + 40));
            let status = pair.start(&commands, steps);
            busy += status & 1;
            faulty += status >> 1 & 1;
            pair.reset();
            let host = pair.host();
            assert_eq!(host.read("STATUS"), Ok(0), "{preset}: reset {case}");
            assert_eq!(host.read("FAULT_INFO"), Ok(0), "{preset}: reset {case}");
            good_job(&mut pair, &format!("{preset}: reset {case} after {steps} cycles"));
        }
        println!("tally: {resets} resets on {preset}: {busy} while busy, {faulty} with a fault");
        assert!(
            busy * 2 > resets && faulty * 20 > resets,
            "{preset}: {busy}, {faulty} of {resets}"
        );
    }
}

/// The bench's injection itself: without it there is no fault at the same place.
#[test]
fn errors_are_only_where_they_are_injected() {
    let mut pair = Pair::simulated("tiny", TIMINGS[0]);
    let commands = good(&pair);
    pair.refuse(
        RING as usize + 64 * commands.len()..RING as usize + 64 * commands.len() + 64,
        DECERR,
    );
    assert_eq!(pair.run(&commands).expect("both agree").fault, None);
}
