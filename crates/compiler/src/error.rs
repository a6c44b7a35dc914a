//! Why a graph cannot be compiled: each message names the place and a remedy.

use seedbed_model::GraphError;
use seedbed_spec::command::FieldError;

/// Why a graph cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The graph contradicts itself.
    #[error(transparent)]
    Graph(#[from] GraphError),

    /// No input rows were asked for.
    #[error("a batch of 0 rows: give at least one input row")]
    NoRows,

    /// The graph has no layer that computes.
    #[error(
        "graph `{graph}` has no layer to compute; supported operators: FULLY_CONNECTED, RESHAPE"
    )]
    Empty {
        /// Name of the graph.
        graph: String,
    },

    /// A layer does not read the output of the layer before it.
    #[error(
        "layer `{layer}` ({operator}) does not read the output of the layer before it; \
         supported: a chain of FULLY_CONNECTED and RESHAPE layers from the input to the output"
    )]
    NotAChain {
        /// Name of the layer.
        layer: String,
        /// Its operator.
        operator: &'static str,
    },

    /// More products per output than the accumulators are proved for.
    #[error(
        "layer `{layer}` sums {k} products per output, the accelerator `{config}` is proved for \
         {k_max}: raise numerics.k_max to {k}"
    )]
    KMax {
        /// Name of the layer.
        layer: String,
        /// Inputs per row.
        k: u64,
        /// Name of the configuration.
        config: String,
        /// Its limit.
        k_max: u32,
    },

    /// Not even one tile of everything fits the local memory.
    #[error(
        "layer `{layer}` does not fit the local memory of `{config}`: one tile of activations, \
         weights, parameters and outputs takes {needed} bytes of {lm}: raise memory.lm_bytes to \
         {remedy}"
    )]
    LmTooSmall {
        /// Name of the layer.
        layer: String,
        /// Name of the configuration.
        config: String,
        /// Bytes of the smallest pieces.
        needed: u64,
        /// Bytes of LM.
        lm: u64,
        /// A size that suffices.
        remedy: u64,
    },

    /// Folding the input's zero point into the bias leaves 32 bits.
    #[error(
        "layer `{layer}`, output {channel}: the bias with the input's zero point folded in is \
         {bias}, beyond 32 bits: the model's bias is too large to requantise"
    )]
    Bias {
        /// Name of the layer.
        layer: String,
        /// The output.
        channel: usize,
        /// The folded bias.
        bias: i64,
    },

    /// The requantisation factor cannot be expressed.
    #[error(
        "layer `{layer}`, output {channel}: the factor {factor:e} from accumulator to output needs \
         a shift of {shift}, supported are {low} to {high}: check the scales in the model",
        factor = f64::from_bits(*.factor_bits)
    )]
    Shift {
        /// Name of the layer.
        layer: String,
        /// The output.
        channel: usize,
        /// Bits of the factor (float64).
        factor_bits: u64,
        /// The right shift it needs.
        shift: i32,
        /// Least shift.
        low: i32,
        /// Greatest shift.
        high: i32,
    },

    /// The program and its data do not fit the address space of the bus.
    #[error(
        "the program needs {bytes} bytes of external memory, {addr_bits} address bits reach \
         {reach}: raise bus.addr_bits or use a smaller batch"
    )]
    Address {
        /// Bytes needed.
        bytes: u64,
        /// Configured address bits.
        addr_bits: u32,
        /// Bytes that they reach.
        reach: u64,
    },

    /// More commands than a job holds.
    #[error(
        "a batch of {rows} rows takes {commands} commands or more, a job holds {most}: split it, for \
         example into jobs of {remedy} rows, or use a smaller network"
    )]
    Commands {
        /// Rows of the batch.
        rows: u32,
        /// Commands that they need at least.
        commands: u64,
        /// The most commands of a job.
        most: u64,
        /// Rows of a job that should fit.
        remedy: u64,
    },

    /// More layers than a program can name.
    #[error("{layers} layers: a program holds at most 65536")]
    Layers {
        /// Layers of the graph.
        layers: usize,
    },

    /// A number of the plan does not fit its command field.
    #[error("layer `{layer}`: {source}: this size is beyond one command; use a smaller layer")]
    Field {
        /// Name of the layer.
        layer: String,
        /// The field.
        source: FieldError,
    },
}
