"""What pools have in common whose tasks are watched by threads of the driver."""

from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Self

from cm_experiment.executors.contract import Ending, Task, read_ending

STOPPED = "stopped with the experiment"


class ThreadPool(ABC):
    """Threads that take tasks from a queue, each until it finds ``None``; a subclass says what runs one.

    Attributes:
        capacity: the number of threads.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.deadline: float | None = None  # there is a thread for each, so nothing waits
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._endings: queue.SimpleQueue[Ending] = queue.SimpleQueue()
        self._out: set[str] = set()
        self._threads: list[threading.Thread] = []

    def start_thread(self, run: Callable[[Task], Ending | None]) -> None:
        """Start a thread that runs tasks; it ends when one was not run, since others have taken it over."""
        thread = threading.Thread(target=self._work, args=(run,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, run: Callable[[Task], Ending | None]) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                ending = run(task)
            except Exception as error:  # noqa: BLE001 - a thread must not die with a task
                ending = Ending(uid=task.uid, exit_status=None, reason=f"it cannot be run: {error}")
            if ending is None:
                return
            self._endings.put(ending)

    def submit(self, tasks: Sequence[Task]) -> None:
        """Queue tasks. One that outlived a driver that was killed begins again; one that ended is taken."""
        for task in tasks:
            self._out.add(task.uid)
            ending = read_ending(task)
            if ending is not None and ending.exit_status is not None:
                self._endings.put(ending)  # it ended where nobody looked, such as on a cluster
            else:
                self._tasks.put(task)

    def wait(self) -> Sequence[Ending]:
        """Block until a task has ended."""
        if not self._out:
            return ()
        endings = [self._endings.get()]
        while not self._endings.empty():
            endings.append(self._endings.get())
        self._out -= {ending.uid for ending in endings}
        return endings

    def cancel(self) -> None:
        """End all that runs, each with what it started, and wait for that."""
        self.stop_tasks()
        while self._out:
            self.wait()

    @abstractmethod
    def stop_tasks(self) -> None:
        """Ask all that runs to end; what is queued ends at once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.cancel()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()
