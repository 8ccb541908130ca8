"""What a person sees while tests run."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cm_core.reporter import Level, Reporter, StepInfo, StepStatus

if TYPE_CHECKING:
    from cm_core.session import Session
    from cm_mlperf.run.plan import TestPlan
    from cm_mlperf.run.runner import Event

_BAR = 20
# Where lines scroll by instead of being redrawn, a long run says this often that it lives.
_QUIET_SECONDS = 30.0


@contextlib.contextmanager
def reporting(session: Session, reporter: Reporter) -> Iterator[None]:
    """Let a session report elsewhere while the block runs."""
    before, session.reporter = session.reporter, reporter
    try:
        yield
    finally:
        session.reporter = before


@contextlib.contextmanager
def shown(session: Session, title: str) -> Iterator[RunProgress]:
    """Show a run with its steps, livelier at a terminal, while the block runs."""
    from cm_script.runtime.progress import lively

    reporter = lively(session.reporter)
    progress = RunProgress(reporter=reporter)
    with contextlib.closing(reporter), reporting(session, reporter), progress.step(title):
        yield progress


@dataclass(slots=True, kw_only=True)
class RunProgress:
    """Steps of a run for a reporter."""

    reporter: Reporter
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1_000_000))
    _open: list[tuple[StepInfo, float]] = field(default_factory=list)
    _said: float = 0.0

    def begin(self, title: str) -> StepInfo:
        """A step starts."""
        parent = self._open[-1][0].id if self._open else None
        step = StepInfo(id=next(self._numbers), parent=parent, title=title, depth=len(self._open))
        self._open.append((step, time.monotonic()))
        self._said = time.monotonic()
        self.reporter.step_started(step)
        return step

    def end(self, step: StepInfo, note: str = "", *, failed: bool = False) -> None:
        """A step and all that it started ended."""
        while self._open:
            last, since = self._open.pop()
            seconds = time.monotonic() - since
            status: StepStatus = "failed" if failed else "done"
            self.reporter.step_finished(last, status, seconds, note if last is step else "")
            if last is step:
                return

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """A step around a block; what the block appends to the list is its note."""
        step = self.begin(title)
        notes: list[str] = []
        try:
            yield notes
        except BaseException:
            self.end(step, failed=True)
            raise
        self.end(step, " ".join(notes))

    def below(self) -> Reporter:
        """A reporter for work that belongs to the step that is open, such as a recipe."""
        return _Below(self.reporter, self._open[-1][0])

    def skipped(self, title: str, note: str) -> None:
        """A step that need not be done."""
        step = self.begin(title)
        self._open.pop()
        self.reporter.step_finished(step, "cached", 0.0, note)

    def show(self, plan: TestPlan, event: Event) -> None:
        """Progress of the test that runs."""
        step, since = self._open[-1]
        text = progress_text(plan, event, time.monotonic() - since)
        if not text:
            return
        self.reporter.output(step, text + "\n")
        now = time.monotonic()
        if now - self._said > _QUIET_SECONDS:
            self._said = now
            self.reporter.message(f"  {step.title}: {text}", "debug" if self._redraws() else "info")

    def _redraws(self) -> bool:
        from cm_script.runtime.progress import TreeReporter

        return isinstance(self.reporter, TreeReporter)


@dataclass(frozen=True, slots=True)
class _Below:
    """Shows the steps of something below one of ours."""

    reporter: Reporter
    parent: StepInfo

    def step_started(self, step: StepInfo) -> None:
        """A step begins."""
        self.reporter.step_started(self._moved(step))

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """A step ended."""
        self.reporter.step_finished(self._moved(step), status, seconds, note)

    def output(self, step: StepInfo | None, text: str) -> None:
        """What a step prints; our own answer follows, so it is shown as that of a dependency."""
        self.reporter.output(self._moved(step) if step else self.parent, text)

    def message(self, text: str, level: Level = "info") -> None:
        """One sentence."""
        self.reporter.message(text, level)

    def close(self) -> None:
        """The reporter goes on."""

    def _moved(self, step: StepInfo) -> StepInfo:
        depth = step.depth + self.parent.depth + 1
        return replace(step, depth=depth, parent=self.parent.id if step.parent is None else step.parent)


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
        f"{_clock(left)} left",
        f"{samples:,} samples",
    ]
    if event.get("p90_ms") is not None:
        parts.append(f"p90 {event['p90_ms']:.3g} ms, p99 {event['p99_ms']:.3g} ms")
    return "  ".join(parts)


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
