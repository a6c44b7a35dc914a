//! Walks a graph from its input to its output and keeps the layers that compute.

use seedbed_model::{FullyConnected, Graph, Op, Quantization};

use crate::CompileError;

/// A layer that computes, with the quantisation of its ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link<'a> {
    pub name: &'a str,
    pub operator: &'static str,
    pub op: &'a FullyConnected,
    pub input: Quantization,
    pub output: Quantization,
}

/// The layers of a chain. A RESHAPE disappears: a row's values keep their order.
pub(crate) fn chain(graph: &Graph) -> Result<Vec<Link<'_>>, CompileError> {
    graph.check()?;
    let mut links = Vec::new();
    let mut at = graph.input;
    for layer in &graph.layers {
        let operator = layer.op.name();
        if layer.inputs != [at] {
            return Err(CompileError::NotAChain { layer: layer.name.clone(), operator });
        }
        if let Op::FullyConnected(op) = &layer.op {
            let input = graph.tensor(at).quantization;
            let output = graph.tensor(layer.output).quantization;
            links.push(Link { name: &layer.name, operator, op, input, output });
        }
        at = layer.output;
    }
    if at != graph.output {
        let last = &graph.layers[graph.layers.len() - 1];
        let operator = last.op.name();
        return Err(CompileError::NotAChain { layer: last.name.clone(), operator });
    }
    if links.is_empty() {
        return Err(CompileError::Empty { graph: graph.name.clone() });
    }
    Ok(links)
}
