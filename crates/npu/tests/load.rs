//! LOAD against the reference loops, and its exact timing.

mod dma;

use dma::bench::{pattern, Bench, MemoryTiming, Random, Source};
use dma::{
    assert_faults, beats, body, causes, completion, set_window, shape, stalled, timing, wild,
};
use dma::{Case, Completion, EXTERNAL};
use seedbed_npu::dma::{DmaShape, IN_FLIGHT};
use seedbed_npu::load::Load;
use seedbed_spec::command::{Body, Move};
use seedbed_spec::Window;

const BUS_READ: u64 = 4;

struct Run {
    lm: Vec<u8>,
    /// Cycles in which commands were taken.
    taken: Vec<u64>,
    /// Cycles of LM writes.
    writes: Vec<u64>,
    done: Vec<Completion>,
}

/// Runs `commands`; local memory refuses a write in `holds` percent of the cycles.
fn run(shape: DmaShape, commands: &[Move], timing: MemoryTiming, holds: u64) -> Run {
    run_in(shape, commands, Window::ALL, timing, holds)
}

/// The same in a window.
fn run_in(
    shape: DmaShape,
    commands: &[Move],
    window: Window,
    timing: MemoryTiming,
    holds: u64,
) -> Run {
    let mut b = Bench::with_memory(&Load { shape }, EXTERNAL, shape.data_bits, timing);
    set_window(&mut b, window);
    let items = commands.iter().map(|c| body(&Body::Load(c.clone())));
    let mut cmd = Source::new("cmd", items, holds / 2);
    let (mut writes, mut done) = (Vec::new(), Vec::new());
    let mut lm = vec![0xee; shape.lm_bytes as usize];
    let mut random = Random(holds);
    while done.len() < commands.len() && b.cycle < 500_000 {
        b.set("lm_ready", u64::from(random.below(100) >= holds));
        b.drive(&mut [&mut cmd], &mut []);
        if b.fires("lm") {
            writes.push(b.cycle);
            write(&b, &shape, &mut lm);
        }
        done.extend(completion(&b));
        b.finish(&mut [&mut cmd], &mut []);
        let in_flight = cmd.times.len() - done.len();
        assert!(in_flight <= IN_FLIGHT as usize, "{in_flight} commands in flight");
    }
    b.assert_protocol();
    assert_eq!(done.len(), commands.len(), "it hangs");
    Run { lm, taken: cmd.times, writes, done }
}

/// Applies an LM write, granule by granule.
fn write(b: &Bench, shape: &DmaShape, lm: &mut [u8]) {
    let (word, granule) = (shape.word() as usize, shape.granule() as usize);
    let (data, mask) = (b.get_wide("lm_data"), b.get("lm_mask"));
    for i in (0..word).filter(|i| mask >> (i / granule) & 1 == 1) {
        lm[b.get("lm_addr") as usize * word + i] = (data[i / 8] >> (8 * (i % 8))) as u8;
    }
}

/// Local memory after `commands`.
fn expected(shape: &DmaShape, commands: &[Move], window: Window) -> Vec<u8> {
    let mut lm = vec![0xee; shape.lm_bytes as usize];
    let bus = shape.data_bits as usize / 8;
    for command in commands {
        beats(shape, command, window, |ext, at| {
            let read = |i: usize| if ext as usize + bus > EXTERNAL { 0 } else { pattern(i) };
            if at < shape.lm_bytes {
                for i in 0..bus {
                    lm[at as usize + i] = read(ext as usize + i);
                }
            }
        });
    }
    lm
}

/// The bytes that the engine leaves behind, as they should be and as they are.
fn check(case: &Case) {
    let Case { shape, commands, window, timing, holds, .. } = case;
    let run = run_in(*shape, commands, *window, *timing, *holds);
    assert!(run.lm == expected(shape, commands, *window), "{case:?}");
    assert_faults(shape, commands, *window, &run.done, BUS_READ);
    causes(case, &run.done, BUS_READ);
}

#[test]
fn random_commands_under_random_stalls() {
    stalled().iter().for_each(check);
}

#[test]
fn a_command_that_leaves_a_memory_reports_it_and_the_others_do_not() {
    wild(Window::ALL).iter().for_each(check);
}

#[test]
fn a_command_stops_where_it_leaves_the_window() {
    // From inside memory to beyond its end.
    wild(Window::of(0x1_c000, 0x2_0000)).iter().for_each(check);
}

#[test]
fn a_long_load_writes_one_beat_per_cycle() {
    for latency in [1, 20, 100] {
        let command = Move::contiguous(0, 0, 65536);
        let run = run(shape("small"), &[command], timing(latency, 0.0), 0);
        // The command in cycle 0, AR in 2, R after the latency, a cycle through the buffer.
        let first = 2 + u64::from(latency) + 1;
        assert_eq!((run.writes[0], run.writes[8191]), (first, first + 8191));
        assert_eq!(run.done[0].cycle, first + 8192);
    }
}

#[test]
fn commands_and_strided_runs_follow_each_other_without_a_gap() {
    // 16 commands of 8 runs of 128 bytes: the addresses of the next go out during this one's data.
    let command = |i: u64| Move::contiguous(i * 4096, i as u32 * 1024, 128).strided(8, 512, 128);
    let commands: Vec<Move> = (0..16).map(command).collect();
    let run = run(shape("small"), &commands, timing(100, 0.0), 0);
    assert_eq!(*run.writes.last().unwrap(), 103 + 16 * 128 - 1);
    let done: Vec<u64> = run.done.iter().map(|d| d.cycle).collect();
    assert_eq!(done, (1..=16).map(|i| 103 + i * 128).collect::<Vec<u64>>());
    assert_eq!(run.taken[..2], [0, 8]);
}

#[test]
fn a_run_of_one_beat_costs_one_cycle() {
    let command = Move::contiguous(0, 0, 8).strided(100, 64, 8);
    let run = run(shape("small"), &[command], timing(1, 0.0), 0);
    assert_eq!((run.writes[0], run.writes[99]), (4, 103));
}
