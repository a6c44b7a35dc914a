//! Reads `.tflite` files.
//!
//! A model file is untrusted input: it is verified as a flatbuffer before anything is read, every
//! index in it is checked, and the [`Graph`] made of it is checked as a whole. Damage gives an
//! error that names the place, never a panic.
//!
//! Supported: one subgraph whose operators are FULLY_CONNECTED (int8, fused NONE, RELU or RELU6,
//! with or without bias, one weight scale or one per output), RESHAPE, and QUANTIZE / DEQUANTIZE
//! between the model's float32 input / output and the int8 network.
//!
//! ```
//! use seedbed_model::tflite;
//!
//! let error = tflite::parse(b"not a model", "demo").unwrap_err();
//! assert!(error.to_string().starts_with("not a TFLite model"));
//! ```

mod lower;
mod operators;
mod schema;
mod tensors;

use std::path::{Path, PathBuf};

use crate::{Graph, GraphError};

/// What the reader understands, for messages.
const SUPPORTED: &str = "FULLY_CONNECTED (int8), RESHAPE, and QUANTIZE / DEQUANTIZE at the edges";

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Reading failed, or what follows is about this file.
    #[error("{}: {problem}", path.display())]
    File {
        /// The model file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Box<ModelError>,
    },
    /// The operating system refused.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not a TFLite file, or one that is cut off or damaged.
    #[error("not a TFLite model, or a damaged one: {0}")]
    Damaged(String),
    /// An operator, or a form of one, that this project does not run.
    #[error("layer {layer} is {operator}, {reason}; supported are {SUPPORTED}")]
    Unsupported {
        /// Index of the operator in the model.
        layer: usize,
        /// Its TFLite name.
        operator: String,
        /// What about it is not supported.
        reason: String,
    },
    /// Well-formed, but contradictory or of an unsupported kind.
    #[error("{place}: {problem}")]
    Invalid {
        /// The operator, tensor or buffer.
        place: String,
        /// What is wrong there.
        problem: String,
    },
    /// The graph as a whole is inconsistent.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// Reads a model file; the graph is named after the file's stem, or after its folder when the
/// stem is just `model`.
///
/// # Errors
/// The file cannot be read, is damaged, or holds what is not supported; see [`ModelError`].
pub fn read(path: &Path) -> Result<Graph, ModelError> {
    let parsed = std::fs::read(path).map_err(ModelError::Io);
    let graph = parsed.and_then(|bytes| parse(&bytes, &model_name(path)));
    graph.map_err(|problem| ModelError::File {
        path: path.to_path_buf(),
        problem: Box::new(problem),
    })
}

/// Parses the bytes of a model file into a graph called `name`.
///
/// # Errors
/// The bytes are damaged or hold what is not supported; see [`ModelError`].
pub fn parse(bytes: &[u8], name: &str) -> Result<Graph, ModelError> {
    let model = schema::root(bytes).map_err(ModelError::Damaged)?;
    let graph = lower::graph(&model, name)?;
    graph.check()?;
    Ok(graph)
}

/// `digits` for `models/digits/model.tflite`, `net` for `somewhere/net.tflite`.
fn model_name(path: &Path) -> String {
    let text =
        |part: Option<&std::ffi::OsStr>| part.map(|name| name.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_default();
    let folder = text(path.parent().and_then(Path::file_name));
    if stem == "model" {
        folder.unwrap_or(stem)
    } else {
        stem
    }
}

#[cfg(test)]
mod tests;
