"""The contract between experiments and executors: commands go out, exit statuses come back.

An executor never sees Python objects of the experiment. A step is a folder with ``cm-task.json`` in it;
``python -m cm_experiment.executors.task FOLDER`` runs the task there and leaves ``cm-task-result.json``,
which is all that an executor has to wait for: :func:`write_task` makes the one, :func:`read_ending` reads the
other. That module needs nothing but the standard library (3.8 or newer), so it can be copied to a machine
that has no toolkit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

from cm_core import CMError, NotFoundError, field, frozen
from cm_core.base import Format, atomic_write_json, encode, raise_os_error
from cm_experiment.executors.task import RESULT_FILE, TASK_FILE


@frozen
class Task:
    """A command to run.

    Attributes:
        uid: that of the step.
        folder: an absolute path; the command runs in it and writes ``stdout.txt`` and ``stderr.txt`` there.
        command: program and arguments.
        env: variables to set in addition to those of the environment.
        timeout_s: seconds after which one execution is killed; ``None``: never.
        repeat: measured executions, one after the other.
        warmup: warm-up executions before them.
        cwd: where the command runs instead of the folder.
    """

    uid: str
    folder: Path
    command: tuple[str, ...]
    env: Mapping[str, str]
    timeout_s: float | None = None
    repeat: int = 1
    warmup: int = 0
    cwd: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """What ``cm-task.json`` holds."""
        known: dict[str, Any] = encode(self)
        del known["folder"]  # the one where the file is
        return known


@frozen
class Ending:
    """How a task ended.

    Attributes:
        uid: that of the step.
        exit_status: of the command, 128 + n after signal n; ``None`` when it never ran, was lost, or was
            stopped from outside (Ctrl-C, ``scancel``): it is not finished and must run again. With repeats,
            that of the first execution that failed, which ends the task.
        started: seconds since 1970; 0 when it never ran.
        duration_s: wall-clock seconds of the command alone, all its executions together.
        host: where it ran.
        reason: one sentence when the command did not end by itself, such as ``node n2 failed (job 17)`` or
            ``stopped after its time limit of 60 s``.
        details: what else the executor knows, such as a job number; goes into the record of the step.
        executions: each one as ``folder`` (inside that of the step), ``exit_status``, ``duration_s`` and
            ``warmup``.
    """

    uid: str
    exit_status: int | None
    started: float = 0.0
    duration_s: float = 0.0
    host: str = ""
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    executions: Sequence[Mapping[str, Any]] = ()


_RESULT = Format(record=Ending)


def write_task(task: Task) -> None:
    """Write the ``cm-task.json`` of a task and remove the result of an earlier try.

    The file is for the eyes of its owner only, since the command is complete; it is removed once the step is
    recorded.

    Raises:
        CMError: when the folder cannot be written.
    """
    result = task.folder / RESULT_FILE
    try:
        result.unlink(missing_ok=True)
    except OSError as error:
        raise_os_error("remove", result, error)
    write_private_json(task.folder / TASK_FILE, task.to_json())


def write_private_json(file: Path, data: Any) -> None:
    """Write a file that only its owner can read.

    Raises:
        CMError: when the folder cannot be written.
    """
    try:
        file.touch(mode=0o600)
    except OSError as error:
        raise_os_error("write", file, error)
    atomic_write_json(file, data)


def read_ending(task: Task) -> Ending | None:
    """How a task ended, or ``None`` while it has no result."""
    try:
        return _RESULT.read(task.folder / RESULT_FILE)
    except NotFoundError:
        return None
    except CMError as error:
        return Ending(uid=task.uid, exit_status=None, reason=f"its {RESULT_FILE} cannot be read: {error}")


class Pool(Protocol):
    """Where tasks of one experiment run; a context manager that frees what it holds."""

    capacity: int
    """How many tasks are worth submitting before some of them have ended."""

    deadline: float | None
    """When the ``--budget`` is spent, in the time of :func:`time.monotonic`; set before the first task. Tasks
    that have not begun by then, such as those in the queue of a batch system, end without a status."""

    def submit(self, tasks: Sequence[Task]) -> None:
        """Start or queue tasks; their ``cm-task.json`` is written here, with :func:`write_task`.

        A task of a driver that was killed is taken over and not run again if it is still running or has ended
        since. A result without an exit status does not count: that task runs again.

        Raises:
            CMError: when some can never run, for example because a partition does not exist; these have no
                ``cm-task.json`` then.
        """

    def wait(self) -> Sequence[Ending]:
        """Block until at least one submitted task has ended; empty if no task is outstanding."""

    def cancel(self) -> None:
        """Stop outstanding tasks, after Ctrl-C. Tasks that can outlive the driver may be left running."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None:
        """Free what it holds. After Ctrl-C outstanding tasks may continue, where the executor says so."""


@runtime_checkable
class Executor(Protocol):
    """A way to run tasks.

    Its plugin announces its flags with ``cm_register_flags``, for ``run``, ``rerun`` and ``replay
    experiment`` and ``run script``; their names start with that of the executor, such as ``slurm_partition``.
    """

    name: str
    """As typed after ``--executor=``."""
    help: str
    """One line."""

    def check(self, options: Mapping[str, Any]) -> None:
        """Refuse what cannot work, without starting anything or asking another machine: for ``--dry_run``.

        Raises:
            CMError: when a flag is missing or wrong, or a program is not here.
        """

    def open(self, options: Mapping[str, Any], *, jobs: int | None, folder: Path) -> Pool:
        """Make a pool.

        Args:
            options: all flags of the request.
            jobs: ``-j N``; ``None``: not given.
            folder: of the experiment's run, for files of the executor such as a job script.

        Raises:
            CMError: when it cannot work here, for example because a program is missing.
        """

    def preview(self, tasks: Sequence[Task], options: Mapping[str, Any]) -> Iterable[str]:
        """The lines that ``--print-job`` shows, such as the script of a job."""
