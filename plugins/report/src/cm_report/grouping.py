"""Rows in groups: how many, the best, the median; two columns as a table of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, Generic, Protocol

from cm_core import UsageError, field, frozen, replace
from cm_report.grid import Cell, Columns, Grid, Row, is_number
from cm_report.query import check_numbers, lower_of, named_direction, ordered

COUNT, ROWS = "count", "rows"
_MOST_PIVOTED = 40
_ALL = "all rows"


@frozen
class Grouping:
    """What is asked of groups.

    Attributes:
        by: columns or expressions whose values make the groups; without any, all rows are one.
        best: a number of which each group's best value is shown, perhaps with ``:min`` or ``:max`` behind.
        median: a number of which the median is shown.
        count: ``rows``, or a column of which the number of different values is shown.
        pivot: a column whose values become columns of the table.
        ratio: two of these values, ``B/A``: how many times as good B is.
        columns: of the best row of each group.
        sort: columns of the table to order it by; without any, the best ratios, the best groups or the
            largest come first.
    """

    by: Sequence[str] = ()
    best: str = ""
    median: str = ""
    count: str = ""
    pivot: str = ""
    ratio: str = ""
    columns: Sequence[str] = ()
    sort: Sequence[str] = ()

    @property
    def wanted(self) -> bool:
        """Whether groups are asked for at all."""
        return bool(self.by or self.best or self.median or self.count or self.pivot or self.ratio)


class GroupingFlags(Protocol):
    """Flags of a verb that shows groups; they mean what :class:`Grouping` says."""

    by: tuple[str, ...]
    best: str
    median: str
    count: str
    pivot: str
    ratio: str
    columns: tuple[str, ...]
    sort: tuple[str, ...]


def grouping_of(flags: GroupingFlags) -> Grouping:
    """What flags ask of groups."""
    return Grouping(
        by=flags.by,
        best=flags.best,
        median=flags.median,
        count=flags.count,
        pivot=flags.pivot,
        ratio=flags.ratio,
        columns=flags.columns,
        sort=flags.sort,
    )


@frozen
class Grouped:
    """A table of groups, and what has to be said about it."""

    grid: Grid
    remarks: tuple[str, ...] = ()


@frozen
class _Value(Generic[Row]):
    """What a group amounts to, and the rows that it rests on."""

    number: float | None = None
    rows: Sequence[Row] = ()
    lower: bool = False
    best: Row | None = None


_Measure = Callable[[str, Sequence[Row]], _Value[Row]]


def group_rows(columns: Columns[Row], rows: Sequence[Row], asked: Grouping) -> Grouped:
    """The table of the groups.

    Raises:
        UsageError: when flags do not go together, or values of a group cannot be compared.
        ExpressionError: when a column or expression cannot be read.
    """
    done = _grouped(columns, rows, asked)
    if not asked.sort:
        return done
    header = done.grid.header
    cells: dict[str, Cell[Any]] = {name: itemgetter(place) for place, name in enumerate(header)}
    return replace(done, grid=Grid(header=header, rows=ordered(Columns(cells), done.grid.rows, asked.sort)))


def _grouped(columns: Columns[Row], rows: Sequence[Row], asked: Grouping) -> Grouped:
    measures = _measures(columns, rows, asked)
    groups = _groups(rows, [columns.expression(name) for name in asked.by])
    if asked.pivot:
        return _pivoted(columns, groups, asked, measures)
    shown = [columns.expression(name) for name in asked.columns]
    lines = []
    for key, members in groups.items():
        values = [measure(_in_words(key), members) for measure in measures.values()]
        best = values[0].best
        cells = [None if best is None else cell(best) for cell in shown]
        lines.append(((*key, *(value.number for value in values), *cells), values[0]))
    header = (*asked.by, *measures, *asked.columns)
    return Grouped(grid=Grid(header=header, rows=[line for line, _ in _in_order(lines)]))


def _measures(columns: Columns[Row], rows: Sequence[Row], asked: Grouping) -> dict[str, _Measure[Row]]:
    """Heading -> what is computed of a group; the first decides the order.

    Raises:
        UsageError: when flags do not go together.
    """
    found: dict[str, _Measure[Row]] = {}
    if asked.best:
        found[named_direction(asked.best)[0]] = _best(columns, rows, asked.best)
    if asked.median:
        found[f"median {named_direction(asked.median)[0]}"] = _median(columns, rows, asked.median)
    if asked.count not in ("", ROWS):
        found[f"{COUNT} {asked.count}"] = _different(columns, asked.count)
    elif asked.count or not found:
        found[COUNT] = lambda _, rows: _Value(number=len(rows), rows=rows)
    if asked.columns and (asked.pivot or not asked.best):
        hint = "leave out --columns" if asked.pivot else "say which row is the best of a group: --best=COLUMN"
        raise UsageError("with --by, the columns are those of the best row", hint=hint)
    if asked.pivot and len(found) > 1:
        raise UsageError(
            "a pivot shows one number, not several", hint="choose one of --best, --median and --count"
        )
    if asked.ratio and not asked.pivot:
        raise UsageError("--ratio divides two columns of a pivot", hint="add --pivot=COLUMN")
    return found


def _different(columns: Columns[Row], name: str) -> _Measure[Row]:
    cell = columns.expression(name)

    def measure(_: str, rows: Sequence[Row]) -> _Value[Row]:
        return _Value(number=len({_key(cell(row)) for row in rows} - {None}), rows=rows)

    return measure


def _numbers(
    columns: Columns[Row], rows: Sequence[Row], text: str
) -> Callable[[str, Sequence[Row]], _Value[Row]]:
    """The rows of a group that have a number there; they must be comparable."""
    name, _ = named_direction(text)
    cell = columns.expression(name)
    check_numbers(columns, rows, name)

    def read(group: str, rows: Sequence[Row]) -> _Value[Row]:
        known = [row for row in rows if is_number(cell(row))]
        if not known:
            return _Value()
        if why := columns.apart(name, known):
            raise UsageError(
                f"values of '{name}' in the group '{group}' cannot be compared: {why}",
                hint="add what tells them apart to --by, or choose with --where",
            )
        return _Value(rows=known, lower=lower_of(columns, known, text))

    return read


def _best(columns: Columns[Row], rows: Sequence[Row], text: str) -> _Measure[Row]:
    cell: Cell[Row] = columns.expression(named_direction(text)[0])
    read = _numbers(columns, rows, text)

    def measure(group: str, rows: Sequence[Row]) -> _Value[Row]:
        known = read(group, rows)
        if not known.rows:
            return known
        best = (min if known.lower else max)(known.rows, key=cell)
        return _Value(number=cell(best), rows=known.rows, lower=known.lower, best=best)

    return measure


def _median(columns: Columns[Row], rows: Sequence[Row], text: str) -> _Measure[Row]:
    import statistics  # which brings fractions and random numbers along

    cell: Cell[Row] = columns.expression(named_direction(text)[0])
    read = _numbers(columns, rows, text)

    def measure(group: str, rows: Sequence[Row]) -> _Value[Row]:
        known = read(group, rows)
        number = statistics.median(map(cell, known.rows)) if known.rows else None
        return _Value(number=number, rows=known.rows, lower=known.lower)

    return measure


# -- pivots --------------------------------------------------------------------------------------------


@frozen
class _Ratio(Generic[Row]):
    """How many times as good the values of one column of a pivot are as those of another.

    Attributes:
        name: of what is divided, as the columns know it; ``""`` for numbers of rows.
        left_out: why groups have none.
    """

    columns: Columns[Row]
    name: str
    first: Any
    second: Any
    left_out: list[str] = field(default_factory=list)

    def of(self, values: dict[Any, _Value[Row]]) -> list[Any]:
        """The ratio, and how the two sides differ in what the number depends on."""
        from cm_report.compare import gain

        before, after = values.get(self.first, _Value()), values.get(self.second, _Value())
        if before.number is None or after.number is None:
            return [None, ""]
        if why := self.name and self.columns.apart(self.name, [*before.rows, *after.rows]):
            self.left_out.append(why)
            return [None, ""]
        change = self.columns.change(self.name, before.best, after.best)
        return [gain(before.number, after.number, lower=after.lower), change]


def _pivoted(
    columns: Columns[Row],
    groups: dict[tuple[Any, ...], list[Row]],
    asked: Grouping,
    measures: dict[str, _Measure[Row]],
) -> Grouped:
    (measure,) = measures.values()
    cell = columns.expression(asked.pivot)
    heads = _heads(asked.pivot, {_key(cell(row)) for members in groups.values() for row in members})
    plain = named_direction(asked.best or asked.median)[0]
    ratio = _ratio(columns, plain, asked.ratio, heads) if asked.ratio else None
    lines = []
    for key, members in groups.items():
        parts = _groups(members, [cell])
        values = {
            head: measure(_in_words((*key, head)), parts[(head,)]) for head in heads if (head,) in parts
        }
        numbers = [values[head].number if head in values else None for head in heads]
        more = ratio.of(values) if ratio else []
        first = next((value for value in values.values() if value.number is not None), _Value[Row]())
        lines.append(((*key, *numbers, *more), first))
    header = (*asked.by, *(_text(head) for head in heads))
    grid = Grid(header=header, rows=[line for line, _ in _in_order(lines)])
    if ratio is None:
        return Grouped(grid=grid)
    place = len(header)
    best_first = sorted(grid.rows, key=lambda row: (row[place] is None, -(row[place] or 0)))
    full = Grid(header=(*header, asked.ratio, "change"), rows=best_first)
    return Grouped(grid=_without_empty_end(full), remarks=tuple(_remarks(asked.ratio, ratio.left_out)))


def _heads(pivot: str, found: Iterable[Any]) -> list[Any]:
    """The values that become columns, in an order in which ``v10.0`` comes after ``v2.1``."""
    heads = sorted(found, key=lambda head: _natural(_text(head)))
    if len(heads) > _MOST_PIVOTED:
        raise UsageError(
            f"'{pivot}' has {len(heads)} values, too many for columns of a table",
            hint=f"choose at most {_MOST_PIVOTED} with --where, or move it to --by",
        )
    return heads


def _ratio(columns: Columns[Row], name: str, text: str, heads: Sequence[Any]) -> _Ratio[Row]:
    """The two columns that ``B/A`` names; a name may hold a slash itself.

    Raises:
        UsageError: when there are no two such columns.
    """
    known = {_text(head).casefold(): head for head in heads}
    for cut in (place for place, character in enumerate(text) if character == "/"):
        second, first = text[:cut].strip().casefold(), text[cut + 1 :].strip().casefold()
        if first in known and second in known and first != second:
            return _Ratio(columns=columns, name=name, first=known[first], second=known[second])
    shown = ", ".join(map(_text, heads)) or "none"
    raise UsageError(f"--ratio cannot be '{text}'", hint=f"write B/A with two of these columns: {shown}")


def _remarks(ratio: str, left_out: Sequence[str]) -> Iterable[str]:
    for why in dict.fromkeys(left_out):
        number = left_out.count(why)
        yield f"{ratio} is left out in {number} {'row' if number == 1 else 'rows'}: {why}"


def _without_empty_end(grid: Grid) -> Grid:
    """Without a last column that says nothing."""
    if any(row[-1] for row in grid.rows):
        return grid
    return Grid(header=grid.header[:-1], rows=[row[:-1] for row in grid.rows])


# -- groups --------------------------------------------------------------------------------------------


def _groups(rows: Iterable[Row], cells: Sequence[Cell[Row]]) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(_key(cell(row)) for cell in cells), []).append(row)
    return groups


def _key(value: Any) -> Any:
    """A value that can be the key of a group; an empty text is a missing one."""
    if isinstance(value, list | tuple):
        return tuple(map(_key, value))
    return str(value) if isinstance(value, dict | set) else None if value == "" else value


_Line = tuple[tuple[Any, ...], _Value[Row]]


def _in_order(lines: list[_Line[Row]]) -> list[_Line[Row]]:
    """The best values first; groups without one last."""

    def rank(line: _Line[Row]) -> tuple[bool, float]:
        value = line[1]
        number = value.number or 0
        return (value.number is None, number if value.lower else -number)

    return sorted(lines, key=rank)


def _in_words(key: Sequence[Any]) -> str:
    return ", ".join(map(_text, key)) or _ALL


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "-" if value is None else str(value)


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text) if part]
