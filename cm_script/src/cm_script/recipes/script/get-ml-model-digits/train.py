"""Train a network with one hidden layer on the training part of the digits and write it as ONNX."""

import os
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

# Size and shifts were compared by cross-validation on the training part; the passes keep it to seconds.
HIDDEN = 200
PASSES = 50
SHIFTS = ((0, 0), (0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))
LEVELS = 16.0


def main() -> None:
    data = np.load(os.environ["CM_DATASET_DIGITS_FILE_WITH_PATH"])
    images = data["train_images"] / LEVELS
    # Digits half a pixel off are the same digits; the network learns that from moved copies.
    pixels = np.concatenate([moved(images, *shift) for shift in SHIFTS]).reshape(-1, 64)
    answers = np.tile(data["train_labels"], len(SHIFTS))
    network = MLPClassifier(
        (HIDDEN,), alpha=1e-3, max_iter=PASSES, random_state=int(os.environ["CM_ML_MODEL_DIGITS_SEED"])
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of passes is meant
        network.fit(pixels, answers)
    print(f"{len(images)} digits and moved copies, {network.n_iter_} passes, loss {network.loss_:.4f}")

    model = to_onnx(network)
    check(model, network, pixels[:100].astype(np.float32))
    onnx.save(model, os.environ["CM_ML_MODEL_FILE"])


def moved(images: np.ndarray, down: float, right: float) -> np.ndarray:
    """The images, moved by up to one pixel; what leaves the frame is lost, what enters is paper."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    for axis, shift in ((1, down), (2, right)):
        neighbour = np.roll(padded, 1 if shift > 0 else -1, axis)
        padded = (1 - abs(shift)) * padded + abs(shift) * neighbour
    return padded[:, 1:-1, 1:-1]


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
