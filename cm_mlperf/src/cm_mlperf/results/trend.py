"""Follow results over the rounds, across neither units nor sizes in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cm_mlperf.results.compare import better, better_row, kind_of, natural
from cm_mlperf.results.row import ResultRow
from cm_mlperf.results.sizes import size_change, size_of
from cm_report.tables import shown_number


class Step(NamedTuple):
    """From one round to the next.

    Attributes:
        ratio: how many times as good the later result is.
        sizes: of both systems, where they differ or one of them is not known: ``8 to 32 accelerators``.
        each: the ratio for each accelerator or core, where both have other numbers of the same.
    """

    ratio: float
    sizes: str = ""
    each: float | None = None

    @property
    def in_words(self) -> str:
        """``2.61x``, and of other sizes ``0.65x each, 8 to 32 accelerators``."""
        text = f"{self.ratio:.2f}x" if self.each is None else f"{self.each:.2f}x each"
        return f"{text}, {self.sizes}" if self.sizes else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The best results of a benchmark and scenario, round by round."""

    benchmark: str
    scenario: str
    unit: str
    best: Mapping[str, ResultRow]

    def steps(self) -> dict[str, Step | None]:
        """Round -> how it got there from the round before."""
        known: dict[str, Step | None] = {}
        before: ResultRow | None = None
        for version, row in self.best.items():
            known[version] = _step(before, row) if before is not None else None
            before = row
        return known

    def cells(self, versions: Sequence[str]) -> list[str]:
        """The result of each round; in brackets how many times as good as the round before."""
        steps = self.steps()
        texts = []
        for version in versions:
            row, step = self.best.get(version), steps.get(version)
            text = shown_number(row.result) if row is not None and row.result is not None else ""
            texts.append(f"{text} ({step.in_words})" if step is not None else text)
        return texts

    def to_json(self) -> dict[str, Any]:
        steps = self.steps()
        return {
            "benchmark": self.benchmark,
            "scenario": self.scenario,
            "unit": self.unit,
            "rounds": {version: _json(row, steps[version]) for version, row in self.best.items()},
        }


def trends(rows: Iterable[ResultRow]) -> list[Trend]:
    """The best results of each benchmark, scenario and unit in each round, rounds from old to new."""
    best: dict[tuple[str, str, str], dict[str, ResultRow]] = {}
    for row in rows:
        if row.result is None or row.lower_is_better is None or row.valid is False:
            continue
        rounds = best.setdefault(kind_of(row), {})
        rounds[row.version] = better_row(rounds.get(row.version), row)
    return [
        Trend(
            benchmark=kind[0],
            scenario=kind[1],
            unit=kind[2],
            best={version: rounds[version] for version in sorted(rounds, key=natural)},
        )
        for kind, rounds in sorted(best.items())
    ]


def unit_changes(found: Sequence[Trend]) -> Iterator[str]:
    """A sentence for each benchmark and scenario that is counted in several units."""
    kinds: dict[tuple[str, str], list[Trend]] = {}
    for trend in found:
        kinds.setdefault((trend.benchmark, trend.scenario), []).append(trend)
    for (benchmark, scenario), trends_ in kinds.items():
        if len(trends_) > 1:
            in_order = sorted(trends_, key=lambda trend: [natural(version) for version in trend.best])
            units = ", ".join(f"{trend.unit} ({', '.join(trend.best)})" for trend in in_order)
            yield f"{benchmark}, {scenario}: different units are not compared: {units}"


def _step(before: ResultRow, row: ResultRow) -> Step | None:
    ratio = better(before, row)
    if ratio is None:
        return None
    first, second = size_of(before), size_of(row)
    each = None
    if first and second and first != second and first.what == second.what and not row.lower_is_better:
        each = ratio * first.number / second.number
    return Step(ratio, size_change(before, row), each)


def _json(row: ResultRow, step: Step | None) -> dict[str, Any]:
    size = size_of(row)
    return {
        "result": row.result,
        "ratio": step.ratio if step else None,
        "ratio_each": step.each if step else None,
        "size": size.in_words if size else None,
        "organization": row.organization,
        "system": row.system,
        "uid": row.uid,
    }
