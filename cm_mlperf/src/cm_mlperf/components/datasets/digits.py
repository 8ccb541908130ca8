"""The held-out handwritten digits of the recipe ``get dataset digits``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cm_core import CMError
from cm_mlperf.components.datasets.arrays import ArrayData
from cm_mlperf.reference.options import whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = 16.0
# Moves by up to half a pixel, as the network saw them in training, and by a quarter.
_STEPS = (0.0, 0.25, -0.25, 0.5, -0.5)
_GAINS = (1.0, 0.9, 0.95, 1.05, 1.1, 0.85)


class Digits(ArrayData):
    """Pixels from 0 to 1.

    Args:
        path: the file of the recipe.
        size: more samples than there are digits: further ones are the same digits, moved by parts of a pixel
            and with other contrast, always the same way.
        flat: 64 values a sample instead of 8 x 8.
    """

    def __init__(self, *, path: str, size: int = 0, flat: bool = True) -> None:
        import numpy as np

        images, labels = read_digits(path)
        count = whole("size", size) or len(images)
        pixels = images.astype(np.float32) / LEVELS
        copies = [vary_digit(pixels, copy) for copy in range(-(-count // len(images)))]
        values = np.concatenate(copies)[:count]
        super().__init__(
            {"pixels": values.reshape(count, -1) if flat else values},
            np.tile(labels, len(copies))[:count],
        )


def read_digits(path: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """The held-out images and labels.

    Raises:
        CMError: when the file is not that of the recipe.
    """
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as data:
            return data["test_images"], data["test_labels"]
    except (OSError, ValueError, KeyError) as error:
        raise CMError(f"{path} is not the file of the recipe 'get dataset digits': {error}") from error


def vary_digit(pixels: NDArray[np.float32], copy: int) -> NDArray[np.float32]:
    """The copy of this number; copy 0 is the original.

    Args:
        pixels: shape (images, 8, 8), from 0 to 1.
    """
    import numpy as np

    steps = len(_STEPS)
    down, right = _STEPS[copy % steps], _STEPS[copy // steps % steps]
    gain = _GAINS[copy // steps**2 % len(_GAINS)]
    moved = _shift_pixels(_shift_pixels(pixels, down, axis=1), right, axis=2)
    changed: NDArray[np.float32] = np.clip(moved * np.float32(gain), 0.0, 1.0)
    return changed


def _shift_pixels(pixels: NDArray[np.float32], step: float, axis: int) -> NDArray[np.float32]:
    import numpy as np

    if not step:
        return pixels
    neighbour = np.roll(pixels, 1 if step > 0 else -1, axis)
    edge: list[Any] = [slice(None)] * pixels.ndim
    edge[axis] = 0 if step > 0 else -1
    neighbour[tuple(edge)] = 0.0
    share = np.float32(abs(step))
    return (1 - share) * pixels + share * neighbour
