"""What a run says at its end: how many steps, the best one, and whether the noise lets it be the best."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import CMError
from cm_experiment.record.layout import Execution, Objective, Row, Step, Study, read_step
from cm_experiment.record.wording import number_text, values_text
from cm_experiment.study.objectives import DURATION, best, value_of
from cm_report import statistics

if TYPE_CHECKING:
    from cm_experiment.run.runner import Outcome

_MOST_SUMMARIES = 12


def closing_lines(study: Study, outcome: Outcome, top: Row | None) -> list[str]:
    """The lines for a person after a run."""
    rows = outcome.rows
    states = {
        state: sum(row.state == state for row in rows) for state in dict.fromkeys(row.state for row in rows)
    }
    counts = ", ".join(f"{number} {state}" for state, number in states.items()) or "none"
    lines = [f"steps: {counts}"]
    if outcome.budget_spent and not outcome.complete:
        lines.append("the time is up; run the same command to resume")
    if states.get("lost"):
        lines += _lost_lines(outcome.run, [row for row in rows if row.state == "lost"])
    if top is not None:
        lines.append(f"best: {_best_text(top, study.objectives)}")
        lines += _other_best_lines(study, rows, top)
        lines += noise_lines(study, outcome.run, rows, top)
    elif study.objectives and study.constraints and any(row.state == "finished" for row in rows):
        lines.append(f"no step fulfils {' and '.join(study.constraints)}")
    if len(rows) == 1 and study.repeat > 1:
        lines += _summary_lines(outcome.run / rows[0].uid)
    return lines


def _lost_lines(run: Path, rows: Sequence[Row]) -> list[str]:
    lines = []
    for row in rows[:_MOST_SUMMARIES]:
        with contextlib.suppress(CMError):
            lines.append(f"step {row.number} is lost: {read_step(run / row.uid).reason}")
    return [*lines, "the same command runs the lost steps again"]


def noise_lines(study: Study, run: Path, rows: Sequence[Row], top: Row) -> list[str]:
    """Whether the best step is really better than the second best; nothing without repeats."""
    if study.repeat < 2:
        return []
    others = [row for row in rows if row.uid != top.uid and row.variables != top.variables]
    second = best(others, study.objectives, study.constraints)
    if second is None:
        return []
    metric = study.objectives[0].metric
    samples = [values_in(run / row.uid, metric) for row in (top, second)]
    if any(len(sample) < 2 for sample in samples):
        return []
    found = statistics.difference(samples[0], samples[1])
    name = values_text(second.variables) or f"step {second.number}"
    if found.noise_is_larger:
        return [f"the noise is larger than the difference from {name}; a higher --repeat may tell them apart"]
    if found.absolute == 0:
        return [f"{name} is exactly as good"]
    return []


def values_in(step: Path, metric: str) -> list[float]:
    """The values of a metric in the measured executions of a step; empty when its record cannot be read."""
    try:
        executions = measured_executions(read_step(step))
    except CMError:
        return []
    if metric == DURATION and not any(DURATION in item.metrics for item in executions):
        return [item.duration_s for item in executions]
    values = (item.metrics.get(metric) for item in executions)
    return [float(value) for value in values if isinstance(value, int | float)]


def measured_executions(step: Step) -> list[Execution]:
    """Without those of the warm-up."""
    return [item for item in step.repeats if not item.warmup]


def _other_best_lines(study: Study, rows: Sequence[Row], top: Row) -> list[str]:
    """The steps that are better than the best one in a further objective, which the first one decides."""
    lines = []
    for objective in study.objectives[1:]:
        other = best(rows, (objective,), study.constraints)
        if other and value_of(other, objective.metric) != value_of(top, objective.metric):
            lines.append(f"better in this: {_best_text(other, (objective,))}")
    return lines


def _best_text(row: Row, objectives: Sequence[Objective]) -> str:
    values = [(item.metric, value_of(row, item.metric)) for item in objectives]
    found = ", ".join(f"{name} {number_text(value)}" for name, value in values if value is not None)
    where = values_text(row.variables) or f"step {row.number}"
    return f"{found} at {where} (step {row.number})"


def _summary_lines(folder: Path) -> list[str]:
    try:
        step = read_step(folder)
    except CMError:
        return []
    lines = []
    for name in (DURATION, *step.metrics)[:_MOST_SUMMARIES]:
        values = values_in(folder, name)
        if len(values) > 1:
            found = statistics.summarize(values)
            low, high = (
                number_text(value) if value is not None else "?" for value in (found.low, found.high)
            )
            lines.append(
                f"{name}: median {number_text(found.median)}, spread {number_text(found.spread)},"
                f" mean between {low} and {high} (95 %, {found.count} values)"
            )
    return lines
