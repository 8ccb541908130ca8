"""Handwritten digits: 8 x 8 pixels from 0 (paper) to 1 (ink)."""

import os
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SHOWN = 1
LEVELS = 16.0


def images() -> list[Path]:
    return sorted(Path(os.environ["CM_DATASET_DIGITS_SAMPLES_PATH"]).glob("*.png"))


def labels() -> list[str]:
    return [str(digit) for digit in range(10)]


def expected(path: Path) -> str | None:
    """The samples of the data set have the answer in their names."""
    answer = re.fullmatch(r"digit-\d+-is-(\d)", path.stem)
    return answer.group(1) if answer else None


def held_out() -> tuple[np.ndarray, np.ndarray]:
    data = np.load(os.environ["CM_DATASET_DIGITS_FILE_WITH_PATH"])
    pixels = data["test_images"].reshape(-1, 64).astype(np.float32) / LEVELS
    return pixels, data["test_labels"]


def load(path: Path) -> np.ndarray:
    picture = Image.open(path)
    if "A" in picture.getbands():  # what shines through is paper
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    grey = picture.convert("L")
    if grey.size != (8, 8):
        grey = prepare(grey)
    levels = np.round(np.asarray(grey, np.float32) * (LEVELS / 255))
    return (levels / LEVELS).reshape(1, 64)


def prepare(grey: Image.Image) -> Image.Image:
    """Bring a picture of one digit to the form of the data set.

    There, a digit fills 32 x 32 black and white pixels from top to bottom, and each of the 8 x 8
    pixels counts the ink in 4 x 4 of them.
    """
    pixels = np.asarray(grey)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if np.median(border) > 127:  # dark ink on light paper
        grey = ImageOps.invert(grey)
    grey = ImageOps.autocontrast(grey)
    box = grey.point(lambda value: 255 if value > 96 else 0).getbbox()
    if box is None:
        raise SystemExit("the picture is empty")
    digit = grey.crop(box)
    scale = 32 / max(digit.size)
    size = tuple(max(1, round(length * scale)) for length in digit.size)
    digit = digit.resize(size, Image.Resampling.LANCZOS)
    square = Image.new("L", (32, 32))
    square.paste(digit, ((32 - size[0]) // 2, (32 - size[1]) // 2))
    return square.resize((8, 8), Image.Resampling.BOX)
