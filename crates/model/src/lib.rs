//! Neural networks as graphs of quantised layers: read from `.tflite` files or built by hand.
//!
//! A [`Graph`] says what a network computes: tensors with shapes and quantisation, layers with
//! weights and biases. It knows nothing of arrays, tiles or memories, so that the compiler, which
//! does, and the whole-tensor golden model, which must not, start from the same unbiased source.
//!
//! The key decision is that a graph is *checked once*, in [`Graph::check`], wherever it comes from
//! (file, builder, literal). Readers of a checked graph index without doubt: every tensor id is in
//! range, every weight matrix has the size its layer states, every scale is positive and finite.
//!
//! All activations are int8 with one scale and one zero point per tensor, all weights int8 with
//! zero point 0 and one scale per tensor or per output channel: TFLite's full-integer scheme. A
//! file whose own input or output is float32 carries QUANTIZE and DEQUANTIZE operators at its
//! edges; they become the flags [`Graph::float_input`] and [`Graph::float_output`], because the
//! host performs them, with [`Quantization::quantize`] and [`Quantization::dequantize`].
//!
//! ```
//! use seedbed_model::{Activation, FullyConnected, Graph, Op, Quantization};
//!
//! let layer = FullyConnected {
//!     inputs: 2,
//!     outputs: 3,
//!     weights: vec![1, 2, 3, 4, 5, 6], // one row of `inputs` per output
//!     weight_scales: vec![0.5],        // or one per output
//!     bias: vec![0, 10, -10],
//!     activation: Activation::Relu,
//! };
//! let code = Quantization { scale: 0.25, zero_point: -128 };
//! let graph = Graph::chain("example", 2, code).fully_connected(layer, code).finish()?;
//! assert_eq!(graph.layers.len(), 1);
//! assert_eq!(graph.tensor(graph.output).features(), 3);
//! assert!(matches!(graph.layers[0].op, Op::FullyConnected(_)));
//! # Ok::<(), seedbed_model::GraphError>(())
//! ```

mod chain;
mod graph;
pub mod npy;
mod op;
pub mod tflite;

pub use chain::ChainBuilder;
pub use graph::{Graph, GraphError, Layer, Tensor, TensorId};
pub use op::{Activation, FullyConnected, Op, Quantization};
pub use tflite::ModelError;
