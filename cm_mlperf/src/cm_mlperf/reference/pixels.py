"""Images as the reference implementation sees them: decoding, resizing and cropping in NumPy.

The reference resizes with OpenCV; its two methods are written out here, so that the optional Pillow is all
that is needed, for decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, MetaError, NotFoundError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Pixels = NDArray[np.float32]


def open_image(path: Path) -> Image:
    """Decode an image file: RGB, turned as its EXIF entry says.

    Raises:
        NotFoundError: when there is no such file.
        MetaError: when it is not an image.
        CMError: without Pillow.
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError as error:
        raise CMError(
            "reading images needs Pillow", hint="install it with: pip install 'cm-plugin-mlperf[images]'"
        ) from error
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no image {path}") from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise MetaError(f"{path} is not an image, or it is damaged: {error}") from error


def read_pixels(path: Path) -> Pixels:
    """The pixels of an image file: height x width x RGB, 0 to 255."""
    import numpy as np

    return np.asarray(open_image(path), np.float32)


def resize_area(pixels: Pixels, height: int, width: int) -> Pixels:
    """Resize like OpenCV's ``INTER_AREA`` does 8-bit images: a pixel is the mean of the area it covers.

    Returns:
        Whole numbers from 0 to 255.
    """
    import numpy as np

    old_height, old_width = pixels.shape[:2]
    if height > old_height or width > old_width:  # nothing to average: OpenCV interpolates, a little sharper
        rows = _sharp_positions(old_height, height)
        columns = _sharp_positions(old_width, width)
        resized = _interpolate(pixels, rows, columns)
    else:
        lines = np.zeros((height, old_width, 3), np.float32)
        for covered, share in _area_shares(old_height, height):
            lines += pixels[covered] * share[:, np.newaxis, np.newaxis]
        resized = np.zeros((height, width, 3), np.float32)
        for covered, share in _area_shares(old_width, width):
            resized += lines[:, covered] * share[:, np.newaxis]
    return np.clip(np.rint(resized), 0, 255).astype(np.float32)


def resize_linear(pixels: Pixels, height: int, width: int) -> Pixels:
    """Resize like OpenCV's ``INTER_LINEAR`` does float images: between the four nearest pixels."""
    rows = _linear_positions(pixels.shape[0], height)
    columns = _linear_positions(pixels.shape[1], width)
    return _interpolate(pixels, rows, columns)


def crop_centre(pixels: Pixels, height: int, width: int) -> Pixels:
    """The middle of an image that is not smaller."""
    top = int((pixels.shape[0] - height) / 2)
    left = int((pixels.shape[1] - width) / 2)
    return pixels[top : top + height, left : left + width]


def _area_shares(old: int, new: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """For all new pixels the first old one that each covers and its share, then the second ones."""
    import numpy as np

    scale = old / new
    starts = np.arange(new) * scale
    covered = np.floor(starts).astype(np.intp) + np.arange(int(np.ceil(scale)) + 1)[:, np.newaxis]
    overlap = np.minimum(covered + 1, starts + scale) - np.maximum(covered, starts)
    shares = np.where(covered < old, np.clip(overlap, 0, None), 0)
    return zip(np.minimum(covered, old - 1), (shares / shares.sum(axis=0)).astype(np.float32), strict=True)


def _linear_positions(old: int, new: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each new pixel the old one before it and how far it lies behind that one, centres on centres."""
    import numpy as np

    centres = np.clip((np.arange(new) + 0.5) * (old / new) - 0.5, 0, old - 1)
    before = np.minimum(np.floor(centres).astype(np.intp), max(old - 2, 0))
    return before, (centres - before).astype(np.float32)


def _sharp_positions(old: int, new: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same when enlarging by area: new pixels inside an old one are equal to it."""
    import numpy as np

    scale = old / new
    before = np.floor(np.arange(new) * scale).astype(np.intp)
    behind = (np.arange(new) + 1) - (before + 1) / scale
    behind = np.where(behind <= 0, 0, behind - np.floor(behind))
    behind[before >= old - 1] = 1.0 if old > 1 else 0.0
    return np.clip(before, 0, max(old - 2, 0)), behind.astype(np.float32)


def _interpolate(
    pixels: Pixels, rows: tuple[NDArray[Any], NDArray[Any]], columns: tuple[NDArray[Any], NDArray[Any]]
) -> Pixels:
    import numpy as np

    below = np.minimum(rows[0] + 1, pixels.shape[0] - 1)
    beside = np.minimum(columns[0] + 1, pixels.shape[1] - 1)
    upper = pixels[rows[0]]
    lines = upper + (pixels[below] - upper) * rows[1][:, np.newaxis, np.newaxis]
    left = lines[:, columns[0]]
    resized: Pixels = left + (lines[:, beside] - left) * columns[1][:, np.newaxis]
    return resized
