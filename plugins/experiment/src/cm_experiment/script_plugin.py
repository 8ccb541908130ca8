"""The plugin ``run-elsewhere``: ``cm run script … --executor=NAME``.

It owns no automation, so it is asked before the plugin of scripts answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import AddedFlags, hookimpl

if TYPE_CHECKING:
    from cm_core import Request, Result, Session

cm_api_version = "1"


@hookimpl
def cm_register_flags() -> Iterable[AddedFlags]:
    """The flags that send a script elsewhere, and those of the executor ``ssh``."""
    ssh = "cm_experiment.flags:Ssh"
    elsewhere = ("cm_experiment.flags:Executed", ssh)
    return [
        AddedFlags(action="run", automation="script", flags=elsewhere),
        *(AddedFlags(action=verb, automation="experiment", flags=ssh) for verb in ("run", "rerun", "replay")),
    ]


@hookimpl(tryfirst=True)
def cm_run(request: Request, session: Session) -> Result | None:
    """Run a script where an executor says."""
    is_script = request.automation.partition(",")[0] == "script"
    # What a recipe asks for happens where the recipe runs.
    if not is_script or session.depth != 1 or not request.options.get("executor"):
        return None
    from cm_core.flags import Manner, read_own_flags
    from cm_experiment.run.elsewhere import run_script

    if read_own_flags(Manner, request).help:
        return None

    return run_script(request, session)
