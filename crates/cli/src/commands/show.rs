//! `seedbed presets` and `seedbed show`.

use crate::args::ShowArgs;
use crate::inputs;
use crate::report::{number, print, table};
use anyhow::Result;
use seedbed_spec::{timing, Config};
use serde::Serialize;

#[derive(Serialize)]
struct PresetRow {
    name: String,
    array: String,
    peak_macs_per_cycle: u32,
    bus_bits: u32,
    lm_bytes: u32,
    ps_rows: u32,
    post_lanes: u32,
    k_max: u32,
}

/// Lists the presets.
pub fn presets(json: bool) -> Result<()> {
    let row = |name| Some(preset_row(name, &Config::preset(name)?));
    let rows: Vec<_> = Config::presets().into_iter().filter_map(row).collect();
    print(json, &rows, || {
        let cells = |r: &PresetRow| {
            vec![
                r.name.clone(),
                r.array.clone(),
                r.peak_macs_per_cycle.to_string(),
                r.bus_bits.to_string(),
                number(r.lm_bytes.into()),
                r.ps_rows.to_string(),
                r.post_lanes.to_string(),
                number(r.k_max.into()),
            ]
        };
        let head =
            ["preset", "array", "MAC/cycle", "AXI bits", "LM bytes", "PS rows", "lanes", "k_max"];
        let rows: Vec<_> = rows.iter().map(cells).collect();
        table(&head, &rows)
            + "\n`seedbed show NAME` tells more; copy a file of presets/ to make your own.\n"
    })?;
    Ok(())
}

fn preset_row(name: &str, c: &Config) -> PresetRow {
    PresetRow {
        name: name.to_string(),
        array: format!("{}x{} {}", c.array.rows, c.array.cols, c.array.kind.name()),
        peak_macs_per_cycle: c.peak_macs(),
        bus_bits: c.bus.data_bits,
        lm_bytes: c.memory.lm_bytes,
        ps_rows: c.memory.ps_rows,
        post_lanes: c.post.lanes,
        k_max: c.numerics.k_max,
    }
}

/// Quantities that follow from a configuration.
#[derive(Serialize)]
pub struct Derived {
    /// The configuration itself.
    pub config: Config,
    /// Its hash, as CSR `CONFIG_HASH` gives it.
    pub hash: String,
    /// Lines of (quantity, value, reason).
    pub quantities: Vec<(String, String, String)>,
}

/// What follows from `c`.
pub fn derive(c: &Config) -> Derived {
    let line = |a: &str, b: String, d: &str| (a.to_string(), b, d.to_string());
    let mut quantities = vec![
        line("peak", format!("{} MAC/cycle", c.peak_macs()), "array.rows x array.cols"),
        line("bus", format!("{} bytes/cycle each way", c.bus_bytes()), "bus.data_bits"),
        line("LM word W", format!("{} bytes", c.word()), "a power of two that holds R, C, a beat"),
        line("local memory LM", local_memory(c), "single port, masked"),
        line(
            "activations",
            format!("multiples of {} bytes", c.rows_unit()),
            "largest power of two in R",
        ),
        line(
            "outputs",
            format!("multiples of {} bytes", c.cols_unit()),
            "largest power of two in C",
        ),
        line(
            "partial sums PS",
            format!(
                "{} banks of {} x {} bits",
                c.memory.ps_banks,
                c.memory.ps_rows / c.memory.ps_banks,
                c.cols() * c.acc_bits()
            ),
            "one read, one write port",
        ),
        line(
            "accumulator",
            format!("{} bits", c.acc_bits()),
            "proved: holds k_max products of -128 x -128",
        ),
        line("weight planes", format!("2 x {} bytes", c.weight_tile_bytes()), "double buffered"),
        line("parameters", format!("{} bytes/tile", c.param_tile_bytes()), "12 per column"),
        line("POST", format!("1 row per {} cycles", c.cols() / c.post.lanes), "post.lanes"),
    ];
    let stages = timing::stages(c).into_iter();
    quantities.extend(stages.map(|s| line("latency", format!("{} cycles", s.cycles), s.name)));
    Derived { config: c.clone(), hash: format!("{:08x}", c.hash()), quantities }
}

/// Banks, their strips if there are several, words and bits.
fn local_memory(c: &Config) -> String {
    let (banks, words, bits) = (c.memory.lm_banks, c.lm_bank_words(), 8 * c.strip());
    match c.strips() {
        1 => format!("{banks} banks of {words} x {bits} bits"),
        strips => format!("{banks} banks of {strips} strips of {words} x {bits} bits"),
    }
}

/// Shows a configuration.
pub fn show(args: &ShowArgs, json: bool) -> Result<()> {
    let derived = derive(&inputs::config(&args.target)?);
    print(json, &derived, || {
        let lines = &derived.quantities;
        let width = lines.iter().map(|line| line.1.len()).max().unwrap_or(0);
        let rows: Vec<_> =
            lines.iter().map(|(a, b, c)| format!("{a:<16}  {b:<width$}  {c}\n")).collect();
        format!("{}\nhash {}\n\n{}", derived.config.to_toml(), derived.hash, rows.concat())
    })?;
    Ok(())
}
