"""Results as a table, CSV, Markdown or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cm_mlperf.results import policy
from cm_mlperf.results.checkercsv import write_checker_csv
from cm_mlperf.results.columns import Columns
from cm_mlperf.results.compare import Comparison, Trend
from cm_mlperf.results.row import ResultRow
from cm_report.tables import markdown_table, shown_number, text_table

_OWN = ("source", "level", "valid")
_COMMON = (
    "version",
    "organization",
    "system",
    "accelerator",
    "model",
    "scenario",
    "result",
    "unit",
    "accuracy",
    "power",
    "power_unit",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table before it has a form; cells keep their types."""

    header: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def result_grid(rows: Sequence[ResultRow], columns: Columns, names: Sequence[str]) -> Grid:
    """The rows in the named columns; without names in those that say something.

    Raises:
        ExpressionError: when a name is neither a column nor an expression.
    """
    wanted = list(names) or [*(_OWN if any(row.level for row in rows) else ()), *_COMMON]
    cells = [columns.expression(name) for name in wanted]
    body = [[cell(row) for cell in cells] for row in rows]
    grid = Grid(header=tuple(wanted), rows=body)
    return grid if names else _filled(grid)


def _filled(grid: Grid) -> Grid:
    """The columns that say something in at least one row."""
    kept = [
        place for place in range(len(grid.header)) if any(row[place] not in (None, "") for row in grid.rows)
    ]
    return Grid(
        header=tuple(grid.header[place] for place in kept),
        rows=[[row[place] for place in kept] for row in grid.rows],
    )


def comparison_grid(names: Sequence[str], found: Sequence[Comparison]) -> Grid:
    """Two sides beside each other."""
    header = ("benchmark", "scenario", "unit", *names, "ratio", "accuracy diff", "noise %", "verdict")
    rows = [
        [
            one.first.benchmark or one.first.model,
            one.first.scenario,
            one.first.unit,
            one.first.result,
            one.second.result,
            one.ratio,
            one.accuracy,
            None if one.noise is None else one.noise * 100,
            f"{names[1]} is {one.verdict}",
        ]
        for one in found
    ]
    return _filled(Grid(header=header, rows=rows))


def trend_grid(found: Sequence[Trend], versions: Sequence[str]) -> Grid:
    """A column for each round; in brackets how many times as good as the round before."""
    body = []
    for trend in found:
        ratios = trend.ratios()
        cells = []
        for version in versions:
            row, ratio = trend.best.get(version), ratios.get(version)
            known = row is not None and row.result is not None
            text = shown_number(row.result) if known else ""  # type: ignore[union-attr, arg-type]
            cells.append(f"{text} ({ratio:.2f}x)" if known and ratio is not None else text)
        body.append([trend.benchmark, trend.scenario, trend.unit, *cells])
    return Grid(header=("benchmark", "scenario", "unit", *versions), rows=body)


def as_table(grid: Grid, limit: int) -> list[str]:
    """Aligned text with at most so many rows; 0 means all."""
    if not grid.rows:
        return ["no results"]
    rows = grid.rows[:limit] if limit else grid.rows
    lines = text_table(grid.header, rows)
    if hidden := len(grid.rows) - len(rows):
        lines.append(f"… {hidden:,} more; narrow it down with --where, or add --limit=0")
    return lines


def as_markdown(grid: Grid) -> list[str]:
    """A table in Markdown."""
    return markdown_table(grid.header, grid.rows)


def note(rows: Iterable[ResultRow]) -> list[str]:
    """What stands below a table for people that holds results which are not official ones."""
    return [] if all(row.official for row in rows) else ["", policy.NOTE]


def as_csv(grid: Grid) -> list[str]:
    """CSV with numbers in full and empty cells for what is missing."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(grid.header)
    writer.writerows([[_csv_cell(value) for value in row] for row in grid.rows])
    return stream.getvalue().splitlines()


def as_checker_csv(rows: Sequence[ResultRow]) -> list[str]:
    """The columns of the official checker."""
    return write_checker_csv(rows).splitlines()


def as_json(documents: Sequence[Any]) -> list[str]:
    """A list of what has a ``to_json()``, or of dictionaries."""
    plain = [entry.to_json() if hasattr(entry, "to_json") else entry for entry in documents]
    return json.dumps(plain, indent=2, ensure_ascii=False).splitlines()


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else value
