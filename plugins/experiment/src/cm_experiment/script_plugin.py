"""The plugin ``run-elsewhere``: ``cm run script … --executor=NAME``.

It owns no automation, so it is asked before the plugin of scripts answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.hookspecs import AddedOptions, Option, hookimpl

if TYPE_CHECKING:
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session

cm_api_version = "1"

OPTIONS = (
    Option(name="executor", help="where the script runs: local, ssh, or one of a plugin such as slurm"),
    Option(name="print_job", help="show what the executor would submit, and stop", kind="flag"),
)
SSH_OPTIONS = (
    Option(name="ssh_hosts", help="machines, as ssh knows them: --ssh_hosts=node1,me@node2", kind="list"),
    Option(name="ssh_folder", help="folder on them for the steps that run, by default ~/cm-tasks"),
    Option(name="ssh_python", help="Python 3.8 or newer on them, by default python3"),
    Option(name="ssh_config", help="configuration file for ssh, by default the user's"),
)


@hookimpl
def cm_register_options() -> Iterable[AddedOptions]:
    """The flags that send a script elsewhere, and those of the executor ``ssh``."""
    return [
        AddedOptions(action="run", automation="script", options=(*OPTIONS, *SSH_OPTIONS)),
        AddedOptions(action="run", automation="experiment", options=SSH_OPTIONS),
    ]


@hookimpl(tryfirst=True)
def cm_run(request: Request, session: Session) -> Result | None:
    """Run a script where an executor says."""
    is_script = request.automation.partition(",")[0] == "script"
    # What a recipe asks for happens where the recipe runs.
    if not is_script or session.depth != 1 or not request.options.get("executor") or request.flag("help"):
        return None
    from cm_experiment.run.elsewhere import run_script

    return run_script(request, session)
