"""Which flags are declared where: by the owner of a verb, by plugins that add to it, and for every verb."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cm_core.errors import CMError, PluginError
from cm_core.flags import Everywhere, Flag, Flags, FlagsOfVerb, dashed

if TYPE_CHECKING:
    from cm_core.plugins.interface import Automation
    from cm_core.plugins.registry import PluginRegistry

_HINT = "CM_DISABLE_PLUGINS=NAME disables a plugin; to see the names: cm plugins"
_PLACE = "cm_core.actions.commonflags"
DRY_RUN = "dry_run"
_COMMON: Mapping[str, FlagsOfVerb] = {
    "find": f"{_PLACE}:Find",
    "add": (f"{_PLACE}:Add", f"{_PLACE}:DryRun"),
    "rm": (f"{_PLACE}:Rm", f"{_PLACE}:DryRun"),
    "load": f"{_PLACE}:Load",
}


def flags_of_verb(registry: PluginRegistry, verb: str, kind: str) -> tuple[Flag, ...]:
    """The declared flags of a verb on an automation, without those that every verb has.

    What an automation declares for one of the five actions replaces the flags of the common action; what
    other plugins add to the verb comes last.

    Args:
        verb: its name, not a synonym.
        kind: the alias of the automation, ``*`` for all.

    Raises:
        PluginError: when a plugin names a class that cannot be imported.
    """
    if action := registry.find_action(verb, kind):
        declared = action.flags
    else:
        automation = registry.automations.get(kind)
        declared = (automation and automation.flags.get(verb)) or _COMMON.get(verb, "")
    try:
        own = flags_in(declared)
    except PluginError as error:
        name = registry.provider(verb, kind)
        error.hint = (
            f"this is a bug of {registry.described(name)}; to go without it: CM_DISABLE_PLUGINS={name}"
        )
        raise
    flags: dict[str, Flag] = {}
    for flag in (*own, *flags_added_to(registry, verb, kind)):
        flags.setdefault(flag.name, flag)
    return tuple(flags.values())


def honours_dry_run(registry: PluginRegistry, verb: str, kind: str) -> bool:
    """Whether a verb can say what it would do: it declares ``dry_run``, or the core's own action answers.

    Raises:
        PluginError: as :func:`flags_of_verb`.
    """
    automation = registry.automations.get(kind)
    is_declared = registry.find_action(verb, kind) or (automation and automation.flags.get(verb))
    if not is_declared and registry.answers_itself(verb, kind):
        return False  # What the flags of the common action say is not true of this one.
    return any(flag.name == DRY_RUN for flag in flags_of_verb(registry, verb, kind))


def flags_added_to(registry: PluginRegistry, verb: str, kind: str) -> tuple[Flag, ...]:
    """The flags that plugins add to other plugins' verbs; those that cannot be imported are left out."""
    found: list[Flag] = []
    for plugin, all_added in registry.flags_by_plugin.items():
        for added in all_added:
            if (added.action, added.automation) == (verb, kind):
                try:
                    found += flags_in(added.flags)
                except PluginError as error:
                    registry.report(
                        f"{registry.described(plugin)} adds no flags to '{verb} {kind}': {error.message};"
                        f" to go without the plugin: CM_DISABLE_PLUGINS={plugin}"
                    )
    return tuple(found)


def flags_by_key(registry: PluginRegistry, action: str, automation: str) -> Mapping[str, Flag]:
    """The declared flags of a verb with those that every verb has, by each of their names.

    Args:
        action, automation: as they were typed.

    Raises:
        PluginError: as :func:`flags_of_verb`.
    """
    owned = registered(registry, automation)
    kind = owned.name if owned else automation
    flags = (*Everywhere.__declared__, *flags_of_verb(registry, registry.verb(action, kind), kind))
    return {key: flag for flag in flags for key in flag.keys}


def registered(registry: PluginRegistry, name: str) -> Automation | None:
    """The registered automation of this alias, UID or ``alias,UID``."""
    from cm_core.model.identity import ObjectRef

    try:
        ref = ObjectRef.parse(name)
    except CMError:
        return None
    return registry.automation(ref.alias, ref.uid)


def flags_in(source: FlagsOfVerb) -> tuple[Flag, ...]:
    """The flags of classes, which may be named as ``package.module:Class``.

    Raises:
        PluginError: when there is no such class, it is none of flags, one attribute would be two flags, or
            a flag hides one that every action has.
    """
    if isinstance(source, tuple):
        return tuple(flag for part in source for flag in flags_in(part))
    if not source:
        return ()
    found = _imported(source) if isinstance(source, str) else source
    if not isinstance(found, type) or not issubclass(found, Flags):
        raise PluginError(f"the flags {source!r} are not a class of cm_core.flags.Flags", hint=_HINT)
    try:
        by_key = found.__by_key__
    except TypeError as error:
        raise PluginError(f"the flags {source!r} cannot be used: {error}", hint=_HINT) from error
    for key in by_key.keys() & Everywhere.__by_key__.keys():
        if by_key[key].kind != Everywhere.__by_key__[key].kind:
            raise PluginError(
                f"the flags {source!r} declare {dashed(key)}, which means something else for every action",
                hint=_HINT,
            )
    return found.__declared__


def _imported(source: str) -> object:
    module, _, name = source.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    # Whatever a foreign module raises, the person has to hear whose it is.
    except Exception as error:
        raise PluginError(
            f"the flags '{source}' cannot be imported: {type(error).__name__}: {error}", hint=_HINT
        ) from error
