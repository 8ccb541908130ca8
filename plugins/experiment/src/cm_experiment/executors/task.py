"""Run one task where an executor put it: ``python -m cm_experiment.executors.task FOLDER [KEY=VALUE ...]``.

The folder holds ``cm-task.json``: ``uid``, ``command``, ``env``, ``timeout_s``, ``repeat``, ``warmup``,
``cwd``. The command runs in it, or in ``cwd``; its output goes to ``stdout.txt`` and ``stderr.txt``, and
``cm-task-result.json`` appears in one step when all is over: ``uid``, ``exit_status``, ``started``,
``duration_s``, ``host``, ``reason``, ``details``, ``executions``. ``KEY=VALUE`` words go into the details,
such as the number of a job. With repeats or a warm-up each execution has a folder of its own inside,
``warmup-1``, ``repeat-1``, ``repeat-2``.

A file ``cm-task-stop`` in the folder ends the task; its text is the reason. A task that has a result is not
run again, so that a batch system may start it twice; one that was stopped by a signal to this process has no
exit status in its result, and runs again. This file needs nothing but Python 3.8 and can be copied to a
machine without the toolkit.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TASK_FILE = "cm-task.json"
RESULT_FILE = "cm-task-result.json"
STOP_FILE = "cm-task-stop"
RUNNING_FILE = "cm-task-running.json"
STDOUT_FILE = "stdout.txt"
STDERR_FILE = "stderr.txt"
# What a second try finds in the folder and keeps.
_OURS = frozenset((TASK_FILE, "cm-step.json", "cm-input.json"))
OF_EXECUTORS = "cm-task-"
# The commands of the toolkit, and the words that they stand for.
_SHORTCUTS = {
    "cm": (),
    "cmr": ("run", "script"),
    "cme": ("run", "experiment"),
    "cmrd": ("docker", "script"),
}
_SHELL = "/bin/sh"
_KERNEL_FACTS = (
    ("cpu_governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    ("gpu_driver", "/proc/driver/nvidia/version"),
)
# Batch systems kill some 30 s after they asked.
_GRACE_S = 5.0
_LOOK_S = 0.2
# A batch system signals the command and this process, in whatever order, and not at once on a busy machine.
_SIGNAL_GAP_S = 2.0
_STOPPED = (-signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGTERM, 128 + signal.SIGINT)


class Stop:
    """How a task is told to end, from another thread or by a signal.

    Attributes:
        reason: why, once somebody has asked.
        unfinished: whether the task is to run again some day.
        by_signal: whether a signal to this process may be it.
    """

    def __init__(self, *, by_signal: bool = False) -> None:
        self.reason = ""
        self.by_signal = by_signal
        self.unfinished = False

    def ask(self, reason: str, *, unfinished: bool = False) -> None:
        """End the command that runs, with all that it started."""
        if not self.reason:
            self.reason, self.unfinished = reason, unfinished

    def on_signal(self, number: int, _frame: Any) -> None:
        """A handler of signals; being asked twice changes nothing."""
        self.ask(f"stopped by {signal.Signals(number).name}", unfinished=True)


def run(folder: Path, details: dict[str, Any], stop: Stop | None = None) -> dict[str, Any]:
    """Run the task of a folder and write its result; a result that is there already is returned.

    Raises:
        OSError, ValueError: when there is no readable task.
    """
    place = folder / RESULT_FILE
    if place.exists():
        earlier: dict[str, Any] = _read(place)
        if earlier["exit_status"] is not None:
            return earlier
        place.unlink()
    task = _read(folder / TASK_FILE)
    result = execute(folder, task, os.environ, stop)
    result["details"] = {**details, **result["details"], "system": describe_machine()}
    if not place.exists():  # a node that was given up for lost may have come back
        _write(place, result)
    return result


def execute(
    folder: Path, task: Mapping[str, Any], environment: Mapping[str, str], stop: Stop | None = None
) -> dict[str, Any]:
    """Run a task, repeats included, and say how it ended; nothing is written but the output of the command.

    Raises:
        OSError: when the folder cannot be written.
    """
    stop = stop or Stop()
    _clear_earlier_try(folder)
    (folder / RUNNING_FILE).touch()  # from here on, what is in the folder may be half of something
    started = time.time()
    executions: list[dict[str, Any]] = []
    usage: dict[str, float] = {}
    reason = ""
    for place, warmup in _executions(folder, task):
        place.mkdir(exist_ok=True)
        one = _Execution(place, task, environment, stop, folder)
        clock = time.perf_counter()
        status = one.run()
        duration = time.perf_counter() - clock
        name = "" if place == folder else place.name
        executions.append({"folder": name, "exit_status": status, "duration_s": duration, "warmup": warmup})
        usage = {key: max(usage.get(key, 0.0), value) for key, value in one.usage.items()}
        reason = one.reason
        if status or reason:
            break
    if not stop.unfinished:
        with contextlib.suppress(FileNotFoundError):
            (folder / RUNNING_FILE).unlink()
    return {
        "uid": task["uid"],
        "exit_status": None if stop.unfinished else executions[-1]["exit_status"],
        "started": started,
        "duration_s": sum(item["duration_s"] for item in executions),
        "host": socket.gethostname(),
        "reason": reason,
        "details": usage,
        "executions": executions,
    }


def _executions(folder: Path, task: Mapping[str, Any]) -> list[tuple[Path, bool]]:
    """Where each execution happens, and whether it is one of the warm-up."""
    repeat, warmup = task.get("repeat", 1), task.get("warmup", 0)
    if repeat + warmup == 1:
        return [(folder, False)]
    before = [(folder / f"warmup-{number}", True) for number in range(1, warmup + 1)]
    return [*before, *((folder / f"repeat-{number}", False) for number in range(1, repeat + 1))]


class _Execution:
    """One run of a command: started, watched, ended when somebody asks."""

    def __init__(
        self,
        place: Path,
        task: Mapping[str, Any],
        environment: Mapping[str, str],
        stop: Stop,
        folder: Path,
    ) -> None:
        self.place = place
        self.cwd = str(task.get("cwd") or place)
        self.command = tuple(task["command"])
        self.environment = {**environment, **task.get("env", {})}
        self.limit: float | None = task.get("timeout_s")
        self.stop = stop
        self.folder = folder
        self.reason = ""
        self.usage: dict[str, float] = {}
        self.code = 0
        self.ended = threading.Event()

    def run(self) -> int:
        """The exit status; ``reason`` says why it did not end by itself."""
        if self.stop.reason:
            self.reason = self.stop.reason
            return 128 + signal.SIGTERM
        if not Path(self.cwd).is_dir():
            self.reason = f"the folder {self.cwd} is not on {socket.gethostname()}"
            return 126
        with (self.place / STDOUT_FILE).open("wb") as out, (self.place / STDERR_FILE).open("wb") as err:
            try:
                child = self._start(of_this_toolkit(self.command, self.environment), out, err)
            except FileNotFoundError:
                self.reason = f"program '{self.command[0]}' is not installed"
                return 127
            except (OSError, ValueError) as error:  # the latter for what no argument can hold
                self.reason = f"cannot run {self.command[0]}: {getattr(error, 'strerror', None) or error}"
                return 126
        with contextlib.suppress(OSError):  # a fast command may have removed its folder
            _note_running(self.folder, child.pid)
        # A wait with a time limit looks every 50 ms, which would be most of the time of a short command.
        threading.Thread(target=self._await, args=(child,), daemon=True).start()
        self.reason = self._watch()
        if self.code in _STOPPED and self.stop.by_signal:
            deadline = time.monotonic() + _SIGNAL_GAP_S
            while time.monotonic() < deadline and not self.stop.reason:
                time.sleep(0.01)
            self.reason = self.stop.reason
        if self.reason and not self.ended.is_set():
            self._end(child)
        return 128 - self.code if self.code < 0 else self.code

    def _start(self, command: list[str], out: Any, err: Any) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        except OSError as error:
            # A script without #!, which any shell runs.
            if error.errno != errno.ENOEXEC or os.name == "nt" or command[0] == _SHELL:
                raise
            return self._start([_SHELL, *command], out, err)

    def _await(self, child: subprocess.Popen[bytes]) -> None:
        if hasattr(os, "wait4"):
            _, status, used = os.wait4(child.pid, 0)
            self.code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            child.returncode = self.code
            self.usage = _usage(used)
        else:
            self.code = child.wait()
        self.ended.set()

    def _watch(self) -> str:
        deadline = None if self.limit is None else time.monotonic() + self.limit
        while True:
            left = _LOOK_S if deadline is None else min(_LOOK_S, max(0.0, deadline - time.monotonic()))
            if self.ended.wait(left):
                return ""
            if self.stop.reason:
                return self.stop.reason
            if deadline is not None and time.monotonic() >= deadline:
                return f"stopped after its time limit of {self.limit:g} s"
            with contextlib.suppress(OSError):
                if (self.folder / STOP_FILE).exists():
                    return (self.folder / STOP_FILE).read_text(encoding="utf-8").strip() or "stopped"

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """End the command and all that it started."""
        for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            try:
                if hasattr(os, "killpg"):
                    os.killpg(child.pid, number)
                else:
                    child.terminate()
            except OSError:  # nobody is left
                break
            self.ended.wait(_GRACE_S)
        self.ended.wait()


def of_this_toolkit(command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The command line, with ``cm`` and its shortcuts as those of the Python that runs this."""
    words = list(command)
    if words[0] not in _SHORTCUTS:
        return words
    try:
        here = importlib.util.find_spec("cm_core") is not None
    except ValueError:  # a program that put a stand-in there
        here = False
    if not here:
        found = shutil.which(words[0], path=environment.get("PATH"))
        return [found or words[0], *words[1:]]
    return [sys.executable, "-m", "cm_core", *_SHORTCUTS[words[0]], *words[1:]]


def describe_machine() -> dict[str, Any]:
    """What of this machine changes what programs compute or how fast."""
    facts: dict[str, Any] = {
        "os": platform.platform(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }
    if hasattr(os, "sched_getaffinity"):
        facts["usable_cpus"] = len(os.sched_getaffinity(0))
    with contextlib.suppress(OSError, ValueError):
        facts["memory_bytes"] = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                facts["cpu"] = line.partition(":")[2].strip()
                break
    for name, file in _KERNEL_FACTS:
        with contextlib.suppress(OSError):
            facts[name] = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()[0].strip()
    cards = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    if cards:
        facts["gpus"] = len(cards)
    return facts


def _usage(used: Any) -> dict[str, float]:
    """What a command used. Memory is left out where it may be that of this process, which it began as."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    usage = {"cpu_s": used.ru_utime + used.ru_stime}
    if used.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
        usage["peak_memory_bytes"] = used.ru_maxrss * unit
    return usage


# -- a try before this one, which somebody killed -----------------------------------------------------


def _note_running(folder: Path, pid: int) -> None:
    note = {"pid": pid, "host": socket.gethostname(), "since": _start_of(pid)}
    (folder / RUNNING_FILE).write_text(json.dumps(note), encoding="utf-8")


def _start_of(pid: int) -> str:
    """When a living process began, in a form that only serves to recognise it; else, or unknown, empty."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return "" if facts[0] == "Z" else facts[19]
    except (OSError, IndexError):
        return ""


def end_earlier_try(folder: Path) -> bool:
    """End a command that outlived the process that had started it; whether there was one."""
    try:
        note = _read(folder / RUNNING_FILE)
        pid, since = int(note["pid"]), str(note["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if note.get("host") != socket.gethostname() or not since or _start_of(pid) != since:
        return False
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        return False
    while _start_of(pid) == since:
        time.sleep(0.01)
    return True


def _clear_earlier_try(folder: Path) -> None:
    """Remove what an earlier try left, so that nothing of it is taken for a result."""
    if not (folder / RUNNING_FILE).exists():
        return
    end_earlier_try(folder)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(str(entry))
        elif entry.name not in _OURS and not entry.name.startswith(OF_EXECUTORS):
            entry.unlink()


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, data: Any) -> None:
    temporary = path.with_name(f".{path.name}.{socket.gethostname()}-{os.getpid()}")
    temporary.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    temporary.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the task of the folder that is named; the exit status is that of its command."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    stop = Stop(by_signal=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.on_signal)
    details = dict(word.split("=", 1) for word in words[1:])
    try:
        result = run(Path(words[0]), details, stop)
    except (OSError, ValueError, KeyError, IndexError) as error:
        sys.stderr.write(f"cannot run the task of {words[:1]}: {error}\n")
        return 1
    return 128 + signal.SIGTERM if (status := result["exit_status"]) is None else int(status)


if __name__ == "__main__":
    sys.exit(main())
