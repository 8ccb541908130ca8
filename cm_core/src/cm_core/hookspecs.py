"""The contract between the toolkit and its plugins.

A plugin is a module named by an entry point of the group ``cm``. It sets ``cm_api_version = "1"`` and
defines any of the functions below, marked with ``cm_core.hookimpl``. Plugin modules import nothing heavy at
module level: what an action needs is imported when it runs.

A plugin may publish hooks of its own: ``cm_hookspecs = "package.module"`` names a module of
``cm_core.hookspec`` functions. They follow the same rules.

For the five actions the first plugin that returns a :class:`~cm_core.model.result.Result` answers, and only
the owner of the automation is called; plugins that own no automation are called too, and so are wrappers
(``@hookimpl(wrapper=True)``). When all return ``None`` the core's common action answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.plugins.interface import hookspec

if TYPE_CHECKING:
    import click

    from cm_core.actions.finding import Finding
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.plugins.interface import Action, AddedFlags, Automation, Offer
    from cm_core.session import Session


@hookspec
def cm_register_automations() -> Iterable[Automation]:
    """The automations that this plugin owns. Called once, when plugins are loaded."""
    raise NotImplementedError


@hookspec
def cm_register_actions() -> Iterable[Action]:
    """Verbs on automations owned by other plugins. Called once, when plugins are loaded."""
    raise NotImplementedError


@hookspec
def cm_register_flags() -> Iterable[AddedFlags]:
    """Flags for other plugins' verbs: they are read, explained and completed like the verb's own.

    Called once, when plugins are loaded.
    """
    raise NotImplementedError


@hookspec
def cm_register_repositories() -> Iterable[Path]:
    """Repositories (folders with ``cmr.yaml``) inside this distribution. Called once."""
    raise NotImplementedError


@hookspec
def cm_register_commands(group: click.Group) -> None:
    """Add top-level Click commands to ``cm``.

    Called when the first word of the command line is not a known action, and for help and completion.
    """


@hookspec
def cm_check_health(session: Session) -> Iterable[Finding]:
    """Check what this plugin needs on this machine, for ``cm doctor``.

    All plugins are called. An exception only fails that plugin's check.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def cm_complete(request: Request, session: Session) -> Offer | None:
    """Say what can be typed of the artifacts that a request names, while its command line is written.

    Asked for verbs that pass unknown flags on; ``request`` holds what stands before the place. The first
    Offer wins. Somebody waits at a keyboard: look, run nothing. Whatever goes wrong gives no completions.
    """


@hookspec(firstresult=True)
def cm_call(request: Request, session: Session) -> Result | None:
    """Answer any verb on an automation that no plugin registered, such as one that lives in a repository.

    Called before the common actions; ``request.automation`` is ``alias,uid``. The first Result wins, ``None``
    leaves the request to the common actions.
    """


@hookspec(firstresult=True)
def cm_find(request: Request, session: Session) -> Result | None:
    """Find artifacts. ``Result.data["list"]`` holds them; finding nothing is not an error."""


@hookspec(firstresult=True)
def cm_add(request: Request, session: Session) -> Result | None:
    """Create an artifact. ``Result.data`` holds ``meta`` and ``path``."""


@hookspec(firstresult=True)
def cm_run(request: Request, session: Session) -> Result | None:
    """Run an artifact of this kind."""


@hookspec(firstresult=True)
def cm_rm(request: Request, session: Session) -> Result | None:
    """Remove artifacts. ``Result.data["deleted_list"]`` holds the removed artifacts."""


@hookspec(firstresult=True)
def cm_load(request: Request, session: Session) -> Result | None:
    """Load the metadata of exactly one artifact: ``path``, ``meta``, ``original_meta``."""
