#!/usr/bin/env python3
"""Trains, quantises and writes models/digits: handwritten digits on a small int8 network.

    python3 -m venv .venv && .venv/bin/pip install -r scripts/requirements-digits.txt
    .venv/bin/python scripts/train_digits.py [--out DIR]

Data: the 1,797 images of 8x8 pixels that scikit-learn ships; a fixed fifth of them is the test
split. Network: 64-32-16-10, ReLU, trained here in numpy. Full-integer quantisation as TFLite does
it: int8 activations, int8 weights with zero point 0, int32 biases; the first two layers carry one
weight scale per output, the last one scale for all. The flatbuffer is written with the schema that
ai-edge-litert ships, and the expected outputs come from LiteRT, not from this project.

The files are the same on every machine: gradients are rounded to a coarse grid before use, so the
last-bit differences between BLAS kernels do not reach the weights.
"""

import argparse
import pathlib

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from sklearn.datasets import load_digits

SIZES = [64, 32, 16, 10]
PER_CHANNEL = [True, True, False]
STEPS = 600
TEST_IMAGES = 100  # committed as inputs.npy, of the test split
GRID = 2.0**20

KERNELS = {
    "expected": OpResolverType.BUILTIN_REF,
    "expected_opt": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
}


def split_data():
    """Training images, training labels, test images, test labels; pixels 0..1."""
    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))
    images, labels = digits.data[order] / 16.0, digits.target[order]
    tests = len(labels) // 5
    return images[tests:], labels[tests:], images[:tests], labels[:tests]


def forward(layers, x):
    """The input and every layer's output, ReLU after all but the last."""
    values = [x]
    for i, (weights, bias) in enumerate(layers):
        x = x @ weights.T + bias
        if i < len(layers) - 1:
            x = np.maximum(x, 0.0)
        values.append(x)
    return values


def gradients(layers, x, targets):
    """The gradient of the cross entropy, rounded to the grid."""
    values = forward(layers, x)
    exp = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
    error = (exp / exp.sum(axis=1, keepdims=True) - targets) / len(x)
    result = []
    for (weights, _), value in zip(reversed(layers), reversed(values[:-1])):
        result += [np.rint(error.sum(axis=0) * GRID) / GRID, np.rint(error.T @ value * GRID) / GRID]
        error = (error @ weights) * (value > 0)
    return result[::-1]


def train(x, labels):
    """Full-batch Adam with a little weight decay: [(weights, bias)] per layer."""
    random = np.random.RandomState(1)
    shapes = list(zip(SIZES[1:], SIZES[:-1]))
    layers = [(random.randn(*s) * np.sqrt(2.0 / s[1]), np.zeros(s[0])) for s in shapes]
    targets = np.eye(SIZES[-1])[labels]
    means = [np.zeros_like(p) for layer in layers for p in layer]
    squares = [np.zeros_like(p) for p in means]
    for step in range(1, STEPS + 1):
        flat = [p for layer in layers for p in layer]
        for i, gradient in enumerate(gradients(layers, x, targets)):
            gradient = gradient + 1e-4 * flat[i]
            means[i] = 0.9 * means[i] + 0.1 * gradient
            squares[i] = 0.99 * squares[i] + 0.01 * gradient * gradient
            scale = np.sqrt(1 - 0.99**step) / (1 - 0.9**step)
            flat[i] = flat[i] - 0.01 * scale * means[i] / (np.sqrt(squares[i]) + 1e-8)
        layers = list(zip(flat[0::2], flat[1::2]))
    return layers


def activation_code(values):
    """Scale and zero point that cover the values and real zero with 256 codes."""
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    scale = np.float32(np.rint((high - low) * 2.0**16) / 2.0**16 / 255)
    return scale, int(np.rint(-128 - low / np.float64(scale)))


def quantise_weights(weights, per_channel):
    """int8 rows and their float32 scales.

    A unit that training has switched off has weights near zero: the floor keeps its scale, and
    with it the requantisation shift, in the range of the other rows.
    """
    peak = np.abs(weights).max(axis=1 if per_channel else (0, 1), keepdims=True)[:, 0]
    peak = np.maximum(peak, np.abs(weights).max() / 256)
    scales = (peak / 127).astype(np.float32)
    codes = np.rint(weights / scales.astype(np.float64)[:, None])
    return np.clip(codes, -127, 127).astype(np.int8), scales


def quantise(layers, images):
    """The activation codes and the integer layers, calibrated on the training images."""
    codes = [(np.float32(1 / 255), -128)]
    codes += [activation_code(v) for v in forward(layers, images)[1:]]
    result = []
    for (weights, bias), (scale, _), per_channel in zip(layers, codes, PER_CHANNEL):
        integers, scales = quantise_weights(weights, per_channel)
        steps = np.rint(bias / (np.float64(scale) * scales.astype(np.float64)))
        result.append((integers, scales, steps.astype(np.int32)))
    return codes, result


def to_codes(images, code):
    """Images as int8 codes."""
    return np.clip(np.rint(images / np.float64(code[0])) + code[1], -128, 127).astype(np.int8)


class ModelWriter:
    """Collects tensors, buffers and operators of a TFLite model."""

    def __init__(self):
        self.buffers = [schema.BufferT()]
        self.tensors, self.operators = [], []

    def tensor(self, name, shape, kind, scales=None, zero_point=0, data=None):
        """Adds a tensor, a constant when there is data; gives its index."""
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        if scales is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = [float(s) for s in np.atleast_1d(scales)]
            tensor.quantization.zeroPoint = [zero_point] * len(tensor.quantization.scale)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(self, code, inputs, output, kind, options):
        """Adds an operator; `code` indexes the model's operator codes."""
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = code, inputs, [output]
        operator.builtinOptionsType, operator.builtinOptions = kind, options
        self.operators.append(operator)

    def finish(self, name, codes, source, result):
        """The bytes of the model."""
        graph = schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = name, self.tensors, self.operators
        graph.inputs, graph.outputs = [source], [result]
        model = schema.ModelT()
        model.version, model.description = 3, "handwritten digits, int8"
        model.operatorCodes, model.subgraphs, model.buffers = codes, [graph], self.buffers
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def operator_code(code, version):
    """An entry of the model's operator codes."""
    entry = schema.OperatorCodeT()
    entry.builtinCode = entry.deprecatedBuiltinCode = code
    entry.version = version
    return entry


def reshape(writer, source, target):
    """8x8 pixels to a row of 64."""
    shape = writer.tensor("row_shape", [2], schema.TensorType.INT32, data=np.array([1, 64], np.int32))
    options = schema.ReshapeOptionsT()
    options.newShape = [1, 64]
    writer.operator(0, [source, shape], target, schema.BuiltinOptions.ReshapeOptions, options)


def fully_connected(writer, index, layer, source, target, input_scale):
    """One layer: constants and operator."""
    weights, scales, bias = layer
    kinds = schema.TensorType
    w = writer.tensor(f"dense{index}/weights", weights.shape, kinds.INT8, scales, 0, weights)
    bias_scales = np.float32(input_scale) * scales
    b = writer.tensor(f"dense{index}/bias", bias.shape, kinds.INT32, bias_scales, 0, bias)
    options = schema.FullyConnectedOptionsT()
    activations = schema.ActivationFunctionType
    last = index == len(SIZES) - 2
    options.fusedActivationFunction = activations.NONE if last else activations.RELU
    kind = schema.BuiltinOptions.FullyConnectedOptions
    writer.operator(1, [source, w, b], target, kind, options)


def write_model(codes, layers):
    """The bytes of the model."""
    writer, int8 = ModelWriter(), schema.TensorType.INT8
    image = writer.tensor("image", [1, 8, 8], int8, *codes[0])
    source = writer.tensor("row", [1, 64], int8, *codes[0])
    reshape(writer, image, source)
    for i, layer in enumerate(layers):
        target = writer.tensor(f"dense{i}", [1, SIZES[i + 1]], int8, *codes[i + 1])
        fully_connected(writer, i, layer, source, target, codes[i][0])
        source = target
    operators = schema.BuiltinOperator
    used = [operator_code(operators.RESHAPE, 1), operator_code(operators.FULLY_CONNECTED, 12)]
    return writer.finish("digits", used, image, source)


def run_litert(model, inputs, kernels):
    """LiteRT's outputs, one image at a time."""
    interpreter = Interpreter(
        model_content=model, experimental_op_resolver_type=kernels, num_threads=1
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]
    outputs = []
    for image in inputs:
        interpreter.set_tensor(source, image[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(result)[0].copy())
    return np.array(outputs)


README = """# digits

A small int8 network that reads handwritten digits: 8x8 pixels, RESHAPE, fully connected
64-32-16-10 with ReLU ({macs:,} multiplications per image).

| file | what |
|---|---|
| `model.tflite` | the network: int8, weight scales per output in the first two layers, one scale in the last |
| `inputs.npy` | {images} images of the test split, int8 codes, shape {shape} |
| `labels.npy` | their digits, int8 |
| `expected.npy` | LiteRT's outputs for them, reference kernels (`BUILTIN_REF`) |
| `expected_opt.npy` | the same, optimised kernels (`BUILTIN_WITHOUT_DEFAULT_DELEGATES`); {differ} of {outputs:,} codes differ |

Accuracy over the whole test split of {tests} images, measured through LiteRT {version}: float {float_accuracy},
int8 {ref_accuracy} with the reference kernels, {opt_accuracy} with the optimised kernels. Of the {images} images here
{committed} are read correctly.

The images are the 1,797 that scikit-learn ships: the test part of *Optical Recognition of
Handwritten Digits*, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0.

Everything in this folder, this page included, is written by one script with pinned versions, and
comes out byte for byte the same:

```
python3 -m venv .venv && .venv/bin/pip install -r scripts/requirements-digits.txt
.venv/bin/python scripts/train_digits.py
```
"""


def share(outputs, labels):
    """How many are right, as a share."""
    right = int((outputs.argmax(axis=1) == labels).sum())
    return f"{right / len(labels):.3f} ({right} of {len(labels)})"


def write_files(folder, model, inputs, labels, expected, float_outputs):
    """Writes the folder."""
    from importlib.metadata import version

    count, ref, opt = TEST_IMAGES, expected["expected"], expected["expected_opt"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(model)
    np.save(folder / "inputs.npy", inputs[:count])
    np.save(folder / "labels.npy", labels[:count].astype(np.int8))
    for name, outputs in expected.items():
        np.save(folder / f"{name}.npy", outputs[:count])
    text = README.format(
        macs=sum(a * b for a, b in zip(SIZES, SIZES[1:])),
        images=count,
        shape=inputs[:count].shape,
        differ=int((ref[:count] != opt[:count]).sum()),
        outputs=ref[:count].size,
        tests=len(labels),
        version=version("ai-edge-litert"),
        float_accuracy=share(float_outputs, labels),
        ref_accuracy=share(ref, labels),
        opt_accuracy=share(opt, labels),
        committed=int((ref[:count].argmax(axis=1) == labels[:count]).sum()),
    )
    (folder / "README.md").write_text(text)
    print(text)


def main():
    """Trains, quantises, writes."""
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=root / "models" / "digits")
    folder = parser.parse_args().out
    images, labels, test_images, test_labels = split_data()
    layers = train(images, labels)
    codes, integers = quantise(layers, images)
    model = write_model(codes, integers)
    inputs = to_codes(test_images, codes[0]).reshape(-1, 8, 8)
    expected = {name: run_litert(model, inputs, kernels) for name, kernels in KERNELS.items()}
    float_outputs = forward(layers, test_images)[-1]
    write_files(folder, model, inputs, test_labels, expected, float_outputs)


if __name__ == "__main__":
    main()
