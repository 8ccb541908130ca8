"""Arrays of jobs on disk: what is written before ``sbatch``, and what the jobs leave."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from cm_core import CMError, UsageError, field, frozen, mutable
from cm_core.base import Format, atomic_write_text, raise_os_error, remove_tree
from cm_executor_slurm import client
from cm_executor_slurm.jobscript import ENDED_FOLDER, RUNNER_FILE, TASKS_FILE, job_script
from cm_executor_slurm.options import SlurmOptions
from cm_experiment import Task, write_task
from cm_experiment.executors import task as runner

# In the folder of a task: which job runs it, for a driver that comes later.
MARKER_FILE = "cm-task-slurm.json"
SCRIPT_FILE = "job.sh"


@mutable
class Array:
    """An array in Slurm.

    Attributes:
        name: of its jobs; nobody else has it.
        folder: with script, list of tasks and marks of their ends.
        tasks: those that are out, by index.
        lost: whether some ended without a result; then the folder may tell why.
    """

    name: str
    folder: Path
    tasks: dict[int, Task] = field(default_factory=dict)
    lost: bool = False

    def ended(self) -> list[int]:
        """Indices of the tasks whose job says that it is over; one look at one folder."""
        with contextlib.suppress(OSError), os.scandir(self.folder / ENDED_FOLDER) as entries:
            marks = {int(entry.name) for entry in entries if entry.name.isdecimal()}
            return sorted(marks & self.tasks.keys())
        return []

    def forget_end(self, index: int) -> None:
        """The job is to run again."""
        (self.folder / ENDED_FOLDER / str(index)).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder, and the one around it when this was the last."""
        parent = self.folder.parent
        remove_tree(self.folder, inside=parent)
        with contextlib.suppress(OSError):
            parent.rmdir()

    def last_words(self, index: int) -> str:
        """The last line that the job itself printed, such as that there is no Python."""
        try:
            text = (self.folder / f"slurm-{index}.out").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        lines = text.strip().splitlines()
        return lines[-1].strip() if lines else ""


def start_array(tasks: Sequence[Task], parent: Path, options: SlurmOptions) -> Array:
    """Write all that the jobs need and hand them to Slurm.

    Raises:
        CMError: when a file cannot be written, or as :func:`cm_executor_slurm.client.submit`.
    """
    name = f"cm-{secrets.token_hex(5)}"
    array = Array(name=name, folder=parent / name, tasks=dict(enumerate(tasks)))
    try:
        (array.folder / ENDED_FOLDER).mkdir(parents=True)
        shutil.copyfile(runner.__file__, array.folder / RUNNER_FILE)
    except OSError as error:
        raise_os_error("write", array.folder, error)
    atomic_write_text(array.folder / TASKS_FILE, "".join(f"{_line(task)}\n" for task in tasks))
    script = array.folder / SCRIPT_FILE
    atomic_write_text(script, job_script(name, array.folder, len(tasks), options))
    for index, task in array.tasks.items():
        write_task(task)
        # Before sbatch, so that a driver that is killed right after it finds the job again.
        MARK_FORMAT.write(task.folder / MARKER_FILE, Mark(name=name, index=index, folder=array.folder))
    try:
        client.submit(script)
    except BaseException:
        remove_tree(array.folder, inside=parent)
        raise
    return array


def _line(task: Task) -> str:
    text = str(task.folder)
    if "\n" in text:
        raise UsageError(f"the folder {text!r} has a line break in its name")
    return text


def forget(task: Task) -> None:
    """Remove the mark of a task that is over."""
    (task.folder / MARKER_FILE).unlink(missing_ok=True)


def refuse(task: Task) -> None:
    """Leave no trace of a task that Slurm did not take."""
    forget(task)
    (task.folder / runner.TASK_FILE).unlink(missing_ok=True)


@frozen
class Mark:
    """Where an earlier driver sent a task."""

    name: str
    index: int
    folder: Path


MARK_FORMAT = Format(record=Mark)


def read_mark(task: Task) -> Mark | None:
    """The mark in a task's folder, if there is a readable one."""
    try:
        return MARK_FORMAT.read(task.folder / MARKER_FILE)
    except CMError:
        return None
