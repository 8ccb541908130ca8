"""The executors of this distribution, and how one is chosen.

- ``contract``: the contract between experiments and executors: commands go out, exit statuses come back;
- ``local``: the executor ``local``: steps as processes of this machine, some at the same time;
- ``remote``: machines that ssh reaches: one connection to each, shared by all commands;
- ``ssh``: the executor ``ssh``: steps on other machines, by the system's ssh and rsync;
- ``task``: run one task where an executor put it: ``python -m cm_experiment.executors.task FOLDER
  [KEY=VALUE ...]``;
- ``threads``: what pools have in common whose tasks are watched by threads of the driver.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import PluginError
from cm_core.base import find_named

if TYPE_CHECKING:
    from cm_core import Session
    from cm_experiment.executors.contract import Executor

# modules of which everything is public -> version since when
PUBLIC_MODULES = {"task": "0.1"}


def find_executor(name: str, session: Session) -> Executor:
    """The executor that ``--executor=NAME`` means.

    Raises:
        NotFoundError: when there is none.
        PluginError: when two plugins have one of this name.
    """
    return find_named(name, _known_executors(session), "executor")


def executor_names(session: Session) -> Iterable[str]:
    """The names of all executors, for completion."""
    return _known_executors(session)


def _known_executors(session: Session) -> dict[str, Executor]:
    from cm_experiment.executors.contract import Executor

    found: dict[str, Executor] = {}
    for executors in session.hooks.lists("cm_executors", Executor, session=session):  # type: ignore[type-abstract]
        for executor in executors:
            if executor.name in found:
                raise PluginError(
                    f"two plugins have an executor '{executor.name}':"
                    f" {type(found[executor.name]).__module__} and {type(executor).__module__}",
                    hint="disable one of them with CM_DISABLE_PLUGINS",
                )
            found[executor.name] = executor
    return found
