"""Write the handwritten digits that scikit-learn ships as arrays and a few of them as PNG.

1,797 real digits of 43 people, 8 x 8 pixels with 17 grey levels (UCI optical recognition of
handwritten digits, test part). A fifth is held out: nothing may be trained on it.
"""

import json
import os
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

SEED = 2026
HELD_OUT = 360
LEVELS = 16


def main() -> None:
    wanted = int(os.environ.get("CM_DATASET_DIGITS_SAMPLES", "20"))
    bunch = load_digits()
    # The stream of this older generator never changes, so neither does the split.
    order = np.random.RandomState(SEED).permutation(len(bunch.target))
    held_out, training = order[:HELD_OUT], order[HELD_OUT:]
    images = bunch.images.astype(np.uint8)
    np.savez_compressed(
        "digits.npz",
        train_images=images[training],
        train_labels=bunch.target[training].astype(np.int64),
        test_images=images[held_out],
        test_labels=bunch.target[held_out].astype(np.int64),
    )
    folder = Path("samples")
    folder.mkdir(exist_ok=True)
    for number, index in enumerate(held_out[:wanted]):
        grey = np.round(images[index] * (255 / LEVELS)).astype(np.uint8)
        Image.fromarray(grey).save(folder / f"digit-{number:03d}-is-{bunch.target[index]}.png")
    counts = {"train": len(training), "test": len(held_out), "samples": min(wanted, len(held_out))}
    Path("tmp-digits.json").write_text(json.dumps(counts), encoding="utf-8")
    print(f"{counts['train']} digits for training, {counts['test']} held out, {counts['samples']} as PNG")


if __name__ == "__main__":
    main()
