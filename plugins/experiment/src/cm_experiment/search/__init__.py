"""How the points of a space are chosen, one after the other.

- ``enumerated``: points that are known beforehand: grid, list and random;
- ``sampled``: points that earlier results suggest: TPE and NSGA-II of Optuna.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cm_core import frozen
from cm_experiment.record.layout import Row
from cm_experiment.study.problem import Problem, Values

# Methods whose next point depends on results.
LEARNING = ("tpe", "nsga2")


@frozen
class Point:
    """A step to run.

    Attributes:
        number: its position in the run, from 1.
    """

    number: int
    values: Values


class Search(Protocol):
    """Chooses points."""

    planned: int | None
    """How many there will be, those before included; ``None`` when only time ends it."""

    def ask(self) -> Point | None:
        """The next point; ``None`` when there is no more."""

    def tell(self, row: Row) -> None:
        """What came out at a point."""


def make_search(problem: Problem, done: Sequence[Row]) -> Search:
    """The search of a problem.

    Args:
        done: steps of an earlier try, which are not chosen again.

    Raises:
        UsageError: when method and space do not fit, or there are no points.
        NotFoundError: when the method needs a package that is not installed.
    """
    if problem.method in LEARNING:
        from cm_experiment.search.sampled import SampledSearch

        return SampledSearch(problem, done)
    from cm_experiment.search.enumerated import EnumeratedSearch

    return EnumeratedSearch(problem, done)
