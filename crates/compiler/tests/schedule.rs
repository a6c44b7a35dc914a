//! How well compiled programs keep the array busy, by golden's cycle model.

mod common;

use common::{chain, decode, preset, program, Random};
use seedbed_compiler::{compile, Effort, Options};
use seedbed_golden::cycles::{predict, External};
use seedbed_spec::command::{encode, Command, Slot};
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;

/// Cycles from doorbell to interrupt with a memory of this latency.
fn cycles(commands: &[Command], config: &Config, latency: u32) -> u64 {
    predict(config, commands, External::new(latency)).expect("a legal program").cycles
}

/// Share of the array's peak, in percent, of an n x n x n product.
fn gemm(name: &str, n: usize, latency: u32) -> f64 {
    let config = preset(name);
    let graph = chain(&mut Random::new(5), &[n, n]);
    let commands = program(&graph, &config, Family::Ref, n).commands;
    let cycles = cycles(&commands, &config, latency);
    let percent = 100.0 * n.pow(3) as f64 / f64::from(config.peak_macs()) / cycles as f64;
    let count = commands.len();
    println!("{name} {n}^3, latency {latency}: {count} commands, {cycles} cycles, {percent:.1} %");
    percent
}

#[test]
fn products_keep_the_array_busy() {
    let cases = [
        ("small", 16, 1, 23.0),
        ("small", 16, 100, 11.5),
        ("small", 64, 1, 90.0),
        ("small", 64, 100, 85.0),
        ("small", 128, 1, 97.5),
        ("small", 128, 100, 96.5),
        ("tiny", 64, 1, 93.0),
        ("tiny", 128, 100, 85.0),
        ("ragged", 64, 1, 80.0),
        ("ragged", 128, 100, 80.0),
    ];
    for (name, n, latency, least) in cases {
        let percent = gemm(name, n, latency);
        assert!(percent > least, "{name} {n}^3 at latency {latency}: {percent:.1} % of peak");
    }
}

/// A short program is all start and end: only a search gets them this close.
#[test]
fn a_search_keeps_the_cycle_budget_of_a_small_product() {
    let config = preset("small");
    let graph = chain(&mut Random::new(5), &[16, 16]);
    let options = Options { family: Family::Ref, rows: 16, effort: Effort::Search };
    let commands = compile(&graph, &config, &options).expect("a small product").commands;
    for (latency, most) in [(1, 266), (100, 533)] {
        let cycles = cycles(&commands, &config, latency);
        assert!(cycles <= most, "{cycles} cycles at latency {latency}, not {most}");
    }
}

/// A deep chain whose weights exceed LM: the bus is the limit for one row, the array for many.
#[test]
fn an_autoencoder_streams_its_weights() {
    let widths = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
    let config = preset("small");
    for (rows, latency, least) in [(1, 1, 91.0), (1, 100, 90.0), (4, 1, 90.0), (49, 1, 93.0)] {
        let graph = chain(&mut Random::new(6), &widths);
        let program = program(&graph, &config, Family::Ref, rows);
        let cycles = cycles(&program.commands, &config, latency);
        let bytes: u64 = program.layers.iter().map(|layer| layer.compulsory_bytes).sum();
        let macs: u64 = program.layers.iter().map(|layer| layer.macs).sum();
        let bound = (bytes / u64::from(config.bus_bytes())).max(macs / 64);
        let percent = 100.0 * bound as f64 / cycles as f64;
        println!("{rows} rows, latency {latency}: {cycles} cycles, {percent:.1} % of the bound");
        assert!(percent > least, "{rows} rows at latency {latency}: {percent:.1} % of the bound");
    }
}

/// Commands that wait for nothing useful cost time: without overlap a program is slower.
#[test]
fn a_serial_schedule_is_slower() {
    let config = preset("small");
    let graph = chain(&mut Random::new(5), &[64, 64]);
    let program = program(&graph, &config, Family::Ref, 64);
    let mut commands = decode(&program, &config);
    let overlapped = cycles(&program.commands, &config, 1);
    let free = |slot: &&mut Slot| slot.n == 0;
    // Every command waits for the one before it.
    for index in 1..commands.len() {
        let id = 12 + (index % 4) as u8;
        let signal = commands[index - 1].0.sync.signals.iter_mut().find(free);
        *signal.expect("a free signal") = Slot { id, n: 1 };
        let wait = commands[index].0.sync.waits.iter_mut().find(free);
        *wait.expect("a free wait") = Slot { id, n: 1 };
    }
    let serial: Result<Vec<_>, _> =
        commands.iter().map(|(head, body)| encode(head, body)).collect();
    assert!(cycles(&serial.expect("numbers that fit"), &config, 1) > overlapped * 5 / 4);
}
