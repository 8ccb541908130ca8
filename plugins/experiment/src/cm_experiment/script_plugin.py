"""The plugin ``run-elsewhere``: ``cm run script … --executor=NAME``.

It owns no automation, so it is asked before the plugin of scripts answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.hookspecs import AddedOptions, Option, hookimpl

if TYPE_CHECKING:
    from cm_core.request import Request
    from cm_core.result import Result
    from cm_core.session import Session

cm_api_version = "1"

OPTIONS = (
    Option(name="executor", help="where the script runs: local, ssh, or one of a plugin such as slurm"),
    Option(name="print_job", help="show what the executor would submit, and stop", kind="flag"),
)


@hookimpl
def cm_register_options() -> Iterable[AddedOptions]:
    """The flags that send a script elsewhere."""
    return [AddedOptions(action="run", automation="script", options=OPTIONS)]


@hookimpl(tryfirst=True)
def cm_run(request: Request, session: Session) -> Result | None:
    """Run a script where an executor says."""
    is_script = request.automation.partition(",")[0] == "script"
    # What a recipe asks for happens where the recipe runs.
    if not is_script or session.depth != 1 or not request.options.get("executor") or request.flag("help"):
        return None
    from cm_experiment.elsewhere import run_script

    return run_script(request, session)
