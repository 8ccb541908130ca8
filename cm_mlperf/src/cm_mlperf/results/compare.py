"""Compare two systems, runs or anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cm_core import UsageError
from cm_mlperf.results.columns import ResultColumns
from cm_mlperf.results.row import ResultRow, benchmark_of
from cm_mlperf.results.sizes import size_change
from cm_report.compare import Ratio, gain, ratio_of

_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The best result of either side for the same benchmark, scenario and unit.

    Attributes:
        ratio: how many times as good the second is, with the noise of repeated runs.
        accuracy: difference, second minus first.
    """

    first: ResultRow
    second: ResultRow
    ratio: Ratio
    accuracy: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "benchmark": benchmark_of(self.first),
            "scenario": self.first.scenario,
            "unit": self.first.unit,
            "first": self.first.result,
            "second": self.second.result,
            "first_uid": self.first.uid,
            "second_uid": self.second.uid,
            "ratio": self.ratio.value,
            "sizes": size_change(self.first, self.second),
            "accuracy_difference": self.accuracy,
            "noise": self.ratio.noise,
            "verdict": self.ratio.verdict,
        }


def compare(
    rows: Sequence[ResultRow], columns: ResultColumns, column: str
) -> tuple[list[str], list[Comparison]]:
    """What of two is better, for each benchmark and scenario that both have.

    Args:
        column: whose two values are compared: ``source``, ``system``, ``accelerator`` …

    Returns:
        the two values in the order in which the rows have them, and the comparisons.

    Raises:
        UsageError: when the rows have not exactly two values there, or nothing in common.
    """
    cell = columns.expression(column)
    sides: dict[str, list[ResultRow]] = {}
    for row in rows:
        if row.result is not None and (value := cell(row)) not in (None, ""):
            sides.setdefault(_text(value), []).append(row)
    if len(sides) != 2:
        some = ", ".join([*list(sides)[:_SHOWN], "…"] if len(sides) > _SHOWN else sides) or "none"
        raise UsageError(
            f"a comparison needs two values of '{column}', and these results have {len(sides)}: {some}",
            hint="name two runs, or choose with --where and add --compare=COLUMN",
        )
    names = list(sides)
    first, second = (_best_by_kind(sides[name]) for name in names)
    common = [_comparison(first[kind], second[kind]) for kind in first if kind in second]
    if not common:
        raise UsageError(
            f"'{names[0]}' and '{names[1]}' have no benchmark, scenario and unit in common",
            hint="see what there is: cm show mlperf --columns=source,benchmark,model,scenario,unit",
        )
    return names, common


def better(first: ResultRow, second: ResultRow) -> float | None:
    """How many times as good the second result is; ``None`` where that has no meaning."""
    return gain(first.result, second.result, lower=first.lower_is_better)


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts ``v2.1`` before ``v10.0``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text) if part]


def _comparison(first: ResultRow, second: ResultRow) -> Comparison:
    ratio = ratio_of(
        first.result, second.result, lower=first.lower_is_better, noises=(first.noise, second.noise)
    )
    known = first.accuracy is not None and second.accuracy is not None
    accuracy = second.accuracy - first.accuracy if known else None  # type: ignore[operator]
    return Comparison(first=first, second=second, ratio=ratio, accuracy=accuracy)


def _best_by_kind(rows: Iterable[ResultRow]) -> dict[tuple[str, str, str], ResultRow]:
    best: dict[tuple[str, str, str], ResultRow] = {}
    for row in rows:
        if row.lower_is_better is not None:
            best[kind_of(row)] = better_row(best.get(kind_of(row)), row)
    return best


def better_row(first: ResultRow | None, second: ResultRow) -> ResultRow:
    """The better one of two of a kind, the first when they are equal."""
    if first is None or first.result is None or second.result is None:
        return second
    lower = first.lower_is_better
    return second if (second.result < first.result) is lower and second.result != first.result else first


def kind_of(row: ResultRow) -> tuple[str, str, str]:
    """Benchmark, scenario and unit: what can be compared has them in common."""
    return (benchmark_of(row), row.scenario, row.unit)


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
