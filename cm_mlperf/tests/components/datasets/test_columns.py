"""Arrays that are converted, and samples of different length."""

import numpy as np
import pytest

from cm_core import UsageError
from cm_mlperf.components.datasets.arrays import NpzFile
from cm_mlperf.interfaces import InputSpec


def inputs_of(**shapes):
    return [InputSpec(name=name, dtype="float32", shape=shape) for name, shape in shapes.items()]


def test_images_of_the_other_layout_stay_bytes_until_their_batch(tmp_path, monkeypatch):
    monkeypatch.setattr("cm_mlperf.components.datasets.arrays._AT_ONCE", 0)
    pixels = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    np.savez(tmp_path / "d.npz", images=pixels, y=np.zeros(2))
    data = NpzFile(path=str(tmp_path / "d.npz"), layout="NCHW")
    data.adapt(inputs_of(pixels=(None, 3, None, None)))
    for indices in ([1], [1, 0]):
        batch = data.inputs(indices)["pixels"]
        assert (batch.dtype, batch.flags.c_contiguous) == (np.float32, True)
        assert np.array_equal(batch, pixels[indices].transpose(0, 3, 1, 2))
    back = NpzFile(path=str(tmp_path / "d.npz"), layout="nhwc")
    back.adapt(())
    assert back.inputs([0])["images"].shape == (1, 5, 3, 4)


def test_samples_of_different_length(tmp_path):
    samples = [np.arange(3), np.arange(1), np.arange(0), np.arange(5)]
    lengths = np.array([len(sample) for sample in samples])
    np.savez(tmp_path / "d.npz", **{"ids": np.concatenate(samples), "ids.lengths": lengths, "n": lengths})
    data = NpzFile(path=str(tmp_path / "d.npz"), pad="-1")
    data.adapt(inputs_of(ids=(None, None), n=(None,)))
    assert data.size == 4
    assert data.inputs([0])["ids"].tolist() == [[0, 1, 2]]
    assert data.inputs([2])["ids"].shape == (1, 0)
    both = data.inputs([1, 0])
    assert both["ids"].tolist() == [[0, -1, -1], [0, 1, 2]]
    assert (both["ids"].dtype, both["n"].tolist()) == (np.float32, [1, 3])


def test_samples_of_different_length_for_a_model_of_one(tmp_path):
    np.savez(tmp_path / "d.npz", **{"ids": np.ones(4), "ids.lengths": np.array([3, 1])})
    data = NpzFile(path=str(tmp_path / "d.npz"))
    data.adapt(inputs_of(ids=(None, 5)))
    assert data.inputs([1])["ids"].tolist() == [[1, 0, 0, 0, 0]]
    short = NpzFile(path=str(tmp_path / "d.npz"))
    with pytest.raises(UsageError, match="a sample of 'ids' has 3 values, but the model takes 2"):
        short.adapt(inputs_of(ids=(None, 2)))
