"""Axes of charts: from a value to a place, and where the marks are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cm_core.slotted import frozen

_FEW = 5


@frozen
class Scale:
    """An axis from ``low`` at ``start`` to ``high`` at ``end``, in pixels of the drawing."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies; values outside lie at the ends."""
        low, high = self._warp(self.low), self._warp(self.high)
        part = (self._warp(min(max(value, self.low), self.high)) - low) / (high - low)
        return round(self.start + part * (self.end - self.start), 2)

    def _warp(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def ticks(self) -> list[float]:
        """Round values to mark."""
        if not self.log:
            step = _round_step((self.high - self.low) / (_FEW - 1))
            first = math.ceil(self.low / step - 1e-9)
            last = math.floor(self.high / step + 1e-9)
            return [number * step for number in range(first, last + 1)]
        for mantissas in ((1, 2, 3, 5), (1, 2, 5), (1, 3)):
            found = self._decades(mantissas)
            if len(found) <= _FEW + 1:
                return found
        powers = self._decades((1,))
        return powers[:: math.ceil(len(powers) / _FEW)]

    def _decades(self, mantissas: Sequence[int]) -> list[float]:
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        marks = (mantissa * 10.0**power for power in powers for mantissa in mantissas)
        return [mark for mark in marks if self.low <= mark <= self.high]


def label(value: float) -> str:
    """A mark as short as it can be: ``0.05``, ``2.5``, ``1,500``."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    # Only numbers below 0.0001 come with an exponent.
    return f"{float(text):.9f}".rstrip("0") if "e" in text else text


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(mantissa * power for mantissa in (1, 2, 5, 10) if mantissa * power >= raw * 0.999)
