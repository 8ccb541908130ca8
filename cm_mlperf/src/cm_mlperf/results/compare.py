"""Compare two systems, runs or anything else, and follow results over the rounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cm_core import UsageError
from cm_mlperf.results.columns import ResultColumns
from cm_mlperf.results.row import ResultRow
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
            "benchmark": _what(self.first),
            "scenario": self.first.scenario,
            "unit": self.first.unit,
            "first": self.first.result,
            "second": self.second.result,
            "first_uid": self.first.uid,
            "second_uid": self.second.uid,
            "ratio": self.ratio.value,
            "accuracy_difference": self.accuracy,
            "noise": self.ratio.noise,
            "verdict": self.ratio.verdict,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The best results of a benchmark and scenario, round by round."""

    benchmark: str
    scenario: str
    unit: str
    best: dict[str, ResultRow]

    def ratios(self) -> dict[str, float | None]:
        """Round -> how many times as good as in the round before."""
        known: dict[str, float | None] = {}
        before: ResultRow | None = None
        for version, row in self.best.items():
            known[version] = better(before, row) if before is not None else None
            before = row
        return known

    def to_json(self) -> dict[str, Any]:
        rounds = {
            version: {
                "result": row.result,
                "ratio": self.ratios()[version],
                "organization": row.organization,
                "system": row.system,
                "uid": row.uid,
            }
            for version, row in self.best.items()
        }
        return {
            "benchmark": self.benchmark,
            "scenario": self.scenario,
            "unit": self.unit,
            "rounds": rounds,
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


def trends(rows: Iterable[ResultRow]) -> list[Trend]:
    """The best results of each benchmark, scenario and unit in each round, rounds from old to new."""
    best: dict[tuple[str, str, str], dict[str, ResultRow]] = {}
    for row in rows:
        if row.result is None or row.lower_is_better is None or row.valid is False:
            continue
        rounds = best.setdefault(_kind(row), {})
        rounds[row.version] = _better(rounds.get(row.version), row)
    return [
        Trend(
            benchmark=kind[0],
            scenario=kind[1],
            unit=kind[2],
            best={version: rounds[version] for version in sorted(rounds, key=natural)},
        )
        for kind, rounds in sorted(best.items())
    ]


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
            best[_kind(row)] = _better(best.get(_kind(row)), row)
    return best


def _better(first: ResultRow | None, second: ResultRow) -> ResultRow:
    if first is None or first.result is None or second.result is None:
        return second
    lower = first.lower_is_better
    return second if (second.result < first.result) is lower and second.result != first.result else first


def _kind(row: ResultRow) -> tuple[str, str, str]:
    return (_what(row), row.scenario, row.unit)


def _what(row: ResultRow) -> str:
    return row.benchmark or row.model


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
