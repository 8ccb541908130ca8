"""What long-running work does, as plain lines: for pipes, logs and terminals without tricks."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import field
from typing import TextIO

from cm_core.base.frozen import frozen
from cm_core.cli.render import paint
from cm_core.reporter import Level, StepInfo, StepStatus

_INDENT = "  "


@frozen
class PlainReporter:
    """Writes a line when a step begins and one when it ends.

    A plugin that can draw something livelier may replace this reporter in its session, but only this one:
    another reporter was chosen by somebody who wants it.

    Attributes:
        stream: receives the lines.
        output_stream: receives what native tools and recipes print.
        silent: show warnings and native output only.
        debug: show messages of level ``debug``.
        env: decides about colour.
    """

    stream: TextIO
    output_stream: TextIO
    silent: bool = False
    debug: bool = False
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    def step_started(self, step: StepInfo) -> None:
        """Announce the step."""
        if not self.silent:
            self._write(f"{_INDENT * step.depth}* {step.title}\n")

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """Say how the step ended; a failure is shown even when silent."""
        if self.silent and status != "failed":
            return
        tail = f" - {note}" if note else ""
        self._write(f"{_INDENT * step.depth}  {step.title}: {status} ({seconds:.2f} s){tail}\n")

    def output(self, step: StepInfo | None, text: str) -> None:  # noqa: ARG002 - one stream for all steps
        """Pass text on as it came."""
        with contextlib.suppress(OSError, ValueError):
            self.output_stream.write(text)
            self.output_stream.flush()

    def message(self, text: str, level: Level = "info") -> None:
        """Show a sentence if its level asks for it."""
        if level == "warning":
            self._write(f"{paint('CM warning:', 'yellow', self.stream, self.env)} {text}\n")
        elif level == "debug":
            if self.debug:
                self._write(f"{text}\n")
        elif not self.silent:
            self._write(f"{text}\n")

    def close(self) -> None:
        """Nothing to clean up."""

    def _write(self, text: str) -> None:
        # A reporter must not fail: the reader of a pipe may be gone, and the work goes on.
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(text)
            self.stream.flush()
