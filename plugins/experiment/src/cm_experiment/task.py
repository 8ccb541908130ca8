"""Run one task where an executor put it: ``python -m cm_experiment.task FOLDER [KEY=VALUE ...]``.

The folder holds ``cm-task.json``: ``uid``, ``command``, ``env``, ``timeout_s``. The command runs in it, its
output goes to ``stdout.txt`` and ``stderr.txt``, and ``cm-task-result.json`` appears in one step when all is
over: ``uid``, ``exit_status``, ``started``, ``duration_s``, ``host``, ``reason``, ``details``. ``KEY=VALUE``
words go into the details, such as the number of a job.

A task that has a result is not run again, so that a batch system may start it twice. This file needs nothing
but Python 3.8 and can be copied to a machine without the toolkit.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

TASK_FILE = "cm-task.json"
RESULT_FILE = "cm-task-result.json"
STDOUT_FILE = "stdout.txt"
STDERR_FILE = "stderr.txt"
# Batch systems kill some 30 s after they asked.
_GRACE_S = 5.0


class Stopped(Exception):  # noqa: N818 - not an error of ours
    """Somebody asked this process to end."""


def run(folder: Path, details: dict[str, Any]) -> dict[str, Any]:
    """Run the task of a folder and write its result; a result that is there already is returned.

    Raises:
        OSError, ValueError: when there is no readable task.
    """
    place = folder / RESULT_FILE
    if place.exists():
        earlier: dict[str, Any] = _read(place)
        return earlier
    task = _read(folder / TASK_FILE)
    started, clock = time.time(), time.perf_counter()
    status, reason = _run_command(folder, task)
    result = {
        "uid": task["uid"],
        "exit_status": status,
        "started": started,
        "duration_s": time.perf_counter() - clock,
        "host": socket.gethostname(),
        "reason": reason,
        "details": {**details, **_usage()},
    }
    if not place.exists():  # a node that was given up for lost may have come back
        _write(place, result)
    return result


def _run_command(folder: Path, task: dict[str, Any]) -> tuple[int, str]:
    """Exit status and, when the command did not end by itself, the reason."""
    for name in (STDOUT_FILE, STDERR_FILE):
        with contextlib.suppress(FileNotFoundError):  # of a first try on a node that was lost
            (folder / name).unlink()
    with (folder / STDOUT_FILE).open("wb") as out, (folder / STDERR_FILE).open("wb") as err:
        try:
            child = subprocess.Popen(
                task["command"],
                cwd=str(folder),
                env={**os.environ, **task.get("env", {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        except FileNotFoundError:
            return 127, f"program '{task['command'][0]}' is not installed"
        except OSError as error:
            return 126, f"cannot run {task['command'][0]}: {error.strerror}"
        limit: float | None = task.get("timeout_s")
        try:
            return _status(child.wait(limit)), ""
        except subprocess.TimeoutExpired as late:
            return _stop(child), f"stopped after its time limit of {late.timeout:g} s"
        except Stopped as stopped:
            return _stop(child), str(stopped)


def _stop(child: subprocess.Popen[bytes]) -> int:
    """End a command and all that it started."""
    if signal.getsignal(signal.SIGTERM) is _on_signal:  # being asked twice changes nothing
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        try:
            if hasattr(os, "killpg"):
                os.killpg(child.pid, number)
            else:
                child.terminate()
        except OSError:  # nobody is left
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_S)
    return _status(child.wait())


def _status(code: int) -> int:
    return 128 - code if code < 0 else code


def _on_signal(number: int, frame: Any) -> None:
    del frame
    raise Stopped(f"stopped by {signal.Signals(number).name}")


def _usage() -> dict[str, Any]:
    """What the children of this process used, where the system counts that."""
    try:
        import resource
    except ImportError:
        return {}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return {"cpu_s": used.ru_utime + used.ru_stime, "peak_memory_bytes": used.ru_maxrss * unit}


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, data: Any) -> None:
    temporary = path.with_name(f".{path.name}.{socket.gethostname()}-{os.getpid()}")
    temporary.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    temporary.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the task of the folder that is named; the exit status is that of its command."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _on_signal)
    details = dict(word.split("=", 1) for word in words[1:])
    try:
        result = run(Path(words[0]), details)
    except (OSError, ValueError, KeyError, IndexError, Stopped) as error:
        sys.stderr.write(f"cannot run the task of {words[:1]}: {error}\n")
        return 1
    status = result["exit_status"]
    return 1 if status is None else int(status)


if __name__ == "__main__":
    sys.exit(main())
