"""What a plugin announces itself with: marks of its hooks, kinds of artifacts, verbs and flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pluggy

from cm_core.base.frozen import field, frozen

if TYPE_CHECKING:
    from cm_core.flags import Flag, FlagsOfVerb

PROJECT = "cm"
ENTRY_POINT_GROUP = "cm"
API_VERSION = "1.0"

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
        open_flags: whether unknown flags are passed on; elsewhere they are an error.
        takes_command: whether it reads the words after ``--``; elsewhere they are an error.
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
    takes_command: bool = False
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
        command_verbs: those that read the words after ``--``.
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
    command_verbs: tuple[str, ...] = ()
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


@frozen
class Offer:
    """What can be typed of the artifacts that a command line names, beyond what the verb declares.

    Attributes:
        flags: their own; completion knows the ``choices``, and that a ``switch`` needs no value.
        words: what may be added to the tags which select them; one that ends in a dot goes on.
    """

    flags: tuple[Flag, ...] = ()
    words: tuple[str, ...] = ()
