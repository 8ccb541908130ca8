"""What is searched: a space or a list of points, and how many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cm_core import frozen
from cm_experiment.record.layout import Scalar

if TYPE_CHECKING:
    from cm_experiment.record.layout import Objective
    from cm_experiment.study.ranges import Domain

Values = Mapping[str, Scalar]


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
