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
