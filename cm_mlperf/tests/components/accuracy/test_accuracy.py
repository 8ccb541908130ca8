"""Judging answers."""

import numpy as np
import pytest

from cm_core import CMError, UsageError
from cm_mlperf.components.accuracy.classification import Classification
from cm_mlperf.components.accuracy.function import UserAccuracy


@pytest.fixture
def data(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.zeros((4, 2)), y=[0, 1, 2, 1])
    return str(tmp_path / "d.npz")


def logged(answers):
    return {index: np.ascontiguousarray(row).tobytes() for index, row in enumerate(answers)}


@pytest.mark.parametrize("outputs", [np.eye(3, dtype=np.float32)[[0, 1, 1, 1]], np.array([0, 1, 1, 1])])
def test_top_1_in_the_format_of_the_rules(data, outputs):
    judge = Classification(dataset=data)
    result = judge.score(logged(judge.answers([outputs], range(4))))
    assert (result.value, result.samples) == (75.0, 4)
    assert result.text == "accuracy=75.000%, good=3, total=4"


def test_data_without_labels(tmp_path):
    np.save(tmp_path / "d.npy", np.zeros((4, 2)))
    with pytest.raises(UsageError, match="has no labels"):
        Classification(dataset=str(tmp_path / "d.npy"))


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.array([0.5, 1.0, 2.0, 0.0]), r"not whole numbers, such as \[0.5\]"),
        (np.array(["cat", "dog", "cat", "dog"]), r"not whole numbers, such as \['cat'\]"),
        (np.eye(4), "are 4 x 4 numbers instead of one per sample"),
    ],
)
def test_labels_that_are_no_classes_are_refused_before_the_run(tmp_path, labels, sentence):
    np.savez(tmp_path / "d.npz", x=np.zeros((4, 2)), y=labels)
    with pytest.raises(UsageError, match=sentence):
        Classification(dataset=str(tmp_path / "d.npz"))


def test_whole_numbers_as_floats_are_classes(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.zeros((2, 2)), y=np.array([1.0, 0.0]))
    assert Classification(dataset=str(tmp_path / "d.npz")).label(0) == 1


def test_a_function_gets_outputs_and_labels_in_order(data, tmp_path):
    code = tmp_path / "mine.py"
    code.write_text(
        "def score(outputs, labels, scale=1):\n    return {'closeness': float((outputs[:, 0] == labels).mean()) * scale}\n"
    )
    judge = UserAccuracy(function=f"{code}:score", dataset=data, arguments={"scale": 100})
    outputs = np.array([[0.0], [1.0], [2.0], [9.0]], np.float32)
    answers = dict(reversed(logged(judge.answers([outputs], range(4))).items()))
    result = judge.score(answers)
    assert (result.metric, result.value, result.samples) == ("closeness", 75.0, 4)


def test_a_function_that_returns_no_number(data, tmp_path):
    code = tmp_path / "wrong.py"
    code.write_text("def score(outputs, labels):\n    return 'good'\n")
    judge = UserAccuracy(function=f"{code}:score", dataset=data)
    with pytest.raises(CMError, match="returned str instead of a number"):
        judge.score(logged(judge.answers([np.zeros((4, 1))], range(4))))


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_function_that_returns_no_finite_number(data, tmp_path, value):
    code = tmp_path / "wrong.py"
    code.write_text(f"def score(outputs, labels):\n    return float('{value}')\n")
    judge = UserAccuracy(function=f"{code}:score", dataset=data)
    with pytest.raises(CMError, match=f"returned {value}, which is not a valid accuracy"):
        judge.score(logged(judge.answers([np.zeros((4, 1))], range(4))))
