"""Samples made up for a model."""

import numpy as np
import pytest

from cm_core import UsageError
from cm_mlperf.components.datasets.random import RandomData
from cm_mlperf.interfaces import InputSpec


def test_samples_are_those_that_the_model_wants_and_no_others():
    data = RandomData(size=5)
    data.adapt(
        (
            InputSpec(name="image", dtype="float32", shape=(None, 2, 3)),
            InputSpec(name="mask", dtype="int64", shape=(None, 4)),
        )
    )
    found = data.inputs([0, 4])
    assert {name: (value.dtype, value.shape) for name, value in found.items()} == {
        "image": (np.dtype("float32"), (2, 2, 3)),
        "mask": (np.dtype("int64"), (2, 4)),
    }
    assert data.size == 5
    assert 0 <= found["mask"].min() <= found["mask"].max() <= 255


def test_a_model_that_says_nothing_gets_one_array():
    assert RandomData(shape="2x2").inputs([1])["x"].shape == (1, 2, 2)


def test_open_sizes_must_be_said():
    signature = (InputSpec(name="text", dtype="int64", shape=(None, None)),)
    with pytest.raises(UsageError, match="leaves sizes of its input 'text' open"):
        RandomData().adapt(signature)
    data = RandomData(shape="7")
    data.adapt(signature)
    assert data.inputs([0])["text"].shape == (1, 7)
