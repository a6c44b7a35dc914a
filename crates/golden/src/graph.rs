//! Whole tensors, layer by layer: no tiles, no commands, no memories.
//!
//! This is the model that says what a network's outputs *are*. It uses the requantisation rules as
//! TFLite's sources define them (`by_definition`), not the formula the hardware is built from, so
//! that agreement with the command executor and the RTL is agreement of two derivations.
//!
//! ```
//! use seedbed_golden::graph;
//! use seedbed_model::{Activation, FullyConnected, Graph, Quantization};
//! use seedbed_spec::numerics::Family;
//!
//! let code = Quantization { scale: 0.5, zero_point: 0 };
//! let layer = FullyConnected {
//!     inputs: 2,
//!     outputs: 1,
//!     weights: vec![3, -1],
//!     weight_scales: vec![1.0], // factor 0.5 * 1.0 / 0.5 = 1
//!     bias: vec![7],
//!     activation: Activation::None,
//! };
//! let graph = Graph::chain("g", 2, code).fully_connected(layer, code).finish()?;
//! let run = graph::run(&graph, Family::Ref, &[10, 4, -1, 0])?; // two rows
//! assert_eq!(run.output, [33, 4]); // 3*10 - 4 + 7, -3 + 7
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use seedbed_model::{FullyConnected, Graph, Layer, Op, Quantization};
use seedbed_spec::numerics::{
    by_definition, finish, fully_connected_scale, quantize_multiplier, rule_for, Family, Operator,
    Rule, SHIFTS,
};

/// The outputs of every layer for one or more input rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Input rows (inferences).
    pub rows: usize,
    /// Per layer, in the order of the graph's layers: `rows` rows of its output's features.
    pub layers: Vec<Vec<i8>>,
    /// The network's output: `rows` rows.
    pub output: Vec<i8>,
    /// How often adding a bias left 32 bits and was clamped, over all layers.
    pub saturations: u64,
}

/// Why a graph cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The graph is inconsistent.
    #[error(transparent)]
    Graph(#[from] seedbed_model::GraphError),
    /// The input does not consist of whole rows.
    #[error("{elements} input elements are not whole rows of {features}")]
    Input {
        /// Elements given.
        elements: usize,
        /// Elements per row.
        features: usize,
    },
    /// The factor `sx * sw / sy` of an output cannot be represented.
    #[error(
        "layer `{layer}` output {channel}: factor {factor} needs shift {shift}; \
         shifts of {} to {} exist: check the scales", SHIFTS.start(), SHIFTS.end()
    )]
    Factor {
        /// The layer's name.
        layer: String,
        /// The output within the layer.
        channel: usize,
        /// The factor, as text.
        factor: String,
        /// The right shift it would need.
        shift: i32,
    },
}

/// Runs a graph on whole rows of int8 codes, by the kernels of `family`.
///
/// # Errors
/// The graph is inconsistent, the input is not whole rows, or a layer's scales are out of range.
pub fn run(graph: &Graph, family: Family, input: &[i8]) -> Result<Run, RunError> {
    graph.check()?;
    let features = graph.tensor(graph.input).features();
    if input.is_empty() || input.len() % features != 0 {
        return Err(RunError::Input { elements: input.len(), features });
    }
    let mut tensors: Vec<Vec<i8>> = vec![Vec::new(); graph.tensors.len()];
    tensors[graph.input.0] = input.to_vec();
    let mut saturations = 0;
    for layer in &graph.layers {
        let from = &tensors[layer.inputs[0].0];
        let (codes, count) = run_layer(graph, layer, family, from)?;
        saturations += count;
        tensors[layer.output.0] = codes;
    }
    let rows = input.len() / features;
    let output = tensors[graph.output.0].clone();
    let layers = graph.layers.iter().map(|l| std::mem::take(&mut tensors[l.output.0])).collect();
    Ok(Run { rows, layers, output, saturations })
}

/// A layer's output and its saturation count.
fn run_layer(
    graph: &Graph,
    layer: &Layer,
    family: Family,
    input: &[i8],
) -> Result<(Vec<i8>, u64), RunError> {
    match &layer.op {
        Op::Reshape => Ok((input.to_vec(), 0)),
        Op::FullyConnected(op) => {
            let from = graph.tensor(layer.inputs[0]).quantization;
            let to = graph.tensor(layer.output).quantization;
            let rule = rule_for(Operator::FullyConnected, family);
            let channels = channels(&layer.name, op, from, to)?;
            Ok(fully_connected(op, from, to, rule, &channels, input))
        }
    }
}

/// Multiplier and right shift of every output.
fn channels(
    layer: &str,
    op: &FullyConnected,
    from: Quantization,
    to: Quantization,
) -> Result<Vec<(i32, i32)>, RunError> {
    let channel = |channel: usize| {
        let factor = fully_connected_scale(from.scale, &op.weight_scales, channel, to.scale);
        let (m, shift) = quantize_multiplier(factor);
        if SHIFTS.contains(&shift) {
            return Ok((m, shift));
        }
        let (layer, factor) = (layer.to_string(), format!("{factor:e}"));
        Err(RunError::Factor { layer, channel, factor, shift })
    };
    (0..op.outputs).map(channel).collect()
}

fn fully_connected(
    op: &FullyConnected,
    from: Quantization,
    to: Quantization,
    rule: Rule,
    channels: &[(i32, i32)],
    input: &[i8],
) -> (Vec<i8>, u64) {
    let (lo, hi) = op.activation.range(to);
    let mut codes = Vec::with_capacity(input.len() / op.inputs * op.outputs);
    let mut saturations = 0;
    for row in input.chunks_exact(op.inputs) {
        for (output, &(m, shift)) in channels.iter().enumerate() {
            let acc = dot(row, op.row(output), from.zero_point);
            let (value, saturated) = by_definition(acc, op.bias[output], m, shift, rule);
            saturations += u64::from(saturated);
            codes.push(finish(value, to.zero_point, lo, hi));
        }
    }
    (codes, saturations)
}

/// The sum of `(x - zero) * w`.
fn dot(row: &[i8], weights: &[i8], zero: i8) -> i64 {
    let products =
        row.iter().zip(weights).map(|(x, w)| (i32::from(*x) - i32::from(zero)) * i32::from(*w));
    products.map(i64::from).sum()
}

#[cfg(test)]
mod tests;
