"""Accuracy by a function of the user."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import CMError, UsageError
from cm_mlperf.components.accuracy.labels import read_labels
from cm_mlperf.components.build import find_function
from cm_mlperf.interfaces import AccuracyResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Answers


class UserAccuracy:
    """``FILE.py:score``, called with the outputs and the labels of all samples in the same order.

    The function returns one number, or a dictionary with one: ``{"F1": 91.2}``.

    Args:
        function: ``/path/to/file.py:name``.
        dataset: path of the data set; without labels the function gets ``None`` for them.
        source: kind of the data set, when the path does not say.
        options: of the data set.
        arguments: further keyword arguments of the function.
    """

    def __init__(
        self,
        *,
        function: str,
        dataset: str = "",
        source: str = "",
        options: Mapping[str, Any] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self._function = find_function(function)
        self._name = function.rpartition(":")[2]
        self._labels = read_labels(dataset, source, options or {})
        self._arguments = dict(arguments or {})
        self._form: tuple[Any, tuple[int, ...]] | None = None

    def answers(self, outputs: Sequence[NDArray[Any]], indices: Sequence[int]) -> Answers:
        """The rows of the first output, whose type and shape are remembered."""
        del indices
        first = outputs[0]
        self._form = (first.dtype, first.shape[1:])
        return first

    def score(self, logged: Mapping[int, bytes]) -> AccuracyResult:
        """Call the function.

        Raises:
            CMError: when it returns no number.
        """
        import numpy as np

        if self._form is None or not logged:
            raise CMError("LoadGen logged no answers")
        dtype, shape = self._form
        order = sorted(logged)
        outputs = np.stack([np.frombuffer(logged[index], dtype).reshape(shape) for index in order])
        labels = None if self._labels is None else np.asarray(self._labels)[order]
        found = self._function(outputs, labels, **self._arguments)
        metric, value = (
            next(iter(found.items())) if isinstance(found, dict) and found else (self._name, found)
        )
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"the accuracy function returned {type(value).__name__} instead of a number",
                hint="return one number, or a dictionary with one: {'name': number}",
            ) from error
        if not math.isfinite(number):
            raise UsageError(
                f"the accuracy function returned {number}, which is not a valid accuracy",
                hint="check what it does with the outputs and labels it gets",
            )
        text = f"{metric}={number:.4f}, total={len(order)}"
        return AccuracyResult(metric=str(metric), value=number, samples=len(order), text=text)
