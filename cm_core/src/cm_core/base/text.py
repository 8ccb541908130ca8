"""Plain text for people: durations, sizes, alternatives, aligned tables; and all texts inside plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_KIB = 1024


def duration(seconds: float) -> str:
    """A duration that was measured: ``0.04 s``, ``12.3 s``, ``2 min 05 s``, ``1 h 02 min``."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    return rough_duration(seconds)


def rough_duration(seconds: float) -> str:
    """A duration that is estimated, in whole seconds: ``5 s``, ``2 min 05 s``, ``1 h 02 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def byte_size(count: float) -> str:
    """``12 B``, ``1.5 MiB``."""
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while abs(count) >= _KIB and len(units) > 1:
        count /= _KIB
        del units[0]
    return f"{count:.0f} B" if units[0] == "B" else f"{count:.1f} {units[0]}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of texts as lines whose columns line up, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def alternatives(words: Sequence[str]) -> str:
    """Words of which one will do, each once: ``a, b or c``."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last


def shortened(text: str, most: int) -> str:
    """The text, or as many of its characters with an ellipsis as fit."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of plain data in which each text has become another one, however deep; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: map_texts(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [map_texts(item, change) for item in value]
    return value
