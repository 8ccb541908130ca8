"""How far a test is, as one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core.base import rough_duration

if TYPE_CHECKING:
    from cm_mlperf.run.plan import TestPlan
    from cm_mlperf.run.runner import Event

_BAR = 20


def progress_text(plan: TestPlan, event: Event, elapsed: float) -> str:
    """A bar, the time left, and the percentiles so far; ``""`` for an event that says nothing new."""
    if event.get("event") == "phase":
        return {"test": "LoadGen prepares queries", "score": "judging answers"}.get(
            str(event.get("name")), ""
        )
    if event.get("event") != "progress" or not event.get("samples"):
        return ""
    samples = int(event["samples"])
    by_time = elapsed / max(plan.seconds, 1e-9)
    by_count = samples / plan.queries if plan.mode == "accuracy" or plan.scenario == "Offline" else by_time
    share = min(0.99, by_count if plan.queries else by_time)
    left = max(0.0, plan.seconds - elapsed) if share == by_time else elapsed * (1 / max(share, 1e-3) - 1)
    filled = round(share * _BAR)
    parts = [
        f"[{'#' * filled}{'.' * (_BAR - filled)}] {share:4.0%}",
        f"{rough_duration(left)} left",
        f"{samples:,} samples",
    ]
    if event.get("p90_ms") is not None:
        parts.append(f"p90 {event['p90_ms']:.3g} ms, p99 {event['p99_ms']:.3g} ms")
    return "  ".join(parts)
