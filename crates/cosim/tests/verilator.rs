//! The same RTL in the built-in simulator and in Verilator: equal bytes, equal cycles, equal counters.

mod support {
    pub mod network;
    pub mod tools;
}

use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{Dut, Layout, MemoryTiming, Rtl, SourceFile};
use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use support::network::{codes, digits, Network};
use support::tools::verilator;

fn verilated(rtl: &Rtl, sources: &[SourceFile]) -> VerilatedDut {
    VerilatedDut::build(sources, rtl.top(), &rtl.layout, &BuildOptions::default())
        .unwrap_or_else(|e| panic!("{e}"))
}

fn rtl(preset: &str) -> Rtl {
    Rtl::generate(&Config::preset(preset).expect("a preset")).expect("a core")
}

/// Timings of external memory that no two of share a schedule.
fn timings() -> [MemoryTiming; 4] {
    let timing = |latency, stall, seed| MemoryTiming { latency, stall, seed };
    [timing(1, 0.0, 1), timing(37, 0.0, 1), timing(1, 0.3, 5), timing(12, 0.5, 6)]
}

/// Every counter, every layer's end and every output of several jobs, at several memory timings.
#[test]
fn simulators_agree_to_the_cycle() {
    if !verilator() {
        return;
    }
    let rtl = rtl("tiny");
    let inputs = &codes(&digits(), "inputs.npy")[..4 * 64];
    let network = Network::new(&rtl, &digits(), Family::Ref, 2);
    let mut cycles = Vec::new();
    for timing in timings() {
        let built_in = SimulatedDut::new(&rtl.design, &rtl.layout);
        let built_in = network.run(built_in, inputs, timing).expect("equal to golden");
        let verilated = network.run(verilated(&rtl, &rtl.sources), inputs, timing);
        assert_eq!(verilated.as_ref(), Ok(&built_in), "{timing:?}");
        assert_eq!(built_in.outputs, codes(&digits(), "expected.npy")[..40]);
        cycles.extend(built_in.reports.iter().map(|report| report.cycles));
    }
    cycles.sort_unstable();
    cycles.dedup();
    assert!(cycles.len() > 4, "the timings make a difference: {cycles:?}");
}

/// A planted bug: one adder of the array subtracts. The comparison with golden must fail.
#[test]
fn a_planted_bug_is_noticed() {
    if !verilator() {
        return;
    }
    let rtl = rtl("tiny");
    let mut sources = rtl.sources.clone();
    let lane = sources.iter_mut().find(|s| s.name.starts_with("dot_lane_")).expect("a lane");
    let sum = "= product_0_q + product_1_q;";
    assert_eq!(lane.text.matches(sum).count(), 1, "{}", lane.text);
    lane.text = lane.text.replace(sum, "= product_0_q - product_1_q;");
    let inputs = &codes(&digits(), "inputs.npy")[..64];
    let network = Network::new(&rtl, &digits(), Family::Ref, 1);
    let error = network.run(verilated(&rtl, &sources), inputs, MemoryTiming::default());
    let error = error.expect_err("a wrong sum");
    assert!(error.ends_with(" bytes of external memory differ"), "{error}");
    assert!(!error.starts_with("0 "), "{error}");
}

/// Counts up or, when built so, down.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Counter {
    step: u32,
}

impl Module for Counter {
    type Io<'m> = Sig<'m>;

    fn name(&self) -> String {
        "counter".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Sig<'m> {
        p.output("count", uint(80))
    }

    fn build<'m>(&self, m: &'m Scope, count: Sig<'m>) {
        let value = m.reg("value_q", uint(80), 0);
        let enable = m.reg("enable_q", bit(), 0);
        enable.set(1);
        m.when(enable, || value.set(value.wrapping_add(self.step)));
        count.set(value);
    }
}

/// Runs ten cycles after reset in Verilator; returns the count.
fn count(counter: &Counter, cache: &Path) -> u64 {
    let design = elaborate(counter, &Settings::default()).expect("a counter");
    let sources = seedbed_verilog::emit(&design, &seedbed_verilog::Options::default());
    let layout = Layout::of(&design);
    let options = BuildOptions { cache: Some(cache.to_path_buf()), ..BuildOptions::default() };
    let mut dut = VerilatedDut::build(&sources, "counter", &layout, &options)
        .unwrap_or_else(|e| panic!("{e}"));
    let mut outputs = [0, 0];
    dut.settle(&[0], &mut outputs);
    dut.tick();
    for _ in 0..10 {
        dut.settle(&[1], &mut outputs);
        dut.tick();
    }
    dut.settle(&[1], &mut outputs);
    outputs[0]
}

/// The models in a cache, with the time each was built.
fn models(cache: &Path) -> Vec<(PathBuf, SystemTime)> {
    let entries = std::fs::read_dir(cache).expect("a cache").map(|e| e.expect("an entry").path());
    let libraries = entries.map(|dir| dir.join("model.so")).filter(|path| path.exists());
    let time = |path: &Path| path.metadata().and_then(|m| m.modified()).expect("a file's time");
    let mut models: Vec<_> = libraries.map(|path| (path.clone(), time(&path))).collect();
    models.sort();
    models
}

#[test]
fn a_design_is_built_once_and_another_one_again() {
    if !verilator() {
        return;
    }
    let cache = tempfile::tempdir().expect("a temporary folder");
    let up = Counter { step: 3 };
    assert_eq!(count(&up, cache.path()), 27);
    let first = models(cache.path());
    assert_eq!(first.len(), 1);
    assert_eq!(count(&up, cache.path()), 27);
    assert_eq!(models(cache.path()), first, "found in the cache");
    assert_eq!(count(&Counter { step: 5 }, cache.path()), 45);
    let both = models(cache.path());
    assert!(both.len() == 2 && both.contains(&first[0]), "{both:?}");
    let left = std::fs::read_dir(cache.path()).expect("a cache");
    let left: Vec<_> = left.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
    assert!(left.iter().all(|name| !name.starts_with("building")), "{left:?}");
}
