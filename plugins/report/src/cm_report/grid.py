"""Rows of any shape with named columns, and tables made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeGuard, TypeVar

from cm_core import UsageError, frozen
from cm_report.expressions import over_columns

Row = TypeVar("Row")
Cell = Callable[[Row], Any]


@frozen
class Grid:
    """A table before it has a form; cells keep their types."""

    header: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    def filled(self, missing: Sequence[object] = (None,)) -> Grid:
        """The columns that say something in at least one row; all, when there is no row.

        Args:
            missing: values that say nothing.
        """
        if not self.rows:
            return self
        columns = [
            (name, column)
            for name, column in zip(self.header, zip(*self.rows, strict=True), strict=True)
            if any(value not in missing for value in column)
        ]
        return Grid(
            header=tuple(name for name, _ in columns),
            rows=list(zip(*(column for _, column in columns), strict=True)),
        )


class Columns(Generic[Row]):
    """The columns of some rows, by name; an expression over them is a column, too.

    Args:
        cells: name -> the function that reads the column from a row.

    Attributes:
        example: objectives that these columns may hold, for hints.
        row: what a row is called.
    """

    example = "latency_ms,accuracy"
    row = "row"

    def __init__(self, cells: Mapping[str, Cell[Row]]) -> None:
        self.cells = dict(cells)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(self.cells)

    def expression(self, text: str) -> Cell[Row]:
        """An expression over columns as a function of rows; a column's name alone is one, too.

        Raises:
            ExpressionError: when it cannot be read or names no column.
        """
        return over_columns(text, self.cells)

    def derive(self, name: str, text: str) -> None:
        """Add a column that is computed.

        Raises:
            UsageError: when there is a column of this name.
            ExpressionError: when the expression cannot be read or names no column.
        """
        if name in self.cells:
            raise UsageError(f"there is already a column '{name}'", hint="choose another name")
        self.cells[name] = self.expression(text)

    def grid(self, rows: Sequence[Row], names: Sequence[str]) -> Grid:
        """The rows in some columns or expressions.

        Raises:
            ExpressionError: when a name is neither a column nor an expression.
        """
        columns = [map(self.expression(name), rows) for name in names]
        return Grid(header=tuple(names), rows=list(zip(*columns, strict=True)))

    def numbers(self, rows: Iterable[Row]) -> list[str]:
        """The columns that may be objectives and hold a number in one of the rows."""
        known = list(rows)
        return [name for name in self.names if any(is_number(self.cells[name](row)) for row in known)]

    def order(self, name: str) -> Callable[[Row], Any] | None:
        """The key of an order that is no column; ``None`` when there is none of this name."""

    def lower_is_better(self, name: str, rows: Sequence[Row]) -> bool | None:  # noqa: ARG002 - others ask them
        """Whether less of a column is better; ``None`` when nobody knows.

        Args:
            rows: those in question.
        """
        return lower_by_name(name)

    def apart(self, name: str, rows: Sequence[Row]) -> str:  # noqa: ARG002 - others ask them
        """Why values of a column in these rows cannot be compared; ``""`` when they can.

        Args:
            name: a column or an expression.
        """
        return ""

    def change(self, name: str, first: Row | None, second: Row | None) -> str:  # noqa: ARG002 - the same
        """What else differs between two rows, which their ratio must not hide; ``""`` for nothing."""
        return ""


def is_number(value: object) -> TypeGuard[float]:
    """Whether one can order and compute with a cell: a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


# What less of is better, and more, when nothing else says so: units and words in names of metrics.
_LESS = frozenset(
    (
        *("cost", "duration", "energy", "error", "errors", "latency", "loss", "memory"),
        *("noise", "power", "price", "runtime", "time"),
    )
)
_MORE = frozenset(("accuracy", "throughput", "score", "speedup", "f1", "map", "qps", "fps", "efficiency"))
_UNITS_OF_LESS = ("_s", "_ms", "_us", "_ns", "_w", "_j", "_mb", "_gb", "_bytes")
_UNITS_OF_MORE = ("_per_s", "_per_second", "_per_w", "_per_j", "_qps", "_fps")


def lower_by_name(name: str) -> bool | None:
    """Whether less of a metric is better, as its name tells; ``None`` when it does not."""
    text = name.casefold()
    if text.endswith(_UNITS_OF_MORE):
        return False
    if text.endswith(_UNITS_OF_LESS):
        return True
    # The last word says what it is: an accuracy_loss is a loss.
    words = "".join(character if character.isalnum() else " " for character in text).split()
    known = [word for word in words if word in _LESS or word in _MORE]
    return known[-1] in _LESS if known else None
