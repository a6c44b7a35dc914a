//! Cycle counts of `seedbed bench`: deterministic, so they are asserted exactly.

mod support;

use serde_json::Value;
use support::{slow, Workshop};

/// Runs a measurement; returns its rows.
fn measured(what: &str, preset: &str) -> Vec<Value> {
    let out = Workshop::new().succeeds(&["bench", what, "-p", preset, "--json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    report[what].as_array().expect("rows").clone()
}

/// Runs a measurement on a preset and returns {m, latency, cycles} of each product.
fn bench(what: &str, preset: &str) -> Vec<[u64; 3]> {
    let products = measured(what, preset);
    products
        .iter()
        .map(|product| {
            assert_eq!(product["equal"], true, "{product}");
            ["m", "latency", "cycles"].map(|key| product[key].as_u64().expect("a number"))
        })
        .collect()
}

#[test]
fn products_on_small_take_exactly_these_cycles() {
    if slow("products on small, a vector on edge") {
        let expected = [
            [16, 1, 261],
            [64, 1, 4_486],
            [128, 1, 33_362],
            [16, 100, 531],
            [64, 100, 4_755],
            [128, 100, 33_719],
        ];
        assert_eq!(bench("gemm", "small"), expected);
    }
}

#[test]
fn products_on_edge_take_exactly_these_cycles() {
    let expected = [
        [16, 1, 141],
        [64, 1, 1_382],
        [128, 1, 8_650],
        [16, 100, 428],
        [64, 100, 1_668],
        [128, 100, 9_023],
    ];
    assert_eq!(bench("gemm", "edge"), expected);
}

#[test]
fn a_vector_on_edge_reads_weights_at_the_speed_of_the_bus() {
    if slow("products on small, a vector on edge") {
        assert_eq!(bench("gemv", "edge"), [[1, 1, 68_205], [1, 100, 68_478]]);
    }
}

/// A beat per cycle, latency + 12 cycles around them, and nearly all that a holding memory leaves.
#[test]
fn long_transfers_use_the_bus() {
    for preset in ["small", "edge"] {
        let rows = measured("dma", preset);
        assert_eq!(rows.len(), 16);
        for row in rows {
            assert_eq!(row["equal"], true, "{preset}: {row}");
            let number = |key: &str| row[key].as_f64().expect("a number");
            if number("hold") == 0.0 {
                assert_eq!(number("slope"), 1.0, "{preset}: {row}");
                assert!(number("overhead") <= number("latency") + 12.0, "{preset}: {row}");
            } else {
                let least = if number("hold") == 0.5 { 0.49 } else { 0.735 };
                assert!(number("slope") >= least, "{preset}: {row}");
            }
        }
    }
}
