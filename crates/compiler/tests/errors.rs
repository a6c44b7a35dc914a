//! What cannot be compiled is refused with the place and a remedy.

mod common;

use common::{chain, layer, preset, Random};
use seedbed_compiler::{compile, Effort, Options};
use seedbed_model::{Activation, FullyConnected, Graph, Quantization, TensorId};
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;

fn message(graph: &Graph, config: &Config, rows: u32) -> String {
    match compile(graph, config, &Options { family: Family::Ref, rows, effort: Effort::default() })
    {
        Ok(_) => "compiled".to_string(),
        Err(error) => error.to_string(),
    }
}

const CODE: Quantization = Quantization { scale: 1.0, zero_point: -128 };

fn single(op: FullyConnected, output: Quantization) -> Graph {
    Graph::chain("one", op.inputs, CODE).fully_connected(op, output).finish().unwrap()
}

fn unit(inputs: usize) -> FullyConnected {
    FullyConnected {
        inputs,
        outputs: 1,
        weights: vec![127; inputs],
        weight_scales: vec![1.0],
        bias: vec![0],
        activation: Activation::None,
    }
}

#[test]
fn more_products_than_the_accumulators_hold() {
    let mut random = Random::new(1);
    let graph = chain(&mut random, &[1025, 3]);
    assert_eq!(
        message(&graph, &preset("tiny"), 1),
        "layer `L00_FULLY_CONNECTED` sums 1025 products per output, the accelerator `tiny` is \
         proved for 1024: raise numerics.k_max to 1025"
    );
    assert_eq!(message(&chain(&mut random, &[1024, 3]), &preset("tiny"), 1), "compiled");
}

#[test]
fn local_memory_too_small_for_one_tile() {
    let mut config = preset("tiny");
    config.memory.lm_banks = 1;
    config.memory.lm_bytes = 128;
    assert_eq!(config.check(), Ok(()));
    let mut random = Random::new(2);
    let graph = chain(&mut random, &[9, 9]);
    assert_eq!(message(&graph, &config, 1), "compiled");
    config.array.rows = 32; // a weight tile of 128 bytes
    assert_eq!(
        message(&graph, &config, 1),
        "layer `L00_FULLY_CONNECTED` does not fit the local memory of `tiny`: one tile of \
         activations, weights, parameters and outputs takes 1664 bytes of 128: raise \
         memory.lm_bytes to 2048"
    );
    config.memory.lm_bytes = 2048;
    assert_eq!(message(&graph, &config, 1), "compiled");
}

#[test]
fn a_bias_that_leaves_32_bits() {
    let mut op = unit(10);
    op.bias = vec![i32::MAX - 100];
    assert_eq!(
        message(&single(op, CODE), &preset("tiny"), 1),
        "layer `L00_FULLY_CONNECTED`, output 0: the bias with the input's zero point folded in is \
         2147646107, beyond 32 bits: the model's bias is too large to requantise"
    );
}

#[test]
fn a_factor_that_no_shift_expresses() {
    let mut op = unit(3);
    op.weight_scales = vec![1e-12];
    assert_eq!(
        message(&single(op, CODE), &preset("tiny"), 1),
        "layer `L00_FULLY_CONNECTED`, output 0: the factor 9.999999960041972e-13 from accumulator \
         to output needs a shift of 39, supported are -32 to 31: check the scales in the model"
    );
}

#[test]
fn layers_that_are_no_chain() {
    let mut random = Random::new(3);
    let mut graph = chain(&mut random, &[4, 4, 4]);
    graph.layers[1].inputs = vec![TensorId(0)];
    let expected = "layer `L01_FULLY_CONNECTED` (FULLY_CONNECTED) does not read the output of the \
         layer before it; supported: a chain of FULLY_CONNECTED and RESHAPE layers from the input \
         to the output";
    assert_eq!(message(&graph, &preset("tiny"), 1), expected);

    let mut graph = chain(&mut random, &[4, 4, 4]);
    graph.output = TensorId(1); // the last layer's output is not the graph's
    assert_eq!(message(&graph, &preset("tiny"), 1), expected);
}

#[test]
fn a_graph_that_contradicts_itself() {
    let mut graph = chain(&mut Random::new(4), &[4, 4]);
    graph.output = TensorId(9);
    let message = message(&graph, &preset("tiny"), 1);
    assert_eq!(message, "graph `chain`: its output is never written");
}

#[test]
fn nothing_to_compute() {
    let graph = Graph::chain("empty", 4, CODE).reshape(&[1, 2, 2]).finish().unwrap();
    assert_eq!(
        message(&graph, &preset("tiny"), 1),
        "graph `empty` has no layer to compute; supported operators: FULLY_CONNECTED, RESHAPE"
    );
    let graph = chain(&mut Random::new(5), &[4, 4]);
    let message = message(&graph, &preset("tiny"), 0);
    assert_eq!(message, "a batch of 0 rows: give at least one input row");
}

#[test]
fn a_batch_of_more_commands_than_a_job_holds() {
    let mut config = preset("tiny");
    config.bus.addr_bits = 48;
    let block = config.memory.ps_rows / config.memory.ps_banks;
    let graph = chain(&mut Random::new(4), &[3, 3]);
    let rows = block << 19;
    let remedy = rows / 2 - block / 4;
    assert_eq!(
        message(&graph, &config, rows),
        format!(
            "a batch of {rows} rows takes 1048576 commands or more, a job holds 1048575: split it, \
             for example into jobs of {remedy} rows, or use a smaller network"
        )
    );
}

#[test]
fn a_batch_beyond_the_address_space() {
    let mut config = preset("tiny");
    config.bus.addr_bits = 16;
    let graph = chain(&mut Random::new(6), &[64, 64]);
    assert_eq!(message(&graph, &config, 100), "compiled");
    assert_eq!(
        message(&graph, &config, u32::MAX),
        "the program needs 549755813760 bytes of external memory, 16 address bits reach 65536: \
         raise bus.addr_bits or use a smaller batch"
    );
    // Just over: only the commands do not fit any more.
    let message = message(&graph, &config, 400);
    assert!(message.contains("16 address bits reach 65536"), "{message}");
}

#[test]
fn more_layers_than_a_program_names() {
    let mut random = Random::new(7);
    let op = layer(&mut random, 1, 1);
    let mut builder = Graph::chain("deep", 1, CODE);
    for _ in 0..65_537 {
        builder = builder.fully_connected(op.clone(), CODE);
    }
    let graph = builder.finish().unwrap();
    let message = message(&graph, &preset("tiny"), 1);
    assert_eq!(message, "65537 layers: a program holds at most 65536");
}
