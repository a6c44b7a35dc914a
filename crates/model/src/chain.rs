//! Graphs built by hand: a chain of layers, each reading the last one's output.

use crate::{FullyConnected, Graph, GraphError, Layer, Op, Quantization, Tensor, TensorId};

/// Builds a chain of layers; start with [`Graph::chain`].
#[derive(Clone, Debug)]
pub struct ChainBuilder {
    graph: Graph,
}

impl Graph {
    /// Starts a chain whose input has rows of `features` codes.
    pub fn chain(name: &str, features: usize, quantization: Quantization) -> ChainBuilder {
        let input = Tensor { name: "input".to_string(), shape: vec![1, features], quantization };
        ChainBuilder {
            graph: Graph {
                name: name.to_string(),
                tensors: vec![input],
                layers: Vec::new(),
                input: TensorId(0),
                output: TensorId(0),
                float_input: false,
                float_output: false,
            },
        }
    }
}

impl ChainBuilder {
    /// Appends a fully connected layer whose output is quantised by `output`.
    #[must_use]
    pub fn fully_connected(self, op: FullyConnected, output: Quantization) -> ChainBuilder {
        let shape = vec![1, op.outputs];
        self.append(Op::FullyConnected(op), shape, output)
    }

    /// Appends a reshape; `shape` counts rows first.
    #[must_use]
    pub fn reshape(self, shape: &[usize]) -> ChainBuilder {
        let quantization = self.graph.tensor(self.graph.output).quantization;
        self.append(Op::Reshape, shape.to_vec(), quantization)
    }

    /// The checked graph.
    ///
    /// # Errors
    /// The first inconsistency ([`Graph::check`]).
    pub fn finish(self) -> Result<Graph, GraphError> {
        self.graph.check()?;
        Ok(self.graph)
    }

    fn append(mut self, op: Op, shape: Vec<usize>, quantization: Quantization) -> ChainBuilder {
        let graph = &mut self.graph;
        let name = format!("L{:02}_{}", graph.layers.len(), op.name());
        let output = TensorId(graph.tensors.len());
        graph.tensors.push(Tensor { name: name.clone(), shape, quantization });
        graph.layers.push(Layer { name, op, inputs: vec![graph.output], output });
        graph.output = output;
        self
    }
}
