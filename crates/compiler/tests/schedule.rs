//! How well compiled programs keep the array busy, by a sketch of the engines' timing.

mod common;

use common::{chain, decode, preset, program, schedule::cycles, Random};
use seedbed_spec::numerics::Family;

/// Share of the array's peak, in percent, of an n x n x n product.
fn gemm(name: &str, n: usize, latency: u64) -> f64 {
    let config = preset(name);
    let graph = chain(&mut Random::new(5), &[n, n]);
    let commands = decode(&program(&graph, &config, Family::Ref, n), &config);
    let cycles = cycles(&commands, &config, latency);
    let percent = 100.0 * n.pow(3) as f64 / f64::from(config.peak_macs()) / cycles as f64;
    println!(
        "{name} {n}^3 latency {latency}: {} commands, {cycles} cycles, {percent:.1} %",
        commands.len()
    );
    percent
}

#[test]
fn large_products_keep_the_array_busy() {
    for (n, latency, least) in [
        (16, 1, 15.0),
        (16, 100, 8.0),
        (64, 1, 75.0),
        (64, 100, 75.0),
        (128, 1, 92.0),
        (128, 100, 92.0),
    ] {
        let percent = gemm("small", n, latency);
        assert!(percent > least, "{n}^3 at latency {latency}: {percent:.1} % of peak");
    }
    for name in ["tiny", "ragged"] {
        assert!(gemm(name, 64, 1) > 60.0);
        gemm(name, 128, 100);
    }
}

/// A deep chain whose weights exceed LM: the bus is the limit for one row, the array for many.
#[test]
fn an_autoencoder_streams_its_weights() {
    let widths = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
    let config = preset("small");
    for rows in [1, 4, 49] {
        let graph = chain(&mut Random::new(6), &widths);
        let start = std::time::Instant::now();
        let program = program(&graph, &config, Family::Ref, rows);
        let took = start.elapsed();
        let commands = decode(&program, &config);
        let bytes: u64 = program.layers.iter().map(|layer| layer.compulsory_bytes).sum();
        let macs: u64 = program.layers.iter().map(|layer| layer.macs).sum();
        let least = (bytes / 8).max(macs / 64);
        for latency in [1, 100] {
            let cycles = cycles(&commands, &config, latency);
            println!("{rows} rows, latency {latency}: {} commands, {cycles} cycles, {:.1} % of the bound, compiled in {took:?}", commands.len(), 100.0 * least as f64 / cycles as f64);
        }
    }
}
