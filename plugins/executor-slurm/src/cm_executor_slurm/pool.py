"""A pool of Slurm jobs: submit, watch, take over, cancel."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cm_core import CMError, Reporter, replace
from cm_executor_slurm import client
from cm_executor_slurm.arrays import Array, forget, read_mark, refuse, start_array
from cm_executor_slurm.client import Job, QueueFullError, UnreachableError
from cm_executor_slurm.endings import ending_of_job, result_of, says_all, waits_for_good
from cm_executor_slurm.options import SlurmOptions
from cm_experiment import Ending, Task

_ALL_AT_ONCE = 1000
_MANY = 100
# A result may become visible on this machine a little later than the end of its job.
_GRACE_S = 3.0
_TIME_IS_UP = "the time was up before it began"


class SlurmPool:
    """Tasks as arrays of jobs.

    Results are noticed by looking into one folder per array; squeue is asked once for all arrays, and only
    for what leaves no result: jobs that wait, were cancelled, or were lost. Both are looked at less and less
    often while nothing happens.

    Args:
        folder: for the scripts, on a file system that the nodes share.
    """

    def __init__(self, options: SlurmOptions, folder: Path, reporter: Reporter, jobs: int | None) -> None:
        self.capacity = jobs or _ALL_AT_ONCE
        self._options = options
        self._folder = folder / "slurm"
        self._reporter = reporter
        self._waiting: list[Task] = []
        self._arrays: dict[str, Array] = {}
        self._endings: list[Ending] = []
        self._gone: dict[tuple[str, int], float] = {}
        self._said: set[str] = set()
        self._largest = self._chunk = client.largest_array()
        self._event = self._asked = self._tried = time.monotonic()
        self.deadline: float | None = None
        self._over = False

    # -- the contract of a pool ----------------------------------------------------------------------------

    def submit(self, tasks: Sequence[Task]) -> None:
        """Start tasks or queue them; those of an earlier driver are taken over.

        Raises:
            CMError: when Slurm does not answer, or will never accept such jobs.
        """
        self._waiting += self._take_over(tasks)
        try:
            self._fill()
        except CMError:
            for task in self._waiting:
                refuse(task)
            self._waiting.clear()
            raise

    def wait(self) -> Sequence[Ending]:
        """Block until a task has ended; empty when none is out."""
        while not self._endings and (self._waiting or self._out()):
            self._end_queued()
            idle = time.monotonic() - self._event
            if self._waiting and time.monotonic() - self._tried > _between(1.0, idle / 5, 30.0):
                self._fill()
            stopped = self._look()
            if not self._endings and (
                stopped or time.monotonic() - self._asked > _between(1.0, idle / 10, 30.0)
            ):
                self._ask()
            if not self._endings:
                time.sleep(0.5 if stopped else _between(0.05, idle / 20, 2.0))
        endings, self._endings = self._endings, []
        if endings:
            self._event = time.monotonic()
        return endings

    def cancel(self) -> None:
        """Cancel all jobs; those that waited for room in the queue end at once."""
        self._end_waiting("cancelled before it started")
        client.cancel_arrays(self._names())
        self._event = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        kind, out = exc_info[0], self._out()
        if not out:
            return
        if kind is None or self._options.cancel:
            self.cancel()
            self._reporter.message(f"cancelled {_jobs(out)}", "warning")
            return
        names = " ".join(self._names())
        self._reporter.message(
            f"{_jobs(out)} {'continues' if out == 1 else 'continue'};"
            " run the same command again to collect them,"
            f" or cancel them: for name in {names}; do scancel --name=$name; done"
            " (with --slurm_cancel Ctrl-C does that)",
            "warning",
        )

    # -- out and back --------------------------------------------------------------------------------------

    def _out(self) -> int:
        return sum(len(array.tasks) for array in self._arrays.values())

    def _names(self) -> list[str]:
        return [name for name, array in self._arrays.items() if array.tasks]

    def _end_waiting(self, reason: str) -> None:
        """End what Slurm has not even been given."""
        self._endings += [Ending(uid=task.uid, exit_status=None, reason=reason) for task in self._waiting]
        self._waiting.clear()

    def _end_queued(self) -> None:
        """End what has not begun, once its time is up."""
        if self._over or self.deadline is None or time.monotonic() < self.deadline:
            return
        self._over = True
        self._end_waiting(_TIME_IS_UP)
        client.cancel_arrays(self._names(), queued=True)
        self._event, self._asked = time.monotonic(), 0.0  # to hear soon which were cancelled

    def _take_over(self, tasks: Sequence[Task]) -> list[Task]:
        """The tasks that have to be started."""
        marks = {task.uid: mark for task in tasks if (mark := read_mark(task))}
        alive = {
            (job.name, job.index)
            for job in client.jobs({mark.name for mark in marks.values()})
            if not job.ended
        }
        fresh, taken = [], 0
        for task in tasks:
            mark = marks.get(task.uid)
            if (ending := result_of(task)) is not None:
                self._endings.append(ending)
            elif mark is not None and (mark.name, mark.index) in alive:
                array = self._arrays.setdefault(mark.name, Array(name=mark.name, folder=mark.folder))
                array.tasks[mark.index] = task
                taken += 1
            else:
                fresh.append(task)
        if taken:
            self._reporter.message(f"{_jobs(taken)} of an earlier run taken over")
        return fresh

    def _fill(self) -> None:
        """Submit what waits, as far as Slurm takes it."""
        # While many jobs are out, a few more are better sent together with others.
        while self._waiting and not _MANY <= self._out() > 4 * len(self._waiting):
            self._tried = time.monotonic()
            some = self._waiting[: self._chunk]
            try:
                array = start_array(some, self._folder, self._options)
            except QueueFullError as full:
                if len(some) > 1:
                    self._chunk = len(some) // 2
                    continue
                self._say_once(f"{full}; {len(self._waiting)} tasks wait until there is room", "full")
                return
            except UnreachableError as error:
                if not self._out():
                    raise
                self._say_once(f"{error}; {len(self._waiting)} tasks wait until it does")
                return
            self._arrays[array.name] = array
            del self._waiting[: len(some)]
            self._chunk = min(self._chunk * 2, self._largest)
            self._event = time.monotonic()

    def _look(self) -> bool:
        """Collect the results that are there; whether some job was stopped from outside."""
        stopped = False
        for array in self._arrays.values():
            for index in array.ended():
                task = array.tasks[index]
                if (ending := result_of(task)) is not None:
                    self._end(array, index, ending)
                else:
                    stopped = True
        return stopped

    def _ask(self) -> None:
        """Ask Slurm about everything that is out."""
        self._asked = time.monotonic()
        try:
            found = client.jobs(self._names())
        except UnreachableError as error:
            self._say_once(f"{error}; waiting until it answers")
            return
        by_place = {(job.name, job.index): job for job in found}
        for array in self._arrays.values():
            for index in list(array.tasks):
                self._judge(
                    array,
                    index,
                    by_place.get((array.name, index)) or by_place.get((array.name, client.THE_REST)),
                )

    def _judge(self, array: Array, index: int, job: Job | None) -> None:
        place = (array.name, index)
        if job is not None and not job.ended:
            if self._gone.pop(place, None) or job.state == "PENDING":
                array.forget_end(index)  # it was sent back into the queue
            if waits_for_good(job):
                self._say_once(
                    f"job {job.id} cannot start: {job.reason}; change the --slurm_ options, or wait",
                    job.reason,
                )
            return
        task = array.tasks[index]
        if (ending := result_of(task)) is not None:
            self._end(array, index, ending)
            return
        since = self._gone.setdefault(place, time.monotonic())
        decided = job is not None and (not job.nodes or says_all(job))
        if decided or time.monotonic() - since >= _GRACE_S:
            ending = ending_of_job(task, job, array.last_words(index))
            if self._over and job is not None and not job.nodes:
                ending = replace(ending, reason=_TIME_IS_UP)
            self._end(array, index, ending)

    def _end(self, array: Array, index: int, ending: Ending) -> None:
        task = array.tasks.pop(index)
        forget(task)
        self._gone.pop((array.name, index), None)
        self._endings.append(ending)
        array.lost = array.lost or ending.exit_status is None
        if not array.tasks and not array.lost:
            array.remove()

    def _say_once(self, sentence: str, key: str = "") -> None:
        if (key or sentence) not in self._said:
            self._said.add(key or sentence)
            self._reporter.message(sentence, "warning")


def _jobs(count: int) -> str:
    return f"{count} Slurm job{'' if count == 1 else 's'}"


def _between(least: float, value: float, most: float) -> float:
    return max(least, min(value, most))
