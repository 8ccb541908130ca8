"""The axis of latencies."""

from __future__ import annotations

from collections.abc import Sequence

from cm_report.axes import Scale

_LOG_FROM = 3.0


def latency_scale(values: Sequence[float], start: float, end: float, *, linear: bool = False) -> Scale:
    """An axis for latencies: logarithmic when they differ much, unless told otherwise; never of no width."""
    positive = [value for value in values if value > 0] or [1.0]
    low, high = min(positive), max(positive)
    if high / low >= _LOG_FROM and not linear:
        return Scale(low=low / 1.05, high=high * 1.05, start=start, end=end, log=True)
    margin = (high - low) * 0.04 or high * 0.1
    return Scale(low=max(0.0, low - margin), high=high + margin, start=start, end=end)
