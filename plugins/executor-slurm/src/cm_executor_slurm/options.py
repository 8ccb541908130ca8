"""The flags of the executor and what they say to ``sbatch``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from cm_core.base.frozen import frozen
from cm_core.hookspecs import Option
from cm_core.model.errors import UsageError
from cm_core.model.request import Request

OPTIONS = (
    Option(name="slurm_partition", help="partition(s) of the jobs (sinfo lists them)"),
    Option(name="slurm_time", help="time limit of a job, as minutes or HH:MM:SS or DAYS-HH"),
    Option(name="slurm_cpus", help="processors of a job"),
    Option(name="slurm_memory", help="memory of a job, such as 16G"),
    Option(name="slurm_gpus", help="GPUs of a job, as a number or TYPE:NUMBER"),
    Option(name="slurm_constraint", help="features that the node must have"),
    Option(name="slurm_account", help="account that is charged"),
    Option(name="slurm_qos", help="quality of service"),
    Option(name="slurm_throttle", help="how many jobs of an array run at the same time"),
    Option(name="slurm_extra", help="further words for sbatch, such as --exclusive,--nice=10", kind="list"),
    Option(name="slurm_python", help="Python 3.8 or newer on the nodes, by default the one that runs cm"),
    Option(name="slurm_cancel", help="cancel the jobs on Ctrl-C; by default they go on", kind="flag"),
)

# Flag -> option of sbatch.
_SBATCH = {
    "slurm_partition": "partition",
    "slurm_time": "time",
    "slurm_cpus": "cpus-per-task",
    "slurm_memory": "mem",
    "slurm_gpus": "gpus",
    "slurm_constraint": "constraint",
    "slurm_account": "account",
    "slurm_qos": "qos",
}


@frozen
class SlurmOptions:
    """What the flags say.

    Attributes:
        directives: words for ``#SBATCH`` lines.
        throttle: jobs of an array that run at the same time; ``None``: no limit of ours.
        python: the Python on the nodes.
        cancel: whether jobs end with the driver.
    """

    directives: tuple[str, ...] = ()
    throttle: int | None = None
    python: str = sys.executable
    cancel: bool = False

    @classmethod
    def from_flags(cls, options: Mapping[str, Any]) -> SlurmOptions:
        """Read the flags of a request.

        Raises:
            UsageError: when one has no value, or one that cannot stand in a job script.
        """
        request = Request(options=options)
        given = {flag: request.text(flag) for flag in _SBATCH}
        directives = [f"--{_SBATCH[flag]}={value}" for flag, value in given.items() if value]
        directives += request.words("slurm_extra")
        for word in directives:
            if not word.startswith("-") or not word.isprintable():
                raise UsageError(
                    f"'{word}' is no option of sbatch", hint="write --slurm_extra=--exclusive,--nice=10"
                )
        throttle = request.text("slurm_throttle")
        if throttle and not (throttle.isdecimal() and int(throttle) > 0):
            raise UsageError(f"--slurm_throttle must be a positive number, not '{throttle}'")
        return cls(
            directives=tuple(directives),
            throttle=int(throttle) if throttle else None,
            python=request.text("slurm_python") or sys.executable,
            cancel=request.flag("slurm_cancel"),
        )
