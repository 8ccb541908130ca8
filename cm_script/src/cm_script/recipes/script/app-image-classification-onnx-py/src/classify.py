"""Classify images with an ONNX model and leave the results in tmp-run-state.json."""

import importlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime


def main() -> int:
    # digits.py or imagenet.py: which images there are, how they become numbers, what the numbers mean.
    kind = importlib.import_module(os.environ["CM_APP_IMAGE_CLASSIFICATION_KIND"])
    session = open_session(os.environ["CM_ML_MODEL_FILE_WITH_PATH"])
    own = os.environ.get("CM_APP_IMAGE_CLASSIFICATION_IMAGE")
    paths = [Path(own)] if own else kind.images()
    labels = kind.labels()

    started = time.perf_counter()
    results = [classify(session, kind, path, labels) for path in paths]
    seconds = (time.perf_counter() - started) / len(results)
    for result in results:
        show(result)
    last = results[-1]["classifications"]
    state = {
        "images": results,
        "classifications": last,
        "top_classification": last[0]["label"],
        "avg_time": seconds,
    }
    if not own and hasattr(kind, "held_out"):
        state["accuracy"], state["accuracy_images"] = accuracy(session, *kind.held_out())
        print(
            f"\nAccuracy on all {state['accuracy_images']} held-out images: {100 * state['accuracy']:.2f} %"
        )
    document = {"cm_app_image_classification_onnx_py": state}
    Path("tmp-run-state.json").write_text(json.dumps(document), encoding="utf-8")
    return 0


def open_session(model: str) -> onnxruntime.InferenceSession:
    wanted = "CUDAExecutionProvider" if os.environ.get("USE_CUDA") == "yes" else "CPUExecutionProvider"
    if wanted not in onnxruntime.get_available_providers():
        sys.exit(f"ONNX Runtime has no {wanted} on this machine")
    return onnxruntime.InferenceSession(model, providers=[wanted])


def predict(session: onnxruntime.InferenceSession, batch: np.ndarray) -> np.ndarray:
    """A row of probabilities for each image."""
    inputs, outputs = session.get_inputs(), [output.name for output in session.get_outputs()]
    name = os.environ.get("CM_ML_MODEL_OUTPUT_LAYER_NAME", "")
    return session.run([name if name in outputs else outputs[-1]], {inputs[0].name: batch})[0]


def classify(session, kind, path: Path, labels: list[str]) -> dict:
    probabilities = predict(session, kind.load(path))[0]
    # Some models count an extra class "background" first.
    probabilities = probabilities[len(probabilities) - len(labels) :]
    best = np.argsort(-probabilities)[: kind.SHOWN]
    classes = [
        {"class_idx": int(index), "softmax": float(probabilities[index]), "label": labels[index]}
        for index in best
    ]
    return {"image": str(path), "expected": kind.expected(path), "classifications": classes}


def show(result: dict) -> None:
    best = result["classifications"]
    if len(best) == 1:
        label, expected = best[0]["label"], result["expected"]
        verdict = "right" if expected == label else f"wrong, it is {expected}" if expected else ""
        print(
            f" * {Path(result['image']).name}: {label} ({100 * best[0]['softmax']:.1f} %)  {verdict}".rstrip()
        )
        return
    print(f" * {result['image']}:")
    for item in best:
        print(f"    {item['class_idx']:4d}  {item['softmax']:.4f}  {item['label']}")


def accuracy(session, batch: np.ndarray, answers: np.ndarray) -> tuple[float, int]:
    found = predict(session, batch).argmax(axis=1)
    return float((found == answers).mean()), len(answers)


if __name__ == "__main__":
    sys.exit(main())
