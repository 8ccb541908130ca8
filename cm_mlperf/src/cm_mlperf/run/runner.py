"""The parent of a worker: starts it, listens, ends it when it hangs or the user stops."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cm_core import CMError
from cm_core.base import describe_status, kill_group, raise_os_error, start_program
from cm_mlperf.run.worker.spec import CONSOLE_LOG, WorkerSpec

_POLL_SECONDS = 0.2
_MAX_LINE = 1_000_000
# Variables by which numeric libraries learn how many threads they may use.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Event = Mapping[str, Any]


class WorkerFailedError(CMError):
    """A worker reported an error, died, or hung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where and how workers run.

    Attributes:
        env: the environment of the process.
        cwd: the folder that relative names in user code refer to.
        threads: that numeric libraries may use; 0 leaves it to them.
    """

    env: Mapping[str, str]
    cwd: Path
    threads: int = 0

    def environment(self) -> dict[str, str]:
        """The environment of a worker."""
        limit = dict.fromkeys(_THREAD_VARIABLES, str(self.threads)) if self.threads else {}
        return {**self.env, **limit}


def run_worker(
    spec: WorkerSpec, around: Surroundings, *, hang_s: float, on_event: Callable[[Event], None]
) -> Event:
    """Run one worker to its end.

    Args:
        hang_s: seconds without progress after which it is ended.
        on_event: hears of phases and progress, in this thread.

    Returns:
        the last event of the worker, with its results.

    Raises:
        WorkerFailedError: when it reports an error, dies or hangs; its logs stay.
        KeyboardInterrupt: after Ctrl-C, once the worker has ended.
    """
    spec_file = spec.write()
    process = _start(spec_file, Path(spec.folder) / CONSOLE_LOG, around)
    assert process.stdout is not None  # noqa: S101 - asked for with PIPE
    lines = _Lines(process.stdout)
    lines.start()
    try:
        final = _listen(process, lines, hang_s, on_event)
    finally:
        _end(process)
        lines.join(timeout=1.0)
    if final is None:
        raise _death(process.returncode, Path(spec.folder))
    if final["event"] == "failed":
        more = f"the traceback is in {Path(spec.folder) / CONSOLE_LOG}" if final["traceback"] else ""
        raise WorkerFailedError(
            str(final["error"]), hint=str(final["hint"]) or more, exit_code=int(final["exit_code"])
        )
    return final


def _start(spec_file: Path, log: Path, around: Surroundings) -> subprocess.Popen[bytes]:
    try:
        with log.open("ab") as errors:
            return start_program(
                [sys.executable, "-m", "cm_mlperf.run.worker", spec_file],
                # Never written to: that it closes tells a worker that this process is gone.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=around.cwd,
                env=around.environment(),
                # A group of its own, which can be ended with all that user code started.
                start_new_session=True,
            )
    except OSError as error:
        raise_os_error("start a worker in", spec_file.parent, error)


class _Lines(threading.Thread):
    """Takes the events of a worker into a queue; ``None`` means that it has closed the pipe."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(name="cm-mlperf-events", daemon=True)
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._stream = stream

    def run(self) -> None:
        with self._stream:
            for line in iter(lambda: self._stream.readline(_MAX_LINE), b""):
                with contextlib.suppress(ValueError):  # what a Python that starts up may print
                    self.events.put(json.loads(line))
        self.events.put(None)


def _listen(
    process: subprocess.Popen[bytes], lines: _Lines, hang_s: float, on_event: Callable[[Event], None]
) -> Event | None:
    """Pass events on until the last one; ``None`` when the worker ends without."""
    state: object = None
    moved = time.monotonic()
    while True:
        try:
            event = lines.events.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            if process.poll() is not None:
                return None
            event = {}
        if event is None:
            process.wait()
            return None
        if event.get("event") in ("done", "failed"):
            return event
        now = time.monotonic()
        if event:
            on_event(event)
            current = (event.get("name"), event.get("samples"))
            if current != state:
                state, moved = current, now
        if now - moved > hang_s:
            raise WorkerFailedError(
                f"the system under test made no progress for {hang_s:.0f} s and was stopped",
                hint="if it needs more time, raise --hang_timeout=SECONDS",
            )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the worker, if it has not ended by itself, and everything that it started."""
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            # A worker that has said its last word needs a moment to leave.
            process.wait(timeout=0.5 if process.poll() is None else 0)
    finally:  # whoever presses Ctrl-C twice wants it to end, too
        kill_group(process)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _death(status: int, folder: Path) -> WorkerFailedError:
    log = folder / CONSOLE_LOG
    reason = describe_status(status)
    how = f"was {reason}" if reason.startswith("killed") else f"ended with {reason}"
    if status == 0:
        how = "ended without a result"
    last = _last_line(log)
    return WorkerFailedError(
        f"the process of the run {how}",
        hint=f"the end of {log}: {last}" if last else f"its logs are in {folder}",
    )


def _last_line(log: Path) -> str:
    with contextlib.suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else ""
    return ""
