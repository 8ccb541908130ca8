"""Train a network with one hidden layer on the training part of the digits and write it as ONNX."""

import os
import warnings

import numpy as np
import onnx
from export import to_onnx
from onnx.reference import ReferenceEvaluator
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

# Size and shifts were compared by cross-validation on the training part; the passes keep it to seconds.
HIDDEN = 200
PASSES = 50
SHIFTS = ((0, 0), (0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))
LEVELS = 16.0
# How far a probability may be from that of the network in 64 bits.
TOLERANCE = {"fp32": 1e-4, "fp16": 0.01, "int8": 0.15}


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

    layers = zip(network.coefs_, network.intercepts_, strict=True)
    precision = os.environ["CM_ML_MODEL_PRECISION"]
    model = to_onnx(*layers, precision=precision, pixels=pixels)
    check(model, network, pixels[:1000].astype(np.float32), TOLERANCE[precision])
    onnx.save(model, os.environ["CM_ML_MODEL_FILE"])


def moved(images: np.ndarray, down: float, right: float) -> np.ndarray:
    """The images, moved by up to one pixel; what leaves the frame is lost, what enters is paper."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    for axis, shift in ((1, down), (2, right)):
        neighbour = np.roll(padded, 1 if shift > 0 else -1, axis)
        padded = (1 - abs(shift)) * padded + abs(shift) * neighbour
    return padded[:, 1:-1, 1:-1]


def check(model: onnx.ModelProto, network: MLPClassifier, pixels: np.ndarray, tolerance: float) -> None:
    """Compare probabilities of the file and of the network that it was made from."""
    (found,) = ReferenceEvaluator(model).run(None, {"pixels": pixels})
    difference = np.abs(found - network.predict_proba(pixels)).max()
    print(f"probabilities differ by up to {difference:.2g} from those of the training")
    if difference > tolerance:
        raise SystemExit(f"that is more than {tolerance}: the file is not the network")


if __name__ == "__main__":
    main()
