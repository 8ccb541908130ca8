"""The parts of a page about the rows of one table: its charts' legends, and the table to filter and sort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cm_report.charts import COLOURS, SHAPES
from cm_report.grid import Columns, Grid, Row
from cm_report.html import Html, element, fragment, wide_table
from cm_report.page import html_page, text_of
from cm_report.scatter import NO_VALUE, Legend
from cm_report.tables import cell_text

_FOOT = element("footer", element("p", "Written by the CM toolkit."))
_TIP = element("div", class_="tip", id="tip", role="status", hidden=True)


def rows_page(title: str, head: Html, *body: Html | None, style: str = "") -> str:
    """A page with one :func:`rows_table`, whose rows the marks of charts stand for."""
    return html_page(
        title,
        fragment(head, element("main", *body), _FOOT, _TIP),
        style=style,
        script=text_of("table.js"),
    )


def rows_table(
    grid: Grid, noun: str, *, best: Iterable[int] = (), best_are: str = "", examples: Sequence[str] = ()
) -> Html:
    """The table with its filter.

    Args:
        noun: what rows are called, in the plural.
        best: places of the rows to mark.
        best_are: what they are, for a box that leaves only them.
        examples: what can be typed into the filter.
    """
    marked = frozenset(best)
    query = element(
        "input",
        type="search", id="query", placeholder="Filter", spellcheck="false", aria_label=f"Filter the {noun}",
    )  # fmt: skip
    box = None
    if marked and best_are:
        box = element("label", element("input", type="checkbox", id="only-best"), f" only {best_are}")
    count = element("span", f"{len(grid.rows)} {noun}", class_="count", id="count", role="status")
    words = [fragment(element("code", example), " ") for example in examples]
    rest = f"{'or any text' if words else 'all that a row must have'}. Click a heading to sort."
    return fragment(
        element("div", query, box, count, class_="tools", data_script=True, hidden=True),
        element("p", "Words between spaces: ", words, rest, class_="help", data_script=True, hidden=True),
        wide_table(noun.capitalize(), grid.header, grid.rows, best=marked, id="rows", data_noun=noun),
    )


def legend_for(columns: Columns[Row], rows: Sequence[Row], names: Iterable[str]) -> Legend:
    """The first two of some columns whose values are few enough to be told apart; colour for the first.

    Rows without a value come last.
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    for name in names:
        values = {_apart(value): value for value in map(columns.cells[name], rows)}
        missing = (NO_VALUE,) if NO_VALUE in values else ()
        texts = sorted(values.keys() - set(missing), key=lambda text: _order(values[text], text))
        most = len(SHAPES) if found else len(COLOURS)
        if 1 < len(texts) <= most:
            found.append((name, (*texts, *missing)))
    (colour, colours), (shape, shapes) = (*found, ("", ()), ("", ()))[:2]
    return Legend(colour=colour, colours=colours, shape=shape, shapes=shapes)


def told_apart(columns: Columns[Row], legend: Legend) -> Callable[[Row], dict[str, str]]:
    """What colour and shape of a row's point stand for."""
    named = {"colour": legend.colour, "shape": legend.shape}
    cells = {channel: columns.cells[name] for channel, name in named.items() if name}
    return lambda row: {channel: _apart(cell(row)) for channel, cell in cells.items()}


def _apart(value: Any) -> str:
    """The entry of a legend for a value."""
    text = cell_text(value)
    return NO_VALUE if text == cell_text(None) else text


def _order(value: Any, text: str) -> tuple[bool, Any]:
    """Numbers by size, then all else by its text."""
    return (False, value) if isinstance(value, int | float) else (True, text)
