"""Accuracy of classifiers: how many answers are the label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import CMError, UsageError
from cm_mlperf.components.accuracy.labels import read_labels
from cm_mlperf.components.datasets.digits import read_digits
from cm_mlperf.interfaces import AccuracyResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Answers


class Classification:
    """Top-1 accuracy.

    The first output of the model holds a score for each class, or the class itself.

    Args:
        dataset: path of the data set; its labels are whole numbers from 0.
        source: kind of the data set, when the path does not say.
        options: of the data set.

    Raises:
        UsageError: when the data set has no labels, or they are no classes.
    """

    def __init__(self, *, dataset: str, source: str = "", options: Mapping[str, Any] | None = None) -> None:
        labels = read_labels(dataset, source, options or {})
        if labels is None:
            raise UsageError(
                f"the data set {dataset} has no labels", hint="add --accuracy=none, or a function"
            )
        self.labels: NDArray[Any] = _classes(labels, dataset)

    def answers(self, outputs: Sequence[NDArray[Any]], indices: Sequence[int]) -> Answers:
        """One whole number of 8 bytes for each sample."""
        import numpy as np

        del indices
        scores = outputs[0]
        if scores.ndim > 1 and scores.shape[-1] > 1:
            classes = scores.reshape(len(scores), -1).argmax(axis=1)
        else:
            classes = scores
        rows: Answers = classes.astype(np.int64).reshape(-1, 1)
        return rows

    def label(self, index: int) -> int:
        """The right answer for a sample."""
        return int(self.labels[index])

    def score(self, logged: Mapping[int, bytes]) -> AccuracyResult:
        """Count right answers.

        Raises:
            CMError: when an answer is not a number, or there are none.
        """
        if not logged:
            raise CMError("LoadGen logged no answers")
        answers = {index: int.from_bytes(data[:8], "little", signed=True) for index, data in logged.items()}
        good = sum(answer == self.label(index) for index, answer in answers.items())
        return AccuracyResult.of_classes(good, len(answers))


def _classes(labels: NDArray[Any], dataset: str) -> NDArray[Any]:
    """Labels as whole numbers; a fraction or a word would otherwise count as another class, or fail late."""
    import numpy as np

    array = np.asarray(labels)
    hint = "give each sample the number of its class, or use --accuracy=FILE.py:score or =none"
    if array.ndim != 1:
        shape = " x ".join(map(str, array.shape))
        raise UsageError(f"the labels of {dataset} are {shape} numbers instead of one per sample", hint=hint)
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and (array != np.floor(array)).any()):
        raise UsageError(
            f"the labels of {dataset} are not whole numbers, such as {array[:1].tolist()}", hint=hint
        )
    return array.astype(np.int64)


class DigitsAccuracy(Classification):
    """The same for the digits, of which a data set may hold varied copies."""

    def __init__(self, *, dataset: str) -> None:
        self.labels = read_digits(dataset)[1]

    def label(self, index: int) -> int:
        """The label of the digit that a sample is a copy of."""
        return int(self.labels[index % len(self.labels)])
