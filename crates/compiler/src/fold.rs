//! The arithmetic of a layer as the hardware does it: `-zx * sum(w)` folded into the bias, real
//! factors as integer multipliers and shifts.

use seedbed_model::{FullyConnected, Quantization};
use seedbed_spec::numerics::{
    fully_connected_scale, quantize_multiplier, rule_for, Family, Operator, Rule, SHIFTS,
};

use crate::CompileError;

/// Per-output parameters and common output range of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folded {
    pub bias: Vec<i32>,
    pub multiplier: Vec<i32>,
    pub shift: Vec<i32>,
    pub rule: Rule,
    pub zero_point: i8,
    pub lo: i8,
    pub hi: i8,
}

/// Folds the layer called `layer`.
pub(crate) fn fold(
    layer: &str,
    op: &FullyConnected,
    input: Quantization,
    output: Quantization,
    family: Family,
) -> Result<Folded, CompileError> {
    let (lo, hi) = op.activation.range(output);
    let mut folded = Folded {
        bias: Vec::with_capacity(op.outputs),
        multiplier: Vec::with_capacity(op.outputs),
        shift: Vec::with_capacity(op.outputs),
        rule: rule_for(Operator::FullyConnected, family),
        zero_point: output.zero_point,
        lo,
        hi,
    };
    for channel in 0..op.outputs {
        let (multiplier, shift) = factor(layer, op, channel, input, output)?;
        folded.bias.push(bias(layer, op, channel, input.zero_point)?);
        folded.multiplier.push(multiplier);
        folded.shift.push(shift);
    }
    Ok(folded)
}

fn bias(layer: &str, op: &FullyConnected, channel: usize, zero: i8) -> Result<i32, CompileError> {
    let weights: i64 = op.row(channel).iter().map(|weight| i64::from(*weight)).sum();
    let bias = i64::from(op.bias[channel]) - i64::from(zero) * weights;
    i32::try_from(bias).map_err(|_| CompileError::Bias { layer: layer.to_string(), channel, bias })
}

fn factor(
    layer: &str,
    op: &FullyConnected,
    channel: usize,
    input: Quantization,
    output: Quantization,
) -> Result<(i32, i32), CompileError> {
    let real = fully_connected_scale(input.scale, &op.weight_scales, channel, output.scale);
    let (multiplier, shift) = quantize_multiplier(real);
    if SHIFTS.contains(&shift) {
        return Ok((multiplier, shift));
    }
    Err(CompileError::Shift {
        layer: layer.to_string(),
        channel,
        factor_bits: real.to_bits(),
        shift,
        low: *SHIFTS.start(),
        high: *SHIFTS.end(),
    })
}
