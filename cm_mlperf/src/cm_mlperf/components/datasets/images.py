"""A folder of images, one sub-folder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError, UsageError
from cm_mlperf.reference.options import decimal, sizes
from cm_mlperf.reference.samples import SampleMemory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Inputs, InputSpec

_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"))
_GREY, _COLOUR = 1, 3


class ImageFolder:
    """Images, resized to what the model wants.

    Classes are numbered in the order of the sub-folders' names. Images of a folder without sub-folders have
    no labels.

    Args:
        path: the folder.
        size: height and width in pixels as ``224`` or ``224x256``; by default what the model says.
        layout: ``NCHW`` or ``NHWC``; by default what the model says.
        mean: subtracted after scaling to 0…1, one number or one a channel.
        std: what is divided by afterwards.
        scale: of a pixel value 255; 1 by default.
    """

    def __init__(
        self,
        *,
        path: str,
        size: str = "",
        layout: str = "",
        mean: Any = 0.0,
        std: Any = 1.0,
        scale: float = 1.0,
    ) -> None:
        root = Path(path)
        if not root.is_dir():
            raise NotFoundError(f"there is no folder {path}")
        self._files = sorted(file for file in root.rglob("*") if file.suffix.lower() in _SUFFIXES)
        if not self._files:
            raise NotFoundError(
                f"there are no images in {path}", hint=f"supported: {', '.join(sorted(_SUFFIXES))}"
            )
        self.size = len(self._files)
        self.labels = self._class_numbers(root)
        self._shape = sizes("size", size) * (1 if "x" in str(size) else 2)
        self._layout = layout.upper()
        self._mean, self._std = _numbers("mean", mean), _numbers("std", std)
        self._scale = decimal("scale", scale)
        self._channels, self._dtype, self._name = _COLOUR, "float32", "x"
        self._memory = SampleMemory(self._sample)
        self.load, self.unload = self._memory.load, self._memory.unload

    def adapt(self, signature: Sequence[InputSpec]) -> None:
        """Take size, layout and type from the model.

        Raises:
            UsageError: when its input is not that of a model of images.
        """
        if len(signature) != 1:
            return
        spec = signature[0]
        shape = spec.shape[1:]
        self._name, self._dtype = spec.name, spec.dtype
        if len(shape) != 3:
            raise UsageError(
                f"the model's input '{spec.name}' has {len(shape)} axes per sample, but an image has three",
                hint="give the data set as arrays: --dataset=FILE.npz",
            )
        if not self._layout:
            self._layout = "NHWC" if shape[2] in (_GREY, _COLOUR) else "NCHW"
        channels, height, width = (shape[2], shape[0], shape[1]) if self._layout == "NHWC" else shape
        self._channels = channels or _COLOUR
        if not self._shape and height and width:
            self._shape = (height, width)

    @property
    def loaded_bytes(self) -> int:
        """That each loaded sample takes."""
        return self._memory.bytes_each

    def inputs(self, indices: Sequence[int]) -> Inputs:
        """A block of loaded images."""
        return {self._name: self._memory.batch(indices)}

    def _sample(self, index: int) -> NDArray[Any]:
        file = self._files[index]
        try:
            return self._read(file)
        except (OSError, ValueError, SyntaxError) as error:  # which one depends on where it is damaged
            raise UsageError(f"{file} cannot be read as an image: {error}", hint="replace it") from error

    def _read(self, file: Path) -> NDArray[Any]:
        import numpy as np
        from PIL import Image

        with Image.open(file) as image:
            picture = image.convert("L" if self._channels == _GREY else "RGB")
            if self._shape:
                picture = picture.resize((self._shape[1], self._shape[0]), Image.Resampling.BILINEAR)
            pixels = np.asarray(picture, dtype=np.float32) / 255.0 * self._scale
        pixels = (pixels.reshape(*pixels.shape[:2], -1) - self._mean) / self._std
        if self._layout != "NHWC":
            pixels = pixels.transpose(2, 0, 1)
        return np.ascontiguousarray(pixels, dtype=self._dtype)

    def _class_numbers(self, root: Path) -> NDArray[np.int64] | None:
        import numpy as np

        names = [file.relative_to(root).parts[0] if file.parent != root else "" for file in self._files]
        if "" in names:
            return None
        numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        return np.asarray([numbers[name] for name in names], dtype=np.int64)


def _numbers(name: str, value: Any) -> NDArray[np.float32]:
    import numpy as np

    parts = value.split(",") if isinstance(value, str) else value
    numbers = [decimal(name, part) for part in parts] if isinstance(parts, list) else parts
    return np.asarray(numbers, dtype=np.float32)
