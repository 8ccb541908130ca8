"""The plugin ``cmind``: hooks that hand on to :mod:`cm_cmind.provide` and :mod:`cm_cmind.legacy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from cm_core.request import Request
    from cm_core.result import Result
    from cm_core.session import Session

cm_api_version = "1"


@hookimpl
def cm_prepare_recipes(session: Session) -> Mapping[str, str]:
    """Let recipes, and what they start, import ``cmind``."""
    from cm_cmind.provide import child_variables, use

    use(session)
    return child_variables(session)


@hookimpl
def cm_recipe_access(session: Session) -> Any:
    """``automation.cmind`` of recipes."""
    from cm_cmind.provide import use

    return use(session).cm


@hookimpl
def cm_call(request: Request, session: Session) -> Result | None:
    """Ask an automation that lives in a repository."""
    from cm_cmind.legacy import answer

    return answer(request, session)
