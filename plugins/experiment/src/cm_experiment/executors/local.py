"""The executor ``local``: steps as processes of this machine, some at the same time."""

from __future__ import annotations

import queue
import shlex
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from cm_experiment.executors.contract import Ending, Task, read_ending
from cm_experiment.executors.task import Stop, execute

_INTERRUPTED = "stopped with the experiment"


class LocalExecutor:
    """Runs each task in a thread that watches its process.

    Args:
        env: the environment to which tasks add theirs.
    """

    name = "local"
    help = "processes of this machine, -j N at the same time"

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def open(self, options: Mapping[str, Any], *, jobs: int | None, folder: Path) -> LocalPool:
        """Make a pool of ``jobs`` threads, by default one, so that steps do not disturb each other."""
        del options, folder
        return LocalPool(self._env, jobs or 1)

    def preview(self, tasks: Sequence[Task], options: Mapping[str, Any]) -> Iterable[str]:
        """The commands."""
        del options
        return [f"cd {shlex.quote(str(task.folder))} && {shlex.join(task.command)}" for task in tasks]


class LocalPool:
    """Threads that take tasks from a queue.

    Attributes:
        capacity: the number of threads.
    """

    def __init__(self, env: Mapping[str, str], jobs: int) -> None:
        self.capacity = jobs
        self._env = dict(env)
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._endings: queue.SimpleQueue[Ending] = queue.SimpleQueue()
        self._stops: dict[str, Stop] = {}
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()

    def submit(self, tasks: Sequence[Task]) -> None:
        """Queue tasks. One that outlived a driver that was killed is ended and begins again."""
        for task in tasks:
            self._stops[task.uid] = Stop()
            ending = read_ending(task)
            if ending is not None and ending.exit_status is not None:
                self._endings.put(ending)  # it ended where nobody looked, such as on a cluster
            else:
                self._tasks.put(task)

    def wait(self) -> Sequence[Ending]:
        """Block until a task has ended."""
        if not self._stops:
            return ()
        endings = [self._endings.get()]
        while not self._endings.empty():
            endings.append(self._endings.get())
        for ending in endings:
            self._stops.pop(ending.uid, None)
        return endings

    def cancel(self) -> None:
        """End all that runs, each with what it started, and wait for that."""
        for stop in list(self._stops.values()):
            stop.ask(_INTERRUPTED, unfinished=True)
        while self._stops:
            self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.cancel()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                result = execute(task.folder, task.to_json(), self._env, self._stops[task.uid])
                ending = Ending(**result)
            except (OSError, ValueError) as error:  # a full disk, a folder that somebody removed
                ending = Ending(uid=task.uid, exit_status=None, reason=f"it cannot be run: {error}")
            self._endings.put(ending)
