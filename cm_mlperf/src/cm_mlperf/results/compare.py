"""Compare two systems, runs or anything else, and follow results over the rounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cm_core.model.errors import UsageError
from cm_mlperf.results.columns import Columns
from cm_mlperf.results.row import ResultRow

SAME, BETTER, WORSE = "same", "better", "worse"
_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The best result of either side for the same benchmark, scenario and unit.

    Attributes:
        ratio: how many times as good the second is: above 1 it is better, whatever the unit.
        accuracy: difference, second minus first.
        noise: relative standard deviation of ``ratio`` from repeated runs; ``None`` when it is not known.
        verdict: of the second side: ``better``, ``worse``, or ``same`` within noise.
    """

    first: ResultRow
    second: ResultRow
    ratio: float
    accuracy: float | None
    noise: float | None
    verdict: str

    def to_json(self) -> dict[str, Any]:
        return {
            "benchmark": _what(self.first),
            "scenario": self.first.scenario,
            "unit": self.first.unit,
            "first": self.first.result,
            "second": self.second.result,
            "first_uid": self.first.uid,
            "second_uid": self.second.uid,
            "ratio": self.ratio,
            "accuracy_difference": self.accuracy,
            "noise": self.noise,
            "verdict": self.verdict,
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
            known[version] = gain(before, row) if before is not None else None
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


def compare(rows: Sequence[ResultRow], columns: Columns, column: str) -> tuple[list[str], list[Comparison]]:
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
            hint="name two runs, or choose with --where and say --compare=COLUMN",
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


def gain(first: ResultRow, second: ResultRow) -> float | None:
    """How many times as good the second result is; ``None`` where that has no meaning."""
    if not first.result or not second.result or first.lower_is_better is None:
        return None
    return first.result / second.result if first.lower_is_better else second.result / first.result


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts ``v2.1`` before ``v10.0``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text) if part]


def _comparison(first: ResultRow, second: ResultRow) -> Comparison:
    ratio = gain(first, second) or 0.0
    noises = [row.noise for row in (first, second) if row.noise is not None]
    noise = sum(value**2 for value in noises) ** 0.5 if noises else None
    # Two standard deviations: what a repetition would show by chance once in twenty times.
    same = ratio == 1.0 if noise is None else abs(ratio - 1) <= 2 * noise
    accuracy = None
    if first.accuracy is not None and second.accuracy is not None:
        accuracy = second.accuracy - first.accuracy
    verdict = SAME if same else BETTER if ratio > 1 else WORSE
    return Comparison(
        first=first, second=second, ratio=ratio, accuracy=accuracy, noise=noise, verdict=verdict
    )


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
