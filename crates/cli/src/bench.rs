//! `seedbed bench`: numbers that anyone can reproduce.

mod dma;
mod elaborate;
mod first;
mod speed;

use crate::args::{BenchArgs, Effort, Engine, Measurement};
use crate::engine::{core, rtl};
use crate::inputs;
use crate::report::{number, percent, print, progress, table, Comparison};
use crate::session::Session;
use crate::workload::{gemm, Random};
use anyhow::{bail, Result};
use dma::Transfer;
use elaborate::Elaboration;
use first::FirstResult;
use seedbed_compiler::{compile, Options};
use seedbed_cosim::hdl_bench;
use seedbed_cosim::toolchain::Toolchain;
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_model::Graph;
use seedbed_spec::numerics::Family;
use seedbed_spec::program::Program;
use seedbed_spec::Config;
use serde::Serialize;
use speed::Speed;
use std::collections::btree_map::Entry;
use std::collections::BTreeMap;
use std::path::Path;

/// Everything measured.
#[derive(Default, Serialize)]
struct Report {
    preset: String,
    gemm: Vec<Product>,
    gemv: Vec<Product>,
    dma: Vec<Transfer>,
    first_result: Option<FirstResult>,
    speed: Option<Speed>,
    hdl: Option<hdl_bench::Report>,
    elaborate: Vec<Elaboration>,
    /// What was not asked for by name and cannot be measured here, with the reason.
    skipped: Vec<String>,
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
        let mut works = BTreeMap::new();
        for (size, latency, _) in NVDLA_SMALL {
            if let Entry::Vacant(place) = works.entry(size) {
                place.insert(Work::new(&config, [size; 3], args.effort)?);
            }
            report.gemm.push(measure(&rtl, &works[&size], latency, args.waves.as_deref())?);
        }
    }
    if wants(Measurement::Gemv) {
        let (size, latencies) = GEMV;
        let work = Work::new(&config, [1, size, size], args.effort)?;
        for latency in latencies {
            report.gemv.push(measure(&rtl, &work, latency, args.waves.as_deref())?);
        }
    }
    if wants(Measurement::Dma) {
        report.dma = dma::measure(&rtl)?;
    }
    let verilator = if args.what.is_empty() { Toolchain::find().err() } else { None };
    if let Some(missing) = &verilator {
        report.skipped.push(format!("first, speed: {missing}"));
    }
    if verilator.is_none() && wants(Measurement::First) {
        report.first_result = Some(first::measure(&rtl)?);
    }
    if verilator.is_none() && wants(Measurement::Speed) {
        report.speed = Some(speed::measure(&rtl)?);
    }
    if wants(Measurement::Hdl) {
        report.hdl = Some(hdl(args.large));
    }
    if wants(Measurement::Elaborate) {
        report.elaborate = elaborate::measure()?;
    }
    print(json, &report, || render(&report, &config))?;
    let copies = report.dma.iter().all(Transfer::equal);
    let simulators = report.hdl.iter().all(hdl_bench::Report::agrees);
    Ok(copies && simulators && report.gemm.iter().chain(&report.gemv).all(|row| row.equal))
}

/// The construction library's numbers.
fn hdl(large: bool) -> hdl_bench::Report {
    let bar = progress(None, "construction library");
    let report = hdl_bench::measure(large, &mut |what| bar.set_message(what.to_string()));
    bar.finish_and_clear();
    report
}

/// A product to be measured.
struct Work {
    size: [usize; 3],
    graph: Graph,
    rows: Vec<Vec<i8>>,
    program: Program,
}

impl Work {
    /// `m` rows, `k` inputs and `n` outputs.
    fn new(config: &Config, [m, k, n]: [usize; 3], effort: Effort) -> Result<Self> {
        let mut random = Random(n as u64);
        let graph = gemm(k, n, &mut random)?;
        let rows = (0..m).map(|_| random.codes(k)).collect();
        let options =
            Options { family: Family::Ref, rows: u32::try_from(m)?, effort: effort.into() };
        let program = compile(&graph, config, &options)?;
        Ok(Work { size: [m, k, n], graph, rows, program })
    }
}

/// One cold product, doorbell to interrupt, in the built-in simulator.
fn measure(rtl: &Rtl, work: &Work, latency: u32, waves: Option<&Path>) -> Result<Product> {
    let config = &rtl.config;
    let Work { size: [m, k, n], graph, rows, program } = work;
    let (m, k, n) = (*m, *k, *n);
    let timing = MemoryTiming { latency, ..MemoryTiming::default() };
    let waves =
        waves.map(|dir| dir.join(format!("{}_{m}x{k}x{n}_latency_{latency}.vcd", config.name)));
    let core = core(rtl, Engine::Sim, program.memory_bytes, timing, waves.as_deref())?;
    let mut session = Session::new(config, graph, Family::Ref, program, Some(core), timing)?;
    let job = session.job(rows)?;
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
    if !report.dma.is_empty() {
        text += &dma::render(&report.dma);
    }
    text.extend(report.first_result.iter().map(first::render));
    text.extend(report.speed.iter().map(speed::render));
    text.extend(report.hdl.iter().map(|hdl| format!("\n{hdl}")));
    if !report.elaborate.is_empty() {
        text += &elaborate::render(&report.elaborate);
    }
    text.extend(report.skipped.iter().map(|what| format!("\nskipped: {what}\n")));
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
