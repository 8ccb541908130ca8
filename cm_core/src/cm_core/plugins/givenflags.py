"""Whether whoever answers a request reads all of it: its flags, and the words after ``--``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cm_core.base.suggest import nearest, slips
from cm_core.errors import UsageError
from cm_core.flags import KNOWN_EVERYWHERE, Manner, check_switches, read_flags
from cm_core.plugins.declared import flags_of_verb

if TYPE_CHECKING:
    from cm_core.flags import Flag
    from cm_core.model.request import Request
    from cm_core.plugins.registry import PluginRegistry


def check_given(registry: PluginRegistry, request: Request, verb: str, kind: str) -> tuple[str, ...]:
    """Refuse what nobody would read.

    Where a verb passes flags on, its plugin knows better than we do. Programs written for the original hand
    over dictionaries with keys of their own; of these only one that looks misspelt is refused.

    Args:
        verb, kind: who answers, by the names in the registry.

    Returns:
        one sentence for each value that may have been lost.

    Raises:
        UsageError: for a flag that neither the verb nor the toolkit knows, a word that a switch does not
            know, words after ``--`` that the verb does not read; with ``--strict`` also for a lost value.
        PluginError: when flags cannot be imported.
    """
    if request.unparsed and not request.lenient and not registry.takes_command(verb, kind):
        raise UsageError(
            f"'{_shown(verb, kind)}' does not read the words after --: {' '.join(request.unparsed)}",
            hint=_help_of(registry, verb, kind),
        )
    if not (request.options.keys() - {"out"}) or registry.passes_flags_on(verb, kind):
        return ()
    declared = {key: flag for flag in flags_of_verb(registry, verb, kind) for key in flag.keys}
    known = KNOWN_EVERYWHERE | declared
    for key in request.options:
        if key not in known and (slips(key, known) or not request.lenient):
            raise UsageError(
                f"unknown flag --{key}{nearest_flag(key, known)}", hint=_help_of(registry, verb, kind)
            )
    if request.lenient:
        return ()
    check_switches(known, request.options)
    doubts = tuple(_lost_values(request, declared))
    if doubts and read_flags(Manner, request).strict:
        raise UsageError(doubts[0], hint=_help_of(registry, verb, kind))
    return doubts


def nearest_flag(name: str, known: Iterable[str]) -> str:
    """``; did you mean --NAME?`` for the nearest known flag, or nothing."""
    near = [*slips(name, known), *nearest(name, (word for word in known if len(word) > 1), count=1)]
    return f"; did you mean --{near[0]}?" if near else ""


def _lost_values(request: Request, declared: Mapping[str, Flag]) -> list[str]:
    """One sentence for each word that is taken as a name, though it may be the value of the flag before it.

    This is about ``--meta.cores 64``: a key alone means yes, so the word after it is a name. With a single
    name there is no doubt.
    """
    keyed = {key for key, flag in declared.items() if flag.has_keys}
    return [
        f"'{word}' is taken as a name, not as the value of {typed}; for that, write {typed}={word}"
        for word, typed in (request.strays if request.artifacts else {}).items()
        if typed.lstrip("-").partition(".")[0].replace("-", "_") in keyed
    ]


def _shown(verb: str, kind: str) -> str:
    return verb if kind == "*" else f"{verb} {kind}"


def _help_of(registry: PluginRegistry, verb: str, kind: str) -> str:
    """Where the flags of a verb are shown; a kind that lives in a repository has the common ones."""
    return f"see: cm {_shown(verb, kind if kind in registry.automations else '*')} --help"
