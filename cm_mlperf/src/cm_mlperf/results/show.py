"""Which tables are made of results, and what stands below them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from cm_mlperf.results import policy
from cm_mlperf.results.checkercsv import write_checker_csv
from cm_mlperf.results.columns import ResultColumns
from cm_mlperf.results.compare import Comparison
from cm_mlperf.results.row import ResultRow
from cm_mlperf.results.sizes import size_change
from cm_mlperf.results.trend import Trend
from cm_report.grid import Grid

_NOTHING = (None, "")
_TITLE = "MLPerf results"
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


def result_grid(rows: Sequence[ResultRow], columns: ResultColumns, names: Sequence[str]) -> Grid:
    """The rows in the named columns; without names in those that say something.

    Raises:
        ExpressionError: when a name is neither a column nor an expression.
    """
    wanted = list(names) or [*(_OWN if any(row.level for row in rows) else ()), *_COMMON]
    grid = columns.grid(rows, wanted)
    return grid if names else grid.filled(_NOTHING)


def full_grid(rows: Sequence[ResultRow], columns: ResultColumns, names: Sequence[str]) -> Grid:
    """The same for files: without names in all columns that say something."""
    return columns.grid(rows, list(names) or list(columns.cells)).filled(_NOTHING)


def page_grid(rows: Sequence[ResultRow], columns: ResultColumns, names: Sequence[str]) -> Grid:
    """The same for a page, where only the first columns are in view: those of the terminal lead."""
    known = [name for name in (*_OWN, *_COMMON) if name in columns.cells]
    return full_grid(rows, columns, names or list(dict.fromkeys((*known, *columns.cells))))


def comparison_grid(names: Sequence[str], found: Sequence[Comparison]) -> Grid:
    """Two sides, compared."""
    header = (
        "benchmark",
        "scenario",
        "unit",
        *names,
        "ratio",
        "sizes",
        "accuracy diff",
        "noise %",
        "verdict",
    )
    rows = [
        [
            one.first.benchmark or one.first.model,
            one.first.scenario,
            one.first.unit,
            one.first.result,
            one.second.result,
            one.ratio.value,
            size_change(one.first, one.second),
            one.accuracy,
            None if one.ratio.noise is None else one.ratio.noise * 100,
            f"{names[1]} is {one.ratio.verdict}",
        ]
        for one in found
    ]
    return Grid(header=header, rows=rows).filled(_NOTHING)


def trend_grid(found: Sequence[Trend], versions: Sequence[str]) -> Grid:
    """A column for each round."""
    body = [[trend.benchmark, trend.scenario, trend.unit, *trend.cells(versions)] for trend in found]
    return Grid(header=("benchmark", "scenario", "unit", *versions), rows=body)


def results_page(grid: Grid, rows: Iterable[ResultRow]) -> str:
    """A page with a table, for a browser; ``rows`` are the results in it."""
    from cm_report.html import element
    from cm_report.rowspage import rows_page, rows_table

    remarks = [element("p", line, class_="sub") for line in note(rows) if line]
    head = element("header", element("h1", _TITLE), remarks)
    table = rows_table(grid, "results", examples=_examples(grid))
    return rows_page(_TITLE, head, element("h2", "Results"), table)


def _examples(grid: Grid) -> list[str]:
    """What can be typed into the filter of a page."""
    if "scenario" not in grid.header:
        return []
    place = grid.header.index("scenario")
    return [f"scenario={row[place]}" for row in grid.rows[:1]]


def note(rows: Iterable[ResultRow]) -> list[str]:
    """What stands below a table for people that holds results which are not official ones."""
    return [] if all(row.official for row in rows) else ["", policy.NOTE]


def as_checker_csv(rows: Sequence[ResultRow]) -> list[str]:
    """The columns of the official checker."""
    return write_checker_csv(rows).splitlines()


def as_json(documents: Sequence[Any]) -> list[str]:
    """A list of what has a ``to_json()``, or of dictionaries."""
    plain = [entry.to_json() if hasattr(entry, "to_json") else entry for entry in documents]
    return json.dumps(plain, indent=2, ensure_ascii=False).splitlines()
