"""The digits and their varied copies."""

import numpy as np
import pytest

from cm_core import CMError
from cm_mlperf.components.accuracy.classification import DigitsAccuracy
from cm_mlperf.components.datasets.digits import Digits


@pytest.fixture
def file(tmp_path):
    generator = np.random.default_rng(3)
    images = generator.integers(0, 17, (7, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "digits.npz", test_images=images, test_labels=np.arange(7))
    return str(tmp_path / "digits.npz")


def test_the_first_copy_is_the_original_and_others_differ(file):
    small, large = Digits(path=file), Digits(path=file, size=500)
    assert (small.size, large.size) == (7, 500)
    originals = small.inputs(range(7))["pixels"]
    pixels = large.inputs(range(500))["pixels"]
    assert np.array_equal(pixels[:7], originals)
    assert len(np.unique(pixels, axis=0)) == 500
    assert pixels.min() >= 0
    assert pixels.max() <= 1
    assert np.array_equal(pixels, Digits(path=file, size=500).inputs(range(500))["pixels"])


def test_copies_keep_their_label(file):
    large = Digits(path=file, size=30)
    judge = DigitsAccuracy(dataset=file)
    assert [judge.label(index) for index in range(30)] == large.labels.tolist()


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=[1])
    with pytest.raises(CMError, match="not the file of the recipe"):
        Digits(path=str(tmp_path / "other.npz"))
