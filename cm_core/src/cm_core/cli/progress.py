"""What a person sees while something works: a live tree at a terminal, plain lines elsewhere.

Progress goes to one stream (standard error) and the output of what was asked for to another (standard
output, unless a document is printed there).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from cm_core.base.frozen import field, frozen
from cm_core.credentials import without_credentials
from cm_core.interaction import is_terminal, read_line
from cm_core.reporter import EndedStep, Level, StepInfo, StepStatus

if TYPE_CHECKING:
    from cm_core.cli.steptext import Look


@frozen
class Streams:
    """Where progress goes, and how much of it.

    Attributes:
        progress: gets lines about steps and messages.
        output: gets the output of what was asked for.
        silent: show warnings, failures and output only.
        debug: show messages of level ``debug``.
        env: ``NO_COLOR`` and ``TERM`` decide about colours.
    """

    progress: TextIO
    output: TextIO
    silent: bool = False
    debug: bool = False
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def same_terminal(self) -> bool:
        """Whether output appears between the lines of progress."""
        return is_terminal(self.progress) and is_terminal(self.output)


class LineReporter:
    """One line per finished step: for pipes, logs and continuous integration."""

    # Lines scroll by instead of being redrawn, so long work says only this often how far it is.
    quiet_seconds = 30.0

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._said = time.monotonic()

    def step_started(self, step: StepInfo) -> None:  # noqa: ARG002 - other reporters show it
        """Say nothing; the line comes when the step has ended."""
        self._said = time.monotonic()

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """Write the line of the step; a failure also when silent."""
        if not self._streams.silent or status == "failed":
            from cm_core.cli.steptext import StepEnd, finished_line

            record = StepEnd(step=step, status=status, seconds=seconds, note=note)
            self._write(finished_line(record, self._look, columns=self._columns()) + "\n")

    def output(self, step: StepInfo | None, text: str) -> None:
        """Pass on what was asked for; what other steps print is in their logs."""
        if step is None or step.depth == 0:
            write_safely(self._streams.output, text)

    def progress(self, step: StepInfo, text: str) -> None:
        """Say it now and then."""
        now = time.monotonic()
        if now - self._said > self.quiet_seconds:
            self._said = now
            self.message(f"  {step.title}: {text}")

    def prompt(self, step: StepInfo | None, text: str) -> None:
        """Show a question that is not seen yet."""
        if step is not None and step.depth:
            self._write(text)

    def ask(self, question: str) -> str:
        """Ask a question of our own; raises EOFError when the input is closed."""
        return read_line(question)

    def message(self, text: str, level: Level = "info") -> None:
        """Show a sentence if its level asks for it."""
        text = without_credentials(text)
        if level == "warning":
            self._write(f"{self._look.paint('CM warning:', 'warning')} {text}\n")
        elif self._streams.debug if level == "debug" else not self._streams.silent:
            self._write(f"{text}\n")

    def summary(self, ended: Sequence[EndedStep], *, tree: bool = False) -> None:
        """Write how many steps there were, and before it the tree of all of them if asked to."""
        from cm_core.cli.steptext import summary

        lines = summary(ended, look=self._look, columns=self._columns())
        for line in lines if tree else lines[-1:]:
            self.message(line)

    def close(self) -> None:
        """Nothing to clean up."""

    @cached_property
    def _look(self) -> Look:
        # Imported when there is something to show: most commands end before.
        from cm_core.cli.steptext import Look

        return Look.of(self._streams.progress, self._streams.env)

    def _columns(self) -> int:
        return 0

    def _write(self, text: str) -> None:
        write_safely(self._streams.progress, text)


def write_safely(stream: TextIO, text: str) -> None:
    """Write, whatever the stream can take: a reporter must not fail."""
    # The reader of a pipe may be gone, and the work goes on.
    with contextlib.suppress(OSError, ValueError):
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if not text.isascii() and "utf" not in encoding.lower():
            text = text.encode(encoding, errors="replace").decode(encoding, errors="replace")
        stream.write(text)
        stream.flush()
