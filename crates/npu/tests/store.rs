//! STORE against the reference loops, and its exact timing.

mod dma;

use dma::bench::{pattern, Bench, MemoryTiming, Random, Source};
use dma::{
    assert_faults, beats, body, causes, completion, set_window, shape, stalled, timing, wild,
};
use dma::{Case, Completion, EXTERNAL};
use seedbed_npu::dma::{DmaShape, IN_FLIGHT};
use seedbed_npu::store::Store;
use seedbed_spec::command::{Body, Move};
use seedbed_spec::timing::LM_READ;
use seedbed_spec::Window;
use std::collections::VecDeque;

const BUS_WRITE: u64 = 5;

struct Run {
    external: Vec<u8>,
    /// Cycles in which commands were taken.
    taken: Vec<u64>,
    /// Cycles of W beats.
    writes: Vec<u64>,
    done: Vec<Completion>,
}

fn lm_byte(at: usize) -> u8 {
    (at.wrapping_mul(91) >> 3) as u8 ^ at as u8
}

/// Local memory: words come `LM_READ` cycles after they were asked for.
struct LocalMemory {
    word: usize,
    coming: VecDeque<Option<u64>>,
}

impl LocalMemory {
    fn new(shape: &DmaShape) -> Self {
        LocalMemory { word: shape.word() as usize, coming: vec![None; LM_READ as usize].into() }
    }

    fn drive(&mut self, b: &mut Bench) {
        let Some(addr) = self.coming.pop_front().flatten() else { return };
        let mut limbs = vec![0u64; self.word.div_ceil(8)];
        for i in 0..self.word {
            limbs[i / 8] |= u64::from(lm_byte(addr as usize * self.word + i)) << (8 * (i % 8));
        }
        b.set_wide("lm_data", &limbs);
    }

    fn sample(&mut self, b: &Bench) {
        self.coming.push_back(b.fires("lm").then(|| b.get("lm_addr")));
    }
}

/// Runs `commands`; local memory refuses a read in `holds` percent of the cycles.
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
    let mut b = Bench::with_memory(&Store { shape }, EXTERNAL, shape.data_bits, timing);
    set_window(&mut b, window);
    let items = commands.iter().map(|c| body(&Body::Store(c.clone())));
    let mut cmd = Source::new("cmd", items, holds / 2);
    let mut lm = LocalMemory::new(&shape);
    let (mut writes, mut done) = (Vec::new(), Vec::new());
    let mut random = Random(holds);
    while done.len() < commands.len() && b.cycle < 500_000 {
        b.set("lm_ready", u64::from(random.below(100) >= holds));
        lm.drive(&mut b);
        b.drive(&mut [&mut cmd], &mut []);
        if b.fires("m_axi_w") {
            writes.push(b.cycle);
        }
        lm.sample(&b);
        done.extend(completion(&b));
        b.finish(&mut [&mut cmd], &mut []);
        let in_flight = cmd.times.len() - done.len();
        assert!(in_flight <= IN_FLIGHT as usize, "{in_flight} commands in flight");
    }
    b.assert_protocol();
    assert_eq!(done.len(), commands.len(), "it hangs");
    let external = b.memory.take().expect("a memory").bytes().to_vec();
    Run { external, taken: cmd.times, writes, done }
}

/// External memory after `commands`.
fn expected(shape: &DmaShape, commands: &[Move], window: Window) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..EXTERNAL).map(pattern).collect();
    let bus = shape.data_bits as usize / 8;
    for command in commands {
        beats(shape, command, window, |ext, at| {
            if ext as usize + bus <= EXTERNAL {
                for i in 0..bus {
                    bytes[ext as usize + i] = lm_byte((at as usize + i) % shape.lm_bytes as usize);
                }
            }
        });
    }
    bytes
}

/// The bytes that the engine leaves behind, as they should be and as they are.
fn check(case: &Case) {
    let Case { shape, commands, window, timing, holds, .. } = case;
    let run = run_in(*shape, commands, *window, *timing, *holds);
    assert!(run.external == expected(shape, commands, *window), "{case:?}");
    assert_faults(shape, commands, *window, &run.done, BUS_WRITE);
    causes(case, &run.done, BUS_WRITE);
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
fn a_long_store_writes_one_beat_per_cycle() {
    for latency in [1, 20, 100] {
        let command = Move::contiguous(0, 0, 65536);
        let run = run(shape("small"), &[command], timing(latency, 0.0), 0);
        // The command in cycle 0, the first read in 1, AW in 2, the word in 3, W in 4.
        assert_eq!((run.writes[0], run.writes[8191]), (4, 4 + 8191));
        assert_eq!(run.done[0].cycle, 4 + 8191 + u64::from(latency) + 1);
    }
}

#[test]
fn the_next_command_starts_before_the_responses_of_this_one() {
    let command = |i: u64| Move::contiguous(i * 4096, i as u32 * 1024, 128).strided(8, 512, 128);
    let commands: Vec<Move> = (0..16).map(command).collect();
    let run = run(shape("small"), &commands, timing(100, 0.0), 0);
    assert_eq!(*run.writes.last().unwrap(), 4 + 16 * 128 - 1);
    let done: Vec<u64> = run.done.iter().map(|d| d.cycle).collect();
    assert_eq!(done, (1..=16).map(|i| 4 + i * 128 - 1 + 101).collect::<Vec<u64>>());
    assert!(run.taken[1] < run.done[0].cycle);
}

#[test]
fn a_run_of_one_beat_costs_one_cycle() {
    let command = Move::contiguous(0, 0, 8).strided(100, 64, 8);
    let run = run(shape("small"), &[command], timing(1, 0.0), 0);
    assert_eq!((run.writes[0], run.writes[99]), (4, 103));
}
