"""What a person sees while steps run: a line for each, or the output of a single one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cm_core.base import duration, rough_duration
from cm_experiment.record.layout import Step, Study
from cm_experiment.record.wording import number_text, values_text
from cm_experiment.run.following import OutputFollower
from cm_experiment.study.objectives import DURATION

if TYPE_CHECKING:
    from cm_core import Reporter
    from cm_experiment.executors.contract import Task

_MOST_SHOWN = 4


class Progress:
    """Tells a reporter about steps.

    Args:
        planned: number of steps; ``None`` while it is open.
        done: how many an earlier try has finished.
    """

    def __init__(self, reporter: Reporter, planned: int | None, study: Study, *, done: int) -> None:
        self._reporter = reporter
        self._planned = planned
        self._names = tuple(objective.metric for objective in study.objectives)
        self._ended = done
        self._begun = time.monotonic()
        self._new = 0
        self._follower: OutputFollower | None = None
        if done:
            left = "" if planned is None else f" of {planned}"
            reporter.message(f"resuming: {done}{left} steps are already finished")

    def started(self, step: Step, task: Task) -> None:
        """A step begins."""
        if self._planned == 1 and task.repeat + task.warmup == 1:
            self._follower = OutputFollower(self._reporter, task.folder)
        del step

    def ended(self, step: Step) -> None:
        """A step has ended."""
        self.close()
        self._ended += 1
        self._new += 1
        position = f"[{self._ended}/{self._planned or '?'}]"
        variables = values_text(step.variables)
        outcome = self._metrics(step) if step.state == "finished" else f"{step.state}: {step.reason}"
        text = " ".join(part for part in (position, f"{variables}:" if variables else "", outcome) if part)
        level = "info" if step.state in ("finished", "pruned") else "warning"
        self._reporter.message(f"{text}{self._time_left()}", level)  # type: ignore[arg-type]

    def close(self) -> None:
        """No step runs any more."""
        if self._follower is not None:
            self._follower.close()
            self._follower = None

    def _metrics(self, step: Step) -> str:
        numbers = {name: value for name, value in step.metrics.items() if isinstance(value, int | float)}
        names = self._names or tuple(numbers)[:_MOST_SHOWN]
        shown = [f"{name} {number_text(numbers[name])}" for name in names if name in numbers]
        shown += [duration(step.duration_s)] if DURATION not in numbers else []
        return ", ".join(shown)

    def _time_left(self) -> str:
        if self._planned is None or self._ended >= self._planned or self._new < 3:
            return ""
        seconds = (time.monotonic() - self._begun) / self._new * (self._planned - self._ended)
        return f" ({rough_duration(seconds)} left)" if seconds >= 60 else ""
