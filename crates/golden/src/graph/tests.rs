use super::*;
use seedbed_model::Activation;

fn code(scale: f32, zero_point: i8) -> Quantization {
    Quantization { scale, zero_point }
}

/// One layer of one row of weights.
fn single(weights: &[i8], bias: i32, from: Quantization, to: Quantization) -> Graph {
    let layer = FullyConnected {
        inputs: weights.len(),
        outputs: 1,
        weights: weights.to_vec(),
        weight_scales: vec![1.0],
        bias: vec![bias],
        activation: Activation::None,
    };
    Graph::chain("g", weights.len(), from).fully_connected(layer, to).finish().unwrap()
}

#[test]
fn extremes_are_multiplied_exactly() {
    let graph = single(&[-128, -128], 0, code(1.0, -128), code(512.0, 0));
    // (127 + 128) * -128 * 2 / 512 = -127.5: one rounding, ties up.
    assert_eq!(run(&graph, Family::Ref, &[127, 127]).unwrap().output, [-127]);
    let graph = single(&[-128], 0, code(1.0, 127), code(256.0, 0));
    assert_eq!(run(&graph, Family::Ref, &[-128]).unwrap().output, [127]); // 127.5 up, clamped
}

#[test]
fn families_round_differently() {
    let graph = single(&[1], 0, code(1.0, 0), code(4.0, 0)); // 5/4: m = 1/2, shift 1
    assert_eq!(run(&graph, Family::Ref, &[5]).unwrap().output, [1]);
    assert_eq!(run(&graph, Family::Opt, &[5]).unwrap().output, [2]);
}

#[test]
fn a_reshape_passes_codes_and_rows_are_independent() {
    let layer = |inputs, outputs| FullyConnected {
        inputs,
        outputs,
        weights: (0..inputs * outputs).map(|i| i as i8).collect(),
        weight_scales: vec![0.01; outputs],
        bias: vec![5; outputs],
        activation: Activation::Relu,
    };
    let q = code(0.1, -3);
    let graph = Graph::chain("g", 3, q).fully_connected(layer(3, 4), q).reshape(&[1, 2, 2]);
    let graph = graph.fully_connected(layer(4, 2), q).finish().unwrap();
    let input: Vec<i8> = (0..12).map(|i| i * 9 - 50).collect();
    let all = run(&graph, Family::Ref, &input).unwrap();
    assert_eq!((all.rows, all.layers[0].len()), (4, 16));
    assert_eq!(all.layers[0], all.layers[1]);
    let single: Vec<i8> =
        input.chunks(3).flat_map(|row| run(&graph, Family::Ref, row).unwrap().output).collect();
    assert_eq!(all.output, single);
    assert!(single.iter().any(|code| *code > -3));
}

#[test]
fn a_saturating_bias_is_counted() {
    let graph = single(&[127], i32::MAX, code(1.0, 0), code(1e8, 0));
    let run = run(&graph, Family::Ref, &[100, -100]).unwrap();
    assert_eq!(run.saturations, 1);
    assert_eq!(run.output, [21, 21]);
}

#[test]
fn what_cannot_run_is_refused() {
    let graph = single(&[1, 2, 3], 0, code(1.0, 0), code(1.0, 0));
    let message = run(&graph, Family::Ref, &[0; 4]).unwrap_err().to_string();
    assert_eq!(message, "4 input elements are not whole rows of 3");
    assert!(run(&graph, Family::Ref, &[]).is_err());
    let graph = single(&[1], 0, code(1e-6, 0), code(1e6, 0));
    let message = run(&graph, Family::Ref, &[0]).unwrap_err().to_string();
    let start = "layer `L00_FULLY_CONNECTED` output 0: factor 9.99";
    assert!(message.starts_with(start) && message.contains("needs shift 39"), "{message}");
    let mut broken = single(&[1], 0, code(1.0, 0), code(1.0, 0));
    broken.layers.clear();
    assert!(matches!(run(&broken, Family::Ref, &[0]), Err(RunError::Graph(_))));
}
