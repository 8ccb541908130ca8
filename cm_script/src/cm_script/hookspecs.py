"""Hooks that the script plugin publishes for other plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core.hookspecs import hookspec

if TYPE_CHECKING:
    from cm_core.session import Session


@hookspec
def cm_prepare_recipes(session: Session) -> Mapping[str, str]:
    """Make ready what recipes import and call.

    Called once per requested run, before the first ``customize.py`` is loaded. All plugins are asked.

    Returns:
        search paths for the environment of native scripts, such as ``PYTHONPATH``; they go before what is
        set already.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def cm_recipe_access(session: Session) -> Any:
    """What recipes reach as ``automation.cmind``: an object with ``access`` and ``logger``.

    The first object wins; without one they get a plain one over ``Session.access``.
    """
    raise NotImplementedError
