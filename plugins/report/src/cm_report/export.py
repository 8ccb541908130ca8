"""Tables as CSV, Markdown, JSON and Parquet, and to files whose suffix selects the format."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cm_core import CMError, UsageError
from cm_core.base import atomic_write_text, replacing, to_number, user_path
from cm_report.grid import Grid, is_number
from cm_report.tables import markdown_table, text_table

PARQUET, PAGE = ".parquet", ".html"
_LARGEST_INTEGER = 2**63
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def as_text(grid: Grid, *, most: int = 0, nothing: str = "no rows", hint: str = "") -> list[str]:
    """Aligned text.

    Args:
        most: rows to show; 0 means all.
        nothing: what to say when there is no row.
        hint: how to see the others.
    """
    if not grid.rows:
        return [nothing]
    shown = grid.rows[:most] if most else grid.rows
    lines = text_table(grid.header, shown)
    hidden = len(grid.rows) - len(shown)
    return [*lines, f"… {hidden:,} more; {hint}"] if hidden else lines


def as_markdown(grid: Grid) -> str:
    """A table in Markdown."""
    return "\n".join(markdown_table(grid.header, grid.rows)) + "\n"


def as_csv(grid: Grid) -> str:
    """CSV with numbers in full and empty cells for what is missing."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([as_csv_cell(name) for name in grid.header])
    # Nearly all cells are numbers, or texts that begin with a letter or a digit: they go as they are.
    plain, marked = (int, float), {"'", *_FORMULAS}
    writer.writerows(
        [
            [
                value
                if (kind := type(value)) in plain or (kind is str and value[:1] not in marked)
                else as_csv_cell(value)
                for value in row
            ]
            for row in grid.rows
        ]
    )
    return stream.getvalue()


def as_json(grid: Grid) -> str:
    """A list with an object for each row."""
    return json_text(documents(grid))


def json_text(value: Any) -> str:
    """A document of JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def documents(grid: Grid) -> list[dict[str, Any]]:
    """A dictionary for each row, without what is missing; JSON has no infinite numbers."""
    is_finite = math.isfinite  # asked of each cell of thousands of rows, so without a function of ours
    return [
        {
            name: value
            for name, value in zip(grid.header, row, strict=True)
            if value is not None and (not isinstance(value, float) or is_finite(value))
        }
        for row in grid.rows
    ]


_TEXTS: Mapping[str, Callable[[Grid], str]] = {".csv": as_csv, ".md": as_markdown, ".json": as_json}


def files_to_write(folder: Path, names: Sequence[str]) -> list[Path]:
    """The files to write, checked before any work is done.

    Args:
        folder: what the names are relative to.

    Raises:
        UsageError: when an ending has no form.
        CMError: when Parquet is asked for and its package is missing.
    """
    known = (*_TEXTS, PARQUET, PAGE)
    files = [folder / user_path(name) for name in names]
    for file in files:
        if file.suffix.casefold() not in known:
            raise UsageError(
                f"the format of '{file.name}' is unknown",
                hint=f"use one of these endings: {', '.join(known)}",
            )
    if any(file.suffix.casefold() == PARQUET for file in files):
        _arrow()
    return files


def export(grid: Grid, files: Sequence[Path], page: Callable[[], str]) -> None:
    """Write a table into files, each in one step.

    Args:
        page: makes the HTML document.

    Raises:
        CMError: when a file cannot be written.
    """
    for file in files:
        ending = file.suffix.casefold()
        if ending == PARQUET:
            _write_parquet(grid, file)
        else:
            # Names of files that are not UTF-8 get into tables as halves of characters.
            text = page() if ending == PAGE else _TEXTS[ending](grid)
            atomic_write_text(file, text, errors="backslashreplace")


def as_csv_cell(value: Any) -> Any:
    """A value as a cell of CSV; texts that spreadsheets would take for formulas are marked as texts."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and _may_be_formula(value) else value


def from_csv_cell(text: str) -> str:
    """What :func:`as_csv_cell` made the text of."""
    return text[1:] if text.startswith("'") and _may_be_formula(text) else text


def _may_be_formula(text: str) -> bool:
    bare = text.lstrip("'")
    return bare.startswith(_FORMULAS) and len(bare) > 1 and to_number(bare) is None


def _arrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise CMError(
            "Parquet files need the package pyarrow",
            hint="pip install 'cm-report[parquet]', or write a .csv file",
        ) from None
    return pyarrow


def _write_parquet(grid: Grid, file: Path) -> None:
    arrow = _arrow()
    columns = {
        name: _column(arrow, [row[place] for row in grid.rows]) for place, name in enumerate(grid.header)
    }
    with replacing(file) as temporary:
        arrow.parquet.write_table(arrow.table(columns), str(temporary))


def _column(arrow: Any, values: Sequence[Any]) -> Any:
    """Integers, numbers or, where anything else is among them, texts."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known):
        return arrow.array(values, arrow.bool_())
    if all(isinstance(value, int) and abs(value) < _LARGEST_INTEGER for value in known):
        return arrow.array(values, arrow.int64())
    if all(is_number(value) or isinstance(value, float) for value in known):
        return arrow.array([None if value is None else float(value) for value in values], arrow.float64())
    return arrow.array([None if value is None else str(value) for value in values], arrow.string())
