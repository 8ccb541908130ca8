"""What a person sees while recipes run: a live tree at a terminal, plain lines elsewhere.

Progress goes to one stream (standard error) and the output of the requested script to another (standard
output, unless a document is printed there). Output of dependencies is only in their logs, unless verbose.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Literal, TextIO

from cm_core.base.frozen import frozen, mutable
from cm_core.interaction import Interaction
from cm_core.reporter import Level, Reporter, StepInfo, StepStatus
from cm_script.runtime.steptext import (
    INDENT,
    EndedStep,
    Look,
    StepEnd,
    display_width,
    finished_line,
    fit,
    is_terminal,
    short_time,
    single_line,
    summary,
)

_REDRAW_SECONDS = 0.1
# Runs shorter than this show no live region, only their result.
_PATIENCE_SECONDS = 0.3
_MAX_REGION_LINES = 12
# An unfinished line of this form that stays for a while is taken for a question of a native tool.
_QUESTION = r"[^\r][?:>\])] ?$"
_QUESTION_SECONDS = 0.4
_MAX_PENDING = 4096


@frozen
class Streams:
    """Where progress goes, and how much of it.

    Attributes:
        progress: gets lines about steps and messages.
        output: gets the output of the requested script.
        verbose: also show the output of dependencies.
        silent: show warnings, failures and output only.
        debug: show messages of level ``debug``.
        env: ``NO_COLOR`` and ``TERM`` decide about colours.
    """

    progress: TextIO
    output: TextIO
    verbose: bool = False
    silent: bool = False
    debug: bool = False
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def same_terminal(self) -> bool:
        """Whether output appears between the lines of progress."""
        return is_terminal(self.progress) and is_terminal(self.output)


def lively(reporter: Reporter, *, verbose: bool = False) -> Reporter:
    """The reporter for a run of scripts in place of the command line's plain one; others stay as they are."""
    from cm_core.cli.textreporter import PlainReporter

    if not isinstance(reporter, PlainReporter):
        return reporter
    streams = Streams(
        progress=reporter.stream,
        output=reporter.output_stream,
        verbose=verbose,
        silent=reporter.silent,
        debug=reporter.debug,
        env=reporter.env,
    )
    terminal = is_terminal(streams.progress) and streams.env.get("TERM", "") not in ("", "dumb")
    return TreeReporter(streams) if terminal and not streams.silent else LineReporter(streams)


def prompt_writer(reporter: Reporter, step: StepInfo) -> Callable[[str], None] | None:
    """What makes a question of a hook visible (``on_prompt``); ``None`` where its output is shown anyway."""
    return (lambda text: reporter.prompt(step, text)) if isinstance(reporter, LineReporter) else None


def asking(interaction: Interaction, reporter: Reporter) -> Interaction:
    """Questions of the engine that do not fight with the live region of a reporter."""
    if not isinstance(reporter, TreeReporter):
        return interaction
    return replace(interaction, read=lambda question: reporter.ask(interaction.read, question))


def summary_for(reporter: Reporter, records: Sequence[EndedStep]) -> list[str]:
    """The tree of what was done in the form that suits the stream of a reporter."""
    return reporter.summary(records) if isinstance(reporter, LineReporter) else summary(records)


class LineReporter:
    """One line per finished step: for pipes, logs and continuous integration."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._look = Look.of(streams.progress, streams.env)

    def step_started(self, step: StepInfo) -> None:
        """Say nothing; the line comes when the step has ended."""

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """Write the line of the step; a failure also when silent."""
        if not self._streams.silent or status == "failed":
            record = StepEnd(step=step, status=status, seconds=seconds, note=note)
            self._write(finished_line(record, self._look, columns=self._columns()) + "\n")

    def output(self, step: StepInfo | None, text: str) -> None:
        """Pass on what the requested script prints; dependencies only when verbose."""
        if self._shown(step):
            _put(self._streams.output, text)

    def prompt(self, step: StepInfo | None, text: str) -> None:
        """Show a question that is not seen yet."""
        if not self._shown(step):
            self._write(text)

    def message(self, text: str, level: Level = "info") -> None:
        """Show a sentence if its level asks for it."""
        if level == "warning":
            self._write(f"{self._look.paint('CM warning:', 'warning')} {text}\n")
        elif self._streams.debug if level == "debug" else not self._streams.silent:
            self._write(f"{text}\n")

    def close(self) -> None:
        """Nothing to clean up."""

    def summary(self, records: Sequence[EndedStep]) -> list[str]:
        """The tree of what was done, for :meth:`message`."""
        return summary(records, look=self._look, columns=self._columns())

    def _shown(self, step: StepInfo | None) -> bool:
        return self._streams.verbose or step is None or step.depth == 0

    def _columns(self) -> int:
        return 0

    def _write(self, text: str) -> None:
        _put(self._streams.progress, text)


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
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def step_started(self, step: StepInfo) -> None:
        """Show the step in the live region."""
        with self._lock:
            self._open[step.id] = _OpenStep(info=step, since=time.monotonic())
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._tick, name="cm-progress", daemon=True)
                self._thread.start()

    def step_finished(self, step: StepInfo, status: StepStatus, seconds: float, note: str = "") -> None:
        """Turn the step into a permanent line."""
        with self._lock:
            self._open.pop(step.id, None)
            self._end_line()
            super().step_finished(step, status, seconds, note)

    def output(self, step: StepInfo | None, text: str) -> None:
        """Stream what the requested script prints; of others show the last line in the region."""
        with self._lock:
            if not self._shown(step):
                if step is not None and step.id in self._open:
                    self._open[step.id].take(text)
                if self._cursor == "question":
                    self._end_line()
                return
            if self._streams.same_terminal and text:
                if self._cursor == "output":
                    self._erase()
                else:
                    self._end_line()
                self._cursor = "free" if text.endswith("\n") else "output"
            super().output(step, text)

    def prompt(self, step: StepInfo | None, text: str) -> None:
        """Show a question, and leave the screen alone until something else happens."""
        with self._lock:
            if not self._shown(step):
                self._end_line()
                self._write(single_line(text) + " ")
                self._cursor = "question"

    def ask(self, read: Callable[[str], str], question: str) -> str:
        """Let the engine ask a question of its own, with the screen left alone meanwhile."""
        with self._lock:
            self._end_line()
            self._cursor = "question"
        try:
            return read(question)
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
        self._closed.set()
        with self._lock:
            self._erase()
            self._open.clear()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=1.0)

    def _columns(self) -> int:
        return terminal_size(self._streams.progress)[0] - 1

    def _tick(self) -> None:
        while not self._closed.wait(_REDRAW_SECONDS):
            with self._lock:
                if self._open and self._cursor == "free" and not self._closed.is_set():
                    inner = next(reversed(self._open.values()))
                    if inner.asks(time.monotonic()):
                        self.prompt(inner.info, inner.pending)
                    else:
                        self._draw()

    def _end_line(self) -> None:
        """Make the cursor stand at the start of a line, below which nothing is."""
        self._erase()
        if self._cursor == "output":
            _put(self._streams.output, "\n")
        elif self._cursor == "question":
            # An answer has ended the line already; a question without one may go.
            _put(self._streams.progress, "\r\x1b[K")
        self._cursor = "free"

    def _erase(self) -> None:
        if self._drawn:
            # Column 0, up to the first line of the region, clear from there.
            _put(self._streams.progress, f"\r\x1b[{self._drawn}A\x1b[J")
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
            _put(self._streams.progress, f"\x1b7\r\x1b[{self._drawn}A{body}\x1b8")
        else:
            up = f"\r\x1b[{self._drawn}A\x1b[J" if self._drawn else ""
            _put(self._streams.progress, up + "".join(f"{line}\n" for line in lines))
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
            elapsed = f" {short_time(now - step.since)}"
            above = f"(+{hidden} above) " if hidden and step is steps[hidden] else ""
            space = columns - display_width(left) - len(elapsed) - len(above)
            title = fit(single_line(step.info.title), max(1, space))
            yield f"{self._look.paint(left, 'cached')}{above}{title}{self._look.paint(elapsed, 'dim')}"
        if inner.last:
            indent = INDENT * min(inner.info.depth + 1, columns // 8)
            yield self._look.paint(fit(f"{indent}{inner.last}", columns), "dim")


def terminal_size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of a terminal."""
    with contextlib.suppress(OSError, ValueError):
        size = os.get_terminal_size(stream.fileno())
        if size.columns > 0 and size.lines > 0:
            return max(size.columns, 20), size.lines
    return 80, 24


def _put(stream: TextIO, text: str) -> None:
    # A reporter must not fail: the reader of a pipe may be gone, and the work goes on.
    with contextlib.suppress(OSError, ValueError):
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if not text.isascii() and "utf" not in encoding.lower():
            text = text.encode(encoding, errors="replace").decode(encoding, errors="replace")
        stream.write(text)
        stream.flush()
