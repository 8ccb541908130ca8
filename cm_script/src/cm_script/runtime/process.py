"""A child process whose output is captured as it comes, and that Ctrl-C ends with all it started."""

from __future__ import annotations

import codecs
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from cm_core import Terminated, frozen
from cm_core.base import raise_os_error, start_program
from cm_script.runtime.nativeoutcome import TAIL_LINES

_CHUNK = 65536
_POLL_SECONDS = 0.1
# How long a process may take to end by itself after Ctrl-C, after our SIGINT, after SIGTERM.
_TERMINAL_GRACE, _INTERRUPT_GRACE, _TERMINATE_GRACE = 0.3, 5.0, 1.0
_TAIL_BYTES = 16384
# What bash says of a program that is not there, and how much of a line may come before it.
_NOT_FOUND, _LINE_BYTES = b": command not found", 512
# In the environment of all that a run starts: a job in the background outlives the shell that knew of it.
_MARK = "CM_TMP_NATIVE_RUN"
# A process that has ended may have left this much output behind; what comes later is from the background.
_BACKGROUND_SECONDS = 1.0


@frozen
class Captured:
    """A finished child: its status, the last lines it printed, and whether a log was written.

    Attributes:
        missing: programs that a shell in it did not find.
    """

    status: int
    tail: tuple[str, ...]
    logged: bool
    missing: tuple[str, ...] = ()


def run_captured(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log_path: Path | None,
    on_output: Callable[[str], None],
    hide: Callable[[str], str] = str,
) -> Captured:
    """Run a program with inherited standard input, its output (both streams) captured incrementally.

    ``on_output`` is called in this thread with decoded text as it arrives. A process that the program left in
    the background with the output open is not waited for. Log and tail have lines without what ``hide`` takes
    out of them: they are kept and shown to others.

    Raises:
        NotFoundError: when the program or the folder does not exist.
        CMError: when it cannot be run.
        KeyboardInterrupt: after Ctrl-C, once the program has ended.
    """
    mark = os.urandom(8).hex()
    with _interrupts_put_off() as let_them_in:
        process = _start(command, cwd, {**env, _MARK: mark})
        assert process.stdout is not None  # noqa: S101 - asked for with PIPE
        sink = _Sink(log_path, on_output, hide)
        reader = _Reader(process.stdout)
        reader.start()
        try:
            let_them_in()
            _pump(process, reader, sink)
        except KeyboardInterrupt as error:
            _stop(process, told=not isinstance(error, Terminated))
            _signal_all(list(_marked_processes(mark)), signal.SIGTERM)
            _drain(reader, sink)
            raise
        except BaseException:
            _kill_tree(process)
            raise
        finally:
            reader.abandoned = True
            sink.close()
    return Captured(status=process.wait(), tail=sink.tail(), logged=sink.logged, missing=sink.missing())


@contextmanager
def _interrupts_put_off() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and requests to end wait until the given function is called, as far as they raise something.

    A child that was started a moment before, and of which nobody has taken note yet, would outlive us.
    """
    caught: list[int] = []
    previous: dict[int, Any] = {}

    def let_them_in() -> None:
        while previous:
            signal.signal(*previous.popitem())
        if caught:
            signal.raise_signal(caught.pop())

    # Only the main thread is interrupted, and only it may change how.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            if number not in previous and callable(handler := signal.getsignal(number)):
                previous[number] = handler
                signal.signal(number, lambda number, _frame: caught.append(number))
    try:
        yield let_them_in
    finally:
        let_them_in()


def _start(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return start_program(
        command,
        cwd=cwd,
        env=env,
        hint=f"native scripts of recipes need it: install {command[0]}, and check with: cm doctor",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        # Python's own descriptors are not inheritable; closing the rest costs a system call per start.
        close_fds=sys.platform == "win32",
    )


class _Reader(threading.Thread):
    """Takes output from a pipe into a queue; an empty chunk means the end.

    A thread, because pipes cannot be polled on every platform. When something in the background keeps the
    pipe open after the run, what it prints is dropped, so that it never blocks on a full pipe.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(name="cm-output", daemon=True)
        self.chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.abandoned = False
        self._stream = stream

    def run(self) -> None:
        descriptor = self._stream.fileno()
        with self._stream:
            while True:
                try:
                    chunk = os.read(descriptor, _CHUNK)
                except OSError:
                    chunk = b""
                if not self.abandoned:
                    self.chunks.put(chunk)
                if not chunk:
                    return


def _pump(process: subprocess.Popen[bytes], reader: _Reader, sink: _Sink) -> None:
    """Pass output on until its end, or until shortly after the process has ended."""
    deadline: float | None = None
    ended = False
    while deadline is None or time.monotonic() < deadline:
        try:
            chunk = reader.chunks.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            if ended:
                return  # something that it started holds the pipe open
            # What it printed last may have come in the meantime, so look once more after its end.
            ended = process.poll() is not None
            continue
        if not chunk:
            process.wait()
            return
        sink.write(chunk)
        if deadline is None and process.poll() is not None:
            deadline = time.monotonic() + _BACKGROUND_SECONDS


def _drain(reader: _Reader, sink: _Sink) -> None:
    while not reader.chunks.empty():
        sink.write(reader.chunks.get())


def _stop(process: subprocess.Popen[bytes], *, told: bool) -> None:
    """End the process, at first gently.

    Args:
        told: whether it knows already, since the terminal sends Ctrl-C to all programs in front.
    """
    # Jobs in the background do not hear of Ctrl-C, and lose their parent with the process.
    started = _descendants(process.pid)
    steps = ((None, _TERMINAL_GRACE), ("SIGINT", _INTERRUPT_GRACE), ("SIGTERM", _TERMINATE_GRACE))
    for name, seconds in steps if told else steps[2:]:
        if name is not None:
            _signal_tree(process, name)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:
            break  # a second Ctrl-C: no more patience
        _signal_all(started, signal.SIGTERM)
        return
    _kill_tree(process)


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    _signal_tree(process, "SIGKILL")
    process.wait()


def _signal_tree(process: subprocess.Popen[bytes], name: str) -> None:
    """Signal a child and all its descendants.

    They share our process group, so that they may ask questions at the terminal; the group cannot be used.
    """
    if sys.platform == "win32":
        process.kill()
        return
    # A shell whose child ended by Ctrl-C goes on with the next command, unless it has heard of it first.
    family = [process.pid, *_descendants(process.pid)]
    _signal_all(family if process.poll() is None else family[1:], signal.Signals[name])


def _signal_all(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for child, parent in _processes():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    waiting = deque(children.get(pid, ()))
    while waiting:
        current = waiting.popleft()
        found.append(current)
        waiting.extend(children.get(current, ()))
    return found


def _marked_processes(mark: str) -> Iterator[int]:
    """What is left of a run in our session, where the system tells (Linux).

    A process that made a session of its own, as services do, is meant to go on.
    """
    wanted = f"{_MARK}={mark}".encode()
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            pid = int(place.parent.name)
            if wanted in place.read_bytes().split(b"\0") and os.getsid(pid) == os.getsid(0):
                yield pid


def _processes() -> Iterator[tuple[int, int]]:
    """Process and parent of everything that runs here; nothing where the system does not tell."""
    if Path("/proc/self/stat").exists():  # the program ps is missing in small containers
        for place in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                yield int(place.parent.name), int(place.read_bytes().rpartition(b")")[2].split()[1])
        return
    import shutil

    if program := shutil.which("ps"):
        words = [program, "-A", "-o", "pid=,ppid="]
        for line in subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines():
            child, parent = line.split()
            yield int(child), int(parent)


class _Sink:
    """Decodes output for the callback, keeps its end, and writes all of it to the log."""

    def __init__(
        self, log_path: Path | None, on_output: Callable[[str], None], hide: Callable[[str], str]
    ) -> None:
        self._log_path = log_path
        self._log: IO[bytes] | None = None
        self._on_output = on_output
        self._hide = hide
        self._unfinished = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._end = b""
        self._missing: dict[str, None] = {}

    @property
    def logged(self) -> bool:
        return self._log is not None

    def write(self, chunk: bytes) -> None:
        if self._log_path is not None:
            self._log_lines(self._log_path, chunk)
        if _NOT_FOUND in (lines := self._end[-_LINE_BYTES:] + chunk):
            self._missing |= dict.fromkeys(_programs_not_found(lines))
        self._end = (self._end + chunk)[-_TAIL_BYTES:]
        if text := self._decoder.decode(chunk):
            self._on_output(text)

    def _log_lines(self, path: Path, chunk: bytes) -> None:
        """Whole lines at a time, since a secret may come in two pieces; very long ones are not waited for."""
        lines, newline, rest = (self._unfinished + chunk).rpartition(b"\n")
        self._unfinished = rest
        if len(rest) > _TAIL_BYTES:
            lines, newline, self._unfinished = lines + newline + rest, b"", b""
        if lines or newline or self._log is None:
            self._append(path, self._hidden(lines + newline))

    def _hidden(self, data: bytes) -> bytes:
        # Bytes that are no text come out as they went in.
        return self._hide(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _append(self, path: Path, chunk: bytes) -> None:
        try:
            if self._log is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._log = path.open("ab", buffering=0)
            self._log.write(chunk)
        except OSError as error:
            raise_os_error("write the log", path, error)

    def tail(self) -> tuple[str, ...]:
        """The last lines, with what a carriage return overwrote left out."""
        lines = self._end.decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n")
        shown = [line.rstrip("\r").rpartition("\r")[2] for line in lines]
        while shown and not shown[-1].strip():
            shown.pop()
        return tuple(map(self._hide, shown[-TAIL_LINES:]))

    def missing(self) -> tuple[str, ...]:
        """Programs that a shell said it did not find."""
        return tuple(self._missing)

    def close(self) -> None:
        if text := self._decoder.decode(b"", final=True):
            self._on_output(text)
        if self._log is not None and self._log_path is not None:
            try:
                if self._unfinished:
                    self._append(self._log_path, self._hidden(self._unfinished))
            finally:
                self._log.close()


def _programs_not_found(output: bytes) -> Iterator[str]:
    """What bash says it did not find: ``run.sh: line 7: sudo: command not found``.

    Other programs speak of lines in this way, too (``main.c: line 3: note``), so the line must begin with a
    shell, or with a script: a file of that suffix, or a path to a file without any (``./configure``).
    """
    speaker = rb"(?:-?(?:ba)?sh|[^\n:]*\.(?:ba)?sh|[^\n:]*/[^\n:/.]+)"
    for found in re.finditer(
        rb"^%b: line \d+: ([^\n:]+)%b\r?$" % (speaker, _NOT_FOUND), output, re.MULTILINE
    ):
        yield found[1].decode("utf-8", errors="replace")
