"""The plugin ``experiment``: adapters between the hooks of the toolkit and the work on experiments."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Action, Automation, hookimpl

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Result, Session
    from cm_doc import Reproduction
    from cm_experiment.executors.contract import Executor

cm_api_version = "1"
cm_hookspecs = "cm_experiment.hookspecs"


def _action(name: str, help_: str, handler: str, *more: str) -> Action:
    return Action(
        name=name,
        automation="experiment",
        help=help_,
        handler=f"cm_experiment.{handler}",
        flags=(f"cm_experiment.flags:{name.title()}", *more),
        takes_command=name == "rerun",
    )


# With words after -- `rerun` makes a new plan, of which all flags of `run` may say something.
_ACTIONS = (
    _action("rerun", "run the steps of a recorded run again", "api:rerun", "cm_experiment.flags:Run"),
    _action(
        "replay",
        "run a recorded step again and judge whether its metrics are reproduced",
        "replay.replay:replay",
    ),
    _action("show", "list, filter and sort steps; Pareto fronts, exports, reports", "analysis.api:show"),
    _action("compare", "compare two experiments, taking noise into account", "analysis.api:compare"),
    _action("predict", "predict a metric for configurations that have not run", "analysis.api:predict"),
)


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Experiments."""
    return [
        Automation(
            name="experiment",
            uid="a0a2d123ef064bcb",
            help="commands that ran many times, with their measurements",
            actions=_ACTIONS,
            flags={"run": "cm_experiment.flags:Run", "load": "cm_experiment.flags:Load"},
            command_verbs=("run",),
            shortcuts={"run": "cme"},
        )
    ]


@hookimpl
def cm_run(request: Request, session: Session) -> Result | None:
    """Run a command for each point of a space."""
    from cm_experiment.api import run

    return run(request, session)


@hookimpl
def cm_load(request: Request, session: Session) -> Result | None:
    """Show an experiment, run by run."""
    from cm_experiment.analysis.summary import load

    return load(request, session)


@hookimpl(optionalhook=True)
def cm_reproduction(
    kind: str, folder: Path, artifact: Artifact | None, session: Session
) -> Reproduction | None:
    """How to repeat the latest run of an experiment."""
    if kind != "experiment":
        return None
    from cm_experiment.replay.reproduction import reproduction

    return reproduction(folder, artifact, session)


@hookimpl
def cm_executors(session: Session) -> Iterable[Executor]:
    """Processes of this machine, and other machines by ssh."""
    from cm_experiment.executors.local import LocalExecutor
    from cm_experiment.executors.ssh import SshExecutor

    return [LocalExecutor(session.env), SshExecutor(session.reporter)]
