"""Answers as the model gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import CMError
from cm_mlperf.interfaces import AccuracyResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Answers


class Unjudged:
    """Logs the first output of each sample and judges nothing."""

    def __init__(self, *, dataset: str = "") -> None:
        del dataset

    def answers(self, outputs: Sequence[NDArray[Any]], indices: Sequence[int]) -> Answers:
        """The rows of the first output."""
        del indices
        return outputs[0]

    def score(self, logged: Mapping[int, bytes]) -> AccuracyResult:
        """There is nothing to judge by.

        Raises:
            CMError: always.
        """
        raise CMError(f"{len(logged)} answers were logged, but no accuracy function can judge them")
