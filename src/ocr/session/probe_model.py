"""Writes probe.onnx: a convolution and what cuts off its negative values, the least that has each kind of work compiled.

pip install onnx numpy; python src/ocr/session/probe_model.py
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

weights = numpy_helper.from_array(np.full((8, 3, 3, 3), 0.125, np.float32), "weights")
image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "height", "width"])
features = helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 8, "height", "width"])
nodes = [
    helper.make_node("Conv", ["image", "weights"], ["summed"], pads=[1, 1, 1, 1]),
    helper.make_node("Relu", ["summed"], ["features"]),
]
graph = helper.make_graph(nodes, "probe", [image], [features], [weights])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
onnx.checker.check_model(model)
onnx.save(model, pathlib.Path(__file__).with_name("probe.onnx"))
