"""The MLPerf validation subset of OpenImages for RetinaNet, and mean average precision."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, MetaError, NotFoundError
from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.reference import pixels
from cm_mlperf.reference.location import find_parts
from cm_mlperf.reference.samples import SampleMemory, first, sample_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cm_mlperf.reference.detection import Detections, Truth

SIDE = 800
SCORE_THRESHOLD = 0.05
# What the reference logs for each box: sample, top, left, bottom, right (0 to 1), score, class.
_VALUES = 7
_PARTS = {
    "images": ("validation/data", "."),
    "annotations": ("annotations/openimages-mlperf.json", "openimages-mlperf.json"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that is there: its number in the annotations, its file and its size in pixels."""

    number: int
    file: Path
    height: int
    width: int


class OpenImages:
    """Images, resized to 800 x 800, values from 0 to 1; the model normalises them itself.

    Args:
        path: folder with ``validation/data`` and ``annotations/openimages-mlperf.json``; images that are not
            there are left out.
        input_name: of the model.
        count: use only the first images; 0 means all.

    Raises:
        NotFoundError: when there are no images or no annotations.
    """

    def __init__(self, path: str, *, input_name: str = "images", count: int | str = 0) -> None:
        self._images = read_images(path)[1][first(count)]
        self._input_name = input_name
        self._memory = SampleMemory(self._sample)
        self.load, self.unload = self._memory.load, self._memory.unload

    @property
    def size(self) -> int:
        return len(self._images)

    @property
    def loaded_bytes(self) -> int:
        """That each loaded sample takes."""
        return self._memory.bytes_each

    def inputs(self, indices: Sequence[int]) -> Mapping[str, NDArray[Any]]:
        return {self._input_name: self._memory.batch(indices)}

    def _sample(self, index: int) -> NDArray[np.float32]:
        import numpy as np

        image = pixels.resize_linear(pixels.read_pixels(self._images[index].file), SIDE, SIDE)
        image /= np.float32(255)
        return np.ascontiguousarray(image.transpose(2, 0, 1))


class MeanAveragePrecision:
    """Mean average precision of boxes over classes and overlaps of 0.5 to 0.95, as COCO defines it.

    Args:
        dataset: path of the :class:`OpenImages` data set.
    """

    def __init__(self, dataset: str) -> None:
        self._annotations, self._images = read_images(dataset)

    def answers(
        self, outputs: Sequence[NDArray[Any]], indices: Sequence[int]
    ) -> Sequence[NDArray[np.float32]]:
        """Boxes with a score of at least 0.05, seven float32 each, as the reference logs them."""
        import numpy as np

        boxes, scores, labels = _identify(outputs)
        if boxes.ndim == 2:  # the model is made for one sample and has no axis for samples, or none for boxes
            axis = 0 if len(indices) == 1 else 1
            boxes, scores, labels = (np.expand_dims(values, axis) for values in (boxes, scores, labels))
        if len(boxes) != len(indices):
            raise CMError(f"the model gave boxes for {len(boxes)} images instead of {len(indices)}")
        return [_rows(*sample) for sample in zip(indices, boxes, scores, labels, strict=True)]

    def score(self, logged: Mapping[int, bytes]) -> AccuracyResult:
        if not logged:
            raise CMError("there are no answers to judge")
        from cm_mlperf.reference.detection import mean_average_precision

        truth = read_truth(self._annotations)
        found = self._logged_detections(logged)
        percent = 100.0 * mean_average_precision(truth, found, [self._images[n].number for n in logged])
        return AccuracyResult(metric="mAP", value=percent, samples=len(logged), text=f"mAP={percent:.3f}%")

    def _logged_detections(self, logged: Mapping[int, bytes]) -> Detections:
        import numpy as np

        from cm_mlperf.reference.detection import Detections

        parts = []
        for index, answer in logged.items():
            if len(answer) % (4 * _VALUES):
                raise CMError(f"the answer of sample {index} is not made of {_VALUES} float32 for each box")
            image = sample_of(self._images, index, "images")
            rows = np.frombuffer(answer, np.float32).reshape(-1, _VALUES).astype(np.float64)
            numbers = np.full((len(rows), 1), image.number)
            parts.append(
                np.hstack([numbers, rows * (1, image.height, image.width, image.height, image.width, 1, 1)])
            )
        table = np.concatenate(parts)
        top, left, bottom, right = table[:, 2:6].T
        return Detections(
            images=table[:, 0].astype(np.int64),
            classes=table[:, 7].astype(np.int64),
            boxes=np.stack([left, top, right - left, bottom - top], axis=1),
            scores=table[:, 6],
        )


def read_images(path: str | Path) -> tuple[Path, list[Image]]:
    """The file of annotations, and the images it lists that are there, in its order.

    Raises:
        NotFoundError: when there is none.
        MetaError: when the annotations cannot be read.
    """
    parts = find_parts(path, _PARTS, what="OpenImages")
    present = {file.name: file for file in parts["images"].iterdir()}
    listed = _read_json(parts["annotations"])
    try:
        images = [
            Image(
                number=entry["id"],
                file=present[entry["file_name"]],
                height=entry["height"],
                width=entry["width"],
            )
            for entry in listed["images"]
            if entry["file_name"] in present
        ]
    except (KeyError, TypeError) as error:
        raise MetaError(f"{parts['annotations']} is not in the format of COCO: {error!r}") from error
    if not images:
        raise NotFoundError(f"{parts['images']} has none of the images that {parts['annotations']} lists")
    return parts["annotations"], images


def read_truth(annotations: Path) -> Truth:
    """The boxes that people drew; those around a group of objects are marked as crowds.

    Raises:
        MetaError: when the annotations cannot be read.
    """
    import numpy as np

    from cm_mlperf.reference.detection import Truth

    try:
        entries = _read_json(annotations)["annotations"]
        return Truth(
            images=np.array([entry["image_id"] for entry in entries], np.int64),
            classes=np.array([entry["category_id"] for entry in entries], np.int64),
            boxes=np.array([entry["bbox"] for entry in entries], np.float64).reshape(-1, 4),
            crowds=np.array([bool(entry.get("iscrowd")) for entry in entries], np.bool_),
            areas=np.array([entry["area"] for entry in entries], np.float64),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MetaError(f"{annotations} is not in the format of COCO: {error!r}") from error


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise MetaError(f"{file} is not JSON: {error}") from error


def _identify(outputs: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Boxes, scores and labels, which models give in different orders."""
    boxes = [output for output in outputs if output.ndim >= 2 and output.shape[-1] == 4]
    labels = [output for output in outputs if output.dtype.kind in "iu"]
    if len(outputs) == 3 and boxes and labels:
        box, label = boxes[0], labels[0]
        (score,) = (output for output in outputs if output is not box and output is not label)
        if score.shape == label.shape == box.shape[:-1]:
            return box, score, label
    shapes = ", ".join(f"{output.dtype} {output.shape}" for output in outputs)
    raise CMError(
        f"the model gives {shapes or 'nothing'} instead of boxes (N x 4), scores (N) and labels (N)"
    )


def _rows(index: int, boxes: NDArray[Any], scores: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.float32]:
    import numpy as np

    kept = scores >= SCORE_THRESHOLD
    rows = np.empty((int(kept.sum()), _VALUES), np.float32)
    rows[:, 0] = index
    # Models say left, top, right, bottom in pixels; the log has top, left, bottom, right from 0 to 1.
    rows[:, 1:5] = boxes[kept][:, [1, 0, 3, 2]] / np.float32(SIDE)
    rows[:, 5] = scores[kept]
    rows[:, 6] = labels[kept]
    return rows.reshape(-1)
