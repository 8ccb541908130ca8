"""Support for testing reports: reads pages of :mod:`cm_report.page`, compares answers with golden files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from cm_core import CMError, Session

# Set to write golden files instead of comparing with them; read the difference before you commit it.
WRITE = "CM_WRITE_GOLDEN_FILES"
_CELLS = frozenset(("td", "th"))
_VOID = frozenset(("meta", "br", "input"))
_LINKING = frozenset(("href", "src", "data", "action"))


class PageStructure(HTMLParser):
    """What a page consists of.

    Attributes:
        tags: each with its attributes.
        text: all that is shown, in pieces.
        tables: of each its rows, of each its cells.
        charts: their titles.
        links: what is referred to.

    Raises:
        AssertionError: when tags are not closed in order.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.charts: list[str] = []
        self.links: list[str | None] = []
        self._open: list[str] = []
        self.feed(page)
        if self._open:
            raise AssertionError(f"<{self._open[-1]}> is not closed")

    def marked(self, attribute: str) -> list[str]:
        """The values of an attribute, wherever it is."""
        return [
            value or ""
            for _, attributes in self.tags
            for name, value in attributes.items()
            if name == attribute
        ]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all tags of this name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in _CELLS:
            self.tables[-1][-1].append("")
        elif tag == "title" and self._open[-2] == "svg":
            self.charts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        self.tags.append((tag, dict(attrs)))
        self.links += [value for name, value in attrs if name in _LINKING]

    def handle_endtag(self, tag: str) -> None:
        """Called by the parser."""
        if not self._open or self._open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        """Called by the parser."""
        if not self._open or self._open[-1] not in ("style", "script"):
            self.text.append(data)
        if self._open[-2:] == ["svg", "title"]:
            self.charts[-1] += data
        if _CELLS.intersection(self._open):
            self.tables[-1][-1][-1] += data


def transcript(session: Session, commands: Iterable[str], folder: Path) -> str:
    """What ``cm`` answers to some commands, one after the other; errors, too.

    Args:
        folder: where they run, and what files lie in; shown as ``.``.
    """
    lines = []
    for command in commands:
        lines.append(f"$ cm {command}")
        try:
            lines += session.call(session.understand(command)).lines
        except CMError as error:
            lines += [f"CM error: {error.message}", *error.explanation(), f"hint: {error.hint}"]
    return "\n".join(lines).replace(str(folder), ".") + "\n"


def shown_tables(page: str) -> str:
    """The cells of all tables of a page, row by row."""
    tables = PageStructure(page).tables
    return "\n\n".join("\n".join(" | ".join(row) for row in table) for table in tables) + "\n"


def assert_as_before(golden: Path, text: str) -> None:
    """See that a text is that of a golden file.

    Raises:
        AssertionError: when it is not, with the lines that differ.
    """
    if os.environ.get(WRITE):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="")
    before = golden.read_text(encoding="utf-8").split("\n")
    after = text.split("\n")
    if before != after:
        import difflib

        found = difflib.unified_diff(before, after, str(golden), "now", lineterm="", n=1)
        raise AssertionError("\n".join(found))
