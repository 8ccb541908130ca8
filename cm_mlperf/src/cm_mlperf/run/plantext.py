"""Plans as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

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
        rows.append((plan.scenario, plan.mode, shown, f"{plan.queries:,}", memory, duration(plan.seconds)))
    first = (
        f"{planner.target.name} on {planner.target.backend.name}, {planner.configuration.device}:"
        f" {probe.single.mean_ms:.3g} ms a sample, {probe.samples_per_second:,.0f} samples/s in batches of"
        f" {planner.batch_size}, {probe.size} samples"
    )
    return [
        first,
        "",
        *aligned(rows),
        "",
        f"about {duration(total)} in all",
    ]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of equal width, two blanks apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    whole = round(seconds)
    if whole < 60:
        return f"{max(1, whole)} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
