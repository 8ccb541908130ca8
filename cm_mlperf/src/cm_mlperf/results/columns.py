"""The columns that can be asked for: fields of a row, derived values, what only some suites have."""

from __future__ import annotations

import csv
import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from cm_core import MetaError, NotFoundError, UsageError
from cm_mlperf.results.row import DERIVED, FIELDS, ResultRow, number
from cm_report.grid import Cell, Columns

BEST = "best"
# Of which less is better, beside what units and names say.
_LOWER = frozenset(("nodes", "cores", "accelerators"))


class ResultColumns(Columns[ResultRow]):
    """The columns of some rows.

    Args:
        rows: whose own columns count, too.
        derived: name -> expression over other columns, in order.
        prices: pattern of a system's name -> its price.

    Raises:
        ExpressionError: when an expression cannot be read or names no column.
    """

    example = "result,power"

    def __init__(
        self,
        rows: Iterable[ResultRow] = (),
        *,
        derived: Mapping[str, str] | None = None,
        prices: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__({name: attrgetter(name) for name in (*FIELDS, *DERIVED) if name != "extra"})
        self._prices = dict(prices or {})
        self.cells |= {"price": self._price, "per_dollar": self._per_dollar}
        for key in sorted({key for row in rows for key in row.extra}):
            self.cells.setdefault(key, _extra_cell(key))
        for name, text in (derived or {}).items():
            self.derive(name, text)

    def order(self, name: str) -> Callable[[ResultRow], Any] | None:
        """``best``: the best results first, unit by unit."""
        return _best_first if name == BEST else None

    def lower_is_better(self, name: str, rows: Sequence[ResultRow]) -> bool:
        """As units and names say; more of everything else is better.

        Raises:
            UsageError: for results in several units, which cannot be compared.
        """
        if name == "result":
            units = sorted({row.unit for row in rows if row.result is not None})
            if len(units) > 1:
                raise UsageError(
                    f"results in different units cannot be compared: {', '.join(units)}",
                    hint="choose one, for example --where='unit == \"samples/s\"', or use throughput",
                )
            return bool(rows and rows[0].lower_is_better)
        return name in _LOWER or bool(super().lower_is_better(name, rows))

    def _price(self, row: ResultRow) -> float | None:
        names = (row.system.casefold(), row.platform.casefold())
        for pattern, price in self._prices.items():
            if any(fnmatch.fnmatchcase(name, pattern.casefold()) for name in names):
                return price
        return None

    def _per_dollar(self, row: ResultRow) -> float | None:
        price = self._price(row)
        return row.throughput / price if price and row.throughput is not None else None


def read_prices(file: Path) -> dict[str, float]:
    """Prices from a CSV with the columns ``system`` (a name or a pattern such as ``*H100*``) and ``price``.

    Raises:
        NotFoundError: when there is no such file.
        MetaError: when a column is missing or a price is not a positive number.
    """
    try:
        lines = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {file}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MetaError(f"cannot read {file}: {error}") from error
    prices = {}
    for place, line in enumerate(lines, start=2):
        price = number(line.get("price"))
        if not line.get("system") or price is None or price <= 0:
            raise MetaError(
                f"{file}, line {place}: a system and a positive price are needed",
                hint="the first line is: system,price",
            )
        prices[str(line["system"]).strip()] = float(price)
    return prices


def _extra_cell(key: str) -> Cell[ResultRow]:
    return lambda row: row.extra.get(key)


def _best_first(row: ResultRow) -> tuple[Any, ...]:
    if row.result is None:
        return (True, row.unit, 0.0)
    return (False, row.unit, row.result if row.lower_is_better else -row.result)
