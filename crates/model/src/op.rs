//! What a layer computes, and how int8 codes stand for real numbers.

/// How a tensor's int8 codes stand for real numbers: `real = scale * (code - zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantization {
    /// Real value of one step; positive and finite.
    pub scale: f32,
    /// The code of real zero.
    pub zero_point: i8,
}

impl Quantization {
    /// The code of a real number: division in float32, ties away from zero, clamped to int8.
    ///
    /// This is the QUANTIZE operator of LiteRT's reference kernels (the optimised ones break ties to
    /// even). NaN gives the zero point.
    pub fn quantize(self, real: f32) -> i8 {
        self.steps(real).clamp(i8::MIN.into(), i8::MAX.into()) as i8
    }

    /// The real number of a code: the DEQUANTIZE operator of LiteRT's reference kernels.
    pub fn dequantize(self, code: i8) -> f32 {
        self.scale * (i32::from(code) - i32::from(self.zero_point)) as f32
    }

    /// `zero_point + round(real / scale)`, before clamping to int8.
    fn steps(self, real: f32) -> i64 {
        // A float to integer cast saturates in Rust, so infinities are harmless here.
        ((real / self.scale).round() as i64).saturating_add(self.zero_point.into())
    }
}

/// The activation fused into a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// None: the whole int8 range.
    None,
    /// max(0, x).
    Relu,
    /// min(6, max(0, x)).
    Relu6,
}

impl Activation {
    /// The lowest and highest output code, `lo <= hi`, when the output is quantised by `output`.
    pub fn range(self, output: Quantization) -> (i8, i8) {
        match self {
            Activation::None => (i8::MIN, i8::MAX),
            Activation::Relu => (output.zero_point, i8::MAX),
            Activation::Relu6 => (output.zero_point, output.quantize(6.0)),
        }
    }
}

/// A fully connected layer: `y[o] = sum over i of weights[o][i] * x[i], plus bias[o]`.
#[derive(Clone, Debug, PartialEq)]
pub struct FullyConnected {
    /// Length of an input row (K).
    pub inputs: usize,
    /// Length of an output row (N).
    pub outputs: usize,
    /// `outputs` rows of `inputs` weights, zero point 0.
    pub weights: Vec<i8>,
    /// One scale for all weights, or one per output. The count matters beyond the values: TFLite
    /// derives the requantisation multiplier in float32 for one and in float64 for several.
    pub weight_scales: Vec<f32>,
    /// One bias per output, in steps of input scale times weight scale.
    pub bias: Vec<i32>,
    /// Applied to the output.
    pub activation: Activation,
}

impl FullyConnected {
    /// The weights of one output. Panics when `output` is not below `outputs`.
    pub fn row(&self, output: usize) -> &[i8] {
        &self.weights[output * self.inputs..][..self.inputs]
    }

    /// Multiplications per input row.
    pub fn macs(&self) -> u64 {
        self.inputs as u64 * self.outputs as u64
    }

    /// What is wrong with the sizes and scales of this layer by itself.
    pub(crate) fn problem(&self) -> Option<String> {
        let Self { inputs, outputs, weights, weight_scales, bias, .. } = self;
        if inputs.checked_mul(*outputs) != Some(weights.len()) || weights.is_empty() {
            let count = weights.len();
            return Some(format!("{count} weights for {outputs} outputs of {inputs} inputs"));
        }
        if bias.len() != *outputs {
            return Some(format!("{} biases for {outputs} outputs", bias.len()));
        }
        if weight_scales.len() != 1 && weight_scales.len() != *outputs {
            let count = weight_scales.len();
            return Some(format!("{count} weight scales: give one, or one per output ({outputs})"));
        }
        let bad = weight_scales.iter().find(|scale| !is_scale(**scale))?;
        Some(format!("weight scale {bad} is not a positive finite number"))
    }
}

/// The operators of a graph.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A fully connected layer.
    FullyConnected(FullyConnected),
    /// The same codes under another shape; the first dimension (rows) stays.
    Reshape,
}

impl Op {
    /// The operator's TFLite name.
    pub fn name(&self) -> &'static str {
        match self {
            Op::FullyConnected(_) => "FULLY_CONNECTED",
            Op::Reshape => "RESHAPE",
        }
    }
}

/// Whether a number can be a scale.
pub(crate) fn is_scale(scale: f32) -> bool {
    scale.is_finite() && scale > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Quantization = Quantization { scale: 0.5, zero_point: -10 };

    #[test]
    fn quantize_rounds_ties_away_and_clamps() {
        let codes = [0.0, 0.25, -0.25, 0.24, 1e30, -1e30, f32::INFINITY, f32::NAN];
        let expected = [-10, -9, -11, -10, 127, -128, 127, -10];
        assert_eq!(codes.map(|real| CODE.quantize(real)), expected);
    }

    #[test]
    fn dequantize_inverts_quantize_on_codes() {
        assert_eq!(CODE.dequantize(-128), -59.0);
        for code in i8::MIN..=i8::MAX {
            assert_eq!(CODE.quantize(CODE.dequantize(code)), code);
        }
    }

    #[test]
    fn activations_bound_the_codes() {
        assert_eq!(Activation::None.range(CODE), (-128, 127));
        assert_eq!(Activation::Relu.range(CODE), (-10, 127));
        assert_eq!(Activation::Relu6.range(CODE), (-10, 2));
        let fine = Quantization { scale: 0.001, zero_point: 0 };
        assert_eq!(Activation::Relu6.range(fine), (0, 127));
    }
}
