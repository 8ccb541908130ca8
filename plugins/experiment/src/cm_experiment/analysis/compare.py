"""Two experiments beside each other, configuration by configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cm_core import UsageError, frozen
from cm_experiment.analysis.reading import record_or_none
from cm_experiment.analysis.table import Recorded, StepTable
from cm_experiment.record.layout import Scalar
from cm_experiment.study.objectives import DURATION, measured_metrics
from cm_report.compare import Comparison, compare_samples
from cm_report.expressions import Expression
from cm_report.grid import is_number, lower_by_name
from cm_report.query import grouped

EVERYTHING = "none"


@frozen
class Pairing:
    """The columns whose values tell which steps are compared with which.

    Attributes:
        by: all of them.
        lacking: those that one side does not have -> which side that is, 0 or 1. Each of their values is
            compared with what the other side has: values are no repetitions.
        pooled: variables that vary and that somebody left out: their values do count as repetitions.
    """

    by: tuple[str, ...]
    lacking: Mapping[str, int]
    pooled: tuple[str, ...]

    def of_side(self, side: int) -> list[str]:
        """The columns that a side has."""
        return [name for name in self.by if self.lacking.get(name) != side]

    def remarks(self, names: Sequence[str]) -> list[str]:
        """What a person has to know to read the comparison, in sentences."""
        told = [
            f"only {names[1 - side]} has {column}: each of its values is compared with all of {names[side]};"
            f" choose one with --where='{column} == VALUE'"
            for column, side in self.lacking.items()
        ]
        if self.pooled:
            told.append(
                f"values of {', '.join(self.pooled)} count as repetitions, since --by leaves them out"
            )
        return told


def pairing(first: StepTable, second: StepTable, asked: Sequence[str]) -> Pairing:
    """Which columns tell the steps of both sides apart.

    Args:
        asked: columns; none means all variables that both sides have, and those that vary on one of them;
            ``none`` that all steps are taken together.

    Raises:
        ExpressionError: when neither side has such a column.
    """
    sides = (first, second)
    variables = [[name for name in side.of_kind("variable") if side.has(name)] for side in sides]
    known = list(dict.fromkeys([*variables[0], *variables[1]]))
    varying = [name for name in known if any(_varies(side, name) for side in sides)]
    both = [name for name in known if all(name in those for those in variables)]
    by = (
        ()
        if tuple(asked) == (EVERYTHING,)
        else tuple(asked) or (*both, *(n for n in varying if n not in both))
    )
    lacking = {
        name: side
        for name in by
        for side, (table, other) in enumerate((sides, sides[::-1]))
        if not _has(table, name) and _has(other, name)
    }
    for name in by:
        if name not in lacking:
            first.expression(name)
    return Pairing(by=by, lacking=lacking, pooled=tuple(name for name in varying if name not in by))


def _has(table: StepTable, text: str) -> bool:
    """Whether a side has a column, or all that an expression mentions."""
    names = (text,) if text in table.cells else Expression.parse(text).names
    return all(map(table.has, names))


def _varies(table: StepTable, name: str) -> bool:
    return name in table.cells and len(set(table.values(name))) > 1


def common_metrics(first: StepTable, second: StepTable, asked: Sequence[str]) -> tuple[str, ...]:
    """The metrics to compare: those asked for, else recorded objectives, else all numbers of both sides.

    Raises:
        ExpressionError: when one side has no such metric.
        UsageError: when they have no numbers in common.
    """
    for name in asked:
        first.expression(name)
        second.expression(name)
    numbers = [_numbers(table) for table in (first, second)]
    common = [name for name in numbers[0] if name in numbers[1]]
    objectives = [name for name in common if name in (first.directions | second.directions)]
    if wanted := [name for name in asked if name not in common]:
        raise UsageError(f"'{wanted[0]}' is not a metric with numbers on both sides", hint=_known(common))
    if not common:
        raise UsageError("the two experiments have no metric in common", hint=f"one has {_known(numbers[0])}")
    reported = [name for name in common if name != DURATION]
    return tuple(asked) or tuple(objectives) or tuple(reported) or (DURATION,)


def compare(first: StepTable, second: StepTable, pairs: Pairing, metrics: Sequence[str]) -> list[Comparison]:
    """Each metric of each configuration that both sides have, in the order of the first side.

    Raises:
        UsageError: when they have no configuration in common.
    """
    sides = (_configurations(first, pairs, 0), _configurations(second, pairs, 1))
    common = [key for key in sides[0] if key in sides[1]]
    if not common:
        shared = [name for name in pairs.by if name not in pairs.lacking]
        raise UsageError(
            f"the two experiments have no configuration of {', '.join(shared)} in common",
            hint=f"name the columns that must agree (--by=COLUMN), or take all steps together: "
            f"--by={EVERYTHING}",
        )
    directions = first.directions | second.directions
    found = []
    for mine, theirs in (
        (mine, theirs) for key in common for mine in sides[0][key] for theirs in sides[1][key]
    ):
        known = {**mine.values, **theirs.values}
        samples = [_samples(first, mine.steps, metrics), _samples(second, theirs.steps, metrics)]
        for metric in metrics:
            both = [one.get(metric, []) for one in samples]
            if all(both):
                lower = directions.get(metric, lower_by_name(metric))
                configuration = {name: known[name] for name in pairs.by}
                found.append(compare_samples(configuration, metric, both, lower=lower))
    return found


class _Configuration(NamedTuple):
    values: Mapping[str, Any]
    steps: Sequence[Recorded]


def _configurations(
    table: StepTable, pairs: Pairing, side: int
) -> dict[tuple[Any, ...], list[_Configuration]]:
    """What both sides have of a configuration -> the configurations of this side with that."""
    own = pairs.of_side(side)
    finished = (step for step in table.steps if step.row.state == "finished")
    found: dict[tuple[Any, ...], list[_Configuration]] = {}
    for key, steps in grouped(finished, list(map(table.expression, own))).items():
        values = dict(zip(own, key, strict=True))
        shared = tuple(value for name, value in values.items() if name not in pairs.lacking)
        found.setdefault(shared, []).append(_Configuration(values, steps))
    return found


def _samples(table: StepTable, steps: Iterable[Recorded], metrics: Sequence[str]) -> dict[str, list[float]]:
    """What each measured execution of the steps reported."""
    found: dict[str, list[float]] = {}
    for step in steps:
        # A row holds medians; only repeated steps are worth opening their records.
        record = record_or_none(step) if step.row.spread else None
        executions = [one for one in record.repeats if not one.warmup] if record else []
        samples: list[Mapping[str, Scalar]] = [
            {DURATION: one.duration_s, **one.metrics} for one in executions
        ]
        for values in samples or [measured_metrics(step.row)]:
            for metric in metrics:
                value = values.get(table.key(metric))
                if is_number(value):
                    found.setdefault(metric, []).append(value)
    return found


def _numbers(table: StepTable) -> list[str]:
    """Metrics with numbers, and how long executions took, where that is known."""
    found = table.numbers(table.steps)
    timed = DURATION in table.of_kind("step") and any(table.values(DURATION))
    return [*found, DURATION] if timed else found


def _known(names: Sequence[str]) -> str:
    return f"metrics are: {', '.join(names)}" if names else "none"
