"""Mistakes of plugins that let them load: what a verb or flag means is often known only with all plugins.

This imports what verbs name, so it is for ``cm doctor`` and tests, not for each command.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Collection, Iterator
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from cm_core.base.frozen import frozen
from cm_core.base.suggest import did_you_mean
from cm_core.errors import CMError
from cm_core.flags import KNOWN_EVERYWHERE, Flag, FlagsOfVerb, dashed
from cm_core.plugins.declared import flags_in
from cm_core.plugins.interface import PROJECT
from cm_core.verbs import FIVE_ACTIONS

if TYPE_CHECKING:
    from cm_core.plugins.registry import PluginRegistry

_EVERY_KIND = "*"


@frozen
class Mistake:
    """One mistake of one plugin."""

    plugin: str
    text: str


@frozen
class _Declaration:
    """Flags of a verb, and who declares them."""

    plugin: str
    verb: str
    kind: str
    flags: FlagsOfVerb


def mistakes(registry: PluginRegistry, kinds: Collection[str] = ()) -> Iterator[Mistake]:
    """What is wrong with the plugins that are on.

    Args:
        kinds: aliases of automations that live in repositories.
    """
    yield from _dead_functions(registry)
    yield from _verbs_of_nobody(registry, {*registry.automations, *kinds, _EVERY_KIND})
    yield from _missing_handlers(registry)
    yield from _flags(registry)


def _dead_functions(registry: PluginRegistry) -> Iterator[Mistake]:
    for name, plugin in registry.manager.list_name_plugin():
        if not isinstance(plugin, ModuleType):
            continue
        for function, value in vars(plugin).items():
            is_own = isinstance(value, FunctionType) and value.__module__ == plugin.__name__
            if is_own and function.startswith("cm_") and not hasattr(value, f"{PROJECT}_impl"):
                hint = did_you_mean(function, vars(registry.manager.hook))
                text = f"its function '{function}' is no hook"
                yield Mistake(plugin=name, text=f"{text}; {hint}" if hint else text)


def _verbs_of_nobody(registry: PluginRegistry, kinds: Collection[str]) -> Iterator[Mistake]:
    """Verbs of kinds and flags of verbs that are not there, where a similar one is.

    One without a similar one is for a plugin that is not installed.
    """
    for info in registry.plugins.values():
        for action in info.actions:
            verb, _, kind = action.rpartition(" ")
            if kind not in kinds and (hint := did_you_mean(kind, kinds)):
                yield Mistake(
                    plugin=info.name, text=f"its action '{verb}' is for '{kind}', which is missing; {hint}"
                )
    for name, all_added in registry.flags_by_plugin.items():
        for added in all_added:
            shown = f"'{added.action} {added.automation}'"
            if added.automation not in kinds:
                hint = did_you_mean(added.automation, kinds)
            elif added.action in FIVE_ACTIONS or registry.find_action(added.action, added.automation):
                continue
            else:
                hint = did_you_mean(added.action, _verbs(registry, added.automation))
            if hint:
                yield Mistake(plugin=name, text=f"its flags are for {shown}, which is missing; {hint}")


def _verbs(registry: PluginRegistry, kind: str) -> list[str]:
    return [*FIVE_ACTIONS, *(a.name for a in registry.actions if a.automation in (kind, _EVERY_KIND))]


def _missing_handlers(registry: PluginRegistry) -> Iterator[Mistake]:
    for action in registry.actions:
        module, _, function = action.handler.partition(":")
        problem = _problem_of(module, function)
        if problem:
            yield Mistake(
                plugin=registry.provider(action.name, action.automation),
                text=f"the handler '{action.handler}' of '{action.name} {action.automation}': {problem}",
            )


def _problem_of(module: str, function: str) -> str:
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found: Any = getattr(importlib.import_module(module), function)
    # Whatever a foreign module raises when it is imported.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    return "" if callable(found) else "it cannot be called"


def _flags(registry: PluginRegistry) -> Iterator[Mistake]:
    """Flags that cannot be read, or that hide others."""
    owners: dict[tuple[str, str, str], str] = {}
    for declared in _declarations(registry):
        place = f"'{declared.verb} {declared.kind}'"
        try:
            flags = flags_in(declared.flags)
        except CMError as error:
            yield Mistake(plugin=declared.plugin, text=f"{error.message} ({place})")
            continue
        for flag in flags:
            for key in flag.keys:
                text = _problem_of_key(key, flag)
                known = owners.setdefault((declared.verb, declared.kind, key), declared.plugin)
                if not text and known != declared.plugin:
                    text = f"is hidden by the one of plugin '{known}'"
                if text:
                    yield Mistake(plugin=declared.plugin, text=f"its flag {dashed(key)} of {place} {text}")


def _problem_of_key(key: str, flag: Flag) -> str:
    if not key.replace("-", "_").isidentifier():
        return "cannot be typed"
    known = KNOWN_EVERYWHERE.get(key) if len(key) > 1 else None
    return "means something else everywhere" if known and known.kind != flag.kind else ""


def _declarations(registry: PluginRegistry) -> Iterator[_Declaration]:
    for action in registry.actions:
        plugin = registry.provider(action.name, action.automation)
        yield _Declaration(plugin=plugin, verb=action.name, kind=action.automation, flags=action.flags)
    for automation in registry.automations.values():
        for verb, flags in automation.flags.items():
            yield _Declaration(
                plugin=registry.owners[automation.name], verb=verb, kind=automation.name, flags=flags
            )
    for plugin, all_added in registry.flags_by_plugin.items():
        for added in all_added:
            yield _Declaration(plugin=plugin, verb=added.action, kind=added.automation, flags=added.flags)
