"""The plugin ``executor-slurm``: adapters between the hooks and the executor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import AddedFlags, hookimpl

if TYPE_CHECKING:
    from cm_core import Session
    from cm_experiment import Executor

cm_api_version = "1"

_VERBS = (
    ("run", "script"),
    ("run", "experiment"),
    ("rerun", "experiment"),
    ("replay", "experiment"),
)


@hookimpl
def cm_register_flags() -> Iterable[AddedFlags]:
    """The flags of the jobs."""
    flags = "cm_executor_slurm.flags:Slurm"
    return [AddedFlags(action=action, automation=kind, flags=flags) for action, kind in _VERBS]


@hookimpl
def cm_executors(session: Session) -> Iterable[Executor]:
    """Arrays of Slurm jobs."""
    from cm_executor_slurm.executor import SlurmExecutor

    return [SlurmExecutor(session.reporter)]
