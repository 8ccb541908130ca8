"""How long-running work tells people what it does; the command line decides how that looks."""

from __future__ import annotations

from typing import Literal, Protocol

from cm_core.base.frozen import frozen

StepStatus = Literal["done", "cached", "skipped", "failed"]
Level = Literal["debug", "info", "warning"]


@frozen
class StepInfo:
    """One step of work, such as a script that runs as a dependency of another.

    Attributes:
        id: unique within the process.
        parent: id of the step that needed this one; ``None`` for the first.
        title: what a person calls it.
        depth: distance from the first step.
    """

    id: int
    parent: int | None
    title: str
    depth: int


class Reporter(Protocol):
    """Receives what happens; must not fail and must not block for long."""

    def step_started(self, step: StepInfo) -> None:
        """A step begins."""

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """A step ended; ``note`` says where the result came from or why it failed."""

    def output(self, step: StepInfo | None, text: str) -> None:
        """Text that a native tool or a recipe printed, in the pieces in which it came."""

    def message(self, text: str, level: Level = "info") -> None:
        """One sentence for the person."""

    def close(self) -> None:
        """No more calls follow; leave the terminal clean."""


class NullReporter:
    """Says nothing: the default of the Python API."""

    def step_started(self, step: StepInfo) -> None:
        pass

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        pass

    def output(self, step: StepInfo | None, text: str) -> None:
        pass

    def message(self, text: str, level: Level = "info") -> None:
        pass

    def close(self) -> None:
        pass
