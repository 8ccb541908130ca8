"""The plugin ``executor-slurm``: adapters between the hooks and the executor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.hookspecs import AddedOptions, hookimpl
from cm_executor_slurm.options import OPTIONS

if TYPE_CHECKING:
    from cm_core.session import Session
    from cm_experiment.executors.contract import Executor

cm_api_version = "1"


@hookimpl
def cm_register_options() -> Iterable[AddedOptions]:
    """The flags of the jobs."""
    return [AddedOptions(action="run", automation=kind, options=OPTIONS) for kind in ("experiment", "script")]


@hookimpl
def cm_executors(session: Session) -> Iterable[Executor]:
    """Arrays of Slurm jobs."""
    from cm_executor_slurm.executor import SlurmExecutor

    return [SlurmExecutor(session.reporter)]
