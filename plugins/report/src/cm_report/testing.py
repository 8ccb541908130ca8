"""Reads pages of :mod:`cm_report.page` back, for tests of reports."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = frozenset(("meta", "br", "input"))
_LINKING = frozenset(("href", "src", "data", "action"))


class PageStructure(HTMLParser):
    """What a page consists of.

    Attributes:
        tags: each with its attributes.
        text: all that is shown, in pieces.
        links: what is referred to.

    Raises:
        AssertionError: when tags are not closed in order.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.links: list[str | None] = []
        self._open: list[str] = []
        self.feed(page)
        if self._open:
            raise AssertionError(f"<{self._open[-1]}> is not closed")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all tags of this name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

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
