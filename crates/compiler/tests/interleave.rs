//! Compiled programs are safe in any legal interleaving of the engines, and the checker that says
//! so notices a missing semaphore.

mod common;

use common::engines::{interleave, ring_order, Limits, Violation};
use common::{chain, decode, preset, program, Random};
use seedbed_spec::command::{Body, Header, Slot};
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;

type Commands = Vec<(Header, Body)>;

/// Programs of all sizes, some that spill tensors, chunk k or stream weights.
fn programs(count: usize) -> Vec<(String, Config, Commands)> {
    let mut random = Random::new(11);
    let mut all = Vec::new();
    for (name, lm_bytes) in
        [("tiny", 8192), ("tiny", 512), ("small", 65536), ("small", 2048), ("ragged", 16384)]
    {
        let mut config = preset(name);
        config.memory.lm_bytes = lm_bytes;
        for _ in 0..count {
            let layers = random.range(1, 4);
            let widths: Vec<usize> = (0..=layers).map(|_| random.range(1, 120) as usize).collect();
            let rows = random.range(1, 40) as usize;
            let graph = chain(&mut random, &widths);
            let commands = decode(&program(&graph, &config, Family::Ref, rows), &config);
            let what = format!("{name}, {lm_bytes} bytes: {rows} rows through {widths:?}");
            all.push((what, config.clone(), commands));
        }
    }
    all
}

const LIMITS: [Limits; 3] = [
    Limits { queue: 1, flight: 1 },
    Limits { queue: 4, flight: 4 },
    Limits { queue: 1000, flight: 8 },
];

#[test]
fn no_interleaving_overlaps_or_hangs() {
    let mut random = Random::new(12);
    for (what, config, commands) in programs(4) {
        for limits in LIMITS {
            for _ in 0..2 {
                assert_eq!(interleave(&commands, &config, limits, &mut random), Ok(()), "{what}");
            }
        }
    }
}

#[test]
fn ring_order_never_waits_and_leaves_no_signal() {
    for (what, _, commands) in programs(8) {
        let semaphores = ring_order(&commands).unwrap_or_else(|at| panic!("{what}: waits at {at}"));
        assert!(semaphores.iter().all(|count| *count == 0), "{what}: a signal without a wait");
    }
}

/// Removes a wait and its signal; some interleaving must then overlap.
#[test]
fn a_missing_semaphore_is_caught() {
    let mut random = Random::new(13);
    let config = preset("tiny");
    let graph = chain(&mut random, &[40, 30, 20]);
    let commands = decode(&program(&graph, &config, Family::Ref, 9), &config);
    let pairs = pairs(&commands);
    assert!(pairs.len() > 8);
    for (signal, wait, id) in pairs {
        let mut broken = commands.clone();
        clear(&mut broken[signal].0.sync.signals, id);
        clear(&mut broken[wait].0.sync.waits, id);
        assert!(ring_order(&broken).is_ok());
        let caught = (0..400).any(|_| {
            let outcome = interleave(&broken, &config, LIMITS[2], &mut random);
            matches!(outcome, Err(Violation::Overlap(..)))
        });
        assert!(caught, "commands {signal} and {wait} need no semaphore {id}");
    }
}

/// A wait before its signal hangs, and is refused in ring order.
#[test]
fn a_wait_for_a_later_command_is_caught() {
    let mut random = Random::new(14);
    let config = preset("tiny");
    let graph = chain(&mut random, &[4, 4]);
    let mut commands = decode(&program(&graph, &config, Family::Ref, 1), &config);
    commands[0].0.sync.waits[2] = Slot { id: 11, n: 1 };
    commands[4].0.sync.signals[2] = Slot { id: 11, n: 1 };
    assert_eq!(ring_order(&commands), Err(0));
    let outcome = interleave(&commands, &config, LIMITS[1], &mut random);
    assert_eq!(outcome, Err(Violation::Deadlock));
}

fn clear(slots: &mut [Slot; 3], id: u8) {
    slots.iter_mut().filter(|slot| slot.n > 0 && slot.id == id).for_each(|s| *s = Slot::default());
}

/// All (signalling command, waiting command, semaphore), matched in order.
fn pairs(commands: &Commands) -> Vec<(usize, usize, u8)> {
    let mut pairs = Vec::new();
    for id in 0..12 {
        let has = |slots: &[Slot; 3]| slots.iter().any(|slot| slot.n > 0 && slot.id == id);
        let indices = |f: &dyn Fn(&Header) -> bool| -> Vec<usize> {
            (0..commands.len()).filter(|index| f(&commands[*index].0)).collect()
        };
        let signals = indices(&|header| has(&header.sync.signals));
        let waits = indices(&|header| has(&header.sync.waits));
        assert_eq!(signals.len(), waits.len());
        pairs.extend(signals.into_iter().zip(waits).map(|(signal, wait)| (signal, wait, id)));
    }
    pairs
}
