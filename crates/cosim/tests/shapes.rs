//! Arrays whose rows, columns or both are no power of two: random programs, and a network of random weights
//! whose layers are wider and narrower than the array.

#[path = "support/network.rs"]
mod network;

use network::Network;
use seedbed_cosim::duel::{simulated, Duel};
use seedbed_cosim::random::{generate, Options};
use seedbed_cosim::rng::Rng;
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::tally::{Tally, Wanted};
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_golden::graph;
use seedbed_model::{Activation, FullyConnected, Graph, Quantization};
use seedbed_spec::config::{Config, Kind};
use seedbed_spec::numerics::Family;

/// R, C, bus bits, POST lanes, banks: operands longer and shorter than a beat; one bank, where whatever
/// straddles stays in it, to eight, where many operands reach into the next.
const SHAPES: [(u32, u32, u32, u32, u32); 7] = [
    (3, 5, 32, 5, 8),
    (12, 8, 64, 2, 2),
    (8, 12, 64, 12, 4),
    (20, 12, 32, 3, 1),
    (6, 6, 128, 3, 2),
    (24, 5, 32, 1, 4),
    (7, 17, 64, 17, 2),
];

/// The shapes, every third as a systolic array.
fn configs() -> impl Iterator<Item = Config> {
    (0..).zip(SHAPES).map(|(at, (rows, cols, bits, lanes, banks))| {
        let mut config = Config::preset("tiny").expect("a preset");
        config.name = format!("array_{rows}x{cols}");
        config.array.kind = if at % 3 == 2 { Kind::Systolic } else { Kind::Dot };
        (config.array.rows, config.array.cols, config.post.lanes) = (rows, cols, lanes);
        (config.bus.data_bits, config.memory.lm_banks) = (bits, banks);
        config.check().expect("a legal configuration");
        assert!(config.rows_straddle() || config.cols_straddle());
        config
    })
}

#[test]
fn random_programs_agree() {
    let mut tally = Tally::default();
    for (seed, config) in (0..).zip(configs()) {
        let mut duel = Duel::of(&config, &simulated, None).expect("a core");
        let plain = Options { seed, ..Options::default() };
        for options in [plain, Options { errors: true, stall: 0.2, seed: 40 + seed, ..plain }] {
            let case = generate(&config, &options);
            let golden = case.golden().unwrap_or_else(|e| panic!("{options:?}: {e}"));
            let done = duel.run(&case, &golden);
            tally.add(&done.unwrap_or_else(|e| panic!("{} {options:?}: {e}", config.name)));
        }
    }
    let wanted = Wanted { macs: true, stalls: false, faults: false };
    assert_eq!(tally.missing(wanted), Vec::<String>::new(), "{tally:?}");
}

/// Layers of these widths with random weights.
fn chain(rng: &mut Rng, widths: &[usize]) -> Graph {
    let code = Quantization { scale: 1.0 / 64.0, zero_point: -3 };
    let graph = Graph::chain("random", widths[0], code);
    let layers = widths.windows(2).fold(graph, |graph, pair| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let layer = FullyConnected {
            inputs,
            outputs,
            weights: (0..inputs * outputs).map(|_| rng.next_u64() as i8).collect(),
            weight_scales: vec![2e-3; outputs],
            bias: (0..outputs).map(|_| rng.next_u64() as i32 >> 20).collect(),
            activation: Activation::None,
        };
        graph.fully_connected(layer, code)
    });
    layers.finish().expect("a network")
}

#[test]
fn networks_of_any_width_give_the_whole_tensor_outputs() {
    let mut rng = Rng::new(5);
    for config in configs() {
        let graph = chain(&mut rng, &[29, 41, 7, 24]);
        let inputs: Vec<i8> = (0..29 * 6).map(|_| rng.next_u64() as i8).collect();
        let rtl = Rtl::generate(&config).expect("a core");
        for rows in [1, 6] {
            let network = Network::of(&rtl, &graph, Family::Ref, rows);
            let dut = SimulatedDut::new(&rtl.design, &rtl.layout);
            let ran = network.run(dut, &inputs, MemoryTiming::default());
            let ran = ran.unwrap_or_else(|e| panic!("{}: {e}", config.name));
            let expected = graph::run(&graph, Family::Ref, &inputs).expect("a runnable graph");
            assert_eq!(ran.outputs, expected.output, "{} rows of {}", rows, config.name);
            let distinct: std::collections::HashSet<_> = ran.outputs.iter().collect();
            assert!(distinct.len() > 30, "{}: {distinct:?}", config.name);
        }
    }
}
