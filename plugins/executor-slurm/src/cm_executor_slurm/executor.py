"""The executor ``slurm``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import Reporter
from cm_executor_slurm.client import require_programs
from cm_executor_slurm.jobscript import job_script
from cm_executor_slurm.options import slurm_options

if TYPE_CHECKING:
    from cm_executor_slurm.pool import SlurmPool
    from cm_experiment import Task


class SlurmExecutor:
    """Tasks as arrays of Slurm jobs.

    Args:
        reporter: hears when jobs wait, are taken over or go on.
    """

    name = "slurm"
    help = "jobs of the batch system Slurm"

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def check(self, options: Mapping[str, Any]) -> None:
        """See :class:`cm_experiment.executors.contract.Executor`.

        Raises:
            CMError: when Slurm's programs are missing or a flag is wrong.
        """
        require_programs()
        slurm_options(options)

    def open(self, options: Mapping[str, Any], *, jobs: int | None, folder: Path) -> SlurmPool:
        """Make a pool; see :class:`cm_experiment.executors.contract.Executor`.

        Raises:
            CMError: when Slurm's programs are missing or a flag is wrong.
        """
        from cm_executor_slurm.pool import SlurmPool

        require_programs()
        return SlurmPool(slurm_options(options), folder, self._reporter, jobs)

    def preview(self, tasks: Sequence[Task], options: Mapping[str, Any]) -> Iterable[str]:
        """The script of the jobs.

        Raises:
            UsageError: when a flag is wrong.
        """
        script = job_script("cm", Path("FOLDER"), len(tasks), slurm_options(options))
        return script.splitlines()
