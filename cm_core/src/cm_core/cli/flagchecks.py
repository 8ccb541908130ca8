"""What becomes of flags before an action gets them: those that nobody knows, short names, ``--help``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cm_core.errors import UsageError
from cm_core.flags import KNOWN_EVERYWHERE, Manner, check_switches, read_flags
from cm_core.model.request import Request, is_true

if TYPE_CHECKING:
    from cm_core.cli.catalog import Catalog
    from cm_core.flags import Flag

_SHORT = {"y": "yes", "q": "quiet"}  # plugins read these two as inputs of theirs


def with_long_names(request: Request) -> Request:
    """The request with ``--yes`` for ``-y`` and ``--quiet`` for ``-q``, as plugins read them."""
    extra = {long: True for short, long in _SHORT.items() if is_true(request.options.get(short))}
    return request.with_options(**extra) if extra else request


def check_flags(request: Request, catalog: Catalog, verb: str) -> tuple[str, ...]:
    """One sentence for each flag that neither the action nor the toolkit knows, and for each lost value.

    Only automations of plugins that declare the flags of an action are checked. Where an action passes flags
    on, its plugin knows better than we do.

    Raises:
        UsageError: for the first of them, with ``--strict`` or where the automation wants it so; for a word
            that a switch does not know.
    """
    typed = request.options.keys() - {"out"}
    automation = catalog.automation(request.automation) if typed else None
    if automation is None or catalog.registry.passes_flags_on(verb, automation):
        return ()
    declared = {key: flag for flag in catalog.flags(verb, automation.name) for key in flag.keys}
    if not declared:
        return ()
    check_switches(KNOWN_EVERYWHERE | declared, request.options)
    unknown = [key for key in request.options if key not in KNOWN_EVERYWHERE and key not in declared]
    sentences = (
        *(f"unknown flag --{key}{nearest_flag(key, (*declared, *KNOWN_EVERYWHERE))}" for key in unknown),
        *_lost_values(request, declared),
    )
    if sentences and (verb in automation.strict_verbs or read_flags(Manner, request).strict):
        raise UsageError(sentences[0], hint=f"see: cm {verb} {automation.name} --help")
    return sentences


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


def nearest_flag(name: str, known: Iterable[str]) -> str:
    """``; did you mean --NAME?`` for the nearest known flag, or nothing."""
    from cm_core.base.suggest import nearest

    near = nearest(name, (word for word in known if len(word) > 1), count=1)
    return f"; did you mean --{near[0]}?" if near else ""


def is_asking_for_help(options: Mapping[str, Any]) -> bool:
    """Whether ``--help`` or ``-h`` was typed."""
    return options.get("help") is True or options.get("h") is True
