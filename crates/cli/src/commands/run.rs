//! `seedbed run`: a network on everything that can compute it.

use crate::args::{Engine, RunArgs};
use crate::engine::{core, rtl, Core};
use crate::inputs;
use crate::report::{number, percent, print, table, Comparison};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use seedbed_compiler::{compile, Options};
use seedbed_cosim::job::cycle_limit;
use seedbed_cosim::{JobReport, MemoryTiming};
use seedbed_golden::graph;
use seedbed_golden::machine::{Machine, Memory, Outcome, Ring};
use seedbed_model::{npy, Graph};
use seedbed_spec::program::{Program, Tensor2};
use seedbed_spec::Config;
use serde::Serialize;

/// What `run` found.
#[derive(Serialize)]
struct Report {
    model: String,
    preset: String,
    engine: String,
    family: String,
    jobs: usize,
    rows: usize,
    layers: Vec<LayerRow>,
    macs: u64,
    cycles: Option<u64>,
    moved_bytes: u64,
    compulsory_bytes: u64,
    comparisons: Vec<Comparison>,
    equal: bool,
}

/// A layer, summed over all jobs.
#[derive(Clone, Serialize)]
struct LayerRow {
    name: String,
    macs: u64,
    cycles: Option<u64>,
    peak_share: Option<f64>,
    moved_bytes: u64,
    compulsory_bytes: u64,
}

/// Runs and prints; `false` when something differs.
pub fn run(args: &RunArgs, json: bool) -> Result<bool> {
    let config = inputs::config(&args.target.preset)?;
    let graph = inputs::graph(&args.model)?;
    let rows = inputs::rows(&graph, &args.input)?;
    let expected = match &args.expect {
        Some(path) => Some(inputs::expected(&graph, path, rows.len())?),
        None => None,
    };
    let per_job = if args.batch { rows.len() } else { 1 };
    let options = Options { family: args.family.into(), rows: per_job as u32 };
    let program = compile(&graph, &config, &options)?;
    let mut session = Session::new(args, &config, &graph, &program)?;
    session.run_jobs(&rows, per_job)?;
    let report = session.finish(args, expected.as_deref())?;
    print(json, &report, || render(&report, config.peak_macs()));
    Ok(report.equal)
}

/// Everything that takes part, and what it said so far.
struct Session<'a> {
    args: &'a RunArgs,
    config: &'a Config,
    graph: &'a Graph,
    program: &'a Program,
    machine: Machine,
    memory: Memory,
    core: Option<Core>,
    outputs: Vec<i8>,
    graph_machine: Comparison,
    machine_rtl: Comparison,
    counts: Comparison,
    layers: Vec<LayerRow>,
    cycles: u64,
    jobs: usize,
}

impl<'a> Session<'a> {
    fn new(
        args: &'a RunArgs,
        config: &'a Config,
        graph: &'a Graph,
        program: &'a Program,
    ) -> Result<Self> {
        let mut memory = Memory::new(usize::try_from(program.memory_bytes)?);
        for (addr, bytes) in program.image() {
            memory.bytes_mut()[addr as usize..][..bytes.len()].copy_from_slice(&bytes);
        }
        let core = match args.engine {
            Engine::Golden => None,
            engine => Some(Self::prepare(args, config, program, engine)?),
        };
        let rtl = core.is_some();
        let layer = |l: &seedbed_spec::program::Layer| LayerRow {
            name: l.name.clone(),
            macs: 0,
            cycles: rtl.then_some(0),
            peak_share: None,
            moved_bytes: 0,
            compulsory_bytes: 0,
        };
        Ok(Self {
            args,
            config,
            graph,
            program,
            machine: Machine::new(config),
            memory,
            core,
            outputs: Vec::new(),
            graph_machine: Comparison::empty("graph = machine (outputs)"),
            machine_rtl: Comparison::empty("machine = RTL (all of external memory)"),
            counts: Comparison::empty("CYCLES register = cycles counted by the bench"),
            layers: program.layers.iter().map(layer).collect(),
            cycles: 0,
            jobs: 0,
        })
    }

    fn prepare(args: &RunArgs, config: &Config, program: &Program, engine: Engine) -> Result<Core> {
        let spinner = progress(None, "generating RTL");
        let rtl = rtl(config)?;
        if engine == Engine::Verilator {
            spinner.set_message("building the Verilator model (cached for next time)");
        }
        let waves = args.waves.as_deref();
        let timing = MemoryTiming::from(&args.memory);
        let mut core = core(&rtl, engine, program.memory_bytes, timing, waves)?;
        core.load(program)?;
        spinner.finish_and_clear();
        Ok(core)
    }

    fn run_jobs(&mut self, rows: &[Vec<i8>], per_job: usize) -> Result<()> {
        let bar = progress(Some(rows.len() as u64), "rows");
        for job in rows.chunks(per_job) {
            self.job(job).with_context(|| format!("job {}", self.jobs))?;
            self.jobs += 1;
            bar.inc(job.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn job(&mut self, rows: &[Vec<i8>]) -> Result<()> {
        let input = rows.concat();
        let whole = graph::run(self.graph, self.args.family.into(), &input)?;
        put_rows(self.memory.bytes_mut(), &self.program.input, rows);
        let count = self.program.commands.len() as u32;
        let ring = Ring { addr: self.program.ring_addr, size: count };
        let outcome = self.machine.run(&mut self.memory, ring, 0, count);
        if let Some(fault) = outcome.fault {
            anyhow::bail!("the golden machine refuses the compiled program: {fault}");
        }
        let output = get_rows(self.memory.bytes(), &self.program.output);
        self.graph_machine.add(&whole.output, &output);
        self.outputs.extend(&output);
        self.account(&outcome);
        if self.core.is_some() {
            self.job_on_rtl(rows, &outcome)?;
        }
        Ok(())
    }

    fn job_on_rtl(&mut self, rows: &[Vec<i8>], golden: &Outcome) -> Result<()> {
        let Some(core) = &mut self.core else { return Ok(()) };
        put_rows(core.memory(), &self.program.input, rows);
        let limit = cycle_limit(self.config, golden, MemoryTiming::from(&self.args.memory));
        let report = core.run_program(self.program, limit)?;
        if let Some(fault) = report.fault {
            anyhow::bail!("the RTL reports a fault: {fault}");
        }
        let (left, right) = (signed(self.memory.bytes()), signed(core.memory()));
        self.machine_rtl.add(&left, &right);
        let counted = u64::from(report.counter("CYCLES")).to_le_bytes();
        self.counts.add(&signed(&counted), &signed(&report.cycles.to_le_bytes()));
        self.add_cycles(&report);
        Ok(())
    }

    /// Bytes and MACs of a job, by layer.
    fn account(&mut self, outcome: &Outcome) {
        for (executed, &layer) in outcome.executed.iter().zip(&self.program.command_layer) {
            let fetched = 64;
            self.layers[usize::from(layer)].moved_bytes +=
                executed.read_bytes + executed.write_bytes + fetched;
        }
        for (row, layer) in self.layers.iter_mut().zip(&self.program.layers) {
            row.macs += layer.macs;
            row.compulsory_bytes += layer.compulsory_bytes;
        }
    }

    fn add_cycles(&mut self, report: &JobReport) {
        self.cycles += report.cycles;
        let mut start = 0;
        for (row, &end) in self.layers.iter_mut().zip(&report.layer_ends) {
            row.cycles = row.cycles.map(|c| c + u64::from(end.saturating_sub(start)));
            start = end;
        }
    }

    fn finish(mut self, args: &RunArgs, expected: Option<&[i8]>) -> Result<Report> {
        let mut comparisons = vec![self.graph_machine];
        if self.core.is_some() {
            comparisons.extend([self.machine_rtl, self.counts]);
        }
        if let (Some(expected), Some(path)) = (expected, &args.expect) {
            let what = format!("outputs = {}", path.display());
            comparisons.push(Comparison::of(what, &self.outputs, expected));
        }
        let features = self.graph.tensor(self.graph.output).features();
        let rows = self.outputs.len() / features.max(1);
        if let Some(path) = &args.output {
            let shape = vec![rows, features];
            npy::write(path, &npy::Array { shape, data: self.outputs })?;
        }
        let peak = f64::from(self.config.peak_macs());
        for row in &mut self.layers {
            row.peak_share =
                row.cycles.filter(|c| *c > 0).map(|c| row.macs as f64 / (peak * c as f64));
        }
        let total = |f: fn(&LayerRow) -> u64| self.layers.iter().map(f).sum();
        Ok(Report {
            model: args.model.display().to_string(),
            preset: self.config.name.clone(),
            engine: format!("{:?}", args.engine).to_lowercase(),
            family: format!("{:?}", args.family).to_lowercase(),
            jobs: self.jobs,
            rows,
            macs: total(|l| l.macs),
            cycles: self.core.is_some().then_some(self.cycles),
            moved_bytes: total(|l| l.moved_bytes),
            compulsory_bytes: total(|l| l.compulsory_bytes),
            equal: comparisons.iter().all(Comparison::equal),
            layers: self.layers,
            comparisons,
        })
    }
}

fn render(report: &Report, peak: u32) -> String {
    let mut text = format!(
        "{} on {} ({} MAC/cycle), engine {}, family {}: {} rows in {} jobs\n\n",
        report.model, report.preset, peak, report.engine, report.family, report.rows, report.jobs
    );
    let row = |name: &str, macs: u64, cycles: Option<u64>, moved: u64, least: u64| {
        let share =
            cycles.map_or("-".to_string(), |c| percent(macs as f64, f64::from(peak) * c as f64));
        let over =
            if least > 0 { format!("{:.2}x", moved as f64 / least as f64) } else { "-".into() };
        let cycles = cycles.map_or("-".to_string(), number);
        vec![name.to_string(), number(macs), cycles, share, number(moved), over]
    };
    let mut rows: Vec<_> = report
        .layers
        .iter()
        .map(|l| row(&l.name, l.macs, l.cycles, l.moved_bytes, l.compulsory_bytes))
        .collect();
    rows.push(row(
        "total",
        report.macs,
        report.cycles,
        report.moved_bytes,
        report.compulsory_bytes,
    ));
    text += &table(&["layer", "MACs", "cycles", "of peak", "bytes", "over minimum"], &rows);
    text.push('\n');
    text.extend(report.comparisons.iter().map(Comparison::line));
    text += if report.equal { "PASS\n" } else { "FAIL\n" };
    text
}

/// A progress bar on standard error; hidden when that is not a terminal.
fn progress(length: Option<u64>, message: &'static str) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:30} {pos}/{len} {msg} {eta}"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// Writes rows into memory, each zero-padded to its stride.
fn put_rows(memory: &mut [u8], place: &Tensor2, rows: &[Vec<i8>]) {
    for (i, row) in rows.iter().enumerate() {
        let range = place.row(i as u32);
        for (to, &from) in memory[range.start as usize..].iter_mut().zip(row) {
            *to = from as u8;
        }
    }
}

/// Reads rows from memory.
fn get_rows(memory: &[u8], place: &Tensor2) -> Vec<i8> {
    let row = |i| {
        let range = place.row(i);
        signed(&memory[range.start as usize..range.end as usize])
    };
    (0..place.rows).flat_map(row).collect()
}

fn signed(bytes: &[u8]) -> Vec<i8> {
    bytes.iter().map(|&b| b as i8).collect()
}
