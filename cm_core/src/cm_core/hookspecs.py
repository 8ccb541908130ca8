"""The contract between the toolkit and its plugins.

A plugin is a module named by an entry point of the group ``cm``. It sets ``cm_api_version = "1"`` and
defines any of the functions below, marked with ``cm_core.hookimpl``. Plugin modules import nothing heavy at
module level: what an action needs is imported when it runs.

A plugin may publish hooks of its own: ``cm_hookspecs = "package.module"`` names a module of
``cm_core.hookspec`` functions, and ``session.hooks`` calls them. They follow the same rules.

For the five actions the first plugin that returns a :class:`~cm_core.model.result.Result` answers, and only
the owner of the automation is called; plugins that own no automation are called too, and so are wrappers
(``@hookimpl(wrapper=True)``). When all return ``None`` the core's common action answers.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
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
    """The automations that this plugin owns.

    Called once, when plugins are loaded. An exception or a wrong answer switches the plugin off.
    """
    raise NotImplementedError


@hookspec
def cm_register_actions() -> Iterable[Action]:
    """Verbs on automations owned by other plugins.

    Called once, when plugins are loaded. An exception or a wrong answer switches the plugin off, and so does
    a verb that every automation has: only the plugin that owns an automation can replace it.
    """
    raise NotImplementedError


@hookspec
def cm_register_flags() -> Iterable[AddedFlags]:
    """Flags for other plugins' verbs: they are read, explained and completed like the verb's own.

    Called once, when plugins are loaded. An exception or a wrong answer switches the plugin off.
    """
    raise NotImplementedError


@hookspec
def cm_register_repositories() -> Iterable[Path]:
    """Repositories (folders with ``cmr.yaml``) inside this distribution.

    They are searched after the user's own. Those of the toolkit are marked ``trylast=True``, so artifacts of
    other distributions win over them; ``@hookimpl(tryfirst=True)`` goes before all. Among repositories with
    the same mark the plugins' names decide. Called once, when plugins are loaded. An exception or a wrong
    answer switches the plugin off; a folder that is no repository is left out with a warning.
    """
    raise NotImplementedError


@hookspec
def cm_register_commands(group: click.Group) -> None:
    """Add top-level Click commands to ``cm``.

    Called when the first word of the command line is not a known action, and for help and completion. When
    it raises, or adds a command that exists, the rest of its commands is left out with a warning.
    """


@hookspec
def cm_check_health(session: Session) -> Iterable[Finding]:
    """Check what this plugin needs on this machine, for ``cm doctor``.

    All plugins are called. An exception or a wrong answer only fails that plugin's check.
    """
    raise NotImplementedError


@hookspec
def cm_around(request: Request, session: Session) -> Generator[None, Result | None, Result | None]:
    """Do something before and after every verb, whatever plugin has it: keep a log, or enforce a rule.

    Must be a wrapper: ``@hookimpl(wrapper=True)``. Its ``yield`` gives the Result, or raises the failure.
    Requests of programs and plugins are verbs, too; ``session.depth`` is 1 for what a person asked for. What
    it raises before its ``yield`` prevents the work. Afterwards only a CMError changes how the work ended;
    any other exception is a warning.
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
    leaves the request to the common actions. An exception that is no CMError is reported as a bug of the
    plugin.
    """


@hookspec(firstresult=True)
def cm_find(request: Request, session: Session) -> Result | None:
    """Find artifacts. ``Result.data["list"]`` holds them; finding nothing is not an error.

    For this and the other four: an exception that is no CMError is reported as a bug of the plugin. A wrapper
    that raises before its ``yield`` prevents the work; afterwards only a CMError changes how the work ended,
    any other exception is a warning. When a plugin answers for an automation that it does not own, and none
    of the flags that it added to the verb was given, a warning says so.
    """


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
