"""Data sets in memory."""

import numpy as np
import pytest

from cm_core import CMError, UsageError
from cm_mlperf.components.datasets.arrays import CsvFile, NpzFile
from cm_mlperf.interfaces import InputSpec


def spec(*shape, dtype="float32"):
    return [InputSpec(name="pixels", dtype=dtype, shape=(None, *shape))]


def test_npz_with_samples_and_labels(tmp_path):
    np.savez(tmp_path / "d.npz", images=np.arange(12, dtype=np.uint8).reshape(3, 2, 2), labels=[0, 1, 2])
    data = NpzFile(path=str(tmp_path / "d.npz"))
    data.adapt(spec(1, 2, 2))
    assert data.size == 3
    assert data.labels.tolist() == [0, 1, 2]
    assert data.inputs([2, 0])["pixels"].tolist() == [[[[8, 9], [10, 11]]], [[[0, 1], [2, 3]]]]
    assert data.inputs([1])["pixels"].dtype == np.float32


def test_a_flat_model_gets_flat_images(tmp_path):
    np.save(tmp_path / "d.npy", np.zeros((5, 8, 8)))
    data = NpzFile(path=str(tmp_path / "d.npy"))
    data.adapt(spec(64))
    assert data.inputs([0, 1, 2])["pixels"].shape == (3, 64)


def test_what_does_not_fit_is_left_for_the_check(tmp_path):
    np.save(tmp_path / "d.npy", np.zeros((5, 8, 8)))
    data = NpzFile(path=str(tmp_path / "d.npy"))
    data.adapt(spec(3, 8, 8))
    assert data.inputs([0])["pixels"].shape == (1, 8, 8)


def test_numbers_that_would_change_are_not_converted(tmp_path):
    np.save(tmp_path / "d.npy", np.full((2, 3), 0.5))
    data = NpzFile(path=str(tmp_path / "d.npy"))
    data.adapt(spec(3, dtype="int64"))
    assert data.inputs([0])["pixels"].dtype == np.float64


def test_several_inputs_by_name(tmp_path):
    np.savez(tmp_path / "d.npz", ids=np.zeros((4, 7), np.int64), mask=np.ones((4, 7), np.int64))
    data = NpzFile(path=str(tmp_path / "d.npz"))
    assert set(data.inputs([0, 3])) == {"ids", "mask"}


@pytest.mark.parametrize("name", ["input", "x", "data", "y"])
def test_several_inputs_whatever_they_are_called(tmp_path, name):
    arrays = {name: np.arange(4.0), "mask": np.ones(4), "labels": np.zeros(4)}
    np.savez(tmp_path / "d.npz", **arrays)
    data = NpzFile(path=str(tmp_path / "d.npz"))
    data.adapt([InputSpec(name=one, dtype="float32", shape=(None,)) for one in (name, "mask")])
    assert {one: value.tolist() for one, value in data.inputs([3]).items()} == {name: [3], "mask": [1]}
    assert data.labels.tolist() == [0, 0, 0, 0]


def test_named_samples_and_labels_are_those_whatever_the_model_calls_its_inputs(tmp_path):
    np.savez(tmp_path / "d.npz", pixels=np.zeros((4, 2)), other=np.ones((4, 2)), y=np.arange(4))
    data = NpzFile(path=str(tmp_path / "d.npz"), x="other", y="y")
    data.adapt(spec(2))
    assert data.inputs([0])["pixels"].tolist() == [[1, 1]]
    assert data.labels.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("most", [0, 1, 100])
def test_one_sample_has_the_same_inputs_each_time(tmp_path, monkeypatch, most):
    monkeypatch.setattr("cm_mlperf.components.datasets.arrays._MOST_ROWS", most)
    np.save(tmp_path / "d.npy", np.arange(6, dtype=np.float32).reshape(3, 2))
    data = NpzFile(path=str(tmp_path / "d.npy"))
    for index in (2, 0, 2, 1, 0):
        assert data.inputs([index])["x"].tolist() == [[2 * index, 2 * index + 1]]


def test_a_model_cannot_change_the_data(tmp_path):
    np.save(tmp_path / "d.npy", np.ones((3, 2), np.float32))
    data = NpzFile(path=str(tmp_path / "d.npy"))
    with pytest.raises(ValueError, match="read-only"):
        data.inputs([1])["x"][:] = 0
    data.inputs([0, 1])["x"][:] = 0  # a copy
    assert data.inputs([1])["x"].tolist() == [[1, 1]]


@pytest.mark.parametrize(
    ("arrays", "options", "sentence"),
    [
        ({"x": np.zeros((3, 2)), "y": np.zeros(4)}, {}, "different lengths (x: 3, labels: 4)"),
        ({"a": np.zeros((3, 2)), "b": np.zeros((4, 2))}, {}, "not clear which array"),
        ({"images": np.zeros((3, 2))}, {"x": "image"}, "no array 'image'"),
        ({"x": np.float32(1)}, {}, "'x' of the data set is a single value"),
        ({"x": np.zeros((3, 2)), "y": np.int64(1)}, {}, "'labels' of the data set is a single value"),
        ({"x": np.zeros((3, 2))}, {"layout": "CHW"}, "layout=CHW is no order of axes"),
        ({"x": np.zeros(3), "x.lengths": np.array([1, 1])}, {}, "'x.lengths' adds up to 2, but 'x' has 3"),
        ({"x": np.zeros(3), "x.lengths": np.array([3.0])}, {}, "must hold one whole number for each sample"),
        ({"x": np.zeros(3), "a.lengths": np.array([3])}, {}, "no array 'a' for 'a.lengths'"),
    ],
)
def test_arrays_that_are_not_understood(tmp_path, arrays, options, sentence):
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(UsageError) as caught:
        NpzFile(path=str(tmp_path / "d.npz"), **options).adapt(())
    assert sentence in caught.value.message


def test_a_model_that_does_not_say_its_inputs_gets_all_arrays(tmp_path):
    names = np.array(["a", "b", "c"])
    np.savez(tmp_path / "d.npz", x=np.arange(3), mask=np.ones(3), y=np.zeros(3), names=names, rate=np.ones(9))
    data = NpzFile(path=str(tmp_path / "d.npz"))
    data.adapt(())
    assert set(data.inputs([0, 1])) == {"x", "mask"}
    one = NpzFile(path=str(tmp_path / "d.npz"), x="x")
    one.adapt(())
    assert set(one.inputs([0])) == {"x"}


def inputs_of(**shapes):
    return [InputSpec(name=name, dtype="float32", shape=shape) for name, shape in shapes.items()]


def test_what_is_the_same_for_all_samples(tmp_path):
    np.savez(tmp_path / "d.npz", ids=np.zeros((4, 7)), rate=16000, scales=np.ones(3), state=np.zeros((2, 5)))
    data = NpzFile(path=str(tmp_path / "d.npz"))
    data.adapt(inputs_of(ids=(None, 7), rate=(), scales=(3,), state=(None, 2, 5)))
    assert (data.size, set(data.inputs([0, 3]))) == (4, {"ids"})
    shapes = {name: value.shape for name, value in data.constants.items()}
    assert shapes == {"rate": (), "scales": (3,), "state": (1, 2, 5)}


def test_rows_that_are_missing_are_no_constants(tmp_path):
    np.savez(tmp_path / "d.npz", ids=np.zeros((4, 7)), mask=np.zeros((3, 7)))
    data = NpzFile(path=str(tmp_path / "d.npz"))
    with pytest.raises(UsageError, match="different lengths") as caught:
        data.adapt(inputs_of(ids=(None, 7), mask=(None, 7)))
    assert "as many rows as there are samples" in caught.value.hint


def test_damaged_or_pickled_files(tmp_path):
    (tmp_path / "d.npz").write_bytes(b"PK\3\4 not a zip file")
    with pytest.raises(CMError, match="not a file of NumPy arrays"):
        NpzFile(path=str(tmp_path / "d.npz"))
    (tmp_path / "t.npz").write_text("text")
    with pytest.raises(CMError, match=r"it does not look like an .npz or .npy file"):
        NpzFile(path=str(tmp_path / "t.npz"))
    np.savez(tmp_path / "p.npz", x=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(CMError, match="not a file of NumPy arrays"):
        NpzFile(path=str(tmp_path / "p.npz"))


def test_csv(tmp_path):
    (tmp_path / "d.csv").write_text("a,label,b\n1,0,2\n3,1,4\n\n")
    data = CsvFile(path=str(tmp_path / "d.csv"))
    assert data.inputs([0, 1])["x"].tolist() == [[1, 2], [3, 4]]
    assert data.labels.tolist() == [0, 1]
    assert CsvFile(path=str(tmp_path / "d.csv"), x=["b"]).inputs([1])["x"].tolist() == [[4]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a,b\n1,x\n", "line 2: could not convert"), ("a,b\n1,2,3\n", "line 2: 3 values for 2 columns")],
)
def test_a_wrong_line_of_a_table_is_named(tmp_path, text, sentence):
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(UsageError, match=sentence):
        CsvFile(path=str(tmp_path / "d.csv"))


def test_a_table_that_is_no_text(tmp_path):
    (tmp_path / "d.csv").write_bytes(bytes(range(256)))
    with pytest.raises(UsageError, match=r"d\.csv is not a table"):
        CsvFile(path=str(tmp_path / "d.csv"))
