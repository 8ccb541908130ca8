"""Small data sets and models of the same names, shapes and formats as the published ones.

The real ones are gigabytes that tests cannot download; these have everything that code looks at.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# File, colour, size (width, height), class that a person gave.
PICTURES = (
    ("ILSVRC2012_val_00000001.JPEG", (250, 10, 10), (320, 260), 65),
    ("ILSVRC2012_val_00000002.JPEG", (10, 250, 10), (260, 400), 970),
    ("ILSVRC2012_val_00000003.JPEG", (10, 10, 250), (256, 256), 230),
    ("ILSVRC2012_val_00000004.JPEG", (250, 10, 10), (300, 300), 970),
)
CLASS_OF_CHANNEL = (65, 970, 230)
WORDS = [
    "the",
    "man",
    "bought",
    "milk",
    "in",
    "1895",
    "and",
    "paris",
    "is",
    "old",
    ".",
    "what",
    "did",
    "he",
    "buy",
    "?",
    "where",
]
PARAGRAPH = "The man bought milk in Paris, and the old man is in 1895."


@pytest.fixture
def save_picture() -> Callable[..., None]:
    """Write an image of one colour."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

    def save(path: Path, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
        image.new("RGB", size, colour).save(path, quality=100)

    return save


@pytest.fixture
def imagenet(tmp_path: Path, save_picture: Callable[..., None]) -> Path:
    """Four images with labels; the fourth label is not what its colour says."""
    folder = tmp_path / "imagenet"
    folder.mkdir()
    for name, colour, size, _ in PICTURES:
        save_picture(folder / name, colour, size)
    lines = [f"{name} {label}" for name, _, _, label in PICTURES]
    (folder / "val_map.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def openimages(tmp_path: Path, save_picture: Callable[..., None]) -> Path:
    """Three images; the first has one box of class 0, the second two, the third a crowd."""
    root = tmp_path / "openimages"
    (root / "validation" / "data").mkdir(parents=True)
    (root / "annotations").mkdir()
    images, boxes = [], []
    for number, (colour, drawn) in enumerate(
        [
            ((250, 10, 10), [(0, (10.0, 20.0, 30.0, 40.0), 0)]),
            ((10, 250, 10), [(1, (0.0, 0.0, 80.0, 80.0), 0), (0, (50.0, 50.0, 20.0, 20.0), 0)]),
            ((10, 10, 250), [(2, (10.0, 10.0, 60.0, 60.0), 1)]),
        ],
        start=1,
    ):
        name = f"{number:016x}.jpg"
        save_picture(root / "validation" / "data" / name, colour, (80, 160))
        images.append({"id": number, "file_name": name, "height": 160, "width": 80})
        for label, box, crowd in drawn:
            boxes.append(
                {
                    "id": len(boxes) + 1,
                    "image_id": number,
                    "category_id": label,
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": crowd,
                }
            )
    categories = [{"id": label, "name": str(label)} for label in range(264)]
    content = {"images": images, "annotations": boxes, "categories": categories}
    (root / "annotations" / "openimages-mlperf.json").write_text(json.dumps(content), encoding="utf-8")
    return root


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    """A paragraph with two questions, and a vocabulary."""
    folder = tmp_path / "squad"
    folder.mkdir()
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ",", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(tokens)) + "\n", encoding="utf-8")
    asked = [("q1", "What did he buy?", ["milk", "the milk"]), ("q2", "Where?", ["in Paris"])]
    questions = [
        {"id": key, "question": text, "answers": [{"text": answer, "answer_start": 0} for answer in answers]}
        for key, text, answers in asked
    ]
    content = {
        "version": "1.1",
        "data": [{"title": "t", "paragraphs": [{"context": PARAGRAPH, "qas": questions}]}],
    }
    (folder / "dev-v1.1.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture
def save_model() -> Callable[..., Path]:
    """Write a tiny ONNX model with the inputs and outputs of a published one: resnet50, retinanet, bert."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    makers = {"resnet50": _resnet50, "retinanet": _retinanet, "bert": _bert}

    def save(kind: str, path: Path, *names: str) -> Path:
        graph = makers[kind](onnx, *names)
        opset = onnx.helper.make_opsetid("", 13)
        model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, path)
        return path

    return save


def _constant(onnx: Any, name: str, values: Any) -> Any:
    return onnx.numpy_helper.from_array(np.asarray(values), name)


def _value(onnx: Any, name: str, kind: str, shape: list[int | str]) -> Any:
    return onnx.helper.make_tensor_value_info(name, getattr(onnx.TensorProto, kind), shape)


def _resnet50(onnx: Any) -> Any:
    """1,001 classes, the first of them background; the class follows from the strongest channel."""
    weights = np.zeros((3, 1001), np.float32)
    for channel, label in enumerate(CLASS_OF_CHANNEL):
        weights[channel, label + 1] = 0.1
    node = onnx.helper.make_node
    nodes = [
        node("ReduceMean", ["input_tensor:0"], ["means"], axes=[2, 3], keepdims=0),
        node("MatMul", ["means", "weights"], ["scores"]),
        node("Softmax", ["scores"], ["softmax_tensor:0"], axis=1),
        node("ArgMax", ["softmax_tensor:0"], ["ArgMax:0"], axis=1, keepdims=0),
    ]
    return onnx.helper.make_graph(
        nodes,
        "resnet50",
        [_value(onnx, "input_tensor:0", "FLOAT", ["N", 3, 224, 224])],
        [_value(onnx, "ArgMax:0", "INT64", ["N"]), _value(onnx, "softmax_tensor:0", "FLOAT", ["N", 1001])],
        [_constant(onnx, "weights", weights)],
    )


def _retinanet(onnx: Any) -> Any:
    """One image at a time; the box of class 0 is found in red images only, the one of class 1 in all."""
    boxes = np.array([[100, 100, 400, 300], [0, 0, 800, 400], [5, 5, 6, 6]], np.float32)
    node = onnx.helper.make_node
    nodes = [
        node("ReduceMean", ["images"], ["means"], axes=[0, 2, 3], keepdims=0),
        node("Slice", ["means", "zero", "one"], ["red"]),
        node("Concat", ["red", "sure"], ["all_scores"], axis=0),
        node("Greater", ["all_scores", "half"], ["kept"]),
        node("Compress", ["all_scores", "kept"], ["scores"], axis=0),
        node("Compress", ["all_boxes", "kept"], ["boxes"], axis=0),
        node("Compress", ["all_labels", "kept"], ["labels"], axis=0),
    ]
    return onnx.helper.make_graph(
        nodes,
        "retinanet",
        [_value(onnx, "images", "FLOAT", [1, 3, 800, 800])],
        [
            _value(onnx, "boxes", "FLOAT", ["boxes", 4]),
            _value(onnx, "scores", "FLOAT", ["boxes"]),
            _value(onnx, "labels", "INT64", ["boxes"]),
        ],
        [
            _constant(onnx, "zero", np.array([0], np.int64)),
            _constant(onnx, "one", np.array([1], np.int64)),
            _constant(onnx, "sure", np.array([0.75, 0.1], np.float32)),
            _constant(onnx, "half", np.array(0.5, np.float32)),
            _constant(onnx, "all_boxes", boxes),
            _constant(onnx, "all_labels", np.array([0, 1, 2], np.int64)),
        ],
    )


def _bert(onnx: Any, mask: str = "input_mask", segments: str = "segment_ids") -> Any:
    """Any token of the paragraph with the number of ``milk`` is start and end of the answer."""
    milk = 6 + WORDS.index("milk")
    node = onnx.helper.make_node
    nodes = [
        node("Equal", ["input_ids", "milk"], ["found"]),
        node("Cast", ["found"], ["number"], to=onnx.TensorProto.FLOAT),
        node("Mul", [mask, segments], ["inside"]),
        node("Cast", ["inside"], ["weight"], to=onnx.TensorProto.FLOAT),
        node("Mul", ["number", "weight"], ["output_start_logits"]),
        node("Add", ["output_start_logits", "output_start_logits"], ["output_end_logits"]),
    ]
    return onnx.helper.make_graph(
        nodes,
        "bert",
        [_value(onnx, name, "INT64", ["N", 384]) for name in ("input_ids", mask, segments)],
        [_value(onnx, name, "FLOAT", ["N", 384]) for name in ("output_start_logits", "output_end_logits")],
        [_constant(onnx, "milk", np.array(milk, np.int64))],
    )
