"""The contract between the toolkit and its plugins.

A plugin is a module named by an entry point of the group ``cm``. It sets ``cm_api_version = "1"`` and
defines any of the functions below, marked with :data:`hookimpl`. Plugin modules import nothing heavy at
module level: what an action needs is imported when it runs.

A plugin may publish hooks of its own: ``cm_hookspecs = "package.module"`` names a module of
:data:`hookspec` functions. They follow the same rules.

For the five actions the first plugin that returns a :class:`~cm_core.model.result.Result` answers, and only
the owner of the automation is called; plugins that own no automation are called too, and so are wrappers
(``@hookimpl(wrapper=True)``). When all return ``None`` the core's common action answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from cm_core.base.frozen import field, frozen

if TYPE_CHECKING:
    import click

    from cm_core.actions.doctor import Finding
    from cm_core.flags import FlagsOfVerb
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session

PROJECT = "cm"
ENTRY_POINT_GROUP = "cm"
API_VERSION = 1

# Marks the declaration of a hook that a plugin publishes.
hookspec = pluggy.HookspecMarker(PROJECT)
# Marks a plugin's implementation of a hook.
hookimpl = pluggy.HookimplMarker(PROJECT)


@frozen
class Action:
    """A verb.

    Attributes:
        name: as typed; ``-`` and ``_`` are the same.
        automation: the alias of the automation it works on, ``*`` for all.
        help: one line.
        handler: ``package.module:function``, imported when the verb is used; called with
            ``(request, session)`` and returns a Result.
        synonyms: other words for the same verb.
        flags: the class of its flags, as ``package.module:Class`` so that it is imported when the verb is
            used, or the class itself; several classes as a tuple.
        folders: whether its words may be folders: ``.`` is the current folder unless an artifact is there.
        open_flags: whether unknown flags are passed on instead of reported.
        examples: commands, for its help page.
        shortcut: the shortcut program for this verb, for completion.
    """

    name: str
    automation: str
    help: str
    handler: str
    synonyms: tuple[str, ...] = ()
    flags: FlagsOfVerb = ""
    folders: bool = False
    open_flags: bool = False
    examples: tuple[str, ...] = ()
    shortcut: str = ""


@frozen
class Automation:
    """A kind of artifact.

    Attributes:
        name: its alias; also the folder that holds its artifacts.
        uid: its UID in metadata.
        help: one line.
        actions: verbs in addition to the five actions, each with this automation's name.
        flags: flags of the five actions: action -> class of its flags, as in :class:`Action`.
        open_verbs: those of the five actions that pass unknown flags on.
        strict_verbs: those for which an unknown flag is an error even without ``--strict``, because they
            take a long time.
        examples: commands for the help pages of the five actions: action -> commands.
        shortcuts: shortcut programs for one of the five actions: action -> program.
        frees_space: what to type when a disk is full, in a few words, such as ``cm rm KIND removes ...``.
    """

    name: str
    uid: str
    help: str
    actions: tuple[Action, ...] = ()
    flags: Mapping[str, FlagsOfVerb] = field(default_factory=dict)
    open_verbs: tuple[str, ...] = ()
    strict_verbs: tuple[str, ...] = ()
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    frees_space: str = ""


@frozen
class AddedFlags:
    """Flags for another plugin's verb.

    Attributes:
        action: the verb.
        automation: the alias of the automation.
        flags: the class of the flags, as in :class:`Action`; the plugin that adds them handles them, in a
            hook or a wrapper.
    """

    action: str
    automation: str
    flags: FlagsOfVerb


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
