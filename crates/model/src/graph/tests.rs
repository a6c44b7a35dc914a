use super::*;
use crate::Activation;

const CODE: Quantization = Quantization { scale: 0.5, zero_point: 3 };

fn layer(inputs: usize, outputs: usize) -> FullyConnected {
    FullyConnected {
        inputs,
        outputs,
        weights: vec![1; inputs * outputs],
        weight_scales: vec![0.1; outputs],
        bias: vec![0; outputs],
        activation: Activation::None,
    }
}

fn good() -> Graph {
    let chain = Graph::chain("g", 4, CODE).fully_connected(layer(4, 6), CODE);
    chain.reshape(&[1, 2, 3]).fully_connected(layer(6, 2), CODE).finish().unwrap()
}

/// Breaks a good graph and gives the message.
fn broken(change: impl Fn(&mut Graph)) -> String {
    let mut graph = good();
    change(&mut graph);
    graph.check().unwrap_err().to_string()
}

fn op(graph: &mut Graph, layer: usize) -> &mut FullyConnected {
    match &mut graph.layers[layer].op {
        Op::FullyConnected(op) => op,
        Op::Reshape => panic!("not a fully connected layer"),
    }
}

#[test]
fn a_good_chain_is_accepted() {
    let graph = good();
    assert_eq!(graph.macs(), 4 * 6 + 6 * 2);
    assert_eq!(graph.layers[2].name, "L02_FULLY_CONNECTED");
    assert_eq!(graph.tensor(graph.output).shape, [1, 2]);
}

#[test]
fn every_violation_names_its_place() {
    let first = "layer 0 `L00_FULLY_CONNECTED`: ";
    let cases: Vec<(String, String)> = vec![
        (
            broken(|g| op(g, 0).weights.truncate(23)),
            format!("{first}23 weights for 6 outputs of 4"),
        ),
        (broken(|g| op(g, 0).bias.truncate(5)), format!("{first}5 biases for 6 outputs")),
        (broken(|g| op(g, 0).weight_scales.truncate(5)), format!("{first}5 weight scales: give")),
        (broken(|g| op(g, 0).weight_scales[2] = 0.0), format!("{first}weight scale 0 is not")),
        (broken(|g| op(g, 0).inputs = usize::MAX), format!("{first}24 weights for 6 outputs")),
        (broken(|g| g.layers[0].inputs = vec![]), format!("{first}0 inputs: it takes one")),
        (broken(|g| g.layers[0].inputs = vec![TensorId(2)]), format!("{first}reads tensor 2")),
        (broken(|g| g.layers[0].inputs = vec![TensorId(9)]), format!("{first}reads tensor 9")),
        (broken(|g| g.layers[0].output = TensorId(9)), format!("{first}tensor 9 does not exist")),
        (broken(|g| g.layers[0].output = TensorId(0)), format!("{first}writes tensor 0, which")),
        (broken(|g| g.tensors[1].shape = vec![2, 3]), format!("{first}changes the number of rows")),
        (broken(|g| g.tensors[1].shape = vec![1, 5]), format!("{first}gives 6 outputs, its")),
        (broken(|g| g.tensors[0].shape = vec![1, 5]), format!("{first}takes 4 inputs, its tensor")),
        (broken(|g| g.tensors[2].shape = vec![1, 7]), "layer 1 `L01_RESHAPE`: reshapes".into()),
        (
            broken(|g| g.tensors[2].quantization.zero_point = 4),
            "layer 1 `L01_RESHAPE`: changes the quantisation".into(),
        ),
        (broken(|g| g.layers.clear()), "graph `g`: there are no layers".into()),
        (broken(|g| g.input = TensorId(9)), "graph `g`: tensor 9 does not exist".into()),
        (broken(|g| g.output = TensorId(9)), "graph `g`: its output is never written".into()),
        (broken(|g| g.tensors[0].shape = vec![1, 0]), "tensor 0 `input`: impossible shape".into()),
        (
            broken(|g| g.tensors[0].shape = vec![usize::MAX, 2]),
            "tensor 0 `input`: impossible shape".into(),
        ),
        (
            broken(|g| g.tensors[3].quantization.scale = f32::NAN),
            "tensor 3 `L02_FULLY_CONNECTED`: scale NaN is not".into(),
        ),
    ];
    for (message, start) in cases {
        assert!(message.starts_with(&start), "`{message}` should start with `{start}`");
    }
}

#[test]
fn rows_are_the_first_of_two_or_more_dimensions() {
    let tensor =
        |shape: &[usize]| Tensor { name: String::new(), shape: shape.to_vec(), quantization: CODE };
    let sizes = |shape: &[usize]| (tensor(shape).rows(), tensor(shape).features());
    assert_eq!(sizes(&[5, 4, 2]), (5, 8));
    assert_eq!(sizes(&[7]), (1, 7));
    assert_eq!(sizes(&[]), (1, 1));
}
