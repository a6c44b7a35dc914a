//! What it costs to make the Verilog of large cores.

use crate::report::{number, table};
use anyhow::{ensure, Context, Result};
use seedbed_spec::config::Kind;
use seedbed_spec::Config;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// One core: `seedbed generate` in a process of its own, from the configuration to files on disk, all
/// checks of the netlist included.
#[derive(Serialize)]
pub struct Elaboration {
    kind: &'static str,
    rows: u32,
    cols: u32,
    #[serde(flatten)]
    generated: Generated,
}

/// What `seedbed generate --json` says of itself.
#[derive(Serialize, Deserialize)]
struct Generated {
    modules: usize,
    verilog_bytes: u64,
    cpu_seconds: Option<f64>,
    peak_bytes: Option<u64>,
}

const KINDS: [Kind; 2] = [Kind::Dot, Kind::Systolic];
const SIZES: [u32; 3] = [64, 128, 256];

/// Generates a whole core around square arrays of both kinds.
pub fn measure() -> Result<Vec<Elaboration>> {
    let folder = std::env::temp_dir().join(format!("seedbed-elaborate-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{}: cannot be made", folder.display()))?;
    let sizes = SIZES.into_iter().flat_map(|size| KINDS.map(|kind| (kind, size)));
    let measured = sizes.map(|(kind, size)| generate(&folder, kind, size)).collect();
    let _ = std::fs::remove_dir_all(&folder);
    measured
}

/// The preset `edge` with another array.
fn config(kind: Kind, size: u32) -> Result<Config> {
    let mut config = Config::preset("edge").context("there is no preset `edge`")?;
    config.name = format!("{}_{size}", kind.name());
    (config.array.kind, config.array.rows, config.array.cols) = (kind, size, size);
    Ok(config)
}

fn generate(folder: &Path, kind: Kind, size: u32) -> Result<Elaboration> {
    let config = config(kind, size)?;
    let file = folder.join(format!("{}.toml", config.name));
    std::fs::write(&file, config.to_toml())
        .with_context(|| format!("{}: cannot be written", file.display()))?;
    let seedbed = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(seedbed);
    command.arg("generate").arg(&file).arg("-o").arg(folder.join(&config.name)).arg("--json");
    let out = command.output().context("cannot start this program again")?;
    ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr).trim());
    let generated = serde_json::from_slice(&out.stdout)?;
    Ok(Elaboration { kind: kind.name(), rows: size, cols: size, generated })
}

/// The table.
pub fn render(rows: &[Elaboration]) -> String {
    let unknown = || "?".to_string();
    let cells = |row: &Elaboration| {
        let Generated { modules, verilog_bytes, cpu_seconds, peak_bytes } = &row.generated;
        vec![
            row.kind.to_string(),
            format!("{} x {}", row.rows, row.cols),
            cpu_seconds.map_or_else(unknown, |s| format!("{s:.2}")),
            peak_bytes.map_or_else(unknown, |b| format!("{:.1}", b as f64 / 1e6)),
            number(*verilog_bytes),
            modules.to_string(),
        ]
    };
    let head = ["kind", "array", "CPU s", "peak MB", "Verilog bytes", "modules"];
    let rows: Vec<_> = rows.iter().map(cells).collect();
    "\nwhole core like `edge` with a large array: elaborate, check, print, write to disk\n"
        .to_string()
        + &table(&head, &rows)
}
