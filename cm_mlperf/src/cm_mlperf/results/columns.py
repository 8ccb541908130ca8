"""The columns that can be asked for: fields of a row, derived values, what only some suites have."""

from __future__ import annotations

import csv
import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from cm_core import MetaError, NotFoundError, UsageError
from cm_mlperf.results.row import DERIVED, FIELDS, ResultRow, benchmark_of, number
from cm_mlperf.results.sizes import size_change
from cm_report.grid import Cell, Columns

BEST = "best"
_SHOWN = 3
# Of which less is better, beside what units and names say.
_LOWER = frozenset(("nodes", "cores", "accelerators", "dollars_per_million"))
# What is computed of the result; of these, what does not depend on the size of a system.
_NORMALIZED = frozenset((
    "per_core", "per_accelerator", "per_node", "per_watt", "samples_per_joule",
    "per_dollar", "per_dollar_hour", "dollars_per_million",
))  # fmt: skip
_OF_RESULT = frozenset(("result", "throughput")) | _NORMALIZED
_TOKENS, _SAMPLES = "tokens/s", "samples/s"
_WORD = re.compile(r"[A-Za-z_]\w*")


class Price(NamedTuple):
    """What a system costs in dollars: to buy, and to use for an hour."""

    bought: float | None = None
    per_hour: float | None = None


_NO_PRICE = Price()


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
        prices: Mapping[str, Price] | None = None,
    ) -> None:
        super().__init__({name: attrgetter(name) for name in (*FIELDS, *DERIVED) if name != "extra"})
        self._prices = dict(prices or {})
        self.cells |= {
            "price": lambda row: self._price(row).bought,
            "per_dollar": self._per_dollar,
            "price_per_hour": lambda row: self._price(row).per_hour,
            "per_dollar_hour": self._per_dollar_hour,
            "dollars_per_million": self._dollars_per_million,
        }
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

    def apart(self, name: str, rows: Sequence[ResultRow]) -> str:
        """Results of several benchmarks, or counted in several units."""
        words = set(_WORD.findall(name))
        if not words & _OF_RESULT:
            units = {row.power_unit for row in rows} if "power" in words else set()
            return f"different units: {', '.join(sorted(units))}" if len(units) > 1 else ""
        benchmarks = sorted({benchmark_of(row) for row in rows})
        if len(benchmarks) > 1:
            return f"different benchmarks: {', '.join(benchmarks[:_SHOWN])}" + ", …" * (
                len(benchmarks) > _SHOWN
            )
        units = {row.unit if "result" in words else _counted(row) for row in rows}
        return f"different units: {', '.join(sorted(units))}" if len(units) > 1 else ""

    def change(self, name: str, first: ResultRow | None, second: ResultRow | None) -> str:
        """The sizes of two systems, where a number depends on them."""
        words = set(_WORD.findall(name))
        if first is None or second is None or not words & _OF_RESULT or words & _NORMALIZED:
            return ""
        return size_change(first, second)

    def _price(self, row: ResultRow) -> Price:
        names = (row.system.casefold(), row.platform.casefold())
        for pattern, price in self._prices.items():
            if any(fnmatch.fnmatchcase(name, pattern.casefold()) for name in names):
                return price
        return _NO_PRICE

    def _per_dollar(self, row: ResultRow) -> float | None:
        price = self._price(row).bought
        return row.throughput / price if price and row.throughput is not None else None

    def _per_dollar_hour(self, row: ResultRow) -> float | None:
        """How many samples or tokens a dollar buys."""
        price = self._price(row).per_hour
        return row.throughput * 3600 / price if price and row.throughput is not None else None

    def _dollars_per_million(self, row: ResultRow) -> float | None:
        """What a million samples or tokens cost."""
        amount = self._per_dollar_hour(row)
        return 1e6 / amount if amount else None


def read_prices(file: Path) -> dict[str, Price]:
    """Prices from a CSV with the columns ``system`` and ``price``, ``per_hour`` or both.

    A system is a name or a pattern such as ``*H100*``.

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
        written = [text for name in ("price", "per_hour") if (text := line.get(name))]
        known = [value for text in written if (value := number(text)) is not None and value > 0]
        if not line.get("system") or not known or len(known) != len(written):
            raise MetaError(
                f"{file}, line {place}: a system and a positive price are needed",
                hint="the first line is: system,price (or system,per_hour, or all three)",
            )
        bought, per_hour = number(line.get("price")), number(line.get("per_hour"))
        prices[str(line["system"]).strip()] = Price(bought, per_hour)
    return prices


def _counted(row: ResultRow) -> str:
    """What a throughput counts: a latency is turned into samples, and a query of Server is one sample."""
    if row.unit in (_TOKENS, "tasks/s", "inferences/s", "min"):
        return row.unit
    return _SAMPLES


def _extra_cell(key: str) -> Cell[ResultRow]:
    return lambda row: row.extra.get(key)


def _best_first(row: ResultRow) -> tuple[Any, ...]:
    if row.result is None:
        return (True, row.unit, 0.0)
    return (False, row.unit, row.result if row.lower_is_better else -row.result)
