"""The live tree at a terminal: finished steps scroll by, and below them stands what runs now."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal, TextIO

from cm_core.base.frozen import mutable
from cm_core.base.text import duration
from cm_core.cli.progress import LineReporter, Streams, write_safely
from cm_core.cli.steptext import INDENT, display_width, fit, single_line
from cm_core.reporter import Level, StepInfo, StepStatus

_REDRAW_SECONDS = 0.1
# Work that is shorter than this shows no live region, only its result.
_PATIENCE_SECONDS = 0.3
_MAX_REGION_LINES = 12
# An unfinished line of this form that stays for a while is taken for a question of a native tool.
_QUESTION = r"[^\r][?:>\])] ?$"
_QUESTION_SECONDS = 0.4
_MAX_PENDING = 4096


@mutable
class _OpenStep:
    """A step that runs: when it began, and the last line it printed."""

    info: StepInfo
    since: float
    heard: float = 0.0
    pending: str = ""
    last: str = ""

    def asks(self, now: float) -> bool:
        """Whether the last line looks like a question that waits for an answer."""
        return now - self.heard > _QUESTION_SECONDS and re.search(_QUESTION, self.pending) is not None

    def take(self, text: str) -> None:
        """Remember the last line, whether it is finished or not."""
        self.heard = time.monotonic()
        lines = (self.pending + text).replace("\r\n", "\n").split("\n")
        self.pending = lines[-1][-_MAX_PENDING:]
        for line in reversed(lines):
            if shown := single_line(line[-_MAX_PENDING:].rstrip("\r").rpartition("\r")[2]):
                self.last = shown
                return


# Where the cursor stands: at the start of a line, after unfinished output, or after a question.
_Cursor = Literal["free", "output", "question"]


class TreeReporter(LineReporter):
    """Finished steps scroll by; below them a live region shows what runs now.

    The region is one line per open step, redrawn ten times a second by a daemon thread and erased before
    anything else is written. While a line of output is unfinished (a question, a progress bar of a tool),
    the region stays away, since what a person types moves the cursor.
    """

    def __init__(self, streams: Streams) -> None:
        super().__init__(streams)
        self._lock = threading.RLock()
        self._open: dict[int, _OpenStep] = {}
        self._drawn = 0
        self._phase = 0
        self._cursor: _Cursor = "free"
        self._painter: _Painter | None = None

    def step_started(self, step: StepInfo) -> None:
        """Show the step in the live region."""
        with self._lock:
            self._open[step.id] = _OpenStep(info=step, since=time.monotonic())
            if self._painter is None:
                self._painter = _Painter(self._look_again)

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """Turn the step into a permanent line."""
        with self._lock:
            self._open.pop(step.id, None)
            self._end_line()
            super().step_finished(step, status, seconds, note)
            if not self._open:
                self._rest()

    def output(self, step: StepInfo | None, text: str) -> None:
        """Stream what was asked for; of other steps show the last line in the region."""
        with self._lock:
            if step is not None and step.depth:
                self._hear(step, text)
                return
            if self._streams.same_terminal and text:
                if self._cursor == "output":
                    self._erase()
                else:
                    self._end_line()
                self._cursor = "free" if text.endswith("\n") else "output"
            super().output(step, text)

    def progress(self, step: StepInfo, text: str) -> None:
        """Show it in the live region."""
        with self._lock:
            self._hear(step, f"{text}\n")

    def prompt(self, step: StepInfo | None, text: str) -> None:
        """Show a question, and leave the screen alone until something else happens."""
        if step is not None and step.depth:
            with self._lock:
                self._end_line()
                self._write(single_line(text) + " ")
                self._cursor = "question"

    def ask(self, question: str) -> str:
        """Ask a question of our own, with the screen left alone meanwhile."""
        with self._lock:
            self._end_line()
            self._cursor = "question"
        try:
            return super().ask(question)
        finally:
            with self._lock:
                self._cursor = "free"

    def message(self, text: str, level: Level = "info") -> None:
        """Write the sentence above the live region."""
        with self._lock:
            self._end_line()
            super().message(text, level)

    def close(self) -> None:
        """Stop drawing and remove the live region."""
        with self._lock:
            self._erase()
            self._open.clear()
            self._rest()

    def _columns(self) -> int:
        return terminal_size(self._streams.progress)[0] - 1

    def _hear(self, step: StepInfo, text: str) -> None:
        if step.id in self._open:
            self._open[step.id].take(text)
        if self._cursor == "question":
            self._end_line()

    def _rest(self) -> None:
        if self._painter is not None:
            self._painter.stop()
            self._painter = None

    def _look_again(self) -> None:
        """Draw, or show the question that a step seems to ask."""
        with self._lock:
            if self._open and self._cursor == "free":
                inner = next(reversed(self._open.values()))
                if inner.asks(time.monotonic()):
                    self.prompt(inner.info, inner.pending)
                else:
                    self._draw()

    def _end_line(self) -> None:
        """Make the cursor stand at the start of a line, below which nothing is."""
        self._erase()
        if self._cursor == "output":
            write_safely(self._streams.output, "\n")
        elif self._cursor == "question":
            # An answer has ended the line already; a question without one may go.
            write_safely(self._streams.progress, "\r\x1b[K")
        self._cursor = "free"

    def _erase(self) -> None:
        if self._drawn:
            # Column 0, up to the first line of the region, clear from there.
            write_safely(self._streams.progress, f"\r\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        now = time.monotonic()
        if not self._drawn and now - next(iter(self._open.values())).since < _PATIENCE_SECONDS:
            return
        self._phase += 1
        columns, rows = terminal_size(self._streams.progress)
        lines = list(self._region(now, columns - 1, min(_MAX_REGION_LINES, max(1, rows - 2))))
        if len(lines) == self._drawn:
            # In place, with the cursor put back: a password prompt below (sudo) stays as it is.
            body = "".join(f"{line}\x1b[K\r\n" for line in lines)
            write_safely(self._streams.progress, f"\x1b7\r\x1b[{self._drawn}A{body}\x1b8")
        else:
            up = f"\r\x1b[{self._drawn}A\x1b[J" if self._drawn else ""
            write_safely(self._streams.progress, up + "".join(f"{line}\n" for line in lines))
            self._drawn = len(lines)

    def _region(self, now: float, columns: int, height: int) -> Iterator[str]:
        """The lines of the live region: the chain of open steps, the outer ones left out if too many."""
        steps = list(self._open.values())
        inner = steps[-1]
        room = height - 1 if inner.last else height
        hidden = len(steps) - room if len(steps) > room else 0
        spinner = self._look.spinner[self._phase % len(self._look.spinner)]
        for step in steps[hidden:]:
            depth = step.info.depth - (steps[hidden].info.depth if hidden else 0)
            left = f"{INDENT * min(depth, columns // 8)}{spinner} "
            elapsed = f" {duration(now - step.since)}"
            above = f"(+{hidden} above) " if hidden and step is steps[hidden] else ""
            space = columns - display_width(left) - len(elapsed) - len(above)
            title = fit(single_line(step.info.title), max(1, space))
            yield f"{self._look.paint(left, 'cached')}{above}{title}{self._look.paint(elapsed, 'dim')}"
        if inner.last:
            indent = INDENT * min(inner.info.depth + 1, columns // 8)
            yield self._look.paint(fit(f"{indent}{inner.last}", columns), "dim")


class _Painter:
    """Calls a function ten times a second until it is stopped."""

    def __init__(self, paint: Callable[[], None]) -> None:
        self._paint = paint
        self._stopped = threading.Event()
        threading.Thread(target=self._work, name="cm-progress", daemon=True).start()

    def stop(self) -> None:
        """Call it no more; a call that waits for a lock may still come."""
        self._stopped.set()

    def _work(self) -> None:
        while not self._stopped.wait(_REDRAW_SECONDS):
            self._paint()


def terminal_size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of a terminal."""
    with contextlib.suppress(OSError, ValueError):
        size = os.get_terminal_size(stream.fileno())
        if size.columns > 0 and size.lines > 0:
            return max(size.columns, 20), size.lines
    return 80, 24
