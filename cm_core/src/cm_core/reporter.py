"""How long-running work tells people what it does; the command line decides how that looks."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from cm_core.base.frozen import frozen, replace
from cm_core.credentials import without_credentials

# How a step ended.
StepStatus = Literal["done", "cached", "skipped", "failed"]
Level = Literal["debug", "info", "warning"]

# Ids of :class:`Steps`. What numbers its own steps from 1 may run inside of them, with the same reporter.
_step_ids = itertools.count(1_000_000)


@frozen
class StepInfo:
    """One step of work, such as a result that another step needs.

    Attributes:
        id: unique within the process.
        parent: id of the step that needed this one; ``None`` for the first.
        title: what a person calls it, with stars for credentials in addresses.
        depth: distance from the first step.
    """

    id: int
    parent: int | None
    title: str
    depth: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", without_credentials(self.title))


class EndedStep(Protocol):
    """A step that has ended, as whoever keeps the records has it."""

    @property
    def step(self) -> StepInfo: ...
    @property
    def status(self) -> StepStatus: ...
    @property
    def seconds(self) -> float: ...
    @property
    def note(self) -> str: ...


class Reporter(Protocol):
    """Receives what happens; must not fail and must not block for long."""

    def step_started(self, step: StepInfo) -> None:
        """A step begins."""

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """A step ended; ``note`` says where the result came from or why it failed."""

    def output(self, step: StepInfo | None, text: str) -> None:
        """Text that a step printed, in the pieces in which it came.

        That of the first step and of ``None`` is what the person asked for; that of others may be left out.
        """

    def progress(self, step: StepInfo, text: str) -> None:
        """How far a step is, as one line that takes the place of the one before."""

    def prompt(self, step: StepInfo | None, text: str) -> None:
        """The end of the output of a step is a question, and what asks it waits for the answer now."""

    def message(self, text: str, level: Level = "info") -> None:
        """One sentence for the person."""

    def summary(self, ended: Sequence[EndedStep], *, tree: bool = False) -> None:
        """All steps have ended: how many there were and how long they took, and with ``tree`` each of them.

        Args:
            ended: in the order in which they ended.
        """

    def close(self) -> None:
        """No more calls follow; leave the terminal clean."""


class HasReporter(Protocol):
    """What tells a reporter what it does, such as a session."""

    reporter: Reporter


class NullReporter:
    """Reports nothing: the default of the Python API."""

    def step_started(self, step: StepInfo) -> None:
        pass

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        pass

    def output(self, step: StepInfo | None, text: str) -> None:
        pass

    def progress(self, step: StepInfo, text: str) -> None:
        pass

    def prompt(self, step: StepInfo | None, text: str) -> None:
        pass

    def message(self, text: str, level: Level = "info") -> None:
        pass

    def summary(self, ended: Sequence[EndedStep], *, tree: bool = False) -> None:
        pass

    def close(self) -> None:
        pass


class Steps:
    """Reports work as nested steps.

    Args:
        reporter: hears of them.
    """

    def __init__(self, reporter: Reporter) -> None:
        self.reporter = reporter
        self._open: list[tuple[StepInfo, float]] = []

    @property
    def seconds(self) -> float:
        """How long the innermost step has been running."""
        return time.monotonic() - self._open[-1][1]

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """A step around a block; what the block appends to the list is its note."""
        step = self._begin(title)
        notes: list[str] = []
        status: StepStatus = "failed"
        try:
            yield notes
            status = "done"
        finally:
            seconds = self.seconds
            self._open.pop()
            self.reporter.step_finished(step, status, seconds, " ".join(notes))

    def step_from_before(self, title: str, note: str) -> None:
        """A step whose result is there already."""
        step = self._begin(title)
        self._open.pop()
        self.reporter.step_finished(step, "cached", 0.0, note)

    def progress(self, text: str) -> None:
        """How far the innermost step is."""
        self.reporter.progress(self._open[-1][0], text)

    @contextlib.contextmanager
    def around(self, session: HasReporter) -> Iterator[None]:
        """Show what a session does in the block as steps below the innermost one."""
        before, session.reporter = session.reporter, _Below(self.reporter, self._open[-1][0])
        try:
            yield
        finally:
            session.reporter = before

    def _begin(self, title: str) -> StepInfo:
        parent = self._open[-1][0].id if self._open else None
        step = StepInfo(id=next(_step_ids), parent=parent, title=title, depth=len(self._open))
        self._open.append((step, time.monotonic()))
        self.reporter.step_started(step)
        return step


class _Below:
    """Moves steps below another one: what they print is not what the person asked for."""

    def __init__(self, reporter: Reporter, parent: StepInfo) -> None:
        self._reporter = reporter
        self._parent = parent

    def step_started(self, step: StepInfo) -> None:
        self._reporter.step_started(self._moved(step))

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        self._reporter.step_finished(self._moved(step), status, seconds, note)

    def output(self, step: StepInfo | None, text: str) -> None:
        self._reporter.output(self._moved(step) if step else self._parent, text)

    def progress(self, step: StepInfo, text: str) -> None:
        self._reporter.progress(self._moved(step), text)

    def prompt(self, step: StepInfo | None, text: str) -> None:
        self._reporter.prompt(self._moved(step) if step else self._parent, text)

    def message(self, text: str, level: Level = "info") -> None:
        self._reporter.message(text, level)

    def summary(self, ended: Sequence[EndedStep], *, tree: bool = False) -> None:
        """Nothing: a part of the work has ended, and the steps of the rest follow."""

    def close(self) -> None:
        """Nothing: the reporter goes on."""

    def _moved(self, step: StepInfo) -> StepInfo:
        parent = self._parent.id if step.parent is None else step.parent
        return replace(step, depth=step.depth + self._parent.depth + 1, parent=parent)
