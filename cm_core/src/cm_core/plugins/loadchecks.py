"""What a plugin announces, checked when it is loaded: the first mistake switches it off and is named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cm_core.base.frozen import frozen
from cm_core.errors import CMError, PluginError
from cm_core.model.identity import is_uid
from cm_core.plugins.interface import API_VERSION, PROJECT, Action, AddedFlags, Automation
from cm_core.plugins.origins import CORE, upgrade_advice
from cm_core.verbs import COMMANDS, FIVE_ACTIONS, SYNONYMS

if TYPE_CHECKING:
    from pluggy import HookRelay

    from cm_core.plugins.entrypoints import EntryPoint

_EVERY_KIND = "*"
_INSIDE = str.maketrans("", "", "-_.")  # what names may have inside


@frozen
class Announced:
    """What the hooks of a plugin say when it is loaded."""

    automations: tuple[Automation, ...]
    actions: tuple[Action, ...]
    flags: tuple[AddedFlags, ...]
    repositories: tuple[Path, ...]

    @classmethod
    def by(cls, plugin: ModuleType) -> Announced:
        """Ask a plugin.

        Raises:
            PluginError: when an answer has another type, a name is none, or a place is none.
        """
        automations: tuple[Automation, ...] = _call(plugin, "cm_register_automations", Automation)
        own = tuple(action for automation in automations for action in automation.actions)
        announced = cls(
            automations=automations,
            actions=own + _call(plugin, "cm_register_actions", Action),
            flags=_call(plugin, "cm_register_flags", AddedFlags),
            repositories=_call(plugin, "cm_register_repositories", Path),
        )
        for automation in automations:
            _check_automation(automation)
        for action in announced.actions:
            _check_action(action)
        for added in announced.flags:
            _check_places(added.flags, f"the flags for '{added.action} {added.automation}'")
        return announced


def _call(plugin: ModuleType, hook: str, wanted: type) -> tuple[Any, ...]:
    function = getattr(plugin, hook, None)
    if function is None:
        return ()
    answer = function()
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise PluginError(f"{hook} must return a list, not {type(answer).__name__}")
    items = tuple(answer)
    for item in items:
        if not isinstance(item, wanted):
            raise PluginError(f"{hook} must return {wanted.__name__} objects, not {type(item).__name__}")
    return items


def _check_automation(automation: Automation) -> None:
    _check_name(automation.name, "automation")
    if not is_uid(automation.uid):
        raise PluginError(
            f"the UID '{automation.uid}' of the automation '{automation.name}' is not 16 hexadecimal digits;"
            " make one with: cm uid core"
        )
    for verb, flags in automation.flags.items():
        if verb not in FIVE_ACTIONS:
            raise PluginError(
                f"the automation '{automation.name}' has flags for '{verb}', which is none of"
                f" {', '.join(FIVE_ACTIONS)}"
            )
        _check_places(flags, f"the flags of '{verb} {automation.name}'")


def _check_action(action: Action) -> None:
    _check_name(action.name, "action")
    for word in action.synonyms:
        _check_name(word, "action")
    if action.automation != _EVERY_KIND:
        _check_name(action.automation, "automation")
    shown = f"{action.name} {action.automation}"
    if not _is_place(action.handler):
        raise PluginError(
            f"the handler '{action.handler}' of '{shown}' is not written package.module:function"
        )
    _check_places(action.flags, f"the flags of '{shown}'")


def _check_name(name: str, what: str) -> None:
    # Most are one word; this is asked at each start, of each verb.
    if not name.isascii() or not (
        name.isalnum() or (name[:1].isalnum() and name.translate(_INSIDE).isalnum())
    ):
        raise PluginError(
            f"'{name}' cannot be the name of an {what}: write letters and digits, with '-', '_' or '.' inside"
        )


def _check_places(flags: object, what: str) -> None:
    for part in flags if isinstance(flags, tuple) else (flags,):
        if isinstance(part, str) and part and not _is_place(part):
            raise PluginError(f"{what}, '{part}', are not written package.module:Class")


def _is_place(text: str) -> bool:
    module, _, name = text.partition(":")
    return name.isidentifier() and module.replace(".", "_").isidentifier()


def check_interface(version: str) -> None:
    """Whether a plugin is written for these hooks.

    Raises:
        PluginError: with what to upgrade.
    """
    needed = [int(part) if part.isdecimal() else -1 for part in version.split(".")[:2]]
    here = [int(part) for part in API_VERSION.split(".")]
    needed += [0] * (len(here) - len(needed))
    if needed[0] == here[0] and needed <= here:
        return
    written = version or "unknown"
    raise PluginError(
        f"it is written for version {written} of the plugin interface, but this is {API_VERSION}",
        hint=upgrade_advice(CORE) if needed > here else "",
    )


def check_marks(plugin: ModuleType, hooks: HookRelay) -> None:
    """Whether each function with the name of a hook, whoever has the hook, is marked as one.

    Raises:
        PluginError: when one is not, so it would never be called; when `cm_around` is no wrapper.
    """
    for name in sorted(vars(hooks).keys() & vars(plugin).keys()):
        marks = getattr(getattr(plugin, name), f"{PROJECT}_impl", None)
        if getattr(hooks, name).has_spec() and marks is None:
            raise PluginError(f"its function '{name}' is not marked with @hookimpl")
    around = getattr(getattr(plugin, "cm_around", None), f"{PROJECT}_impl", {"wrapper": True})
    if not around["wrapper"]:
        raise PluginError("its function 'cm_around' must be marked with @hookimpl(wrapper=True)")


def check_verbs(announced: Announced, known: Iterable[Action]) -> None:
    """Whether a plugin's verbs are free.

    Args:
        known: those of the plugins that are loaded.

    Raises:
        PluginError: when one would take over a verb of the core or of another plugin.
    """
    taken = {(action.automation, word) for action in known for word in (action.name, *action.synonyms)}
    owned = {automation.name for automation in announced.automations}
    for action in announced.actions:
        kind = action.automation
        if action.name in FIVE_ACTIONS:
            raise PluginError(f"the action '{action.name}' is a hook: implement cm_{action.name} instead")
        for word in (action.name, *action.synonyms):
            if word in FIVE_ACTIONS or word in COMMANDS:
                raise PluginError(f"'{word}' of '{kind}' already means something else: cm {word}")
            # Who owns a kind decides what a common word means there.
            if kind not in owned and (word in SYNONYMS or (_EVERY_KIND, word) in taken):
                raise PluginError(f"every automation already has the action '{word}', so '{kind}', too")
            if (kind, word) in taken:
                raise PluginError(f"another plugin already has the action '{word}' of '{kind}'")


def reason_and_fix(error: BaseException, entry: EntryPoint, hooks: HookRelay) -> tuple[str, str]:
    """Why a plugin was switched off, in one sentence, and what to do about it."""
    import pluggy

    bug = f"this is a bug of {entry.distribution}: {upgrade_advice(entry.distribution)}, or report it"
    if isinstance(error, CMError):
        return " ".join(error.message.split()), error.hint or bug
    if isinstance(error, pluggy.PluginValidationError):
        return _of_hook(" ".join(str(error).split()), bug, hooks)
    shown = " ".join(str(error).split())
    reason = f"{type(error).__name__}{': ' if shown else ''}{shown}"
    missing = (getattr(error, "name", None) or "") if isinstance(error, ImportError) else ""
    if missing.partition(".")[0] == "cm_core":
        return reason, f"{entry.distribution} is made for another {CORE}: {upgrade_advice(CORE)}"
    if missing:
        return reason, f"reinstall {entry.distribution} with what it needs"
    return reason, bug


def _of_hook(said: str, bug: str, hooks: HookRelay) -> tuple[str, str]:
    """What pluggy says of a hook that nobody has, or of an argument that a hook does not have."""
    import re

    newer = f"it may be made for a newer {CORE}, or a newer plugin that has the hook: {upgrade_advice(CORE)}"
    if unknown := re.search(r"unknown hook '(\w+)'", said):
        meant = _near(unknown[1], (name for name, hook in vars(hooks).items() if hook.has_spec()))
        return f"unknown hook '{unknown[1]}'{meant}", bug if meant else newer
    words = re.search(r"for hook '(\w+)'.*Argument\(s\) \{'(\w+)'", said)
    caller = getattr(hooks, words[1], None) if words else None
    if words is None or caller is None or caller.spec is None:
        return said, bug
    meant = _near(words[2], caller.spec.argnames)
    return (
        f"its {words[1]} has an argument '{words[2]}', which the hook does not have{meant}",
        bug if meant else newer,
    )


def _near(word: str, known: Iterable[str]) -> str:
    from cm_core.base.suggest import nearest

    prefix = "cm_" if word.startswith("cm_") else ""
    near = nearest(
        word.removeprefix(prefix), (name.removeprefix(prefix) for name in known), count=1, likeness=0.75
    )
    return f"; did you mean '{prefix}{near[0]}'?" if near else ""
