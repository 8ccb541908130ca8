"""Two experiments beside each other, configuration by configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cm_core import UsageError
from cm_experiment.analysis.reading import record_or_none
from cm_experiment.analysis.table import Recorded, StepTable
from cm_experiment.record.layout import Scalar
from cm_experiment.study.objectives import DURATION, measured_metrics
from cm_report.compare import Comparison, compare_samples
from cm_report.grid import is_number, lower_by_name
from cm_report.query import grouped

EVERYTHING = "none"


def common_columns(first: StepTable, second: StepTable, asked: Sequence[str]) -> tuple[str, ...]:
    """The columns whose values tell which steps are compared with which.

    Args:
        asked: variables; none means all that both sides have, ``none`` that all steps are taken together.

    Raises:
        ExpressionError: when one side has no such column.
    """
    if tuple(asked) == (EVERYTHING,):
        return ()
    for name in asked:
        first.expression(name)
        second.expression(name)
    return tuple(asked) or tuple(
        name for name in first.of_kind("variable") if name in second.of_kind("variable")
    )


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


def compare(
    first: StepTable, second: StepTable, by: Sequence[str], metrics: Sequence[str]
) -> list[Comparison]:
    """Each metric of each configuration that both sides have, in the order of the first side.

    Raises:
        UsageError: when they have no configuration in common.
    """
    groups = [
        grouped(
            (step for step in table.steps if step.row.state == "finished"), list(map(table.expression, by))
        )
        for table in (first, second)
    ]
    common = [key for key in groups[0] if key in groups[1]]
    if not common:
        raise UsageError(
            f"the two experiments have no configuration of {', '.join(by)} in common",
            hint=f"name the columns that must agree (--by=COLUMN), or take all steps together: "
            f"--by={EVERYTHING}",
        )
    directions = first.directions | second.directions
    found = []
    for key in common:
        sides = [
            _samples(table, group[key], metrics) for table, group in zip((first, second), groups, strict=True)
        ]
        for metric in metrics:
            samples = [side.get(metric, []) for side in sides]
            if all(samples):
                found.append(
                    compare_samples(
                        dict(zip(by, key, strict=True)),
                        metric,
                        samples,
                        lower=directions.get(metric, lower_by_name(metric)),
                    )
                )
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
