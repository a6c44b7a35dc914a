//! The watchdog: external memory that stops answering, on each channel, ends the job with the record
//! that golden predicts; only reset helps then, and no AXI rule is broken meanwhile.

mod support {
    pub mod noise;
    pub mod pair;
    pub mod ring;
}

use seedbed_cosim::memory::{Mute, Transfer};
use seedbed_cosim::{HarnessError, MemoryTiming};
use seedbed_spec::command::{Body, Command, Matrix};
use seedbed_spec::fault::{Cause, Engine, CHANNELS};
use support::pair::{presets, Pair};
use support::ring::{job, load, plain, store, synchronised};

const TIMING: MemoryTiming = MemoryTiming { latency: 5, stall: 0.1, seed: 31 };
/// Cycles of the watchdog in these tests; memory answers far sooner.
const WATCHDOG: u32 = 100;
/// Cycles from the last progress of a job to its interrupt, beyond those of the watchdog.
const BOUND: u64 = 8;
/// STATUS after the watchdog has expired: fault and stuck, not busy.
const STUCK: u32 = 0b110;

const AR: usize = 0;
const R: usize = 1;
const AW: usize = 2;
const B: usize = 4;

fn pair(preset: &str, timing: MemoryTiming) -> Pair {
    let mut pair = Pair::simulated(preset, timing);
    pair.host().write("WATCHDOG", WATCHDOG).expect("a register");
    pair
}

/// Begins anew, so that memory holds its channels in the same cycles as after every other call: then
/// transfers come in the same order, also those of different IDs.
fn begin(pair: &mut Pair) {
    pair.set_timing(TIMING);
    pair.host().write("WATCHDOG", WATCHDOG).expect("a register");
}

fn good(pair: &Pair) -> Vec<Command> {
    synchronised(&job(&pair.config), None, &pair.config)
}

/// Where each channel stops: at the first, a middle and the last transfer, and for each ID of the reads;
/// AR before the first command, or where LOAD asks.
fn mutes(transfers: &[Transfer]) -> Vec<(Mute, u64)> {
    let mut mutes = Vec::new();
    for channel in 0..CHANNELS.len() {
        for id in 0..2 {
            let all = transfers.iter().filter(|t| t.channel == channel);
            let of_id = |t: &&Transfer| t.id == id;
            // R counts by ID, the other channels do not.
            let numbered: Vec<_> = match channel {
                R => all.filter(of_id).enumerate().collect(),
                _ => all.enumerate().filter(|(_, t)| of_id(t)).collect(),
            };
            let Some(last) = numbered.len().checked_sub(1) else { continue };
            let places = if channel == AR && id == 1 { vec![0] } else { vec![0, last / 2, last] };
            for (after, transfer) in places.into_iter().map(|place| numbered[place]) {
                mutes.push((Mute { channel, id, after: after as u64 }, transfer.addr));
            }
        }
    }
    mutes
}

#[test]
fn a_silent_channel_ends_the_job() {
    for preset in presets() {
        let mut pair = pair(preset, TIMING);
        let commands = good(&pair);
        begin(&mut pair);
        let (transfers, cycles) = pair.transfers(&commands);
        let mutes = mutes(&transfers);
        assert_eq!(mutes.len(), 3 + 1 + 6 + 9, "channels x places");
        println!("tally: {} silent channels on {preset}", mutes.len());
        for (mute, addr) in mutes {
            let what = format!("{preset}: {} at {addr:#x}", CHANNELS[mute.channel]);
            begin(&mut pair);
            let (golden, report) = pair.run_muted(&commands, mute, addr);
            let report = report.unwrap_or_else(|e| panic!("{what}: {e}"));
            let (golden, rtl) = (golden.expect("a fault"), report.fault.expect("a fault"));
            let record = |f: seedbed_spec::fault::FaultRecord| (f.index, f.engine, f.cause);
            assert_eq!(record(rtl), record(golden), "{what}");
            assert_eq!(golden.cause, Cause::Watchdog, "{what}");
            assert_eq!(rtl.address >> mute.channel & 1, 1, "{what}: {rtl}");
            let limit = cycles + u64::from(WATCHDOG) + BOUND;
            assert!(report.cycles <= limit, "{what}: {} of {limit} cycles", report.cycles);
            stays_stuck(&mut pair, &what);
            pair.reset();
            pair.host().write("WATCHDOG", WATCHDOG).expect("a register");
            let outcome = pair.run(&commands).unwrap_or_else(|e| panic!("after {what}: {e}"));
            assert_eq!(outcome.fault, None, "after {what}");
        }
    }
}

/// Restart does nothing; a doorbell is answered with the same fault.
fn stays_stuck(pair: &mut Pair, what: &str) {
    let host = pair.host();
    let index = host.read("FAULT_INDEX");
    assert_eq!(host.read("STATUS"), Ok(STUCK), "{what}");
    host.restart().expect("ignored, not refused");
    let again = host.run(1, 100).unwrap_or_else(|e| panic!("a doorbell after {what}: {e}"));
    assert!(again.cycles <= BOUND, "{what}: {}", again.cycles);
    assert_eq!((host.read("STATUS"), host.read("FAULT_INDEX")), (Ok(STUCK), index), "{what}");
}

#[test]
fn late_answers_break_nothing() {
    for preset in presets() {
        for channel in [AR, AW, 3, B] {
            let mut pair = pair(preset, TIMING);
            let commands = good(&pair);
            begin(&mut pair);
            let (transfers, _) = pair.transfers(&commands);
            // Not a command's own address: LOAD's.
            let mut of_channel = transfers.iter().filter(|t| t.channel == channel);
            let after = of_channel.clone().position(|t| t.id == 0).expect("a transfer");
            let addr = of_channel.nth(after).expect("a transfer").addr;
            begin(&mut pair);
            let (_, report) =
                pair.run_muted(&commands, Mute { channel, id: 0, after: after as u64 }, addr);
            let fault = report.expect("an interrupt").fault;
            let host = pair.host();
            host.harness().memory().unmute();
            for _ in 0..2000 {
                host.harness().step();
            }
            assert_eq!(host.harness().check_protocol(), Ok(()), "{preset}: {}", CHANNELS[channel]);
            assert_eq!(host.read("STATUS"), Ok(STUCK));
            assert_eq!(host.read("FAULT_INDEX").ok(), fault.map(|f| f.index));
        }
    }
}

#[test]
fn it_bites_at_the_stated_cycle_or_not_at_all() {
    let mut pair = Pair::simulated("tiny", MemoryTiming::default());
    let commands = good(&pair);
    let mute = Mute { channel: AR, id: 1, after: 0 };
    let mut cycles = |limit: u32| {
        pair.reset();
        pair.host().write("WATCHDOG", limit).expect("a register");
        let (_, report) = pair.run_muted(&commands, mute, support::pair::RING);
        report.map(|report| report.cycles)
    };
    let first = cycles(1).expect("an interrupt");
    assert_eq!(first, 4, "cycles from the doorbell to the interrupt");
    for limit in [2, 17, 1000] {
        assert_eq!(cycles(limit), Ok(first + u64::from(limit) - 1), "limit {limit}");
    }
    assert!(matches!(cycles(0), Err(HarnessError::Hang { .. })));
}

/// MATRIX needs nothing of external memory: it may take its time.
#[test]
fn long_work_is_progress() {
    let mut pair = pair("tiny", TIMING);
    let [.., Body::Matrix(matrix)] = &job(&pair.config)[..4] else { unreachable!() };
    let slow = Body::Matrix(Matrix {
        out_w: 16,
        k_tiles: 64,
        n_tiles: 2,
        a_stride_w: 0,
        ..matrix.clone()
    });
    let mut bodies = job(&pair.config);
    bodies[3] = slow;
    let commands = synchronised(&bodies, None, &pair.config);
    let outcome = pair.run(&commands).expect("both agree");
    assert_eq!(outcome.fault, None);
    assert!(pair.host().read("MATRIX_BUSY").expect("a register") > 10 * WATCHDOG);
}

/// LOAD's data wait in its buffer while MATRIX has the bank, and are written one per cycle afterwards:
/// nothing moves on the bus then, but memory owes nothing.
#[test]
fn data_that_are_here_are_progress() {
    let prompt = MemoryTiming { latency: 1, stall: 0.0, seed: 1 };
    let mut pair = pair("tiny", prompt);
    let limit = 24;
    pair.host().write("WATCHDOG", limit).expect("a register");
    let [.., Body::Matrix(matrix)] = &job(&pair.config)[..4] else { unreachable!() };
    let slow = Body::Matrix(Matrix { out_w: 64, k_tiles: 16, a_stride_w: 0, ..matrix.clone() });
    let (first, second) = (load(0x1000, 0, 0x100), load(0x1000, 0x400, 0x100));
    let commands = [
        support::ring::with_sync(&first, &[], &[(0, 1)]),
        support::ring::with_sync(&slow, &[(0, 1)], &[]),
        plain(&second),
    ];
    let outcome = pair.run(&commands).expect("both agree");
    assert_eq!(outcome.fault, None);
    // MATRIX reads the bank in almost every cycle, and LOAD has it only then.
    let beats = 0x100 / pair.config.bus_bytes();
    assert!(beats > 2 * limit);
    assert!(pair.host().read("LM_CONFLICTS").expect("a register") > 500);
}

/// One rule: a wait that nothing can meet is a deadlock, at once; memory that does not answer is for the
/// watchdog, also when other commands wait for it.
#[test]
fn a_deadlock_is_not_the_watchdogs() {
    let mut pair = pair("tiny", TIMING);
    let wait = support::ring::with_sync(&load(0x1400, 0x400, 16), &[(9, 1)], &[]);
    let fault = pair.run(&[wait]).expect("both agree").fault.expect("a fault");
    assert_eq!((fault.cause, fault.engine, fault.address), (Cause::Deadlock, Engine::Front, 9));
    // The LOAD hangs, the STORE waits for it, and another STORE has nothing to do with them.
    let hangs = support::ring::with_sync(&load(0x1400, 0x400, 16), &[], &[(9, 1)]);
    let waits = support::ring::with_sync(&store(0x2400, 0x400, 16), &[(9, 1)], &[]);
    let commands = [plain(&store(0x2600, 0x500, 16)), hangs, waits];
    let mute = Mute { channel: R, id: 0, after: 0 };
    let (golden, report) = pair.run_muted(&commands, mute, 0x1400);
    let rtl = report.expect("an interrupt").fault.expect("a fault");
    assert_eq!((rtl.index, rtl.engine, rtl.cause), (1, Engine::Load, Cause::Watchdog));
    assert_eq!((rtl.address, golden.map(|f| f.index)), (0b10, Some(1)));
}
