"""ImageNet 2012 validation images for ResNet-50, and top-1 accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cm_core import CMError, MetaError, NotFoundError, UsageError
from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.reference import pixels
from cm_mlperf.reference.location import find_parts
from cm_mlperf.reference.samples import SampleMemory, first, sample_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 224
CLASSES = 1000
# The short side before the crop: 224 are 87.5 % of it.
SHORT_SIDE = 256
_CHANNEL_MEANS = (123.68, 116.78, 103.94)
_TORCH_MEANS = (0.485, 0.456, 0.406)
_TORCH_DEVIATIONS = (0.229, 0.224, 0.225)
_PARTS = {"images": (".",), "labels": ("val_map.txt", "val.txt")}

Preprocessing = Literal["vgg", "torchvision"]


class ImageNet:
    """Images, resized, cropped and normalised.

    Args:
        path: folder with the images and ``val_map.txt``, whose lines are ``<file> <label>``; images that
            are not there are left out.
        input_name: of the model.
        layout: ``NCHW`` or ``NHWC``.
        preprocessing: ``vgg`` subtracts the mean of each channel; ``torchvision`` is that of PyTorch's model.
        count: use only the first images; 0 means all.

    Raises:
        NotFoundError: when there are no images or no labels.
    """

    def __init__(
        self,
        path: str,
        *,
        input_name: str = "input_tensor:0",
        layout: str = "NCHW",
        preprocessing: Preprocessing = "vgg",
        count: int | str = 0,
    ) -> None:
        if preprocessing not in {"vgg", "torchvision"} or layout not in {"NCHW", "NHWC"}:
            raise UsageError(
                f"there is no preprocessing '{preprocessing}' with layout '{layout}' for ImageNet",
                hint="preprocessing is vgg or torchvision, layout NCHW or NHWC",
            )
        labelled = read_labels(path)
        self._files = [file for file, _ in labelled][first(count)]
        self._input_name = input_name
        self._channels_first = layout == "NCHW"
        self._normalise = normalise_vgg if preprocessing == "vgg" else normalise_torchvision
        self._memory = SampleMemory(self._sample)
        self.load, self.unload = self._memory.load, self._memory.unload

    @property
    def size(self) -> int:
        return len(self._files)

    @property
    def loaded_bytes(self) -> int:
        """That each loaded sample takes."""
        return self._memory.bytes_each

    def inputs(self, indices: Sequence[int]) -> Mapping[str, NDArray[Any]]:
        return {self._input_name: self._memory.batch(indices)}

    def _sample(self, index: int) -> NDArray[np.float32]:
        import numpy as np

        image = self._normalise(self._files[index])
        return np.ascontiguousarray(image.transpose(2, 0, 1) if self._channels_first else image)


class Top1:
    """The share of images whose most likely class is the right one.

    Args:
        dataset: path of the :class:`ImageNet` data set.
    """

    def __init__(self, dataset: str) -> None:
        self._labels = [label for _, label in read_labels(dataset)]

    def answers(self, outputs: Sequence[NDArray[Any]], indices: Sequence[int]) -> NDArray[np.float32]:
        """The class of each sample, as the reference logs it: one float32.

        Models with 1,001 outputs call the first one background.
        """
        import numpy as np

        scores = next((output for output in outputs if output.ndim == 2 and output.shape[1] > 1), None)
        classes = next((output for output in outputs if output.dtype.kind in "iu"), None)
        if classes is None:
            if scores is None:
                raise CMError("the model returns neither classes nor class scores")
            classes = scores.argmax(axis=1)
        if len(classes) != len(indices):
            raise CMError(f"the model gave {len(classes)} answers for {len(indices)} samples")
        background = 1 if scores is not None and scores.shape[1] == CLASSES + 1 else 0
        return (classes.reshape(-1, 1) - background).astype(np.float32)

    def score(self, logged: Mapping[int, bytes]) -> AccuracyResult:
        if not logged:
            raise CMError("there are no answers to judge")
        good = sum(
            _logged_class(answer, index) == sample_of(self._labels, index, "labelled images")
            for index, answer in logged.items()
        )
        return AccuracyResult.of_classes(good, len(logged))


def read_labels(path: str | Path) -> list[tuple[Path, int]]:
    """Images that are there and their classes, 0 to 999, in the order of ``val_map.txt``.

    Raises:
        NotFoundError: when there is none.
        MetaError: when a line of the list cannot be read.
    """
    parts = find_parts(path, _PARTS, what="ImageNet")
    present = {file.name: file for file in parts["images"].iterdir()}
    found = []
    for number, line in enumerate(parts["labels"].read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        name, _, label = line.strip().partition(" ")
        if not label.strip().isdigit():
            raise MetaError(f"{parts['labels']}, line {number}: '{line}' is not '<image> <label>'")
        if name in present:
            found.append((present[name], int(label)))
    if not found:
        raise NotFoundError(f"{parts['images']} has none of the images that {parts['labels']} lists")
    return found


def normalise_vgg(file: Path) -> NDArray[np.float32]:
    """As the reference prepares images for its ONNX and TensorFlow models: height x width x RGB."""
    import numpy as np

    image = pixels.read_pixels(file)
    height, width = image.shape[:2]
    if height > width:
        target = int(SHORT_SIDE * height / width), SHORT_SIDE
    else:
        target = SHORT_SIDE, int(SHORT_SIDE * width / height)
    image = pixels.crop_centre(pixels.resize_area(image, *target), SIDE, SIDE)
    return image - np.array(_CHANNEL_MEANS, np.float32)


def normalise_torchvision(file: Path) -> NDArray[np.float32]:
    """As the reference prepares images for PyTorch's model: height x width x RGB."""
    import numpy as np
    from PIL.Image import Resampling

    image = pixels.open_image(file)
    short = min(image.size)
    width, height = (side * SHORT_SIDE // short for side in image.size)
    image = image.resize((width, height), Resampling.BILINEAR)
    left, top = round((width - SIDE) / 2), round((height - SIDE) / 2)
    values = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), np.float32) / np.float32(255)
    means, deviations = (np.array(each, np.float32) for each in (_TORCH_MEANS, _TORCH_DEVIATIONS))
    return np.asarray((values - means) / deviations, np.float32)


def _logged_class(answer: bytes, index: int) -> int:
    import numpy as np

    if len(answer) != 4:
        raise CMError(f"the answer of sample {index} has {len(answer)} bytes instead of one float32")
    value = float(np.frombuffer(answer, np.float32)[0])
    return int(value) if value == value else -1  # noqa: PLR0124 - not a number is never right
