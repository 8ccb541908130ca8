"""The executor ``ssh``: steps on other machines, by the system's ssh and rsync."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cm_core import Reporter, UsageError, replace
from cm_core.flags import read_flags
from cm_experiment.executors.contract import Ending, Task, read_ending, write_task
from cm_experiment.executors.remote import Host, LostHostError, check_machines, connect, disconnect
from cm_experiment.executors.threads import STOPPED, ThreadPool
from cm_experiment.flags import Ssh


class SshExecutor:
    """Tasks on machines that ssh reaches without a question.

    Args:
        reporter: hears about machines that are lost.
    """

    name = "ssh"
    help = "other machines, by ssh and rsync"

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def check(self, options: Mapping[str, Any]) -> None:
        """Refuse flags that are missing or wrong, and a system without ssh or rsync."""
        asked = read_flags(Ssh, options)
        if not asked.hosts:
            raise UsageError("no machines to run on were given", hint="write --ssh_hosts=node1,me@node2")
        check_machines(asked.hosts, asked.folder)

    def open(self, options: Mapping[str, Any], *, jobs: int | None, folder: Path) -> SshPool:
        """Connect to the machines and make a pool of ``jobs`` workers, by default one for each machine.

        Raises:
            UsageError: when a flag is missing or wrong.
            CMError: when ssh or rsync is not here, or no machine answers.
        """
        del folder
        self.check(options)
        asked = read_flags(Ssh, options)
        there = connect(
            asked.hosts,
            folder=asked.folder,
            python=asked.python,
            config=asked.config,
            warn=lambda text: self._reporter.message(text, "warning"),
        )
        return SshPool(there, jobs or len(there), self._reporter)

    def preview(self, tasks: Sequence[Task], options: Mapping[str, Any]) -> Iterable[str]:
        """One line for each task and the machine that may run it."""
        asked = read_flags(Ssh, options)
        hosts, folder = asked.hosts or ("HOST",), asked.folder
        return [
            f"ssh {hosts[number % len(hosts)]} {asked.python} {folder}/task.py {folder}/{task.uid}"
            for number, task in enumerate(tasks)
        ]


class SshPool(ThreadPool):
    """Workers that take tasks from a queue, each with a machine."""

    def __init__(self, hosts: Sequence[Host], workers: int, reporter: Reporter) -> None:
        super().__init__(workers)
        self._hosts = hosts
        self._reporter = reporter
        self._running: dict[str, Host] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self._alive = workers
        for number in range(workers):
            self.start_thread(partial(self._run, hosts[number % len(hosts)]))

    def submit(self, tasks: Sequence[Task]) -> None:
        """Queue tasks.

        One that ended after its driver was killed is collected when it comes to the same machine; one that
        still runs there begins again.
        """
        super().submit(tasks)
        with self._lock:
            if not self._alive:
                self._give_up()

    def stop_tasks(self) -> None:
        """Ask every machine to end what it runs for us."""
        with self._lock:
            self._stopping = True
            running = dict(self._running)
        for uid, host in running.items():
            host.stop(uid)

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        disconnect(self._hosts)

    # -- workers -------------------------------------------------------------------------------------------

    def _run(self, host: Host, task: Task) -> Ending | None:
        with self._lock:
            if self._stopping:
                return Ending(uid=task.uid, exit_status=None, reason=STOPPED)
            self._running[task.uid] = host
        lost: LostHostError | None = None
        try:
            return run_on(host, task)
        except LostHostError as error:
            lost = error
        finally:
            # Before others may take the task over and say where it runs now.
            with self._lock:
                self._running.pop(task.uid, None)
        self._lose(host, task, lost)
        return None

    def _lose(self, host: Host, task: Task, error: LostHostError) -> None:
        """Leave a task to the workers of other machines."""
        with self._lock:
            self._alive -= 1
            self._reporter.message(f"{host.name} is lost: {error}", "warning")
            self._tasks.put(task)
            if not self._alive:
                self._give_up()

    def _give_up(self) -> None:
        while not self._tasks.empty():
            task = self._tasks.get()
            if task is not None:
                self._endings.put(Ending(uid=task.uid, exit_status=None, reason="no machine is left"))


def run_on(host: Host, task: Task) -> Ending:
    """Send a task to a machine, run it there, and bring back its folder.

    Raises:
        LostHostError: when the machine does not answer.
        CMError: when the folder cannot be written.
    """
    there = f"{host.folder}/{task.uid}"
    moved = {str(task.folder): there}
    command = tuple(_replace_places(word, moved) for word in task.command)
    env = {name: _replace_places(value, moved) for name, value in task.env.items()}
    # The current folder is not there; what the command leaves comes back with the folder of the task.
    write_task(replace(task, command=command, env=env, cwd=None))
    host.send(task.folder, there)
    said = host.run_task(there)
    host.fetch(there, task.folder)
    host.remove(there)
    ending = read_ending(task)
    if ending is None:
        last = (said.strip().splitlines() or ["for an unknown reason"])[-1]
        return Ending(uid=task.uid, exit_status=None, reason=f"it did not run on {host.name}: {last}")
    return ending


def _replace_places(text: str, places: Mapping[str, str]) -> str:
    for here, there in places.items():
        text = text.replace(here, there)
    return text
