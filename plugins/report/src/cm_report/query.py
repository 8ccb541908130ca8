"""Choose, order and group rows: filters, orders, Pareto fronts."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Generic

from cm_core import UsageError, frozen
from cm_report.grid import Cell, Columns, Row, is_number

_DIRECTIONS = {"min": True, "max": False}
_SOME = 8


@frozen
class Axis(Generic[Row]):
    """Something to make small or large.

    Attributes:
        name: a column or an expression.
        lower: whether less is better.
    """

    name: str
    lower: bool
    cell: Cell[Row]

    @property
    def in_words(self) -> str:
        """Such as ``latency_ms (less is better)``."""
        return f"{self.name} ({'less' if self.lower else 'more'} is better)"


def filtered(columns: Columns[Row], rows: Iterable[Row], where: str) -> list[Row]:
    """The rows for which an expression is true.

    Raises:
        ExpressionError: when it cannot be read or names no column.
    """
    holds = columns.expression(where)
    return [row for row in rows if holds(row)]


def ordered(columns: Columns[Row], rows: Iterable[Row], keys: Sequence[str]) -> list[Row]:
    """The rows in an order; what lacks a value comes last.

    Args:
        keys: columns or expressions, the most important first; ``-`` before one means from high to low.
            An order of the columns' own may be among them.

    Raises:
        ExpressionError: when a key cannot be read or names no column.
    """
    done = list(rows)
    for key in reversed(keys):
        if own := columns.order(key):
            done.sort(key=own)
        else:
            cell = columns.expression(key.removeprefix("-"))
            done = _by_rank([(_rank(cell(row)), row) for row in done], downwards=key.startswith("-"))
    return done


def grouped(rows: Iterable[Row], cells: Sequence[Cell[Row]]) -> dict[tuple[Any, ...], list[Row]]:
    """Values of some columns -> the rows that have them, in the order in which they come up."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(cell(row) for cell in cells), []).append(row)
    return groups


def read_axes(columns: Columns[Row], rows: Sequence[Row], texts: Sequence[str]) -> tuple[Axis[Row], ...]:
    """Objectives as typed: columns or expressions, perhaps with ``:min`` or ``:max`` behind.

    Raises:
        UsageError: when nothing tells the direction, no row has a value, or one is text.
        ExpressionError: when one cannot be read or names no column.
    """
    return tuple(_axis(columns, rows, text) for text in texts)


def front_axes(columns: Columns[Row], rows: Sequence[Row], texts: Sequence[str]) -> tuple[Axis[Row], ...]:
    """The objectives of a Pareto front; none when none are asked for.

    Raises:
        UsageError: when there is only one, or as :func:`read_axes`.
        ExpressionError: as :func:`read_axes`.
    """
    if len(texts) == 1:
        raise UsageError(
            "a Pareto front needs two objectives or more",
            hint=f"write for example --pareto={columns.example}",
        )
    return read_axes(columns, rows, texts)


def pareto(rows: Iterable[Row], axes: Sequence[Axis[Row]]) -> list[Row]:
    """The rows that no other one beats, along the first axis from its best value.

    A row beats another one when it is as good on all axes and better on one; equal ones are all kept, and
    those that lack a number on an axis are not.
    """
    points = []
    for row in rows:
        values = [axis.cell(row) for axis in axes]
        if all(map(is_number, values)):
            signed = (value if axis.lower else -value for axis, value in zip(axes, values, strict=True))
            points.append((tuple(signed), row))
    return [row for _, row in _unbeaten(points)]


def named_direction(text: str) -> tuple[str, bool | None]:
    """``size:min`` as its name and whether less is better; ``None`` when it does not say so."""
    name, colon, word = text.rpartition(":")
    if colon and word.strip() in _DIRECTIONS:
        return name.strip(), _DIRECTIONS[word.strip()]
    return text.strip(), None


def lower_of(columns: Columns[Row], rows: Sequence[Row], text: str) -> bool:
    """Whether less of a column is better, as its text or the columns say.

    Raises:
        UsageError: when nobody knows.
    """
    name, explicit = named_direction(text)
    lower = columns.lower_is_better(name, rows) if explicit is None else explicit
    if lower is None:
        raise UsageError(
            f"it is unknown whether a low or a high '{name}' is better",
            hint=f"write {name}:min or {name}:max",
        )
    return lower


def check_numbers(columns: Columns[Row], rows: Sequence[Row], name: str) -> None:
    """See that a column or expression has a number in one of the rows, if there are any.

    Raises:
        UsageError: when it has none.
    """
    cell = columns.expression(name)
    values = [value for row in rows if (value := cell(row)) is not None]
    if rows and not any(map(is_number, values)):
        what = "is text" if values else f"has no value in any {columns.row}"
        known = ", ".join(columns.numbers(rows)[:_SOME]) or "none"
        raise UsageError(f"'{name}' {what}, but a number is needed", hint=f"numbers are: {known}")


def _axis(columns: Columns[Row], rows: Sequence[Row], text: str) -> Axis[Row]:
    name, _ = named_direction(text)
    cell = columns.expression(name)
    check_numbers(columns, rows, name)
    return Axis(name=name, lower=lower_of(columns, rows, text), cell=cell)


def _by_rank(pairs: list[tuple[tuple[int, Any] | None, Row]], *, downwards: bool) -> list[Row]:
    there = [(rank, row) for rank, row in pairs if rank is not None]
    there.sort(key=lambda pair: pair[0], reverse=downwards)
    return [*(row for _, row in there), *(row for rank, row in pairs if rank is None)]


def _rank(value: Any) -> tuple[int, Any] | None:
    """Numbers before text; text whatever its case."""
    if is_number(value):
        return (0, value)
    if value is None or isinstance(value, float):
        return None
    return (1, (",".join(map(str, value)) if isinstance(value, tuple) else str(value)).casefold())


_Point = tuple[tuple[float, ...], Row]


def _unbeaten(points: list[_Point[Row]]) -> list[_Point[Row]]:
    """The points that no other one beats, where less is better; in order."""
    # In this order nothing that comes later can beat what was kept already.
    points.sort(key=lambda point: point[0])
    beaten = _Staircase() if points and 2 <= len(points[0][0]) <= 3 else _Heap()
    front: list[_Point[Row]] = []
    for point in points:
        equal = bool(front) and front[-1][0] == point[0]
        if equal or not beaten.holds(point[0]):
            front.append(point)
            beaten.add(point[0])
    return front


class _Staircase:
    """What points of two or three objectives beat; the first is known to be no better than those before.

    Of the other two, the corners of what is beaten are kept: the second rises while the third falls.
    """

    def __init__(self) -> None:
        self._second: list[float] = []
        self._third: list[float] = []

    def holds(self, values: tuple[float, ...]) -> bool:
        place = bisect_right(self._second, values[1])
        return place > 0 and self._third[place - 1] <= values[-1]

    def add(self, values: tuple[float, ...]) -> None:
        place = bisect_left(self._second, values[1])
        last = place
        while last < len(self._third) and self._third[last] >= values[-1]:
            last += 1
        self._second[place:last] = [values[1]]
        self._third[place:last] = [values[-1]]


class _Heap:
    """The same for more objectives, one by one."""

    def __init__(self) -> None:
        self._points: list[tuple[float, ...]] = []

    def holds(self, values: tuple[float, ...]) -> bool:
        return any(all(map(operator.le, point, values)) for point in reversed(self._points))

    def add(self, values: tuple[float, ...]) -> None:
        self._points.append(values)
