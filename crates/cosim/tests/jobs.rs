//! What a host may do while a job runs: ring the doorbell again, let the ring wrap, ask for a restart.
//! Whenever it happens, the commands execute once and in order, and the record is golden's.

mod support {
    pub mod noise;
    pub mod pair;
    pub mod ring;
}

use seedbed_cosim::MemoryTiming;
use seedbed_spec::command::Command;
use seedbed_spec::fault::{Cause, Engine};
use support::pair::{presets, Pair};
use support::ring::{job, synchronised};

const TIMING: MemoryTiming = MemoryTiming { latency: 3, stall: 0.0, seed: 51 };

fn good(pair: &Pair) -> Vec<Command> {
    synchronised(&job(&pair.config), None, &pair.config)
}

/// Feeds a job in two parts, the second one after `gap` cycles, in a ring in which it begins at `head`.
#[test]
fn a_doorbell_feeds_a_job_that_runs_or_begins_another() {
    for preset in presets() {
        let mut pair = Pair::simulated(preset, TIMING);
        let commands = good(&pair);
        let whole = pair.transfers(&commands).1;
        let (mut fed, mut begun) = (0, 0);
        for first in [1, 4, 9] {
            for gap in (0..whole).step_by(13) {
                let what = format!("{preset}: {first} commands, then the rest {gap} cycles later");
                let done = pair.run_in_parts(&commands, 0, first, gap, &what);
                match done as usize {
                    n if n == commands.len() => fed += 1,
                    n if n == commands.len() - first as usize => begun += 1,
                    n => panic!("{what}: COMMANDS is {n}"),
                }
            }
        }
        assert!(fed > 20 && begun > 20, "{preset}: {fed} fed, {begun} begun");
    }
}

#[test]
fn the_ring_wraps_within_a_job() {
    for preset in presets() {
        let mut pair = Pair::simulated(preset, TIMING);
        let commands = good(&pair);
        for head in 0..commands.len() as u32 {
            let what = format!("{preset}: from slot {head}");
            let done = pair.run_in_parts(&commands, head, 5, 20, &what);
            assert_eq!(done as usize, commands.len(), "{what}");
        }
    }
}

#[test]
fn a_restart_while_busy_is_ignored() {
    for preset in presets() {
        let mut pair = Pair::simulated(preset, TIMING);
        let commands = good(&pair);
        let whole = pair.transfers(&commands).1;
        for gap in (0..whole - 20).step_by(7) {
            let status = pair.start(&commands, gap);
            pair.host().restart().expect("ignored, not refused");
            let busy = pair.host().read("STATUS").expect("a register");
            assert_eq!((status, busy & 2), (1, 0), "{preset}: {gap}");
            pair.finish(&commands, &format!("{preset}: a restart after {gap} cycles"));
        }
    }
}

/// A doorbell that comes while a job drains, or after it, gets nothing executed until the restart.
#[test]
fn a_doorbell_after_a_fault_is_answered_with_the_fault() {
    for preset in presets() {
        let mut pair = Pair::simulated(preset, TIMING);
        let mut commands = good(&pair);
        commands[4] = Command::default();
        for gap in (0..400).step_by(11) {
            pair.start(&commands[..6], gap);
            let host = pair.host();
            host.write("DOORBELL", 5).expect("a register");
            host.harness().wait_irq(1000).expect("an interrupt");
            pair.wait_idle("a doorbell after a fault");
            let host = pair.host();
            assert_eq!(host.read("FAULT_INDEX"), Ok(4), "{preset}: {gap}");
            assert_eq!(
                host.read("FAULT_INFO"),
                Ok(Cause::Illegal.code() | Engine::Front.code() << 8)
            );
            assert_eq!(host.harness().check_protocol(), Ok(()));
            let again = host.run(3, 100).expect("an interrupt");
            assert_eq!((again.fault.map(|f| f.index), again.counter("COMMANDS")), (Some(4), 0));
            host.restart().expect("a register");
            let fine = good(&pair);
            assert_eq!(pair.run(&fine).expect("both agree").fault, None, "{preset}: {gap}");
        }
    }
}

#[test]
fn a_doorbell_of_no_commands_is_an_empty_job() {
    let mut pair = Pair::simulated("tiny", TIMING);
    let commands = good(&pair);
    assert_eq!(pair.run(&commands).expect("both agree").fault, None);
    let report = pair.host().run(0, 100).expect("an interrupt");
    assert_eq!((report.fault, report.counter("COMMANDS")), (None, 0));
    assert_eq!(pair.run(&commands).expect("both agree").fault, None);
}
