"""Axes of charts: from a value to a place, where the marks are, and how they are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from cm_core.base.frozen import frozen

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


@frozen
class Plot:
    """A chart in SVG and the axes around it, in pixels; colours come from the style sheet of the page.

    Attributes:
        left, right, top, bottom: space for marks and names around what is plotted.
    """

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    @property
    def across(self) -> tuple[int, int]:
        """Where a scale from left to right starts and ends."""
        return self.left, self.width - self.right

    @property
    def up(self) -> tuple[int, int]:
        """Where a scale from below upwards starts and ends."""
        return self.height - self.bottom, self.top

    def x_axis(self, scale: Scale, name: str) -> str:
        """Line, marks and name below."""
        marks = "".join(self.x_mark(scale.place(value), label(value)) for value in scale.ticks())
        return self.base_line() + marks + self.x_name(name)

    def base_line(self) -> str:
        """The line below."""
        (left, right), (y, _) = self.across, self.up
        return f'<line class="axis" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'

    def x_mark(self, x: float, text: str) -> str:
        """A mark under the line."""
        return f'<text class="tick" x="{x}" y="{self.up[0] + 16}" text-anchor="middle">{text}</text>'

    def x_name(self, name: str) -> str:
        """A name below, in the middle."""
        middle, y = sum(self.across) / 2, self.up[0] + 35
        return f'<text class="axis-name" x="{middle}" y="{y}" text-anchor="middle">{escape(name)}</text>'

    def y_axis(self, scale: Scale, name: str) -> str:
        """Lines across with their marks, and a name above."""
        left, right = self.across
        parts = []
        for value in scale.ticks():
            y = scale.place(value)
            parts.append(
                f'<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
                f'<text class="tick" x="{left - 7}" y="{y + 4}" text-anchor="end">{label(value)}</text>'
            )
        return "".join(parts) + (
            f'<text class="axis-name" x="6" y="14">{escape(name)}</text>' if name else ""
        )


def label(value: float) -> str:
    """A mark as short as it can be: ``0.05``, ``2.5``, ``1,500``."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    # Only numbers below 0.0001 come with an exponent.
    return f"{float(text):.9f}".rstrip("0") if "e" in text else text


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(mantissa * power for mantissa in (1, 2, 5, 10) if mantissa * power >= raw * 0.999)
