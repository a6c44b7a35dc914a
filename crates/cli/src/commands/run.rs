//! `seedbed run`: a network on everything that can compute it.

use crate::args::{Engine, RunArgs};
use crate::engine::{core, rtl, Core};
use crate::inputs;
use crate::report::{number, percent, print, progress, table, Comparison};
use crate::session::{Job, Session};
use anyhow::{bail, Context, Result};
use seedbed_compiler::{compile, Options};
use seedbed_cosim::{MemoryTiming, SourceFile};
use seedbed_model::npy;
use seedbed_spec::program::{Layer, Program};
use seedbed_spec::Config;
use serde::Serialize;
use std::fs;
use std::path::Path;

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
    /// What the RTL took.
    cycles: Option<u64>,
    /// What the cycle model says.
    predicted_cycles: u64,
    moved_bytes: u64,
    compulsory_bytes: u64,
    comparisons: Vec<Comparison>,
    equal: bool,
}

/// Bytes of a command, which are fetched too.
const COMMAND_BYTES: u64 = 64;

/// A layer, summed over all jobs.
#[derive(Clone, Serialize)]
struct LayerRow {
    name: String,
    macs: u64,
    cycles: Option<u64>,
    predicted_cycles: Option<u64>,
    peak_share: Option<f64>,
    moved_bytes: u64,
    compulsory_bytes: u64,
}

impl LayerRow {
    fn new(layer: &Layer) -> Self {
        LayerRow {
            name: layer.name.clone(),
            macs: 0,
            cycles: None,
            predicted_cycles: None,
            peak_share: None,
            moved_bytes: 0,
            compulsory_bytes: 0,
        }
    }
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
    if let Some(path) = &args.output {
        check_writable(path)?;
    }
    let per_job = if args.batch { rows.len() } else { 1 };
    let options = Options {
        family: args.family.into(),
        rows: u32::try_from(per_job)?,
        effort: args.effort.into(),
    };
    let program = compile(&graph, &config, &options)?;
    let core = prepare(args, &config, &program)?;
    let timing = MemoryTiming::from(&args.memory);
    let session = Session::new(&config, &graph, options.family, &program, core, timing)?;
    let mut totals = Totals::new(&program);
    let mut comparisons = run_jobs(session, &mut totals, &rows, per_job)?;
    if let (Some(expected), Some(path)) = (expected, &args.expect) {
        let what = format!("outputs = {}", path.display());
        comparisons.push(Comparison::of(what, &totals.outputs, &expected));
    }
    if let Some(path) = &args.output {
        let shape = vec![rows.len(), graph.tensor(graph.output).features()];
        npy::write(path, &npy::Array { shape, data: totals.outputs.clone() })?;
    }
    let report = totals.report(args, &config, rows.len(), comparisons);
    print(json, &report, || render(&report, config.peak_macs()))?;
    Ok(report.equal)
}

/// Finds out before a long run, not after it.
fn check_writable(path: &Path) -> Result<()> {
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    file.map(|_| ()).with_context(|| {
        format!("{}: cannot be written; name another file with --output", path.display())
    })
}

/// The RTL on the bench, unless only the golden models are asked for.
fn prepare(args: &RunArgs, config: &Config, program: &Program) -> Result<Option<Core>> {
    if args.rtl.is_some() && args.engine != Engine::Verilator {
        bail!("--rtl runs Verilog text; choose --engine verilator");
    }
    if args.engine == Engine::Golden {
        if args.waves.is_some() {
            bail!("--waves shows RTL signals; choose --engine sim or --engine verilator");
        }
        return Ok(None);
    }
    let spinner = progress(None, "generating RTL");
    let mut rtl = rtl(config)?;
    if let Some(dir) = &args.rtl {
        rtl.sources = read_rtl(dir, config)?;
    }
    if args.engine == Engine::Verilator {
        spinner.set_message("building the Verilator model (cached for next time)");
    }
    let timing = MemoryTiming::from(&args.memory);
    let core = core(&rtl, args.engine, program.memory_bytes, timing, args.waves.as_deref());
    spinner.finish_and_clear();
    core.map(Some)
}

/// The Verilog files of a generated folder, in the order of its file list.
pub(super) fn read_rtl(dir: &Path, config: &Config) -> Result<Vec<SourceFile>> {
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| {
            format!(
                "{}: cannot be read; --rtl takes a folder of `seedbed generate`",
                path.display()
            )
        })
    };
    let list = read(&dir.join(format!("{}.f", config.name)))?;
    let file = |line: &str| {
        let path = dir.join(line);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(SourceFile { name, text: read(&path)? })
    };
    let sources: Vec<SourceFile> = list.lines().map(file).collect::<Result<_>>()?;
    let expected = format!("{:08x}", config.hash());
    let other = sources.iter().filter_map(|source| hash_of(&source.text));
    if let Some(found) = other.into_iter().find(|found| *found != expected) {
        bail!(
            "{}: its Verilog is of configuration hash {found}, {} is {expected}; name the folder \
             that `seedbed generate` wrote for it",
            dir.display(),
            config.name
        );
    }
    Ok(sources)
}

/// The hash of the configuration in the header of a generated file; people may have cut it off.
fn hash_of(verilog: &str) -> Option<&str> {
    let header = verilog.lines().take_while(|line| line.starts_with("//"));
    let mut hashes = header.filter_map(|line| line.split_once(", hash ")?.1.strip_suffix('.'));
    hashes.next()
}

fn run_jobs(
    mut session: Session<'_>,
    totals: &mut Totals<'_>,
    rows: &[Vec<i8>],
    per_job: usize,
) -> Result<Vec<Comparison>> {
    let bar = progress(Some(rows.len() as u64), "rows");
    for (i, rows) in rows.chunks(per_job).enumerate() {
        let job = session.job(rows).with_context(|| format!("job {i}"))?;
        totals.add(&job);
        bar.inc(rows.len() as u64);
    }
    bar.finish_and_clear();
    Ok(session.comparisons())
}

/// Adds each layer's share of a job to `of` its row; after a layer without an end nothing is known.
fn add_layers(
    rows: &mut [LayerRow],
    ends: impl Iterator<Item = Option<u64>>,
    of: impl Fn(&mut LayerRow) -> &mut Option<u64>,
) {
    let mut start = 0;
    for (row, end) in rows.iter_mut().zip(ends.map_while(|end| end)) {
        *of(row).get_or_insert(0) += end.saturating_sub(start);
        start = end;
    }
}

/// Sums over all jobs.
struct Totals<'a> {
    program: &'a Program,
    outputs: Vec<i8>,
    layers: Vec<LayerRow>,
    cycles: Option<u64>,
    predicted_cycles: u64,
    jobs: usize,
}

impl<'a> Totals<'a> {
    fn new(program: &'a Program) -> Self {
        let layers = program.layers.iter().map(LayerRow::new).collect();
        Totals { program, outputs: Vec::new(), layers, cycles: None, predicted_cycles: 0, jobs: 0 }
    }

    fn add(&mut self, job: &Job) {
        self.jobs += 1;
        self.outputs.extend(&job.output);
        for (executed, &layer) in job.outcome.executed.iter().zip(&self.program.command_layer) {
            self.layers[usize::from(layer)].moved_bytes +=
                executed.read_bytes + executed.write_bytes + COMMAND_BYTES;
        }
        for (row, layer) in self.layers.iter_mut().zip(&self.program.layers) {
            row.macs += layer.macs;
            row.compulsory_bytes += layer.compulsory_bytes;
        }
        if let Some(rtl) = &job.rtl {
            *self.cycles.get_or_insert(0) += rtl.cycles;
            let ends = rtl.layer_ends.iter().map(|end| Some(u64::from(*end)));
            add_layers(&mut self.layers, ends, |row| &mut row.cycles);
        }
        self.predicted_cycles += job.predicted.cycles;
        let stamps = self.program.layers.iter().map(|layer| layer.stamp);
        let ends = stamps.map(|stamp| job.predicted.stamps.get(&stamp).copied());
        add_layers(&mut self.layers, ends, |row| &mut row.predicted_cycles);
    }

    fn report(
        mut self,
        args: &RunArgs,
        config: &Config,
        rows: usize,
        comparisons: Vec<Comparison>,
    ) -> Report {
        let peak = f64::from(config.peak_macs());
        for row in &mut self.layers {
            let cycles = row.cycles.or(row.predicted_cycles).filter(|c| *c > 0);
            row.peak_share = cycles.map(|c| row.macs as f64 / (peak * c as f64));
        }
        let total = |f: fn(&LayerRow) -> u64| self.layers.iter().map(f).sum();
        Report {
            model: args.model.display().to_string(),
            preset: config.name.clone(),
            engine: format!("{:?}", args.engine).to_lowercase(),
            family: format!("{:?}", args.family).to_lowercase(),
            jobs: self.jobs,
            rows,
            macs: total(|l| l.macs),
            cycles: self.cycles,
            predicted_cycles: self.predicted_cycles,
            moved_bytes: total(|l| l.moved_bytes),
            compulsory_bytes: total(|l| l.compulsory_bytes),
            equal: comparisons.iter().all(Comparison::equal),
            layers: self.layers,
            comparisons,
        }
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
        .map(|l| {
            row(&l.name, l.macs, l.cycles.or(l.predicted_cycles), l.moved_bytes, l.compulsory_bytes)
        })
        .collect();
    rows.push(row(
        "total",
        report.macs,
        report.cycles.or(Some(report.predicted_cycles)),
        report.moved_bytes,
        report.compulsory_bytes,
    ));
    let cycles = if report.cycles.is_some() { "cycles" } else { "predicted cycles" };
    text += &table(&["layer", "MACs", cycles, "of peak", "bytes", "over minimum"], &rows);
    text.push('\n');
    text.extend(report.comparisons.iter().map(Comparison::line));
    text += if report.equal { "PASS\n" } else { "FAIL\n" };
    text
}
