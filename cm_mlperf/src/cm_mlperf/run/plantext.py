"""Plans as lines for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.base import aligned, rough_duration

if TYPE_CHECKING:
    from cm_mlperf.run.plan import Planner, TestPlan

_NOTHING = "-"


def plan_lines(planner: Planner, plans: Iterable[TestPlan]) -> list[str]:
    """What would be run, how long it takes, and what it needs."""
    probe = planner.probe
    rows = [("scenario", "test", "hint", "queries", "memory", "time")]
    total = 0.0
    for plan in plans:
        total += plan.seconds
        hints = [f"{key}={plan.conf[key]:g}" for key in ("target_qps", "target_latency") if key in plan.conf]
        memory = f"{plan.memory_mb:.0f} MB" if plan.memory_mb >= 1 else _NOTHING
        shown = ", ".join(hints) if plan.mode != "accuracy" else _NOTHING
        rows.append((plan.scenario, plan.mode, shown, f"{plan.queries:,}", memory, _time(plan.seconds)))
    first = (
        f"{planner.target.name} on {planner.target.backend.name}, {planner.configuration.device}:"
        f" {probe.single.mean_ms:.3g} ms per sample, {probe.samples_per_second:,.0f} samples/s in batches of"
        f" {planner.batch_size}, {probe.size} samples"
    )
    return [
        first,
        "",
        *aligned(rows),
        "",
        f"about {_time(total)} in total; {planner.base_mb:,.0f} MB of memory for model and data come on top",
    ]


def _time(seconds: float) -> str:
    return rough_duration(max(1.0, seconds))
