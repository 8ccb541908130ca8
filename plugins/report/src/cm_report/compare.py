"""Comparisons of two sides: differences told from noise, and ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cm_core import frozen
from cm_report import statistics
from cm_report.grid import Grid
from cm_report.statistics import Difference, Summary

_ROUNDING = 1e-9
SAME, BETTER, WORSE, NOT_COMPARABLE = "same", "better", "worse", "not comparable"


@frozen
class Comparison:
    """A metric of one configuration on both sides.

    Attributes:
        configuration: values of the columns that say which rows belong together.
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
            return SAME
        if self.difference.noise_is_larger:
            return "noise is larger"
        return f"{self._direction()}{'' if self.difference.significant else ', noise unknown'}"

    def _direction(self) -> str:
        rises = self.difference.absolute > 0
        if self.lower is None:
            return "higher" if rises else "lower"
        return WORSE if rises is self.lower else BETTER

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
        low, high: its confidence interval; ``None`` for a single configuration, and where all have the same
            ratio: that says nothing about how sure it is.
        configurations: how many there are.
    """

    metric: str
    ratio: float
    low: float | None
    high: float | None
    configurations: int

    def sentence(self, names: Sequence[str]) -> str:
        """One line for a person."""
        if self.ratio == 1 and self.low is None:
            return f"{self.metric}: the same"
        text = f"{self.metric}: {names[1]} is {self.ratio:.4g} times {names[0]}"
        if self.low is None or self.high is None:
            return (
                text
                if self.configurations == 1
                else f"{text} in each of {self.configurations} configurations"
            )
        over = f"over {self.configurations} configurations (95 % interval: {self.low:.4g} to {self.high:.4g})"
        noisy = "; the noise is larger than the difference" if self.low <= 1 <= self.high else ""
        return f"{text} {over}{noisy}"


@frozen
class Ratio:
    """How many times as good the second of two results is.

    Attributes:
        value: above 1 the second is better, whatever the direction; ``None`` where it has no meaning.
        noise: relative standard deviation of it; ``None`` when it is not known.
    """

    value: float | None
    noise: float | None

    @property
    def verdict(self) -> str:
        """Of the second side: ``better``, ``worse``, or ``same`` within noise; or ``not comparable``."""
        if self.value is None:
            return NOT_COMPARABLE
        # Two standard deviations: what a repetition would show by chance once in twenty times.
        same = self.value == 1.0 if self.noise is None else abs(self.value - 1) <= 2 * self.noise
        return SAME if same else BETTER if self.value > 1 else WORSE


def gain(first: float | None, second: float | None, *, lower: bool | None) -> float | None:
    """How many times as good the second value is; ``None`` where that has no meaning.

    Args:
        lower: whether less is better; ``None`` when nobody knows.
    """
    if not first or not second or lower is None:
        return None
    return first / second if lower else second / first


def ratio_of(
    first: float | None, second: float | None, *, lower: bool | None, noises: Iterable[float | None]
) -> Ratio:
    """The gain with its noise, from what is known of the noise of either side."""
    known = [noise for noise in noises if noise is not None]
    noise = sum(value**2 for value in known) ** 0.5 if known else None
    return Ratio(value=gain(first, second, lower=lower), noise=noise)


def compare_samples(
    configuration: Mapping[str, Any],
    metric: str,
    samples: Sequence[Sequence[float]],
    *,
    lower: bool | None,
) -> Comparison:
    """The measurements of a metric on both sides, neither without any."""
    first, second = samples
    return Comparison(
        configuration=configuration,
        metric=metric,
        lower=lower,
        first=statistics.summarize(first),
        second=statistics.summarize(second),
        difference=statistics.difference(first, second),
    )


def overall(comparisons: Iterable[Comparison]) -> list[Overall]:
    """For each metric whose values are all positive, the ratio of the two sides over all configurations."""
    ratios: dict[str, list[float]] = {}
    for one in comparisons:
        positive = one.first.median > 0 and one.second.median > 0
        ratios.setdefault(one.metric, []).append(
            math.log(one.second.median / one.first.median) if positive else math.nan
        )
    return [_overall(metric, logs) for metric, logs in ratios.items() if not any(map(math.isnan, logs))]


def comparison_grid(names: Sequence[str], found: Sequence[Comparison]) -> Grid:
    """Two sides, compared.

    Spreads are in percent of the median, the difference and its interval in percent of the first median.
    """
    by = tuple(found[0].configuration) if found else ()
    first, second = names if len({*by, *names}) == len(by) + 2 else ("first", "second")
    header = (
        *by, "metric", first, f"{first} ±%", second, f"{second} ±%", "change %", "low %", "high %",
        "runs", "verdict",
    )  # fmt: skip
    rows = [
        [
            *one.configuration.values(),
            one.metric,
            one.first.median,
            _percent(one.first.relative_spread if one.first.count > 1 else None),
            one.second.median,
            _percent(one.second.relative_spread if one.second.count > 1 else None),
            *map(_percent, relative_change(one)),
            f"{one.first.count}+{one.second.count}",
            f"{names[1]} {one.verdict}" if one.difference.significant else one.verdict,
        ]
        for one in found
    ]
    return Grid(header=header, rows=rows)


def relative_change(one: Comparison) -> tuple[float | None, float | None, float | None]:
    """Difference and its interval as parts of the first median; ``None`` where that is 0."""
    base, found = abs(one.first.median), one.difference
    if not base:
        return None, None, None
    low, high = (None if value is None else value / base for value in (found.low, found.high))
    return found.relative, low, high


def _percent(part: float | None) -> float | None:
    return None if part is None else part * 100


def _overall(metric: str, logs: Sequence[float]) -> Overall:
    summary = statistics.summarize(logs)
    known = summary.low is not None and summary.high is not None and summary.high - summary.low > _ROUNDING
    return Overall(
        metric=metric,
        ratio=math.exp(summary.mean),
        low=math.exp(summary.low) if known and summary.low is not None else None,
        high=math.exp(summary.high) if known and summary.high is not None else None,
        configurations=len(logs),
    )


def _plain(summary: Summary) -> dict[str, Any]:
    return {
        "count": summary.count,
        "median": summary.median,
        "spread": summary.spread,
        "mean": summary.mean,
        "low": summary.low,
        "high": summary.high,
    }
