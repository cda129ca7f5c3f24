#!/usr/bin/env python3
"""Models of the size of PP-OCRv5_server, for measurements: what a model costs does not depend on its weights.

    benches/server_models.py DETECTION.onnx RECOGNITION.onnx CHARACTERS_FROM.onnx

writes a detector and a recognizer with the layers of PP-OCRv5_server_det (PP-HGNetV2_B4, LKPAN with IntraCL,
PFHeadLocal) and PP-OCRv5_server_rec (PP-HGNetV2_B4, SVTR, CTC) and random weights; batch normalization is in the
convolutions, as in a folded model. The detector marks what has the contrast of text, so that a screenshot gets about as
many boxes as it has lines; the recognizer's text means nothing. Its characters are those in the metadata of the third
file, a recognizer of PP-OCRv5. Needs `pip install numpy onnx`.
"""

import math
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

# Of each stage of PP-HGNetV2_B4: channels into it, inside, and out of it; blocks; whether it separates convolutions.
STAGES = [(48, 48, 128, 1, False), (128, 96, 512, 1, False), (512, 192, 1024, 3, True), (1024, 384, 2048, 1, True)]
LAYERS = 6
# How much each stage scales down; the detector's first one does not.
DETECTION_STRIDES = [None, (2, 2), (2, 2), (2, 2)]
RECOGNITION_STRIDES = [(2, 1), (1, 2), (2, 1), (2, 1)]
NECK = 256
DIMENSIONS, HEADS, DEPTH = 120, 8, 2
# Small enough to change no box, and not zero, so that no optimizer can leave the network out.
TRACE = 1e-6


class Net:
    """A graph under construction: every method adds nodes and returns the name of their output."""

    def __init__(self, seed):
        self.dice = numpy.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def op(self, kind, *inputs, **attributes):
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, values, kind=numpy.float32):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.asarray(values, kind), name))
        return name

    def random(self, shape, inputs):
        """Weights that keep the size of values, whatever the number of `inputs`."""
        return self.constant(self.dice.standard_normal(shape, numpy.float32) * math.sqrt(2 / inputs))

    def conv(self, x, channels, size, stride=(1, 1), groups=1, relu=True, same=None):
        """A convolution from and to so many `channels`; `same`: one pixel of padding at the end only."""
        into, out = channels
        height, width = size
        pads = [0, 0, 1, 1] if same else [height // 2, width // 2] * 2
        weight = self.random((out, into // groups, height, width), into // groups * height * width)
        bias = self.constant(numpy.zeros(out))
        x = self.op("Conv", x, weight, bias, kernel_shape=size, strides=stride, pads=pads, group=groups)
        return self.op("Relu", x) if relu else x

    def swish_conv(self, x, channels, size=(1, 1)):
        x = self.conv(x, channels, size, relu=False)
        return self.op("Mul", x, self.op("Sigmoid", x))

    def upsample(self, x, by):
        scales = self.constant([1, 1, by, by])
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.op("Resize", x, "", scales, **how)

    def linear(self, x, into, out):
        x = self.op("MatMul", x, self.random((into, out), 2 * into))
        return self.op("Add", x, self.constant(numpy.zeros(out)))

    def norm(self, x):
        ones, zeros = self.constant(numpy.ones(DIMENSIONS)), self.constant(numpy.zeros(DIMENSIONS))
        return self.op("LayerNormalization", x, ones, zeros, axis=-1)

    def reshape(self, x, *shape):
        return self.op("Reshape", x, self.constant(shape, numpy.int64))

    def dilate(self, x, size):
        return self.op("MaxPool", x, kernel_shape=size, pads=[size[0] // 2, size[1] // 2] * 2)

    def erode(self, x, size):
        return self.op("Neg", self.dilate(self.op("Neg", x), size))

    def save(self, file, output, shape, characters=None):
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, shape.pop(0), "width"])
        y = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "stand-in", [x], [y], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        if characters is not None:
            helper.set_model_props(model, {"character": characters})
        onnx.save(model, file)


def backbone(net, strides, stem_stride):
    """PP-HGNetV2_B4 on the input `x`; the outputs of its stages."""
    x = net.conv("x", (3, 32), (3, 3), (2, 2))
    detour = net.conv(x, (32, 16), (2, 2), same=True)
    detour = net.conv(detour, (16, 32), (2, 2), same=True)
    pooled = net.op("MaxPool", x, kernel_shape=[2, 2], pads=[0, 0, 1, 1])
    x = net.op("Concat", pooled, detour, axis=1)
    x = net.conv(x, (64, 32), (3, 3), stem_stride)
    x = net.conv(x, (32, 48), (1, 1))
    outputs = []
    for (into, inside, out, blocks, light), stride in zip(STAGES, strides):
        if stride:
            x = net.conv(x, (into, into), (3, 3), stride, groups=into, relu=False)
        for number in range(blocks):
            x = block(net, x, (out if number else into, inside, out), light, residual=number > 0)
        outputs.append(x)
    return outputs


def block(net, x, channels, light, residual):
    into, inside, out = channels
    before, parts = x, [x]
    for number in range(LAYERS):
        first = inside if number else into
        if light:
            x = net.conv(x, (first, inside), (1, 1), relu=False)
            x = net.conv(x, (inside, inside), (5, 5), groups=inside)
        else:
            x = net.conv(x, (first, inside), (3, 3))
        parts.append(x)
    x = net.op("Concat", *parts, axis=1)
    x = net.conv(x, (into + LAYERS * inside, out // 2), (1, 1))
    x = net.conv(x, (out // 2, out), (1, 1))
    return net.op("Add", x, before) if residual else x


def neck(net, stages):
    """LKPAN in its large form: the pyramid down and up again, through convolutions of 9×9."""
    quarter = NECK // 4
    tops = [net.conv(x, (stage[2], NECK), (1, 1), relu=False) for x, stage in zip(stages, STAGES)]
    for level in (2, 1, 0):
        tops[level] = net.op("Add", tops[level], net.upsample(tops[level + 1], 2))
    ways = [net.conv(x, (NECK, quarter), (9, 9), relu=False) for x in tops]
    for level in (1, 2, 3):
        down = net.conv(ways[level - 1], (quarter, quarter), (3, 3), (2, 2), relu=False)
        ways[level] = net.op("Add", ways[level], down)
    ways = [intra(net, net.conv(x, (quarter, quarter), (9, 9), relu=False), quarter) for x in ways]
    ways = [net.upsample(x, 2**level) if level else x for level, x in enumerate(ways)]
    return net.op("Concat", *reversed(ways), axis=1)


def intra(net, x, channels):
    """IntraCL: square and stretched convolutions of three sizes, one after the other."""
    half = channels // 2
    inside = net.conv(x, (channels, half), (1, 1), relu=False)
    for size in (7, 5, 3):
        shapes = (size, size), (size, 1), (1, size)
        square, tall, wide = (net.conv(inside, (half, half), shape, relu=False) for shape in shapes)
        inside = net.op("Add", net.op("Add", square, tall), wide)
    return net.op("Add", x, net.conv(inside, (half, channels), (1, 1)))


def head(net, x):
    """PFHeadLocal in its large form."""
    quarter = NECK // 4

    def double(x, out):
        weight, bias = net.random((quarter, out, 2, 2), quarter), net.constant(numpy.zeros(out))
        return net.op("ConvTranspose", x, weight, bias, kernel_shape=[2, 2], strides=[2, 2])

    x = net.conv(x, (NECK, quarter), (3, 3))
    x = net.op("Relu", double(x, quarter))
    base = net.op("Sigmoid", double(x, 1))
    local = net.op("Concat", base, net.upsample(x, 2), axis=1)
    local = net.conv(local, (quarter + 1, quarter), (3, 3))
    local = net.op("Sigmoid", net.conv(local, (quarter, 1), (1, 1), relu=False))
    return net.op("Mul", net.op("Add", base, local), net.constant(0.5))


def contrast(net):
    """1 where there is text, to go by the contrast, else 0: letters are joined, and what is too thin or narrow goes."""
    gray = net.op("ReduceMean", "x", axes=[1], keepdims=1)
    edges = net.op("Sub", net.dilate(gray, (3, 3)), net.erode(gray, (3, 3)))
    marks = net.op("Cast", net.op("Greater", edges, net.constant(1.2)), to=TensorProto.FLOAT)
    lines = net.dilate(marks, (1, 15))
    for size in ((7, 1), (1, 21)):
        lines = net.dilate(net.erode(lines, size), size)
    return lines


def detection(file):
    net = Net(1)
    stages = backbone(net, DETECTION_STRIDES, (2, 2))
    heavy = net.op("Mul", head(net, neck(net, stages)), net.constant(TRACE))
    output = net.op("Add", contrast(net), heavy)
    net.save(file, output, ["height", "n", 1, "height", "width"])


def mixer(net, x):
    """Attention of every column to every other one, then the two layers after it."""
    size = DIMENSIONS // HEADS

    def split(x):
        parts = net.reshape(net.linear(x, DIMENSIONS, DIMENSIONS), 0, -1, HEADS, size)
        return net.op("Transpose", parts, perm=[0, 2, 1, 3])

    query, key, value = split(x), split(x), split(x)
    key = net.op("Transpose", key, perm=[0, 1, 3, 2])
    scores = net.op("Mul", net.op("MatMul", query, key), net.constant(size**-0.5))
    mixed = net.op("MatMul", net.op("Softmax", scores, axis=-1), value)
    mixed = net.reshape(net.op("Transpose", mixed, perm=[0, 2, 1, 3]), 0, -1, DIMENSIONS)
    x = net.norm(net.op("Add", x, net.linear(mixed, DIMENSIONS, DIMENSIONS)))
    inner = net.linear(x, DIMENSIONS, 2 * DIMENSIONS)
    inner = net.op("Mul", inner, net.op("Sigmoid", inner))
    return net.norm(net.op("Add", x, net.linear(inner, 2 * DIMENSIONS, DIMENSIONS)))


def recognition(file, characters):
    net = Net(2)
    features = backbone(net, RECOGNITION_STRIDES, (1, 1))[-1]
    features = net.op("AveragePool", features, kernel_shape=[3, 2], strides=[3, 2])
    channels = STAGES[-1][2]
    x = net.swish_conv(features, (channels, channels // 8), (1, 3))
    x = net.swish_conv(x, (channels // 8, DIMENSIONS))
    x = net.op("Transpose", net.op("Squeeze", x, net.constant([2], numpy.int64)), perm=[0, 2, 1])
    for _ in range(DEPTH):
        x = mixer(net, x)
    x = net.op("Transpose", net.norm(x), perm=[0, 2, 1])
    x = net.op("Unsqueeze", x, net.constant([2], numpy.int64))
    x = net.op("Concat", features, net.swish_conv(x, (DIMENSIONS, channels)), axis=1)
    x = net.swish_conv(x, (2 * channels, channels // 8), (1, 3))
    x = net.swish_conv(x, (channels // 8, DIMENSIONS))
    x = net.op("Transpose", net.op("Squeeze", x, net.constant([2], numpy.int64)), perm=[0, 2, 1])
    # No character, those of the list, a space.
    classes = len(characters.removesuffix("\n").split("\n")) + 2
    output = net.op("Softmax", net.linear(x, DIMENSIONS, classes), axis=-1)
    net.save(file, output, [48, "n", "steps", classes], characters)


def write(detector, recognizer, characters_from):
    """Writes both models to these files."""
    properties = {entry.key: entry.value for entry in onnx.load(characters_from).metadata_props}
    detection(detector)
    recognition(recognizer, properties["character"])


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    write(*sys.argv[1:])
