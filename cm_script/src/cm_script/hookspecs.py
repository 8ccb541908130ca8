"""Hooks that the script plugin publishes for other plugins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cm_core import hookspec

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_core.model.keys import Key
    from cm_script.observers import RunObserver


@hookspec
def cm_prepare_recipes(session: Session) -> Mapping[str, str]:
    """Prepare what recipes import and call.

    Called once per requested run, before the first ``customize.py`` is loaded. All plugins are called.

    Returns:
        search paths for the environment of native scripts, such as ``PYTHONPATH``; they go before what is
        already set. A CMError ends the run; a plugin that raises anything else is left out with a warning.
    """
    raise NotImplementedError


@hookspec
def cm_recipe_keys() -> Iterable[Key[Any]]:
    """Keys of recipes that this plugin reads, such as those inside ``docker:``.

    Called when recipes are examined or described, never by a run. All plugins are called.

    Returns:
        objects of ``cm_core.model.keys``, with the name of the plugin as ``owner``. ``levels`` says where a
        key may be: ``script``, ``variation``, ``version``, ``dependency``, ``docker`` or ``input``. A plugin
        that raises is left out with a warning.
    """
    raise NotImplementedError


@hookspec
def cm_observe_run(request: Request, session: Session) -> RunObserver | None:
    """Watch a requested run, for example to write about it.

    Called for ``cm run script``, before anything runs; raise a CMError to refuse, for example because an
    output file already exists. All plugins are called. A plugin that reacts to a flag announces it with
    ``cm_register_flags``.

    Returns:
        ``None``, or a function that is called once with a ``cm_script.FinishedRun`` when
        the script has ended, also after a failure, and returns the files that it wrote. What that function
        raises is a warning, unless it is a CMError and the script succeeded.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def cm_recipes_elsewhere(
    tags: Collection[str], unknown: Collection[str], session: Session
) -> Mapping[str, str] | None:
    """Say which public repository has recipes for words that no recipe here knows.

    Called for the message that nothing was found. The first answer wins; a plugin that raises is left out
    with a warning.

    Args:
        tags: those that were asked for, or those of the script that lacks a variation.
        unknown: what no recipe here has: tags, or variations as ``_name``; nothing when each tag exists.

    Returns:
        ``None``, or ``repository``; ``word``, what it has recipes for; ``hint``, the command that gets it.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def cm_recipe_access(session: Session) -> Any:
    """The object that recipes see as ``automation.cmind``, an object with ``access`` and ``logger``.

    The first object wins; without one they get a plain one over ``Session.access``. A CMError ends the run;
    a plugin that raises anything else is left out with a warning.
    """
    raise NotImplementedError
