"""Choose and order steps: filter, sort, Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cm_core.errors import UsageError
from cm_core.expressions import Expression
from cm_core.slotted import frozen
from cm_experiment.analysis.table import Cell, Recorded, StepTable, is_number

_DIRECTIONS = {"min": True, "max": False}
# What less of is better, and more, when nothing else says so: units and words in names of metrics.
_LESS = ("latency", "duration", "time", "loss", "error", "power", "energy", "memory", "cost", "size")
_MORE = ("accuracy", "throughput", "score", "speedup", "f1", "map", "qps", "fps", "efficiency")
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
    # In this order nothing that comes later can beat what is on the front already.
    points.sort(key=lambda point: point[0])
    front: list[tuple[tuple[float, ...], Recorded]] = []
    for point in points:
        if not any(_beats(other, point[0]) for other, _ in reversed(front)):
            front.append(point)
    return [step for _, step in front]


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


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
    if text.endswith(_UNITS_OF_MORE) or any(word in text for word in _MORE):
        return False
    if text.endswith(_UNITS_OF_LESS) or any(word in text for word in _LESS):
        return True
    return None


def _some_numbers(table: StepTable) -> str:
    names = [name for name in table.of_kind("metric") if any(map(is_number, table.values(name)))]
    return ", ".join(names[:8]) or "none"


def _rank(value: Any) -> tuple[int, Any] | None:
    """Numbers before text; text whatever its case."""
    if is_number(value):
        return (0, value)
    return None if value is None or isinstance(value, float) else (1, str(value).casefold())
