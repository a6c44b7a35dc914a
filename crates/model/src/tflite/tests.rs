mod writer;

use super::*;
use crate::{Activation, Op};
use writer::ModelFile;

/// A way to break a file.
type Change = fn(&mut ModelFile);

fn error(file: &ModelFile) -> String {
    parse(&file.bytes(), "test").unwrap_err().to_string()
}

/// Changes the usual file and gives the message.
fn broken(change: impl Fn(&mut ModelFile)) -> String {
    let mut file = ModelFile::usual();
    change(&mut file);
    error(&file)
}

fn layer(graph: &Graph, index: usize) -> &crate::FullyConnected {
    match &graph.layers[index].op {
        Op::FullyConnected(op) => op,
        Op::Reshape => panic!("layer {index} is a reshape"),
    }
}

#[test]
fn the_usual_file_is_read_whole() {
    let graph = parse(&ModelFile::usual().bytes(), "usual").unwrap();
    assert_eq!(graph.name, "usual");
    assert_eq!((graph.float_input, graph.float_output), (true, true));
    let names: Vec<&str> = graph.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["L01_RESHAPE", "L02_FULLY_CONNECTED", "L03_FULLY_CONNECTED"]);
    assert_eq!(graph.tensor(graph.input).shape, [1, 2, 2]);
    assert_eq!(graph.tensor(graph.input).quantization.zero_point, -3);
    let (first, second) = (layer(&graph, 1), layer(&graph, 2));
    assert_eq!((first.inputs, first.outputs, first.activation), (4, 3, Activation::Relu));
    assert_eq!(first.row(2), [-128, 127, 0, 1]);
    assert_eq!(first.weight_scales, [0.5, 0.25, 0.125]);
    assert_eq!(first.bias, [1, -2, i32::MAX]);
    assert_eq!(second.weight_scales, [0.5]);
    assert_eq!((&second.bias[..], second.activation), (&[0, 0][..], Activation::Relu6));
}

#[test]
fn an_absent_bias_may_be_omitted_or_minus_one() {
    let mut file = ModelFile::usual();
    file.operators[3].inputs.pop();
    assert_eq!(layer(&parse(&file.bytes(), "m").unwrap(), 2).bias, [0, 0]);
}

#[test]
fn an_int8_model_has_no_float_edges() {
    let mut file = ModelFile::usual();
    file.operators.pop();
    file.operators.remove(0);
    (file.inputs, file.outputs) = (vec![1], vec![8]);
    let graph = parse(&file.bytes(), "m").unwrap();
    assert_eq!((graph.float_input, graph.float_output), (false, false));
}

#[test]
fn unsupported_operators_name_layer_operator_and_what_is_supported() {
    let end =
        "supported are FULLY_CONNECTED (int8), RESHAPE, and QUANTIZE / DEQUANTIZE at the edges";
    let message = broken(|file| file.codes[2] = (25, None));
    assert_eq!(message, format!("layer 2 is SOFTMAX, which is not supported; {end}"));
    let message = broken(|file| file.codes[2] = (32, Some("Mine")));
    assert_eq!(message, format!("layer 2 is CUSTOM `Mine`, which is not supported; {end}"));
    let message = broken(|file| file.codes[1] = (9999, None));
    assert!(message.starts_with("layer 1 is operator code 9999, which is not"), "{message}");
    let message = broken(|file| file.operators[2].activation = 4);
    assert!(message.starts_with("layer 2 is FULLY_CONNECTED, with fused activation TANH"));
    let message = broken(|file| file.operators[2].activation = 77);
    assert!(message.contains("with fused activation 77"), "{message}");
    let message = broken(|file| file.operators[2].weights_format = 1);
    assert!(message.starts_with("layer 2 is FULLY_CONNECTED, with shuffled weights"));
}

#[test]
fn quantize_and_dequantize_stand_only_at_the_edges() {
    let message = broken(|file| file.operators[0].inputs = vec![1]);
    assert!(
        message.starts_with("layer 0 is QUANTIZE, which is supported only once, at the float32")
    );
    let message = broken(|file| file.operators[4].outputs = vec![6]);
    assert!(
        message.starts_with("layer 4 is DEQUANTIZE, which is supported only once"),
        "{message}"
    );
    let message = broken(|file| drop(file.operators.remove(0)));
    assert_eq!(message, "model input: is FLOAT32 and no QUANTIZE operator stands at it");
    let message = broken(|file| drop(file.operators.pop()));
    assert_eq!(message, "model output: is FLOAT32 and no DEQUANTIZE operator stands at it");
}

#[test]
fn a_float_model_is_told_to_be_quantised() {
    let message = broken(|file| file.tensors[6].element = 0);
    let start =
        "tensor 6 `dense0`: is FLOAT32: activations must be INT8 (convert with full-integer";
    assert!(message.starts_with(start), "{message}");
    assert!(broken(|file| file.tensors[6].element = 3).contains("is UINT8"));
    assert!(broken(|file| file.tensors[6].element = -7).contains("is an unknown type"));
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let weights = "tensor 4 `dense0/weights`: ";
    let cases: Vec<(Change, String)> = vec![
        (|f| f.tensors[4].element = 2, format!("{weights}is INT32: weights must be INT8")),
        (|f| f.tensors[4].shape = vec![12], format!("{weights}has shape [12]: weights need two")),
        (|f| f.tensors[4].shape = vec![3, -1], format!("{weights}has shape [3, -1]: sizes must")),
        (|f| f.tensors[4].shape = vec![3, 5], format!("{weights}has shape [3, 5] but 12 bytes")),
        (|f| f.tensors[4].shape = vec![i32::MAX; 2], format!("{weights}has shape [2147483647, 21")),
        (|f| f.tensors[4].buffer = 99, format!("{weights}refers to buffer 99; there are 5")),
        (|f| f.tensors[4].buffer = 0, format!("{weights}has shape [3, 4] but 0 bytes")),
        (|f| f.buffers[1].1 = 4096, format!("{weights}keeps its data outside the flatbuffer")),
        (|f| f.tensors[4].zeros = vec![0, 1, 0], format!("{weights}has weight zero point 1")),
        (|f| f.tensors[4].dimension = 1, format!("{weights}is quantised along dimension 1")),
        (|f| f.tensors[4].scales.clear(), format!("{weights}has no quantisation scale")),
        (|f| f.tensors[4].sparse = true, format!("{weights}is sparse")),
        (|f| f.tensors[5].element = 4, "tensor 5 `dense0/bias`: is INT64: a bias must".into()),
        (|f| f.tensors[6].scales.clear(), "tensor 6 `dense0`: has no quantisation scale".into()),
        (|f| f.tensors[6].scales = vec![1.0; 3], "tensor 6 `dense0`: has 3 scales and 1 z".into()),
        (|f| f.tensors[6].zeros = vec![200], "tensor 6 `dense0`: has zero point 200".into()),
        (|f| f.tensors[4].scales.truncate(2), "layer 1 `L02_FULLY_CONNECTED`: 2 weight sc".into()),
        (
            |f| f.tensors[4].scales[1] = -1.0,
            "layer 1 `L02_FULLY_CONNECTED`: weight scale -1".into(),
        ),
        (
            |f| f.tensors[6].scales = vec![0.0],
            "tensor 2 `dense0`: scale 0 is not a positive".into(),
        ),
        (|f| f.tensors[2].shape = vec![1, 5], "layer 0 `L01_RESHAPE`: reshapes [1, 2, 2]".into()),
    ];
    for (change, start) in cases {
        let message = broken(change);
        assert!(message.starts_with(&start), "`{message}` should start with `{start}`");
    }
}

#[test]
fn contradictory_structure_is_named() {
    let cases: Vec<(Change, &str)> = vec![
        (|f| f.subgraphs = 0, "model: has 0 subgraphs: need one"),
        (|f| f.subgraphs = 2, "model: has 2 subgraphs: need one"),
        (|f| f.inputs.push(3), "model: has 2 inputs: need one"),
        (|f| f.outputs.clear(), "model: has 0 outputs: need one"),
        (|f| f.inputs = vec![-1], "model input: refers to tensor -1; there are 10"),
        (|f| f.operators[2].inputs[1] = 10, "layer 2 (FULLY_CONNECTED): refers to tensor 10"),
        (|f| f.operators[2].inputs.truncate(1), "layer 2 (FULLY_CONNECTED): has 1 inputs: need"),
        (|f| f.operators[2].inputs.clear(), "layer 2 (FULLY_CONNECTED): has 0 inputs and 1 outp"),
        (|f| f.operators[2].code = 7, "layer 2: refers to operator code 7, which the model does"),
        (|f| f.operators.truncate(1), "model output: is FLOAT32"),
        (|f| f.operators[2].inputs[0] = 6, "layer 1 `L02_FULLY_CONNECTED`: reads tensor"),
    ];
    for (change, start) in cases {
        let message = broken(change);
        assert!(message.starts_with(start), "`{message}` should start with `{start}`");
    }
}

#[test]
fn truncated_files_are_errors_that_say_so() {
    let bytes = ModelFile::usual().bytes();
    for length in 0..bytes.len() {
        if let Err(error) = parse(&bytes[..length], "cut") {
            let message = error.to_string();
            assert!(message.starts_with("not a TFLite model, or a damaged one: "), "{message}");
            assert!(!message.contains('\n'), "{message}");
        } else {
            // Only padding at the end may go unnoticed.
            assert!(bytes.len() - length < 8, "{length} of {} bytes were accepted", bytes.len());
        }
    }
    assert!(parse(&[], "empty").unwrap_err().to_string().ends_with("it has only 0 bytes"));
    let message = parse(&[0; 64], "zeros").unwrap_err().to_string();
    assert!(message.ends_with("bytes 4 to 7 are not `TFL3`"), "{message}");
}

/// Every byte damaged in several ways, and random files behind a true identifier: never a panic.
#[test]
fn damaged_and_random_files_never_panic() {
    let bytes = ModelFile::usual().bytes();
    let mut refused = 0;
    for at in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff, 0x10] {
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            refused += usize::from(parse(&damaged, "damaged").is_err());
        }
    }
    assert!(refused > bytes.len(), "{refused} of {} damages were noticed", 4 * bytes.len());
    let mut state = 1u64;
    for length in 0..2000 {
        let mut random = vec![0u8; length];
        for byte in &mut random {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = if state >> 62 == 0 { (state >> 33) as u8 } else { (state >> 33) as u8 & 7 };
        }
        assert!(parse(&random, "random").is_err());
        if length > 8 {
            random[..8].copy_from_slice(&[8, 0, 0, 0, b'T', b'F', b'L', b'3']);
            assert!(parse(&random, "random").is_err());
        }
    }
}

#[test]
fn files_are_named_in_errors() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.tflite");
    let message = read(&path).unwrap_err().to_string();
    assert!(message.contains("none.tflite: cannot be read: "), "{message}");
    std::fs::write(&path, b"short").unwrap();
    let message = read(&path).unwrap_err().to_string();
    assert!(
        message.ends_with("none.tflite: not a TFLite model, or a damaged one: it has only 5 bytes")
    );
}

#[test]
fn graphs_are_named_after_their_files() {
    assert_eq!(model_name(Path::new("models/digits/model.tflite")), "digits");
    assert_eq!(model_name(Path::new("nets/tiny.tflite")), "tiny");
    assert_eq!(model_name(Path::new("model.tflite")), "model");
}

/// The project's own model.
#[test]
fn digits_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits/model.tflite");
    let graph = read(&path).unwrap();
    assert_eq!((graph.name.as_str(), graph.layers.len(), graph.macs()), ("digits", 4, 2720));
    assert_eq!(graph.tensor(graph.input).shape, [1, 8, 8]);
    assert_eq!(layer(&graph, 1).weight_scales.len(), 32);
    assert_eq!(layer(&graph, 3).weight_scales.len(), 1);
}
