"""Write a network of fully connected layers as ONNX, with weights of 32, 16 or 8 bits."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Products of 8 x 8 bits are added in pairs of 16 bits by processors without VNNI: one bit less, and none
# overflows.
MOST_WEIGHT = 63
MOST_ACTIVATION = 255
# Weights of pixels that are always blank shrink to numbers so small that processors multiply them slowly.
LEAST_WEIGHT = 1e-20


@dataclass
class Graph:
    """Nodes and constants of a model while it is made; methods return the name of what they add."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def layer(self, name: str, source: str, weights: np.ndarray, bias: np.ndarray) -> str:
        kept = np.where(np.abs(weights) < LEAST_WEIGHT, weights.dtype.type(0), weights)
        inputs = [
            source,
            self.constant(name + "_weights", kept),
            self.constant(name + "_bias", bias),
        ]
        return self.node("Gemm", inputs, name)

    def quantised_layer(
        self, name: str, source: str, weights: np.ndarray, bias: np.ndarray, *, most: float
    ) -> str:
        """A layer on whole numbers, for inputs from 0 to ``most``; each column of weights has a scale."""
        scale = np.float32(most / MOST_ACTIVATION)
        scales = np.maximum(np.abs(weights).max(axis=0) / MOST_WEIGHT, 1e-12).astype(np.float32)
        form = [self.constant(name + "_scale", scale), self.constant(name + "_zero", np.uint8(0))]
        small = self.node("QuantizeLinear", [source, *form], name + "_small")
        whole = np.rint(weights / scales).astype(np.int8)
        columns = [
            self.constant(name + "_weights", whole),
            self.constant(name + "_weights_scale", scales),
            self.constant(name + "_weights_zero", np.zeros(len(scales), np.int8)),
        ]
        offsets = [
            self.constant(name + "_bias", np.rint(bias / (scale * scales)).astype(np.int32)),
            self.constant(name + "_bias_scale", scale * scales),
        ]
        inputs = [
            self.node("DequantizeLinear", [small, *form], name + "_input"),
            self.node("DequantizeLinear", columns, name + "_weights_real", axis=1),
            self.node("DequantizeLinear", offsets, name + "_bias_real", axis=0),
        ]
        return self.node("Gemm", inputs, name)


def to_onnx(
    hidden: tuple[np.ndarray, np.ndarray],
    output: tuple[np.ndarray, np.ndarray],
    precision: str,
    pixels: np.ndarray,
) -> onnx.ModelProto:
    """64 pixels from 0 to 1 for each image in, a probability for each of the ten digits out.

    Args:
        hidden, output: weights and bias of the layers.
        precision: of the weights: fp32, fp16 or int8. Pixels and probabilities are of 32 bits always.
        pixels: of the training, from which the range of the values in between is taken.
    """
    graph = Graph()
    if precision == "int8":
        most = float(np.maximum(pixels @ hidden[0] + hidden[1], 0).max())
        scores = graph.quantised_layer("hidden", "pixels", *hidden, most=1.0)
        active = graph.node("Relu", [scores], "active")
        scores = graph.quantised_layer("scores", active, *output, most=most)
        graph.node("Softmax", [scores], "probabilities", axis=1)
    else:
        half = precision == "fp16"
        dtype = np.float16 if half else np.float32
        source = graph.node("Cast", ["pixels"], "half", to=TensorProto.FLOAT16) if half else "pixels"
        active = graph.layer("hidden", source, *(part.astype(dtype) for part in hidden))
        active = graph.node("Relu", [active], "active")
        scores = graph.layer("scores", active, *(part.astype(dtype) for part in output))
        result = graph.node("Softmax", [scores], "softmax" if half else "probabilities", axis=1)
        if half:
            graph.node("Cast", [result], "probabilities", to=TensorProto.FLOAT)
    return finished(graph, *((19, 9) if precision == "int8" else (13, 8)))


def finished(graph: Graph, opset: int, ir_version: int) -> onnx.ModelProto:
    """The model of a graph, in versions that ONNX Runtime has read for years."""
    made = helper.make_graph(
        graph.nodes,
        "digits",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["images", 64])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["images", 10])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
    onnx.checker.check_model(model, full_check=True)
    return model
