"""The executor ``local``: steps as processes of this machine, some at the same time."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cm_experiment.executors.contract import Ending, Task
from cm_experiment.executors.task import Stop, execute
from cm_experiment.executors.threads import STOPPED, ThreadPool


class LocalExecutor:
    """Runs each task in a thread that watches its process.

    Args:
        env: the environment to which tasks add theirs.
    """

    name = "local"
    help = "processes of this machine, -j N at the same time"

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def check(self, options: Mapping[str, Any]) -> None:
        """Processes can always be started."""

    def open(self, options: Mapping[str, Any], *, jobs: int | None, folder: Path) -> LocalPool:
        """Make a pool of ``jobs`` threads, by default one, so that steps do not disturb each other."""
        del options, folder
        return LocalPool(self._env, jobs or 1)

    def preview(self, tasks: Sequence[Task], options: Mapping[str, Any]) -> Iterable[str]:
        """The commands."""
        del options
        return [f"cd {shlex.quote(str(task.folder))} && {shlex.join(task.command)}" for task in tasks]


class LocalPool(ThreadPool):
    """Threads that each watch one process at a time."""

    def __init__(self, env: Mapping[str, str], jobs: int) -> None:
        super().__init__(jobs)
        self._env = dict(env)
        self._stops: dict[str, Stop] = {}
        for _ in range(jobs):
            self.start_thread(self._run)

    def submit(self, tasks: Sequence[Task]) -> None:
        """Queue tasks. One that outlived a driver that was killed is ended and begins again."""
        self._stops.update((task.uid, Stop()) for task in tasks)
        super().submit(tasks)

    def wait(self) -> Sequence[Ending]:
        """Block until a task has ended."""
        endings = super().wait()
        for ending in endings:
            self._stops.pop(ending.uid, None)
        return endings

    def stop_tasks(self) -> None:
        """Ask every process to end, with what it started."""
        for stop in list(self._stops.values()):
            stop.ask(STOPPED, unfinished=True)

    def _run(self, task: Task) -> Ending:
        return Ending(**execute(task.folder, task.to_json(), self._env, self._stops[task.uid]))
