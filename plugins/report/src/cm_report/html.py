"""Pieces of pages: elements whose text is escaped, tables, cards, figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from cm_report.grid import is_number
from cm_report.tables import cell_text

_VOID = frozenset(("br", "input", "meta"))


class Html(str):
    """Text that is markup; any other text is escaped before it becomes part of some."""

    __slots__ = ()


def element(name: str, *children: object, **attributes: object) -> Html:
    """``element("p", "a < b", class_="sub")`` is ``<p class="sub">a &lt; b</p>``.

    Args:
        children: markup, text, ``None`` for nothing, or several of them.
        attributes: ``None`` and ``False`` leave one out; ``data_row`` is written ``data-row``.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{written}>" + ("" if name in _VOID else f"{fragment(*children)}</{name}>"))


def fragment(*children: object) -> Html:
    """Markup of several pieces."""
    return Html("".join(map(_markup, children)))


def _markup(child: object) -> str:
    if isinstance(child, Html):
        return child
    if child is None:
        return ""
    return escape(child) if isinstance(child, str) else fragment(*child)  # type: ignore[misc]


def wide_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    best: Iterable[int] = (),
    **attributes: object,
) -> Html:
    """A table that scrolls sideways where it has no room; the first column stays.

    Args:
        best: places of the rows to mark.
        attributes: of the table.
    """
    texts = [any(isinstance(row[place], str) for row in rows) for place in range(len(header))]
    marked = frozenset(best)
    head = element(
        "tr",
        [
            element("th", name, scope="col", class_="left" if text else None)
            for name, text in zip(header, texts, strict=True)
        ],
    )
    prefix = attributes.get("id")
    lines = [
        element(
            "tr",
            _first_cell(row[0]),
            [_cell(value, text=text) for value, text in zip(row[1:], texts[1:], strict=True)],
            class_="best" if place in marked else None,
            id=f"{prefix}-{place}" if prefix else None,
        )
        for place, row in enumerate(rows)
    ]
    table = element("table", element("thead", head), element("tbody", lines), class_="wide", **attributes)
    return element("div", table, class_="card scroll", tabindex="0", role="region", aria_label=caption)


def _first_cell(value: Any) -> Html:
    """The cell that says what the row is about."""
    return (
        element("th", cell_text(value), scope="row") if isinstance(value, str) else _cell(value, text=False)
    )


def _cell(value: Any, *, text: bool) -> Html:
    """A cell with what scripts sort by; texts are flush left, and so is what is missing among them."""
    content = value if isinstance(value, Html) else cell_text(value)
    sorted_by = "" if value is None else value if is_number(value) else None
    number = isinstance(value, int | float) or (value is None and not text)
    return element("td", content, class_=None if number else "left", data_v=sorted_by)


def card(title: str, pairs: Iterable[tuple[str, str]]) -> Html | None:
    """Names with what is known of them; ``None`` without any."""
    rows = [element("tr", element("th", name, scope="row"), element("td", value)) for name, value in pairs]
    if not rows:
        return None
    return element("section", element("h3", title), element("table", rows, class_="facts"), class_="card")


def tile(name: object, value: str, *, unit: str = "", note: str = "", link: str = "") -> Html:
    """A number that must be seen first."""
    big = element("span", value, fragment(" ", element("small", unit)) if unit else None, class_="big")
    parts = (element("span", name, class_="name"), big, element("span", note, class_="what"))
    return element("a" if link else "div", *parts, class_="card tile", href=link or None)


def contents(sections: Iterable[tuple[str, str]]) -> Html:
    """A list of the sections of a long page.

    Args:
        sections: identifier and heading of each.
    """
    items = [element("li", element("a", heading, href=f"#{identifier}")) for identifier, heading in sections]
    return element("nav", element("ul", items), class_="contents", aria_label="Contents")
