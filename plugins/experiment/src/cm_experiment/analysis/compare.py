"""Two experiments beside each other, configuration by configuration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cm_core.base.frozen import frozen
from cm_core.model.errors import UsageError
from cm_experiment.analysis import statistics
from cm_experiment.analysis.query import lower_by_name
from cm_experiment.analysis.reading import record_or_none
from cm_experiment.analysis.statistics import Difference, Summary
from cm_experiment.analysis.table import Recorded, StepTable, is_number
from cm_experiment.record.layout import Scalar
from cm_experiment.study.objectives import DURATION, measured

EVERYTHING = "none"
Configuration = tuple[Any, ...]


@frozen
class Comparison:
    """A metric of one configuration on both sides.

    Attributes:
        configuration: values of the columns that say which steps belong together.
        lower: whether less is better; ``None`` when nobody knows.
    """

    configuration: Mapping[str, Any]
    metric: str
    lower: bool | None
    first: Summary
    second: Summary
    difference: Difference

    @property
    def verdict(self) -> str:
        """What the second side is, in one or a few words."""
        if self.difference.absolute == 0:
            return "same"
        if self.difference.noise_is_larger:
            return "noise is larger"
        return f"{self._direction()}{'' if self.difference.significant else ', noise unknown'}"

    def _direction(self) -> str:
        rises = self.difference.absolute > 0
        if self.lower is None:
            return "higher" if rises else "lower"
        return "worse" if rises is self.lower else "better"

    def to_json(self) -> dict[str, Any]:
        """All of it for programs."""
        found = self.difference
        return {
            "configuration": dict(self.configuration),
            "metric": self.metric,
            "first": _plain(self.first),
            "second": _plain(self.second),
            "difference": found.absolute,
            "relative": found.relative,
            "low": found.low,
            "high": found.high,
            "p_value": found.p_value,
            "significant": found.significant,
            "verdict": self.verdict,
        }


@frozen
class Overall:
    """How many times as large a metric is on the second side, over all configurations.

    Attributes:
        ratio: geometric mean over configurations.
        low, high: its confidence interval; ``None`` for a single configuration.
        configurations: how many there are.
    """

    metric: str
    ratio: float
    low: float | None
    high: float | None
    configurations: int

    def told(self, names: Sequence[str]) -> str:
        """One line for a person."""
        if self.ratio == self.low == self.high == 1:
            return f"{self.metric}: the same"
        text = f"{self.metric}: {names[1]} has {self.ratio:.4g} times that of {names[0]}"
        if self.low is None or self.high is None:
            return text
        over = f"over {self.configurations} configurations (95 %: {self.low:.4g} to {self.high:.4g})"
        noisy = "; the noise is larger than the difference" if self.low <= 1 <= self.high else ""
        return f"{text} {over}{noisy}"


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
    objectives = [name for name in common if name in (first.lower_is_better | second.lower_is_better)]
    if wanted := [name for name in asked if name not in common]:
        raise UsageError(f"'{wanted[0]}' is no metric with numbers on both sides", hint=_known(common))
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
    groups = [_grouped(table, by) for table in (first, second)]
    common = [key for key in groups[0] if key in groups[1]]
    if not common:
        raise UsageError(
            f"the two experiments have no configuration of {', '.join(by)} in common",
            hint=f"name the columns that must agree (--by=COLUMN), or take all steps together: "
            f"--by={EVERYTHING}",
        )
    directions = first.lower_is_better | second.lower_is_better
    found = []
    for key in common:
        sides = [
            _samples(table, group[key], metrics) for table, group in zip((first, second), groups, strict=True)
        ]
        for metric in metrics:
            samples = [side.get(metric, []) for side in sides]
            if all(samples):
                found.append(
                    Comparison(
                        configuration=dict(zip(by, key, strict=True)),
                        metric=metric,
                        lower=directions.get(metric, lower_by_name(metric)),
                        first=statistics.summarize(samples[0]),
                        second=statistics.summarize(samples[1]),
                        difference=statistics.difference(samples[0], samples[1]),
                    )
                )
    return found


def overall(comparisons: Iterable[Comparison]) -> list[Overall]:
    """For each metric whose values are all positive, the ratio of the two sides over all configurations."""
    ratios: dict[str, list[float]] = {}
    for one in comparisons:
        positive = one.first.median > 0 and one.second.median > 0
        ratios.setdefault(one.metric, []).append(
            math.log(one.second.median / one.first.median) if positive else math.nan
        )
    return [_overall(metric, logs) for metric, logs in ratios.items() if not any(map(math.isnan, logs))]


def _overall(metric: str, logs: Sequence[float]) -> Overall:
    summary = statistics.summarize(logs)
    return Overall(
        metric=metric,
        ratio=math.exp(summary.mean),
        low=None if summary.low is None else math.exp(summary.low),
        high=None if summary.high is None else math.exp(summary.high),
        configurations=len(logs),
    )


def _grouped(table: StepTable, by: Sequence[str]) -> dict[Configuration, list[Recorded]]:
    cells = [table.expression(name) for name in by]
    groups: dict[Configuration, list[Recorded]] = {}
    for step in table.steps:
        if step.row.state == "finished":
            groups.setdefault(tuple(cell(step) for cell in cells), []).append(step)
    return groups


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
        for values in samples or [measured(step.row)]:
            for metric in metrics:
                value = values.get(table.key(metric))
                if isinstance(value, int | float) and is_number(value):
                    found.setdefault(metric, []).append(value)
    return found


def _numbers(table: StepTable) -> list[str]:
    """Metrics with numbers, and how long executions took, where that is known."""
    found = [name for name in table.of_kind("metric") if any(map(is_number, table.values(name)))]
    timed = DURATION in table.of_kind("step") and any(table.values(DURATION))
    return [*found, DURATION] if timed else found


def _known(names: Sequence[str]) -> str:
    return f"metrics are: {', '.join(names)}" if names else "none"


def _plain(summary: Summary) -> dict[str, Any]:
    return {
        "count": summary.count,
        "median": summary.median,
        "spread": summary.spread,
        "mean": summary.mean,
        "low": summary.low,
        "high": summary.high,
    }
