"""Numbers and tables for display: aligned text and Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cm_core.base import aligned, shortened

_WIDEST = 44
_SIGNIFICANT = 4


def cell_text(value: Any) -> str:
    """A cell for people: four significant digits, thousands apart, ``-`` for what is missing."""
    if value is None or value in ("", ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, int | float):
        return shown_number(value)
    return " ".join(str(value).split())


def shown_number(value: float) -> str:
    """``1,234,567``, ``45.68``, ``0.001234``: four significant digits, more only before the point."""
    if not math.isfinite(value):
        return str(value)
    if isinstance(value, int) or abs(value) >= 10**_SIGNIFICANT - 0.5:
        return f"{value:,.0f}"
    if not value:
        return "0"
    decimals = max(_SIGNIFICANT - 1 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def text_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """An aligned table; columns of numbers are flush right, long texts are cut."""
    cells = [[shortened(cell_text(value), _WIDEST) for value in row] for row in rows]
    right = [_is_numeric([row[place] for row in rows]) for place in range(len(header))]
    widths = [max(len(text) for text in column) for column in zip(header, *cells, strict=True)]

    def flushed(line: Sequence[str]) -> list[str]:
        cells = zip(line, widths, right, strict=True)
        return [text.rjust(width) if flush else text for text, width, flush in cells]

    return aligned([flushed(line) for line in (header, ["-" * width for width in widths], *cells)])


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """A table in Markdown; nothing in a cell can end it or become markup."""
    right = [_is_numeric([row[place] for row in rows]) for place in range(len(header))]
    lines = [_markdown_line([markdown_text(text) for text in header])]
    lines.append(_markdown_line(["---:" if flush else "---" for flush in right]))
    lines += [_markdown_line([markdown_text(cell_text(value)) for value in row]) for row in rows]
    return lines


def markdown_text(text: str) -> str:
    """Text that Markdown and HTML take literally."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for character in "\\`*_[]|#":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _markdown_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _is_numeric(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in known
    )
