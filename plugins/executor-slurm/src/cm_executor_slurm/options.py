"""What the flags of the executor say to ``sbatch``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from cm_core import UsageError, frozen
from cm_core.flags import read_flags
from cm_executor_slurm.flags import Slurm

# Flag -> option of sbatch.
_SBATCH = {
    "partition": "partition",
    "time": "time",
    "cpus": "cpus-per-task",
    "memory": "mem",
    "gpus": "gpus",
    "constraint": "constraint",
    "account": "account",
    "qos": "qos",
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


def slurm_options(options: Mapping[str, Any]) -> SlurmOptions:
    """Read the flags of a request.

    Raises:
        UsageError: when one has no value, or one that cannot stand in a job script.
    """
    asked = read_flags(Slurm, options)
    given = {option: getattr(asked, flag) for flag, option in _SBATCH.items()}
    directives = [*(f"--{option}={value}" for option, value in given.items() if value), *asked.extra]
    for word in directives:
        if not word.startswith("-") or not word.isprintable():
            raise UsageError(
                f"'{word}' is not an option of sbatch", hint="write --slurm_extra=--exclusive,--nice=10"
            )
    return SlurmOptions(
        directives=tuple(directives),
        throttle=asked.throttle,
        python=asked.python or sys.executable,
        cancel=asked.cancel,
    )
