//! Measures the simulator on weight-stationary arrays and on random control logic:
//! `cargo run --release -p seedbed-sim --example speed [side] [cycles]`.

#[path = "../tests/support/array.rs"]
mod array;
#[path = "../tests/support/soup.rs"]
mod soup;
#[path = "../tests/support/mod.rs"]
mod support;

use array::Array;
use seedbed_hdl::{elaborate, Settings};
use seedbed_sim::Simulator;
use std::time::Instant;

fn main() {
    let mut args = std::env::args().skip(1).map_while(|a| a.parse::<u32>().ok());
    let side = args.next().unwrap_or(16);
    let cycles = args.next().unwrap_or(3_000_000 / (side * side).max(30)).max(2001);
    let start = Instant::now();
    let design = elaborate(&Array { rows: side, columns: side }, &Settings::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let elaborated = start.elapsed();
    let start = Instant::now();
    let mut sim = Simulator::new(&design);
    println!("{side}x{side}: elaborate {elaborated:?}, compile {:?}", start.elapsed());
    println!("  {:?}", sim.size());
    run(&mut sim, "streaming", cycles, |c, r| if c % side == 0 { r } else { 0 });
    run(&mut sim, "idle", cycles, |_, _| 0);
    for (count, width) in [(5000, 40), (5000, 1), (1000, 512)] {
        random_logic(count, width);
    }
}

/// Runs random logic of `count` operators on values of up to `width` bits.
fn random_logic(count: usize, width: u32) {
    let mut sim = Simulator::new(&soup::soup(count, width, 500));
    println!("random logic up to {width} bits: {:?}", sim.size());
    let inputs: Vec<_> = (0..8).filter_map(|i| sim.input(&format!("i{i}"))).collect();
    let out = sim.output("o0").expect("a port");
    sim.set(sim.input("rst_n").expect("a port"), 1);
    let (mut random, mut check) = (support::Random(7), 0u64);
    let mut clock = Clock::default();
    for cycle in 0..20_001 {
        clock.lap(cycle);
        sim.set(inputs[cycle % 8], random.next());
        sim.tick();
        check = check.rotate_left(1) ^ sim.get(out);
    }
    println!("  {clock}, check {check:016x}");
}

/// Runs with random activations; `load` gives the weight load lines.
fn run(sim: &mut Simulator, what: &str, cycles: u32, load: impl Fn(u32, u64) -> u64) {
    let [rst_n, acts, plane, load_port, weights] =
        ["rst_n", "acts", "plane", "load", "weights"].map(|n| sim.input(n).expect("a port"));
    let sums = sim.output("sums").expect("a port");
    sim.set(rst_n, 1);
    let (mut random, mut check) = (1u64, 0u64);
    let mut limbs = [0; 32];
    let mut clock = Clock::default();
    for cycle in 0..cycles {
        clock.lap(cycle as usize);
        random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        if what == "streaming" {
            limbs.iter_mut().enumerate().for_each(|(i, l)| *l = random.rotate_left(i as u32 * 7));
            sim.set_limbs(acts, &limbs);
            sim.set_limbs(weights, &limbs);
            sim.set(plane, random >> 5);
        }
        sim.set(load_port, load(cycle, random));
        sim.tick();
        check = check.rotate_left(1) ^ sim.get(sums);
    }
    println!("{what}: {clock}, check {check:016x}");
}

/// Takes the time of every thousand cycles; the best says most on a busy machine.
#[derive(Default)]
struct Clock {
    start: Option<Instant>,
    best: Option<f64>,
}

impl Clock {
    fn lap(&mut self, cycle: usize) {
        if cycle % 1000 == 0 {
            let start = self.start.replace(Instant::now());
            if let Some(start) = start {
                let time = start.elapsed().as_secs_f64() / 1000.0;
                self.best = Some(self.best.map_or(time, |best| best.min(time)));
            }
        }
    }
}

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = self.best.unwrap_or(f64::NAN);
        write!(f, "{:.0} cycles/s, {:.2} us/cycle", 1.0 / time, 1e6 * time)
    }
}
