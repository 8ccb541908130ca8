"""ImageNet for the ResNet-50 model of MLPerf: 3 x 224 x 224, mean of each channel subtracted."""

import os
from pathlib import Path

import numpy as np
from PIL import Image

SHOWN = 5
SIZE = 224
SHORT_SIDE = 256
MEANS = np.array([123.68, 116.78, 103.94], np.float32)


def images() -> list[Path]:
    wanted = int(os.environ["CM_BATCH_SIZE"]) * int(os.environ["CM_BATCH_COUNT"])
    found = sorted(Path(os.environ["CM_DATASET_PATH"]).glob("ILSVRC2012_val_*.JPEG"))
    return found[: max(1, wanted)]


def labels() -> list[str]:
    text = Path(os.environ["CM_DATASET_AUX_PATH"], "synset_words.txt").read_text(encoding="utf-8")
    return text.strip().splitlines()


def expected(path: Path) -> str | None:
    return None


def load(path: Path) -> np.ndarray:
    picture = Image.open(path).convert("RGB")
    scale = SHORT_SIDE / min(picture.size)
    size = (round(picture.width * scale), round(picture.height * scale))
    picture = picture.resize(size, Image.Resampling.BILINEAR)
    left, top = (size[0] - SIZE) // 2, (size[1] - SIZE) // 2
    picture = picture.crop((left, top, left + SIZE, top + SIZE))
    pixels = np.asarray(picture, np.float32) - MEANS
    return pixels.transpose(2, 0, 1)[np.newaxis]
