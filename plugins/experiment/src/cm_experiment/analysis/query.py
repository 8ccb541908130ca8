"""Choose and order steps: filter, sort, Pareto front."""

from __future__ import annotations

import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from cm_core.base.frozen import frozen
from cm_core.model.errors import UsageError
from cm_experiment.analysis.table import Cell, Recorded, StepTable, is_number
from cm_report.expressions import Expression

_DIRECTIONS = {"min": True, "max": False}
# What less of is better, and more, when nothing else says so: units and words in names of metrics.
_LESS = frozenset(
    ("latency", "duration", "time", "runtime", "loss", "error", "power", "energy", "memory", "cost")
)
_MORE = frozenset(("accuracy", "throughput", "score", "speedup", "f1", "map", "qps", "fps", "efficiency"))
_UNITS_OF_LESS = ("_s", "_ms", "_us", "_ns", "_w", "_j", "_mb", "_gb", "_bytes")
_UNITS_OF_MORE = ("_per_s", "_per_second", "_per_w", "_per_j", "_qps", "_fps")


@frozen
class Axis:
    """Something to make small or large.

    Attributes:
        name: a column or an expression.
        lower: whether less is better.
    """

    name: str
    lower: bool
    cell: Cell

    @property
    def told(self) -> str:
        """The axis in words, such as ``latency_ms (less is better)``."""
        return f"{self.name} ({'less' if self.lower else 'more'} is better)"


def filtered(table: StepTable, steps: Sequence[Recorded], where: str) -> list[Recorded]:
    """The steps for which an expression is true.

    Raises:
        ExpressionError: when it cannot be read or names no column.
    """
    holds = table.expression(where)
    return [step for step in steps if holds(step)]


def ordered(table: StepTable, steps: Sequence[Recorded], keys: Sequence[str]) -> list[Recorded]:
    """The steps in an order; what lacks a value comes last.

    Args:
        keys: columns or expressions, the most important first; ``-`` before one means from high to low.

    Raises:
        ExpressionError: when a key cannot be read or names no column.
    """
    done = list(steps)
    for key in reversed(keys):
        cell = table.expression(key.removeprefix("-"))
        there, missing = [], []
        for step in done:
            rank = _rank(cell(step))
            if rank is None:
                missing.append(step)
            else:
                there.append((rank, step))
        there.sort(key=lambda pair: pair[0], reverse=key.startswith("-"))
        done = [*(step for _, step in there), *missing]
    return done


def feasible(table: StepTable, steps: Sequence[Recorded]) -> list[Recorded]:
    """The steps that fulfil the recorded constraints of their experiment."""
    tests = {
        experiment: [Expression.parse(text).bind(table.cell) for text in texts]
        for experiment, texts in table.constraints.items()
    }
    return [step for step in steps if all(holds(step) for holds in tests.get(step.experiment, ()))]


def read_axes(table: StepTable, texts: Sequence[str]) -> tuple[Axis, ...]:
    """Objectives as typed: columns or expressions, perhaps with ``:min`` or ``:max`` behind.

    Without that, the direction is the recorded one, else what the name tells, such as that of ``latency_ms``.

    Raises:
        UsageError: when nothing tells the direction, no step has a value, or one is text.
        ExpressionError: when one cannot be read or names no column.
    """
    return tuple(_axis(table, text) for text in texts)


def pareto(steps: Sequence[Recorded], axes: Sequence[Axis]) -> list[Recorded]:
    """The finished steps that no other one beats, along the first axis from its best value.

    A step beats another one when it is as good on all axes and better on one; equal ones are all kept.

    Raises:
        UsageError: when there are fewer than two axes.
    """
    if len(axes) < 2:
        raise UsageError(
            "a Pareto front needs two objectives or more",
            hint="write for example --pareto=latency_ms,accuracy",
        )
    points = []
    for step in steps:
        values = [axis.cell(step) for axis in axes]
        if step.row.state == "finished" and all(map(is_number, values)):
            signed = (value if axis.lower else -value for axis, value in zip(axes, values, strict=True))
            points.append((tuple(signed), step))
    return [step for _, step in _unbeaten(points)]


_Point = tuple[tuple[float, ...], Recorded]


def _unbeaten(points: list[_Point]) -> list[_Point]:
    """The points that no other one beats, where less is better; in order."""
    # In this order nothing that comes later can beat what was kept already.
    points.sort(key=lambda point: point[0])
    beaten = _Staircase() if points and len(points[0][0]) <= 3 else _Heap()
    front: list[_Point] = []
    for point in points:
        equal = bool(front) and front[-1][0] == point[0]
        if equal or not beaten.holds(point[0]):
            front.append(point)
            beaten.add(point[0])
    return front


class _Staircase:
    """What points of two or three objectives beat; the first is known to be no better than those before.

    Of the other two, the corners of what is beaten are kept: the second rises while the third falls.
    """

    def __init__(self) -> None:
        self._second: list[float] = []
        self._third: list[float] = []

    def holds(self, values: tuple[float, ...]) -> bool:
        place = bisect_right(self._second, values[1])
        return place > 0 and self._third[place - 1] <= values[-1]

    def add(self, values: tuple[float, ...]) -> None:
        place = bisect_left(self._second, values[1])
        last = place
        while last < len(self._third) and self._third[last] >= values[-1]:
            last += 1
        self._second[place:last] = [values[1]]
        self._third[place:last] = [values[-1]]


class _Heap:
    """The same for more objectives, one by one."""

    def __init__(self) -> None:
        self._points: list[tuple[float, ...]] = []

    def holds(self, values: tuple[float, ...]) -> bool:
        return any(all(map(operator.le, point, values)) for point in reversed(self._points))

    def add(self, values: tuple[float, ...]) -> None:
        self._points.append(values)


def _axis(table: StepTable, text: str) -> Axis:
    name, colon, word = text.rpartition(":")
    explicit = bool(colon) and word.strip() in _DIRECTIONS
    name = name.strip() if explicit else text.strip()
    if name in table.lower_is_better and name not in table.names:
        raise UsageError(
            f"no step reports the objective '{name}'", hint=f"steps report: {_some_numbers(table)}"
        )
    cell = table.expression(name)
    values = [value for step in table.steps if (value := cell(step)) is not None]
    if not any(map(is_number, values)):
        what = "is text" if values else "has no value in any step"
        raise UsageError(
            f"'{name}' {what}, and an objective is a number", hint=f"numbers are: {_some_numbers(table)}"
        )
    if explicit:
        return Axis(name=name, lower=_DIRECTIONS[word.strip()], cell=cell)
    lower = table.lower_is_better.get(name, lower_by_name(name))
    if lower is None:
        raise UsageError(
            f"nothing says whether a low or a high '{name}' is better", hint=f"write {name}:min or {name}:max"
        )
    return Axis(name=name, lower=lower, cell=cell)


def lower_by_name(name: str) -> bool | None:
    """Whether less of a metric is better, as its name tells; ``None`` when it does not."""
    text = name.casefold()
    if text.endswith(_UNITS_OF_MORE):
        return False
    if text.endswith(_UNITS_OF_LESS):
        return True
    # The last word says what it is: an accuracy_loss is a loss.
    known = [word for word in re.split(r"[^a-z0-9]+", text) if word in _LESS or word in _MORE]
    return known[-1] in _LESS if known else None


def _some_numbers(table: StepTable) -> str:
    names = [name for name in table.of_kind("metric") if any(map(is_number, table.values(name)))]
    return ", ".join(names[:8]) or "none"


def _rank(value: Any) -> tuple[int, Any] | None:
    """Numbers before text; text whatever its case."""
    if is_number(value):
        return (0, value)
    return None if value is None or isinstance(value, float) else (1, str(value).casefold())
