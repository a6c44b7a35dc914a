//! Reading what the user names: cores, networks, arrays.

use anyhow::{anyhow, bail, Context, Result};
use seedbed_model::{npy, Graph};
use seedbed_spec::Config;
use std::path::Path;

/// The core called `target`: a preset's name, or a TOML file.
pub fn config(target: &str) -> Result<Config> {
    if let Some(config) = Config::preset(target) {
        return Ok(config);
    }
    if !target.ends_with(".toml") {
        bail!(
            "there is no preset `{target}`; presets are {}; a file must end in .toml",
            Config::presets().join(", ")
        );
    }
    let text =
        std::fs::read_to_string(target).with_context(|| format!("{target}: cannot be read"))?;
    Ok(Config::from_toml(&text, target)?)
}

/// The network in `path`.
pub fn graph(path: &Path) -> Result<Graph> {
    Ok(seedbed_model::tflite::read(path)?)
}

/// The rows of the network's input in `path`: int8 codes, or float32 that its QUANTIZE turns into codes.
pub fn rows(graph: &Graph, path: &Path) -> Result<Vec<Vec<i8>>> {
    let input = graph.tensor(graph.input);
    let features = input.features();
    let shaped =
        |e: String| anyhow!("{}: {e}; the network takes {features} values a row", path.display());
    let rows = if graph.float_input {
        let rows = npy::read::<f32>(path)?.into_rows(features).map_err(shaped)?;
        let quantize = |row: Vec<f32>| row.into_iter().map(|v| input.quantization.quantize(v));
        rows.into_iter().map(|row| quantize(row).collect()).collect()
    } else {
        npy::read::<i8>(path)?.into_rows(features).map_err(shaped)?
    };
    if rows.is_empty() {
        bail!("{}: has no rows", path.display());
    }
    Ok(rows)
}

/// Expected outputs: `rows` rows of the network's output.
pub fn expected(graph: &Graph, path: &Path, rows: usize) -> Result<Vec<i8>> {
    let features = graph.tensor(graph.output).features();
    let array = npy::read::<i8>(path)?;
    let shape = array.shape.clone();
    match array.into_rows(features) {
        Ok(expected) if expected.len() == rows => Ok(expected.concat()),
        _ => {
            bail!("{}: shape is {shape:?}; {rows} inputs give [{rows}, {features}]", path.display())
        }
    }
}
