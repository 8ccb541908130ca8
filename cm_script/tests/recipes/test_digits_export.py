"""The digits network as ONNX, in each precision: what the file computes is what the network computes."""

from types import SimpleNamespace

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture
def network():
    """Random layers of the same shape, with weights as small as training leaves them."""
    draw = np.random.default_rng(5)
    hidden = draw.normal(0, 0.2, (64, 200)), draw.normal(0, 0.1, 200)
    hidden[0][::2, ::3] = 1e-40
    output = draw.normal(0, 0.2, (200, 10)), draw.normal(0, 0.1, 10)
    pixels = draw.random((500, 64))
    scores = np.maximum(pixels @ hidden[0] + hidden[1], 0) @ output[0] + output[1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    return SimpleNamespace(hidden=hidden, output=output, pixels=pixels, probabilities=probabilities)


@pytest.mark.parametrize(
    ("precision", "kind", "tolerance"),
    [("fp32", "FLOAT", 1e-5), ("fp16", "FLOAT16", 0.01), ("int8", "INT8", 0.1)],
)
def test_each_precision_computes_the_network(load_part, network, precision, kind, tolerance):
    export = load_part("get-ml-model-digits", "export.py")
    model = export.to_onnx(network.hidden, network.output, precision, network.pixels)
    kinds = {entry.name: entry.data_type for entry in model.graph.initializer}
    assert kinds["hidden_weights"] == kinds["scores_weights"]
    assert kinds["hidden_weights"] == getattr(onnx.TensorProto, kind)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"pixels": network.pixels.astype(np.float32)})
    assert found.dtype == np.float32
    assert np.abs(found - network.probabilities).max() < tolerance
    assert (found.argmax(axis=1) == network.probabilities.argmax(axis=1)).mean() > 0.95


def test_no_weight_is_so_small_that_it_slows_the_processor_down(load_part, network):
    export = load_part("get-ml-model-digits", "export.py")
    model = export.to_onnx(network.hidden, network.output, "fp32", network.pixels)
    for entry in model.graph.initializer:
        values = np.abs(onnx.numpy_helper.to_array(entry))
        assert not ((values > 0) & (values < np.finfo(np.float32).tiny)).any(), entry.name
