//! Tensors, layers and the one place where their consistency is checked.

use crate::op::is_scale;
use crate::{FullyConnected, Op, Quantization};

/// Names a tensor: an index into [`Graph::tensors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub usize);

/// An int8 tensor that flows between layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The name in the model file, for people.
    pub name: String,
    /// The dimensions, outermost first. With two or more, the first counts independent rows.
    pub shape: Vec<usize>,
    /// What its codes stand for.
    pub quantization: Quantization,
}

impl Tensor {
    /// Independent rows (inferences) in the tensor as the model states it. Any other number of
    /// rows may be run: rows do not influence each other.
    pub fn rows(&self) -> usize {
        if self.shape.len() < 2 {
            1
        } else {
            self.shape[0]
        }
    }

    /// Elements per row.
    pub fn features(&self) -> usize {
        let start = usize::from(self.shape.len() >= 2);
        self.shape[start..].iter().product()
    }

    /// What is wrong with this tensor by itself.
    fn problem(&self) -> Option<String> {
        let elements = self.shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n));
        if elements.is_none_or(|count| count == 0) {
            return Some(format!("impossible shape {:?}", self.shape));
        }
        let scale = self.quantization.scale;
        (!is_scale(scale)).then(|| format!("scale {scale} is not a positive finite number"))
    }
}

/// One operator application.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `L`, the operator's index in the model and its TFLite name, such as `L03_FULLY_CONNECTED`.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// The tensors it reads; exactly one for the operators so far.
    pub inputs: Vec<TensorId>,
    /// The tensor it writes.
    pub output: TensorId,
}

/// A network: its layers stand in an order in which they can be executed.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Name of the model.
    pub name: String,
    /// Every activation tensor.
    pub tensors: Vec<Tensor>,
    /// The layers, in execution order.
    pub layers: Vec<Layer>,
    /// The int8 input of the network.
    pub input: TensorId,
    /// The int8 output of the network.
    pub output: TensorId,
    /// The model file's own input is float32: the host quantises it.
    pub float_input: bool,
    /// The model file's own output is float32: the host dequantises it.
    pub float_output: bool,
}

/// An inconsistency inside a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct GraphError {
    /// The layer or tensor, by index and name.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

impl Graph {
    /// The tensor of an id. Panics on an id that is not of this graph.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// Multiplications per row, all layers.
    pub fn macs(&self) -> u64 {
        self.layers.iter().map(|layer| layer.macs()).sum()
    }

    /// Verifies that the graph can be executed as it stands.
    ///
    /// - every tensor has a shape without zeros and a positive finite scale;
    /// - there is a layer; every layer reads what the graph's input or an earlier layer provides,
    ///   and writes a tensor nobody wrote before; the graph's output is written;
    /// - a fully connected layer's weights, scales and biases have the sizes it states, and its
    ///   tensors have as many features as it states and equal rows;
    /// - a reshape keeps rows, features and quantisation.
    ///
    /// # Errors
    /// The first violation, with the layer or tensor it is in.
    pub fn check(&self) -> Result<(), GraphError> {
        for (index, tensor) in self.tensors.iter().enumerate() {
            let place = || format!("tensor {index} `{}`", tensor.name);
            fail_if(tensor.problem(), place)?;
        }
        let whole = || format!("graph `{}`", self.name);
        let mut written = vec![false; self.tensors.len()];
        fail_if(write(&mut written, self.input), whole)?;
        fail_if(self.layers.is_empty().then(|| "there are no layers".to_string()), whole)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let place = || format!("layer {index} `{}`", layer.name);
            fail_if(self.layer_problem(layer, &mut written), place)?;
        }
        let provided = written.get(self.output.0) == Some(&true);
        fail_if((!provided).then(|| "its output is never written".to_string()), whole)
    }

    /// What is wrong with a layer, given which tensors are written before it.
    fn layer_problem(&self, layer: &Layer, written: &mut [bool]) -> Option<String> {
        let [input] = layer.inputs[..] else {
            return Some(format!("{} inputs: it takes one", layer.inputs.len()));
        };
        if written.get(input.0) != Some(&true) {
            return Some(format!("reads tensor {} which nothing before it writes", input.0));
        }
        if let Some(problem) = write(written, layer.output) {
            return Some(problem);
        }
        let (from, to) = (self.tensor(input), self.tensor(layer.output));
        rows_problem(from, to).or_else(|| match &layer.op {
            Op::FullyConnected(op) => op.problem().or_else(|| features_problem(op, from, to)),
            Op::Reshape => reshape_problem(from, to),
        })
    }
}

impl Layer {
    /// Multiplications per row.
    pub fn macs(&self) -> u64 {
        match &self.op {
            Op::FullyConnected(op) => op.macs(),
            Op::Reshape => 0,
        }
    }
}

/// Marks a tensor as written; says when that cannot be.
fn write(written: &mut [bool], id: TensorId) -> Option<String> {
    let count = written.len();
    match written.get_mut(id.0) {
        None => Some(format!("tensor {} does not exist: there are {count}", id.0)),
        Some(true) => Some(format!("writes tensor {}, which is already written", id.0)),
        Some(flag) => {
            *flag = true;
            None
        }
    }
}

fn rows_problem(from: &Tensor, to: &Tensor) -> Option<String> {
    let (a, b) = (from.rows(), to.rows());
    let shapes = || format!("{:?} to {:?}", from.shape, to.shape);
    (a != b).then(|| format!("changes the number of rows, {a} to {b} (shapes {})", shapes()))
}

fn features_problem(op: &FullyConnected, from: &Tensor, to: &Tensor) -> Option<String> {
    let (inputs, outputs) = (from.features(), to.features());
    if inputs != op.inputs {
        return Some(format!("takes {} inputs, its tensor has {inputs} per row", op.inputs));
    }
    (outputs != op.outputs)
        .then(|| format!("gives {} outputs, its tensor has {outputs} per row", op.outputs))
}

fn reshape_problem(from: &Tensor, to: &Tensor) -> Option<String> {
    if from.features() != to.features() {
        return Some(format!("reshapes {:?} to {:?}: sizes differ", from.shape, to.shape));
    }
    (from.quantization != to.quantization).then(|| "changes the quantisation".to_string())
}

fn fail_if(problem: Option<String>, place: impl Fn() -> String) -> Result<(), GraphError> {
    match problem {
        Some(problem) => Err(GraphError { place: place(), problem }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
