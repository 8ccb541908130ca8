"""How steps look as text: one line when a step has ended, and the tree of everything that was done."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TextIO

from cm_core.base.frozen import frozen
from cm_core.base.text import duration
from cm_core.credentials import without_credentials
from cm_core.interaction import is_terminal
from cm_core.reporter import EndedStep, StepInfo, StepStatus

INDENT = "  "
_TITLE_WIDTH = 56
_COLOURS = {"done": "32", "cached": "36", "skipped": "2", "failed": "31", "dim": "2", "warning": "33"}
# Escape sequences (CSI, OSC, others) and the remaining control characters.
_CONTROL = r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|[\x00-\x1f\x7f-\x9f]"


@frozen
class StepEnd:
    """A step that has ended, as reporters hear of it."""

    step: StepInfo
    status: StepStatus
    seconds: float
    note: str = ""


@frozen
class Look:
    """What a stream can show.

    Attributes:
        unicode: whether it takes more than ASCII.
        colour: whether it is a terminal that wants colours.
    """

    unicode: bool = False
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO, env: Mapping[str, str]) -> Look:
        """What fits a stream: ``NO_COLOR`` and a dumb terminal switch colours off."""
        encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "").replace("_", "")
        wanted = not env.get("NO_COLOR") and env.get("TERM") != "dumb" and os.name != "nt"
        return cls(unicode=encoding.startswith("utf"), colour=wanted and is_terminal(stream))

    def mark(self, status: StepStatus) -> str:
        """The sign before a finished step."""
        signs = {"done": "✓", "cached": "✓", "skipped": "-", "failed": "✗"}
        words = {"done": "+", "cached": "=", "skipped": "-", "failed": "x"}
        return (signs if self.unicode else words)[status]

    @property
    def spinner(self) -> str:
        """The phases of the sign before a running step."""
        return "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" if self.unicode else "|/-\\"

    def paint(self, text: str, style: str) -> str:
        """The text in the colour of a status, of ``dim`` or of ``warning``."""
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.colour and text else text


def finished_line(record: EndedStep, look: Look, *, columns: int = 0) -> str:
    """A finished step on one line, indented by its depth.

    Args:
        columns: width of the terminal, to which a long title is cut; 0 cuts nothing.
    """
    left = f"{INDENT * record.step.depth}{look.mark(record.status)} "
    return look.paint(left, record.status) + _title_and_ending(len(left), record, look, columns)


def summary(
    records: Sequence[EndedStep], *, look: Look | None = None, columns: int = 0, limit: int = 60
) -> list[str]:
    """The tree of what was done, with times and what came from the cache, and a line that counts.

    Args:
        records: in the order in which steps ended.
        look: plain ASCII without colours if not given.
        columns: width of the terminal, to which long titles are cut; 0 cuts nothing.
        limit: steps beyond this number are only counted.
    """
    look = look or Look()
    children: dict[int | None, list[EndedStep]] = {}
    known = {record.step.id for record in records}
    for record in sorted(records, key=lambda record: record.step.id):
        parent = record.step.parent if record.step.parent in known else None
        children.setdefault(parent, []).append(record)
    lines: list[str] = []
    # Explicit stack: a chain of dependencies may be deeper than Python's own.
    waiting = [(record, "", "") for record in reversed(children.get(None, []))]
    while waiting:
        record, branch, continuation = waiting.pop()
        lines.append(look.paint(branch, "dim") + _title_and_ending(len(branch), record, look, columns))
        below = children.get(record.step.id, [])
        for position, child in reversed(list(enumerate(below))):
            last = position == len(below) - 1
            arm, bar = (
                (("└─ " if last else "├─ "), ("   " if last else "│  "))
                if look.unicode
                else ("`- " if last else "|- ", "   " if last else "|  ")
            )
            waiting.append((child, continuation + arm, continuation + bar))
    if len(lines) > limit:
        lines = [
            *lines[:limit],
            f"… and {len(lines) - limit} more steps"
            if look.unicode
            else f"... and {len(lines) - limit} more steps",
        ]
    return [*lines, _count(records)]


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def fit(text: str, columns: int) -> str:
    """The text cut to a number of columns; it must be one line without colours."""
    if display_width(text) <= columns:
        return text
    if columns <= 0:
        return ""
    used, kept = 0, []
    for char in text:
        used += display_width(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept) + ("~" if text.isascii() else "…")


def single_line(text: str) -> str:
    """The text as one line without control characters."""
    if text.isprintable():  # as nearly all is
        return text.strip()
    return re.sub(_CONTROL, lambda match: " " if match[0] in "\t\n\r" else "", text).strip()


def _title_and_ending(used: int, record: EndedStep, look: Look, columns: int) -> str:
    """What follows marks and branches that take ``used`` columns."""
    title = single_line(record.step.title)
    ending = _ending(record)
    note = f" - {single_line(without_credentials(record.note))}" if record.note else ""
    width = _TITLE_WIDTH - used
    if columns:
        room = max(8, columns - used - len(ending) - 1)
        title = fit(title, room)
        width = max(min(width, room), display_width(title))
        note = fit(note, room - width)
    padding = " " * max(1, width + 1 - display_width(title))
    return f"{title}{padding}{look.paint(ending, record.status)}{look.paint(note, 'dim')}"


def _ending(record: EndedStep) -> str:
    if record.status == "done":
        return duration(record.seconds)
    if record.status == "failed":
        return f"failed after {duration(record.seconds)}"
    return record.status


def _count(records: Sequence[EndedStep]) -> str:
    words = {"done": "done", "cached": "from the cache", "skipped": "skipped", "failed": "failed"}
    # A failure fails all that needed it; a person wants to know how many things went wrong.
    carriers = {record.step.parent for record in records if record.status == "failed"}
    counts = {
        status: sum(
            record.status == status and not (status == "failed" and record.step.id in carriers)
            for record in records
        )
        for status in words
    }
    said = ", ".join(f"{number} {words[status]}" for status, number in counts.items() if number)
    total = sum(record.seconds for record in records if record.step.parent is None)
    return f"{said or 'nothing was done'}; {duration(total)} in total"
