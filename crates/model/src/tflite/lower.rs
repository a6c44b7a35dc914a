//! From the tables of a model file to a graph.

use std::collections::HashMap;

use super::operators::{self, CUSTOM, DEQUANTIZE, FULLY_CONNECTED, QUANTIZE, RESHAPE};
use super::schema::{FullyConnectedOptions, Model, Operator, SubGraph};
use super::tensors::{FileTensor, Tensors};
use super::ModelError;
use crate::{Activation, FullyConnected, Graph, Layer, Op, TensorId};

/// `ActivationFunctionType` of the schema.
const ACTIVATIONS: [&str; 6] = ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"];

/// The graph of a model; not yet checked as a whole.
pub fn graph(model: &Model<'_>, name: &str) -> Result<Graph, ModelError> {
    let subgraphs: Vec<SubGraph> =
        model.subgraphs().map(|s| s.iter().collect()).unwrap_or_default();
    let [subgraph] = subgraphs[..] else {
        return Err(invalid("model", format!("has {} subgraphs: need one", subgraphs.len())));
    };
    let mut lowering = Lowering::new(model, &subgraph, name)?;
    for (index, operator) in subgraph.operators().into_iter().flatten().enumerate() {
        let (code, operator_name) = operator_code(model, index, &operator)?;
        let at = At { index, name: operator_name };
        lowering.operator(&at, code, &operator)?;
    }
    lowering.finish()
}

/// Where an operator stands.
struct At {
    index: usize,
    name: String,
}

impl At {
    fn unsupported(&self, reason: impl Into<String>) -> ModelError {
        let (layer, operator) = (self.index, self.name.clone());
        ModelError::Unsupported { layer, operator, reason: reason.into() }
    }

    fn place(&self) -> String {
        format!("layer {} ({})", self.index, self.name)
    }
}

struct Lowering<'a> {
    file: Tensors<'a>,
    /// The file's own input and output.
    edges: (i32, i32),
    /// Graph tensors by index in the file.
    ids: HashMap<usize, TensorId>,
    input: Option<TensorId>,
    output: Option<TensorId>,
    graph: Graph,
}

impl<'a> Lowering<'a> {
    fn new(model: &Model<'a>, subgraph: &SubGraph<'a>, name: &str) -> Result<Self, ModelError> {
        let file = Tensors::new(model, subgraph);
        let list =
            |list: Option<flatbuffers::Vector<'a, i32>>| list.into_iter().flatten().collect();
        let edges =
            (only(list(subgraph.inputs()), "inputs")?, only(list(subgraph.outputs()), "outputs")?);
        let graph = Graph {
            name: name.to_string(),
            tensors: Vec::new(),
            layers: Vec::new(),
            input: TensorId(0),
            output: TensorId(0),
            float_input: file.get(edges.0, "model input")?.element() == "FLOAT32",
            float_output: file.get(edges.1, "model output")?.element() == "FLOAT32",
        };
        let mut lowering =
            Lowering { file, edges, ids: HashMap::new(), input: None, output: None, graph };
        if !lowering.graph.float_input {
            lowering.input = Some(lowering.activation(edges.0, "model input")?);
        }
        Ok(lowering)
    }

    /// Ties up the edges.
    fn finish(mut self) -> Result<Graph, ModelError> {
        if !self.graph.float_output {
            self.output = Some(self.activation(self.edges.1, "model output")?);
        }
        let need = |id: Option<TensorId>, edge: &str, operator: &str| {
            let problem = format!("is FLOAT32 and no {operator} operator stands at it");
            id.ok_or_else(|| invalid(edge, problem))
        };
        self.graph.input = need(self.input, "model input", "QUANTIZE")?;
        self.graph.output = need(self.output, "model output", "DEQUANTIZE")?;
        Ok(self.graph)
    }

    fn operator(&mut self, at: &At, code: i32, operator: &Operator<'a>) -> Result<(), ModelError> {
        let inputs: Vec<i32> = operator.inputs().into_iter().flatten().collect();
        let outputs: Vec<i32> = operator.outputs().into_iter().flatten().collect();
        let supported = [FULLY_CONNECTED, RESHAPE, QUANTIZE, DEQUANTIZE].contains(&code);
        if !supported {
            return Err(at.unsupported("which is not supported"));
        }
        let (Some(&input), [output]) = (inputs.first(), &outputs[..]) else {
            let counts = format!("has {} inputs and {} outputs", inputs.len(), outputs.len());
            return Err(invalid(&at.place(), counts));
        };
        match code {
            QUANTIZE => self.quantize(at, input, *output),
            DEQUANTIZE => self.dequantize(at, input, *output),
            RESHAPE => self.layer(at, Op::Reshape, input, *output),
            _ => {
                let op = self.fully_connected(at, &inputs, operator.fully_connected_options())?;
                self.layer(at, Op::FullyConnected(op), input, *output)
            }
        }
    }

    fn layer(&mut self, at: &At, op: Op, input: i32, output: i32) -> Result<(), ModelError> {
        let name = format!("L{:02}_{}", at.index, at.name);
        let inputs = vec![self.activation(input, &at.place())?];
        let output = self.activation(output, &at.place())?;
        self.graph.layers.push(Layer { name, op, inputs, output });
        Ok(())
    }

    fn quantize(&mut self, at: &At, input: i32, output: i32) -> Result<(), ModelError> {
        if !self.graph.float_input || input != self.edges.0 || self.input.is_some() {
            return Err(at.unsupported("which is supported only once, at the float32 model input"));
        }
        self.input = Some(self.activation(output, &at.place())?);
        Ok(())
    }

    fn dequantize(&mut self, at: &At, input: i32, output: i32) -> Result<(), ModelError> {
        if !self.graph.float_output || output != self.edges.1 || self.output.is_some() {
            return Err(at.unsupported("which is supported only once, at the float32 model output"));
        }
        self.output = Some(self.activation(input, &at.place())?);
        Ok(())
    }

    fn fully_connected(
        &self,
        at: &At,
        inputs: &[i32],
        options: Option<FullyConnectedOptions<'_>>,
    ) -> Result<FullyConnected, ModelError> {
        let place = at.place();
        if inputs.len() != 2 && inputs.len() != 3 {
            let problem = format!("has {} inputs: need input, weights and bias", inputs.len());
            return Err(invalid(&place, problem));
        }
        if options.and_then(|o| o.weights_format()).unwrap_or(0) != 0 {
            return Err(at.unsupported("with shuffled weights"));
        }
        let activation = activation(at, options.and_then(|o| o.activation()).unwrap_or(0))?;
        let (outputs, columns, weights, weight_scales) =
            self.file.get(inputs[1], &place)?.weights()?;
        let bias = match inputs.get(2) {
            None | Some(-1) => vec![0; outputs],
            Some(index) => self.file.get(*index, &place)?.bias()?,
        };
        Ok(FullyConnected { inputs: columns, outputs, weights, weight_scales, bias, activation })
    }

    /// The graph tensor of an activation, made on first sight.
    fn activation(&mut self, index: i32, place: &str) -> Result<TensorId, ModelError> {
        let tensor: FileTensor = self.file.get(index, place)?;
        if let Some(id) = self.ids.get(&tensor.index()) {
            return Ok(*id);
        }
        let id = TensorId(self.graph.tensors.len());
        self.graph.tensors.push(tensor.activation()?);
        self.ids.insert(tensor.index(), id);
        Ok(id)
    }
}

fn activation(at: &At, code: i8) -> Result<Activation, ModelError> {
    let name = usize::try_from(code).ok().and_then(|code| ACTIVATIONS.get(code));
    match name.copied() {
        Some("NONE") => Ok(Activation::None),
        Some("RELU") => Ok(Activation::Relu),
        Some("RELU6") => Ok(Activation::Relu6),
        other => {
            let name = other.map_or_else(|| code.to_string(), str::to_string);
            Err(at.unsupported(format!("with fused activation {name} (NONE, RELU, RELU6 work)")))
        }
    }
}

/// The code and name of an operator.
fn operator_code(
    model: &Model<'_>,
    index: usize,
    operator: &Operator<'_>,
) -> Result<(i32, String), ModelError> {
    let which = operator.opcode_index().unwrap_or(0) as usize;
    let Some(entry) = model.operator_codes().and_then(|codes| codes.iter().nth(which)) else {
        let problem = format!("refers to operator code {which}, which the model does not list");
        return Err(invalid(&format!("layer {index}"), problem));
    };
    // Old files fill only the 8-bit field; new ones put its maximum there for codes beyond it.
    let old = i32::from(entry.deprecated_builtin_code().unwrap_or(0));
    let code = old.max(entry.builtin_code().unwrap_or(0));
    let custom = entry.custom_code().filter(|_| code == CUSTOM);
    Ok((code, custom.map_or_else(|| operators::name(code), |name| format!("CUSTOM `{name}`"))))
}

/// The only entry of a list of the model's edges.
fn only(list: Vec<i32>, what: &str) -> Result<i32, ModelError> {
    match list[..] {
        [index] => Ok(index),
        _ => Err(invalid("model", format!("has {} {what}: need one", list.len()))),
    }
}

fn invalid(place: &str, problem: String) -> ModelError {
    ModelError::Invalid { place: place.to_string(), problem }
}
