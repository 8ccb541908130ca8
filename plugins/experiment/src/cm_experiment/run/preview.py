"""What would run: for ``--dry-run`` and ``--print-job``. Nothing is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import Result
from cm_experiment.record.layout import Row, Step
from cm_experiment.record.rows import read_run
from cm_experiment.record.wording import values_text
from cm_experiment.run.recorder import Recorder
from cm_experiment.search import LEARNING, make_search
from cm_experiment.study.template import command_text

if TYPE_CHECKING:
    from cm_core import Session
    from cm_experiment.executors.contract import Executor, Task
    from cm_experiment.study.plan import Plan

_MOST_SHOWN = 20
_MOST_JOBS = 1000
_UNMADE = Path("/EXPERIMENT/RUN")


def planned_steps(plan: Plan, session: Session, earlier: Path | None) -> Result:
    """The plan of an experiment: how many steps, and the first ones.

    Args:
        earlier: a run that would go on.
    """
    rows = read_run(earlier) if earlier else []
    search = make_search(plan.problem, rows)
    steps = [step for step, _ in itertools.islice(_steps(plan, session, earlier, rows), _MOST_SHOWN)]
    method = plan.problem.method
    many = "an open number of" if search.planned is None else str(search.planned)
    times = plan.study.repeat + plan.study.warmup
    lines = [f"{many} steps ({method})" + (f", {times} executions each" if times > 1 else "")]
    if rows:
        done = sum(row.state in ("finished", "pruned") for row in rows)
        lines.append(f"would resume the run {earlier}: {done} steps are finished")
    for step in steps:
        command = command_text(step.command, shell=step.shell)
        values = values_text(step.variables)
        lines.append(f"  {step.number}. {values}{': ' if values else ''}{command}")
    if method in LEARNING:
        lines.append("  further points depend on results")
    elif search.planned is not None and len(steps) == _MOST_SHOWN < search.planned:
        lines.append("  …")
    data: dict[str, Any] = {
        "planned": search.planned,
        "method": method,
        "steps": [{"number": step.number, "variables": dict(step.variables)} for step in steps],
        "continues": str(earlier) if earlier else None,
    }
    return Result(data=data, lines=tuple(lines))


def submitted_jobs(plan: Plan, session: Session, executor: Executor, options: Mapping[str, Any]) -> list[str]:
    """What an executor would submit."""
    tasks = [task for _, task in itertools.islice(_steps(plan, session, None, ()), _MOST_JOBS)]
    return list(executor.preview(tasks, options))


def _steps(
    plan: Plan, session: Session, run: Path | None, rows: Sequence[Row]
) -> Iterator[tuple[Step, Task]]:
    recorder = Recorder(plan, session, run or _UNMADE, rows)
    search = make_search(plan.problem, rows)
    adaptive = plan.problem.method in LEARNING
    while (point := search.ask()) is not None:
        yield recorder.prepare(point, "UID")
        if adaptive:
            return
