"""What may be said of a flag, whatever its kind; read by type checkers and for the reference only."""

from __future__ import annotations

from typing import TypedDict


class More(TypedDict, total=False):
    """What every kind of flag may have."""

    also: tuple[str, ...]
    env: str
    metavar: str
    values: str
    repeat: bool


class Bounds(More, total=False):
    """What numbers may also have."""

    least: float
    most: float
    above: float
    unit: str
