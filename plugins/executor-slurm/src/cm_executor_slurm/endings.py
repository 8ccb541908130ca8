"""How a task ended, from the result in its folder or from what Slurm knows of its job."""

from __future__ import annotations

import contextlib
import os

from cm_executor_slurm.client import Job
from cm_experiment import Ending, Task, read_ending

# Reasons for which every job waits now and then.
_USUAL = frozenset(
    {
        "",
        "None",
        "Resources",
        "Priority",
        "BeginTime",
        "JobArrayTaskLimit",
        "Cleaning",
        "NodeDown",
        "Dependency",
    }
)
_REASONS = {
    "CANCELLED": "job {id} was cancelled",
    "TIMEOUT": "job {id} reached its time limit; raise it with --slurm_time",
    "NODE_FAIL": "node {nodes} failed (job {id})",
    "BOOT_FAIL": "node {nodes} did not boot (job {id})",
    "OUT_OF_MEMORY": "job {id} used more memory than it had; raise it with --slurm_memory",
    "PREEMPTED": "job {id} was preempted by another one",
    "DEADLINE": "job {id} reached its deadline",
}


def result_of(task: Task) -> Ending | None:
    """The ending that the task itself wrote; ``None`` while there is none, or when it was stopped."""
    # A fresh listing makes network file systems look again.
    with contextlib.suppress(OSError), os.scandir(task.folder) as entries:
        next(entries, None)
    ending = read_ending(task)
    return None if ending is None or ending.exit_status is None else ending


def says_all(job: Job) -> bool:
    """Whether the state of a job that is over explains by itself that there is no result."""
    return job.state in _REASONS


def ending_of_job(task: Task, job: Job | None, last_words: str) -> Ending:
    """The ending of a task whose job is over and left no result.

    Args:
        job: as Slurm shows it; ``None`` when it has forgotten it.
        last_words: the last line that the job printed.
    """
    written = read_ending(task)
    if job is None:
        reason, details = "its job is unknown to Slurm", {}
    else:
        sentence = _REASONS.get(job.state, "job {id} ended without a result ({state})")
        reason = sentence.format(id=job.id, nodes=job.nodes, state=job.state)
        details = {"job": job.id, "node": job.nodes, "state": job.state}
    if last_words and (job is None or job.state not in _REASONS):
        reason = f"{reason}: {last_words}"
    return Ending(
        uid=task.uid,
        exit_status=None,
        started=written.started if written else 0.0,
        duration_s=written.duration_s if written else 0.0,
        host=written.host if written else "",
        reason=reason,
        details={**(written.details if written else {}), **details},
    )


def waits_for_good(job: Job) -> bool:
    """Whether a job waits for something that mere waiting will hardly bring."""
    return job.state == "PENDING" and job.reason not in _USUAL
