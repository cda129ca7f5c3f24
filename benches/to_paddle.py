"""Converts a v5-mobile model to the format of Paddle's own engine: `inference.json` and `inference.pdiparams`.

    benches/to_paddle.py MODEL.onnx DIRECTORY

One model a process, as the converter's parameters share their names. Needs
    pip install paddlepaddle==3.2.2 x2paddle==1.6.0 onnx==1.17.0
"""

import os
import sys

import onnx
from x2paddle.convert import onnx2paddle
from x2paddle.op_mapper.onnx2paddle.opset_legacy import OpSet


def without_identities(model, path):
    """Every weight passes an Identity in these files, which would be converted to a copy that Paddle does not fuse."""
    network = onnx.load(model)
    outputs = {output.name for output in network.graph.output}
    sources, nodes = {}, []
    for node in network.graph.node:
        node.input[:] = [sources.get(name, name) for name in node.input]
        if node.op_type == "Identity" and node.output[0] not in outputs:
            sources[node.output[0]] = node.input[0]
        else:
            nodes.append(node)
    del network.graph.node[:]
    network.graph.node.extend(nodes)
    onnx.save(network, path)


def know_hard_swish():
    """The one operator of these models that x2paddle 1.6 lacks."""
    start = OpSet.__init__

    def start_with_hard_swish(operators, *arguments):
        start(operators, *arguments)
        operators.directly_map_ops["HardSwish"] = ["paddle.nn.Hardswish"]

    OpSet.__init__ = start_with_hard_swish


def main(model, directory):
    plain, converted = os.path.join(directory, "plain.onnx"), os.path.join(directory, "converted")
    without_identities(model, plain)
    know_hard_swish()
    onnx2paddle(plain, converted, disable_feedback=True)
    for ending in ("json", "pdiparams"):
        os.rename(f"{converted}/inference_model/model.{ending}", f"{directory}/inference.{ending}")


if __name__ == "__main__":
    main(*sys.argv[1:])
