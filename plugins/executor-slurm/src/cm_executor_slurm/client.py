"""Slurm's own commands: the only place that calls them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from cm_core import CMError, NotFoundError, UsageError, frozen
from cm_core.base import (
    ProgramHangsError,
    ask_program,
    did_you_mean,
    find_program,
    run_command,
    start_program,
)

# Index of the one entry that Slurm keeps for all that never started when they are cancelled together.
THE_REST = -1
_FORMAT = "%j|%K|%i|%T|%N|%r"
# A job that is in none of these states runs or will run.
ENDED_STATES = frozenset(
    {
        "BOOT_FAIL",
        "CANCELLED",
        "COMPLETED",
        "DEADLINE",
        "FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "PREEMPTED",
        "REVOKED",
        "TIMEOUT",
    }
)
# What sbatch says when there is room later; with the last it would itself sleep for minutes.
_FULL = (
    "job submit limit",
    "JobArrayTaskLimit",
    "MaxSubmitJob",
    "SubmitJobs",
    "queue full",
    "temporarily unable",
)
_KEPT = frozenset(("SLURM_CONF", "SLURM_CLUSTERS"))
_RETRYING = "sleeping and retrying"
_NO_CLUSTER = ("Could not establish a configuration source", "Unable to process configuration file")
_LATER = ("Unable to contact slurm controller", "Socket timed out", "Connection refused")


class QueueFullError(CMError):
    """Slurm takes no more jobs at present."""


class UnreachableError(CMError):
    """The controller does not answer at present."""


@frozen
class Job:
    """A job of an array as squeue shows it.

    Attributes:
        name: of the array.
        index: in the array, or :data:`THE_REST`.
        id: such as ``17_3``.
        state: such as ``PENDING``.
        nodes: where it runs or ran.
        reason: why it waits or failed, in Slurm's words.
    """

    name: str
    index: int
    id: str
    state: str
    nodes: str
    reason: str

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDED_STATES


def require_programs() -> None:
    """Check that Slurm's commands are here.

    Raises:
        NotFoundError: when one of them is missing.
    """
    for program in ("sbatch", "squeue", "scancel"):
        if find_program(program) is None:
            raise NotFoundError(
                f"Slurm's program '{program}' is not on the PATH",
                hint="run this on a login node of the cluster, or use --executor=local",
            )


def submit(script: Path) -> str:
    """Hand a script to Slurm; returns the number of the job.

    Raises:
        QueueFullError: when there is room later.
        UnreachableError: when the controller does not answer.
        UsageError: when Slurm will never accept it, with what there is instead.
        CMError: when this machine belongs to no cluster.
    """
    # In a session of its own: Ctrl-C must not break it off when half of the work is done.
    with start_program(
        ["sbatch", "--parsable", script.name],
        cwd=script.parent,
        # What describes the job that this process may run in would leak into the new one.
        env={key: value for key, value in os.environ.items() if not key.startswith("SLURM_") or key in _KEPT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        assert process.stderr is not None  # noqa: S101
        said = []
        for line in process.stderr:
            said.append(line.strip())
            if _RETRYING in line:
                process.kill()
        answer: str = process.stdout.read().strip()
    if process.returncode == 0 and answer:
        return answer.partition(";")[0]
    raise _refusal(said)


def _refusal(said: Sequence[str]) -> CMError:
    text = " / ".join(line.removeprefix("sbatch: ").removeprefix("error: ") for line in said if line)
    if any(word in text for word in _FULL):
        return QueueFullError(f"Slurm's queue is full: {text}")
    if any(word in text for word in _LATER):
        return UnreachableError(f"Slurm does not answer: {text}", hint="see: sinfo")
    if any(word in text for word in _NO_CLUSTER):
        return _no_cluster()
    _, marker, partition = text.partition("invalid partition specified: ")
    if marker:
        return _no_partition(partition.partition(" / ")[0])
    return UsageError(
        f"Slurm does not accept the job: {text or 'sbatch printed nothing'}",
        hint="job options start with --slurm_; --print-job shows the script of the job",
    )


def _no_cluster() -> CMError:
    return CMError(
        "this machine is not part of a Slurm cluster: it has no Slurm configuration",
        hint="run this on a node of the cluster, or set SLURM_CONF",
    )


def _no_partition(name: str) -> UsageError:
    try:
        listed = ask_program(["sinfo", "--noheader", "--format=%R"], check=False).stdout.split()
    except ProgramHangsError:
        listed = []
    there = f"available: {', '.join(sorted(set(listed)))}" if listed else "see: sinfo"
    hint = did_you_mean(name, listed, prefix="--slurm_partition=") or there
    return UsageError(f"Slurm has no partition '{name}'", hint=hint)


def jobs(names: Iterable[str]) -> list[Job]:
    """The jobs of these arrays, also those that ended in the last minutes; one call of squeue.

    Raises:
        UnreachableError: when the controller does not answer.
        CMError: when this machine belongs to no cluster.
    """
    wanted = ",".join(sorted(names))
    if not wanted:
        return []
    # With a user the controller sends less.
    words = ["squeue", "--me", "--noheader", "--array", "--states=all"]
    try:
        done = ask_program([*words, f"--name={wanted}", f"--format={_FORMAT}"], check=False)
    except ProgramHangsError as error:
        raise UnreachableError(error.message, hint=error.hint) from error
    if any(word in done.stderr for word in _NO_CLUSTER):
        raise _no_cluster()
    if done.status != 0:
        raise UnreachableError(f"squeue failed: {done.stderr.strip() or done.status}", hint="see: sinfo")
    return [job for line in done.stdout.splitlines() if (job := _job(line)) is not None]


def _job(line: str) -> Job | None:
    parts = line.strip().split("|", 5)
    if len(parts) != 6:
        return None
    name, index, number, state, nodes, reason = parts
    place = int(index) if index.isdecimal() else THE_REST
    return Job(name=name, index=place, id=number, state=state, nodes=nodes, reason=reason)


def cancel_arrays(names: Iterable[str], *, queued: bool = False) -> None:
    """Cancel the jobs of these arrays; those that are over already do not matter.

    Args:
        queued: only those that have not begun.
    """
    only = ["--state=PENDING"] if queued else []
    for name in names:
        run_command(["scancel", "--quiet", f"--name={name}", *only], check=False)


def largest_array() -> int:
    """How many tasks one array may have here."""
    shown = ask_program(["scontrol", "show", "config"], check=False).stdout
    for line in shown.splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "MaxArraySize" and value.strip().isdecimal():
            return max(1, int(value) - 1)
    return 1000
