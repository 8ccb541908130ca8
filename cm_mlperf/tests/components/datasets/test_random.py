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


def test_shape_and_range_of_each_input():
    signature = (
        InputSpec(name="ids", dtype="int64", shape=(None, None)),
        InputSpec(name="types", dtype="int64", shape=(None, None)),
        InputSpec(name="length", dtype="int64", shape=(None,)),
    )
    data = RandomData(shape={"ids": "7", "types": "5"}, high={"types": "2", "ids": "30522"})
    data.adapt(signature)
    found = data.inputs(range(256))
    assert {name: value.shape for name, value in found.items()} == {
        "ids": (256, 7),
        "types": (256, 5),
        "length": (256,),
    }
    assert set(found["types"].ravel().tolist()) == {0, 1}
    assert 255 < found["ids"].max() < 30522


def test_an_input_that_the_model_does_not_have():
    signature = (InputSpec(name="ids", dtype="int64", shape=(None, None)),)
    with pytest.raises(UsageError, match="no input 'idz'") as caught:
        RandomData(shape={"idz": "7"}).adapt(signature)
    assert "'ids'" in caught.value.hint
    with pytest.raises(UsageError, match=r"high.ids=many must be a number"):
        RandomData(high={"ids": "many"})
