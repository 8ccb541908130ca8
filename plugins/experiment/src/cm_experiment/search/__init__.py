"""How the points of a space are chosen, one after the other.

- ``enumerated``: points that are known beforehand: grid, list and random;
- ``sampled``: points that earlier results suggest: TPE and NSGA-II of Optuna.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from cm_core import frozen
from cm_experiment.record.layout import Row, Scalar

if TYPE_CHECKING:
    from cm_experiment.record.layout import Objective
    from cm_experiment.study.ranges import Domain

Values = Mapping[str, Scalar]
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


@frozen
class Problem:
    """What is searched.

    Attributes:
        space: variable -> domain, in the order of the loops.
        points: explicit points, instead of a space.
        method: one of ``grid``, ``list``, ``random``, ``tpe``, ``nsga2``.
        trials: how many points; ``None`` leaves it to the method.
        constraints: expressions that a good point fulfils.
    """

    space: Mapping[str, Domain]
    method: str = "grid"
    points: tuple[Values, ...] = ()
    trials: int | None = None
    seed: int = 0
    objectives: Sequence[Objective] = ()
    constraints: Sequence[str] = ()


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
