//! `seedbed bench`: numbers that anyone can reproduce.

mod elaborate;

use crate::args::{BenchArgs, Engine, Measurement};
use crate::engine::{core, rtl};
use crate::inputs;
use crate::report::{number, percent, print, table, Comparison};
use crate::session::Session;
use crate::workload::{gemm, Random};
use anyhow::{bail, Result};
use elaborate::Elaboration;
use seedbed_compiler::{compile, Options};
use seedbed_cosim::dut::Dut;
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// Everything measured.
#[derive(Default, Serialize)]
struct Report {
    preset: String,
    gemm: Vec<Product>,
    gemv: Vec<Product>,
    first_result: Option<FirstResult>,
    elaborate: Vec<Elaboration>,
}

/// One matrix product of `m` rows, `k` inputs and `n` outputs.
#[derive(Serialize)]
struct Product {
    m: usize,
    k: usize,
    n: usize,
    latency: u32,
    cycles: u64,
    /// Of the multiply-accumulates that the array could do in these cycles.
    share_of_peak: f64,
    /// Of the bytes that the bus could read in these cycles, those that were weights.
    weights_share_of_bus: f64,
    bytes_compared: u64,
    equal: bool,
}

/// Time from a netlist to the first thousand cycles.
#[derive(Serialize)]
struct FirstResult {
    cycles: u32,
    built_in_seconds: f64,
    verilator_seconds: f64,
    times_sooner: f64,
}

/// NVDLA nv_small (64 MAC/cycle, 64-bit AXI) on the same products: size, memory latency, share of peak.
const NVDLA_SMALL: [(usize, u32, f64); 6] = [
    (16, 1, 0.119),
    (64, 1, 0.580),
    (128, 1, 0.883),
    (16, 100, 0.087),
    (64, 100, 0.565),
    (128, 100, 0.878),
];

/// A matrix times a vector that streams 1 MiB of weights: latencies.
const GEMV: (usize, [u32; 2]) = (1024, [1, 100]);

/// Measures what was asked for; `false` when a result was wrong.
pub fn bench(args: &BenchArgs, json: bool) -> Result<bool> {
    let config = inputs::config(&args.target.preset)?;
    let wants = |m| args.what.is_empty() || args.what.contains(&m);
    let rtl = rtl(&config)?;
    let mut report = Report { preset: config.name.clone(), ..Report::default() };
    if wants(Measurement::Gemm) {
        for (size, latency, _) in NVDLA_SMALL {
            report.gemm.push(measure(&rtl, [size; 3], latency, args.waves.as_deref())?);
        }
    }
    if wants(Measurement::Gemv) {
        let (size, latencies) = GEMV;
        for latency in latencies {
            report.gemv.push(measure(&rtl, [1, size, size], latency, args.waves.as_deref())?);
        }
    }
    if wants(Measurement::First) {
        report.first_result = Some(measure_first_result(&rtl)?);
    }
    if wants(Measurement::Elaborate) {
        report.elaborate = elaborate::measure()?;
    }
    print(json, &report, || render(&report, &config))?;
    Ok(report.gemm.iter().chain(&report.gemv).all(|row| row.equal))
}

/// One cold product, doorbell to interrupt, in the built-in simulator.
fn measure(
    rtl: &Rtl,
    [m, k, n]: [usize; 3],
    latency: u32,
    waves: Option<&Path>,
) -> Result<Product> {
    let config = &rtl.config;
    let mut random = Random(n as u64);
    let graph = gemm(k, n, &mut random)?;
    let rows: Vec<_> = (0..m).map(|_| random.codes(k)).collect();
    let options = Options { family: Family::Ref, rows: u32::try_from(m)? };
    let program = compile(&graph, config, &options)?;
    let timing = MemoryTiming { latency, ..MemoryTiming::default() };
    let waves =
        waves.map(|dir| dir.join(format!("{}_{m}x{k}x{n}_latency_{latency}.vcd", config.name)));
    let core = core(rtl, Engine::Sim, program.memory_bytes, timing, waves.as_deref())?;
    let mut session = Session::new(config, &graph, Family::Ref, &program, Some(core), timing)?;
    let job = session.job(&rows)?;
    let Some(report) = job.rtl else { bail!("no RTL took part") };
    let comparisons = session.comparisons();
    let share =
        |part: usize, per_cycle: u32| part as f64 / (f64::from(per_cycle) * report.cycles as f64);
    Ok(Product {
        m,
        k,
        n,
        latency,
        cycles: report.cycles,
        share_of_peak: share(m * k * n, config.peak_macs()),
        weights_share_of_bus: share(k * n, config.bus_bytes()),
        bytes_compared: comparisons.iter().map(|c| c.compared).sum(),
        equal: comparisons.iter().all(Comparison::equal),
    })
}

const FIRST_CYCLES: u32 = 1000;

/// Both simulators from the netlist, side by side. Verilator's own runtime is built beforehand.
fn measure_first_result(rtl: &Rtl) -> Result<FirstResult> {
    let built_in = seconds(|| {
        run_cycles(&mut SimulatedDut::new(&rtl.design, &rtl.layout), rtl);
        Ok(())
    })?;
    let cache = std::env::temp_dir().join(format!("seedbed-bench-{}", std::process::id()));
    let options = BuildOptions {
        cache: Some(cache.clone()),
        without_ccache: true,
        ..BuildOptions::default()
    };
    VerilatedDut::prepare(&options)?;
    let verilator = seconds(|| {
        let mut dut = VerilatedDut::build(&rtl.sources, rtl.top(), &rtl.layout, &options)?;
        run_cycles(&mut dut, rtl);
        Ok(())
    });
    let _ = std::fs::remove_dir_all(&cache);
    let verilator = verilator?;
    Ok(FirstResult {
        cycles: FIRST_CYCLES,
        built_in_seconds: built_in,
        verilator_seconds: verilator,
        times_sooner: verilator / built_in,
    })
}

fn seconds(f: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    f()?;
    Ok(start.elapsed().as_secs_f64())
}

fn run_cycles(dut: &mut impl Dut, rtl: &Rtl) {
    let inputs = vec![u64::MAX; rtl.layout.input_limbs];
    let mut outputs = vec![0; rtl.layout.output_limbs];
    for _ in 0..FIRST_CYCLES {
        dut.settle(&inputs, &mut outputs);
        dut.tick();
    }
}

fn render(report: &Report, config: &Config) -> String {
    let mut text = format!("{}: {} MAC/cycle\n", report.preset, config.peak_macs());
    if !report.gemm.is_empty() {
        text +=
            "\nGEMM n x n x n, int8, doorbell to interrupt, memories cold, every byte checked\n";
        let compare = config.name == "small";
        let mut head = vec!["n", "latency", "cycles", "of peak", "result"];
        head.extend(compare.then_some("NVDLA small"));
        let rows: Vec<_> = report.gemm.iter().map(|row| gemm_cells(row, compare)).collect();
        text += &table(&head, &rows);
    }
    if !report.gemv.is_empty() {
        text += "\nGEMV 1 x n x n, the same; weights, of what the bus can read\n";
        let head = ["n", "latency", "cycles", "of bus", "result"];
        let rows: Vec<_> = report.gemv.iter().map(|r| cells(r, r.weights_share_of_bus)).collect();
        text += &table(&head, &rows);
    }
    if let Some(first) = &report.first_result {
        text += &format!(
            "\nfrom netlist to cycle {}: built-in simulator {:.3} s, fresh Verilator build {:.1} s: {:.0} times sooner\n",
            number(first.cycles.into()), first.built_in_seconds, first.verilator_seconds, first.times_sooner
        );
    }
    if !report.elaborate.is_empty() {
        text += &elaborate::render(&report.elaborate);
    }
    text
}

fn cells(row: &Product, share: f64) -> Vec<String> {
    vec![
        row.n.to_string(),
        row.latency.to_string(),
        number(row.cycles),
        percent(share, 1.0),
        if row.equal { "equal".into() } else { "WRONG".into() },
    ]
}

fn gemm_cells(row: &Product, compare: bool) -> Vec<String> {
    let mut cells = cells(row, row.share_of_peak);
    if compare {
        let peer = NVDLA_SMALL.iter().find(|p| (p.0, p.1) == (row.n, row.latency));
        cells.push(peer.map_or("-".into(), |p| percent(p.2, 1.0)));
    }
    cells
}
