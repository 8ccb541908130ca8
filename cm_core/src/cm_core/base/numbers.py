"""Numbers as people write them, which is less than Python reads: no ``1_0``, ``nan``, ``inf`` or ``١٢``."""

from __future__ import annotations

import math
import re

_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_WHOLE = r"[+-]?[0-9]+"
# More is no count of anything, and Python refuses thousands of digits.
_MOST_DIGITS = 300


def to_number(text: str) -> float | None:
    """The finite number that a text is, blanks around it aside; ``None`` when it is none."""
    number = float(text) if re.fullmatch(_NUMBER, text := text.strip()) else math.inf
    return number if math.isfinite(number) else None


def to_whole(text: str) -> int | None:
    """The whole number that a text is; ``None`` when it is none."""
    text = text.strip()
    return int(text) if len(text) <= _MOST_DIGITS and re.fullmatch(_WHOLE, text) else None


def to_count(text: str) -> int | None:
    """The whole number of at least 0 that a text is; ``None`` when it is none."""
    number = to_whole(text)
    return number if number is None or number >= 0 else None
