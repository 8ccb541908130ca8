"""The plugin ``cmind``: hooks that hand on to :mod:`cm_cmind.provide` and :mod:`cm_cmind.legacy`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cm_core import Action, Automation, hookimpl

if TYPE_CHECKING:
    from cm_core import Request, Result, Session

cm_api_version = "1"

_HELP = "the folder of repositories and cache"
_IMPORT = Action(
    name="import",
    automation="home",
    help="import a home of the original tool",
    handler="cm_cmind.home:import_home",
    flags=("cm_cmind.flags:ImportHome", "cm_core.actions.commonflags:DryRun"),
    folders=True,
)
_NATIVE_RUN = Action(
    name="native-run",
    automation="script",
    help="run a command in a shell with environment variables, for automations written for cmind",
    handler="cm_cmind.nativerun:native_run",
    flags="cm_cmind.flags:NativeRun",
)


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """The folder in which repositories and cache are."""
    return [Automation(name="home", uid="a53f13b4b8df6df2", help=_HELP, actions=(_IMPORT,))]


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """What automations written for cmind ask of ``script`` beyond its own verbs."""
    return [_NATIVE_RUN]


@hookimpl
def cm_prepare_recipes(session: Session) -> Mapping[str, str]:
    """Let recipes, and what they start, import ``cmind``."""
    from cm_cmind.provide import child_variables, use

    use(session)
    return child_variables(session)


@hookimpl
def cm_recipe_access(session: Session) -> Any:
    """``automation.cmind`` of recipes."""
    from cm_cmind.bridge import RecipeAccess
    from cm_cmind.provide import use

    return RecipeAccess(use(session))


@hookimpl
def cm_call(request: Request, session: Session) -> Result | None:
    """Ask an automation that lives in a repository."""
    from cm_cmind.legacy import answer

    return answer(request, session)
