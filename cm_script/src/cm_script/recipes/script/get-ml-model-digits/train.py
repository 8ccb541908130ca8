"""Train a network with one hidden layer on the training part of the digits and write it as ONNX."""

import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from sklearn.neural_network import MLPClassifier

HIDDEN = 96
LEVELS = 16.0


def main() -> None:
    data = np.load(os.environ["CM_DATASET_DIGITS_FILE_WITH_PATH"])
    pixels = data["train_images"].reshape(-1, 64) / LEVELS
    network = MLPClassifier((HIDDEN,), alpha=1e-3, max_iter=400, random_state=int(os.environ["CM_ML_MODEL_DIGITS_SEED"]))
    network.fit(pixels, data["train_labels"])
    print(f"trained on {len(pixels)} digits in {network.n_iter_} passes, loss {network.loss_:.4f}")

    model = to_onnx(network)
    check(model, network, pixels[:100].astype(np.float32))
    onnx.save(model, os.environ["CM_ML_MODEL_FILE"])


def to_onnx(network: MLPClassifier) -> onnx.ModelProto:
    """Pixels from 0 to 1, 64 for each image, in; a probability for each of the ten digits out."""
    weights = {"hidden": 0, "output": 1}
    constants = []
    for layer, number in weights.items():
        constants += [
            numpy_helper.from_array(network.coefs_[number].astype(np.float32), layer + "_weights"),
            numpy_helper.from_array(network.intercepts_[number].astype(np.float32), layer + "_bias"),
        ]
    nodes = [
        helper.make_node("Gemm", ["pixels", "hidden_weights", "hidden_bias"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "output_weights", "output_bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["images", 64])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["images", 10])],
        constants,
    )
    # Versions that every ONNX Runtime of the last years reads.
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def check(model: onnx.ModelProto, network: MLPClassifier, pixels: np.ndarray) -> None:
    onnx.checker.check_model(model, full_check=True)
    (found,) = ReferenceEvaluator(model).run(None, {"pixels": pixels})
    np.testing.assert_allclose(found, network.predict_proba(pixels), atol=1e-4)


if __name__ == "__main__":
    main()
