"""The only door to other programs: argument lists, checked status, decoded signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cm_core.base.frozen import frozen
from cm_core.credentials import without_credentials
from cm_core.errors import CMError, NotFoundError, UsageError

_SHELL_SIGNAL_BASE = 128
# How often somebody looks after a program with a time limit, and what it may print.
_LOOK_S = 0.1
# How long a question to a program may take, unless the variable says otherwise.
_PROBE_S = 30.0
_PROBE_VARIABLE = "CM_PROBE_TIMEOUT"
# One that hangs in a driver does not even end when it is killed.
_END_S = 1.0
_MOST_PRINTED = 64 * 1024 * 1024


class ProgramHangsError(CMError):
    """A program took longer than it may, or never stopped printing, and was ended."""


@frozen
class Completed:
    """A finished program and what it printed."""

    args: tuple[str, ...]
    status: int
    stdout: str
    stderr: str


def run_command(
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    timeout_s: float | None = None,
) -> Completed:
    """Run a program with closed input and wait for it; its output is collected.

    Args:
        args: program and arguments; no shell looks at them.
        env: the complete environment; ``None`` means that of this process.
        check: raise when the status is not 0.
        timeout_s: seconds after which the program, with all that it started, is ended; what it started may
            outlive it, as a compiler's server does; more than 64 MB of output end it, too.

    Raises:
        NotFoundError: when there is no such program.
        ProgramHangsError: when it takes longer or prints more than it may.
        CMError: with the last lines of its output, when ``check`` is set and it failed.
    """
    words = tuple(str(word) for word in args)
    process = start_program(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What it started may hold its output open and outlive it, unless all can be ended as one group.
        start_new_session=timeout_s is not None,
    )
    stdout, stderr = _output_of(process, timeout_s)
    completed = Completed(args=words, status=process.returncode, stdout=stdout, stderr=stderr)
    if check and completed.status != 0:
        last = (completed.stderr or completed.stdout).strip().splitlines()[-3:]
        said = ": " + redact(" / ".join(last)) if last else ""
        command = redact(" ".join(words))
        raise CMError(f"'{command}' ended with {describe_status(completed.status)}{said}")
    return completed


def ask_program(
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> Completed:
    """Run a program that only answers a question, such as which version it has, as :func:`run_command`.

    It gets 30 seconds, or as many as ``CM_PROBE_TIMEOUT`` says.

    Raises:
        ProgramHangsError: when it does not answer in time.
        UsageError: when the variable is no number of seconds.
    """
    said = (os.environ if env is None else env).get(_PROBE_VARIABLE, "")
    try:
        timeout_s = float(said or _PROBE_S)
    except ValueError:
        timeout_s = 0.0
    if not 0 < timeout_s < float("inf"):
        hint = f"leave it out for {_PROBE_S:g}"
        raise UsageError(f"{_PROBE_VARIABLE} is no number of seconds: '{said}'", hint=hint)
    try:
        return run_command(args, cwd=cwd, env=env, check=check, timeout_s=timeout_s)
    except ProgramHangsError as error:
        error.hint = f"if it is only slow, set {_PROBE_VARIABLE} to more seconds than {timeout_s:g}"
        raise


def _output_of(process: subprocess.Popen[str], timeout_s: float | None) -> tuple[str, str]:
    try:
        return process.communicate() if timeout_s is None else _output_within(process, timeout_s)
    except BaseException:
        process.kill() if timeout_s is None else kill_group(process)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_END_S)
        raise
    finally:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _output_within(process: subprocess.Popen[str], timeout_s: float) -> tuple[str, str]:
    """What a program prints until it ends; what it started may hold its output open for longer."""
    end = time.monotonic() + timeout_s
    while True:
        has_ended, left_s = process.poll() is not None, end - time.monotonic()
        try:
            return process.communicate(timeout=_LOOK_S if has_ended else max(min(_LOOK_S, left_s), 0))
        except subprocess.TimeoutExpired as error:
            printed = (error.stdout or b"", error.stderr or b"")
            if has_ended:
                return _as_text(printed[0]), _as_text(printed[1])
            command = redact(" ".join(error.cmd))
            if sum(map(len, printed)) > _MOST_PRINTED:
                raise ProgramHangsError(f"'{command}' never stopped printing") from error
            if left_s <= 0:
                raise ProgramHangsError(f"'{command}' did not finish within {timeout_s:g} s") from error


def _as_text(printed: bytes | str) -> str:
    text = printed if isinstance(printed, str) else printed.decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n")


def start_program(
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    hint: str = "run: cm doctor",
    **options: Any,
) -> subprocess.Popen[Any]:
    """Start a program and return at once.

    Args:
        args: program and arguments; no shell looks at them.
        env: the complete environment; ``None`` means that of this process.
        hint: what to do when there is no such program.
        options: those of :class:`subprocess.Popen`; ``text`` is UTF-8 unless they say otherwise,
            with a mark for what is none.

    Raises:
        NotFoundError: when there is no such program or folder.
        CMError: when it cannot be run.
    """
    words = [str(word) for word in args]
    if options.get("text"):
        options = {"encoding": "utf-8", "errors": "replace", **options}
    try:
        return subprocess.Popen(words, cwd=cwd, env=None if env is None else dict(env), **options)
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise NotFoundError(f"folder {cwd} does not exist") from error
        raise NotFoundError(f"program '{words[0]}' is not installed", hint=hint) from error
    except (OSError, ValueError) as error:  # the latter for what no argument can hold
        raise CMError(f"cannot run {words[0]}: {getattr(error, 'strerror', None) or error}") from error


def kill_group(process: subprocess.Popen[Any]) -> None:
    """Kill a process that was started in a session of its own, with all that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        # The system gives no other group this number while a member is left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def run_interactive(args: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> int:
    """Hand the terminal to a program; returns its exit status.

    Raises:
        NotFoundError: when there is no such program or folder.
        CMError: when it cannot be run.
    """
    with start_program(args, cwd=cwd, env=env) as process:
        try:
            return process.wait()
        except BaseException:
            process.kill()
            raise


def describe_status(status: int) -> str:
    """An exit status in words, e.g. ``killed by SIGKILL (137): often out of memory``."""
    number = -status if status < 0 else status - _SHELL_SIGNAL_BASE
    reasons = {
        126: "cannot be executed (126): check its permissions",
        127: "command not found (127)",
    }
    if status in reasons:
        return reasons[status]
    try:
        name = signal.Signals(number).name if number > 0 else ""
    except ValueError:
        name = ""
    if not name:
        return f"exit status {status}"
    why = {
        "SIGKILL": ": often out of memory",
        "SIGSEGV": ": invalid memory access",
        "SIGABRT": ": it aborted",
    }
    return f"killed by {name} ({_SHELL_SIGNAL_BASE + number}){why.get(name, '')}"


def find_program(name: str, env: Mapping[str, str] | None = None) -> Path | None:
    """Where a program is on the search path, or ``None``."""
    # Without a PATH nothing is found; `None` would make the search fall back to this process's own.
    path = (os.environ if env is None else env).get("PATH", "")
    import shutil

    found = shutil.which(name, path=path)
    return Path(found) if found else None


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """The text without credentials in URLs and without the given secrets."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return without_credentials(text)
