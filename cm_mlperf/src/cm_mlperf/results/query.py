"""Choose and order rows: filter, sort, Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cm_core.model.errors import UsageError
from cm_mlperf.results.columns import Columns, lower_is_better
from cm_mlperf.results.row import ResultRow

BEST = "best"
_DIRECTIONS = {"min": True, "max": False}


def filtered(rows: Sequence[ResultRow], columns: Columns, where: str) -> list[ResultRow]:
    """The rows for which an expression is true.

    Raises:
        ExpressionError: when it cannot be read or names no column.
    """
    holds = columns.expression(where)
    return [row for row in rows if holds(row)]


def ordered(rows: Sequence[ResultRow], columns: Columns, keys: Sequence[str]) -> list[ResultRow]:
    """The rows in an order; what lacks a value comes last.

    Args:
        keys: columns or expressions, the most important first; ``-`` before one means from high to low.
            ``best`` means the best results first, unit by unit.

    Raises:
        ExpressionError: when a key cannot be read or names no column.
    """
    done = list(rows)
    for key in reversed(keys):
        if key == BEST:
            done.sort(key=_best_first)
            continue
        downwards = key.startswith("-")
        cell = columns.expression(key[1:] if downwards else key)
        there = [row for row in done if cell(row) is not None]
        missing = [row for row in done if cell(row) is None]
        there.sort(key=lambda row, cell=cell: _comparable(cell(row)), reverse=downwards)  # type: ignore[misc]
        done = there + missing
    return done


def pareto(rows: Sequence[ResultRow], columns: Columns, axes: Sequence[str]) -> list[ResultRow]:
    """The rows that no other row beats in both of two columns, along the first one from its best value.

    Args:
        axes: two columns or expressions; ``:min`` or ``:max`` after one says what is better, otherwise
            its name and unit do.

    Raises:
        UsageError: when there are not two, or results are in different units.
        ExpressionError: when one cannot be read or names no column.
    """
    if len(axes) != 2:
        raise UsageError("a Pareto front needs two columns", hint="write for example --pareto=result,power")
    cells, signs = [], []
    for axis in axes:
        name, colon, word = axis.rpartition(":")
        explicit = bool(colon) and word in _DIRECTIONS
        name = name if explicit else axis
        cells.append(columns.expression(name))
        lower = _DIRECTIONS[word] if explicit else lower_is_better(name, rows)
        signs.append(1 if lower else -1)
    points = []
    for row in rows:
        values = [cell(row) for cell in cells]
        if all(isinstance(value, int | float) for value in values):
            points.append((signs[0] * values[0], signs[1] * values[1], row))
    points.sort(key=lambda point: point[:2])
    front: list[ResultRow] = []
    best: tuple[float, float] | None = None
    for first, second, row in points:
        if best is None or second < best[1] or (first, second) == best:
            front.append(row)
            best = (first, second)
    return front


def _best_first(row: ResultRow) -> tuple[Any, ...]:
    if row.result is None:
        return (True, row.unit, 0.0)
    return (False, row.unit, row.result if row.lower_is_better else -row.result)


def _comparable(value: Any) -> tuple[int, Any]:
    """Numbers before text; text whatever its case."""
    if isinstance(value, int | float):
        return (0, value)
    return (1, ",".join(map(str, value)) if isinstance(value, tuple) else str(value).casefold())
