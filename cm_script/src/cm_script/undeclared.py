"""Flags of recipes: those that nobody declares, and those that are called like flags of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cm_core import UsageError
from cm_core.flags import KNOWN_EVERYWHERE, check_switches
from cm_script.flags import Run
from cm_script.schema.keys import DOCKER

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_core.flags import Flag
    from cm_script.model.meta import ScriptMeta

# Options of containers, which another plugin declares, and of the toolkit itself.
_FOREIGN_PREFIXES = ("docker_", "cm_")


def unknown_flags(
    options: Mapping[str, Any],
    meta: ScriptMeta,
    name: str,
    *,
    added: Iterable[Flag] = (),
    strict: bool,
) -> list[str]:
    """One sentence for each flag that neither the engine nor the script declares.

    Args:
        name: what messages call the script.
        added: flags that other plugins declare.
        strict: whether such a flag is an error.

    Raises:
        UsageError: for the first one, when strict.
    """
    from cm_core.base import did_you_mean

    engine = Run.__by_key__.keys() | {key for flag in added for key in flag.keys}
    foreign = [
        flag
        for flag in options
        if flag not in engine and flag not in KNOWN_EVERYWHERE and not flag.startswith(_FOREIGN_PREFIXES)
    ]
    if not foreign:  # as mostly; what the recipe declares need not be read then
        return []
    declared = declared_inputs(meta)
    known = engine | declared
    sentences = []
    for flag in foreign:
        if flag in declared:
            continue
        hint = did_you_mean(flag, known, prefix="--") or f"see: cm run script {name} --help"
        sentence = f"neither the engine nor script '{name}' declares the flag --{flag}"
        if strict:
            raise UsageError(sentence, hint=hint)
        sentences.append(f"{sentence}; it is passed on ({hint})")
    return sentences


def check_own_switches(
    request: Request, options: Mapping[str, Any], meta: ScriptMeta, session: Session
) -> None:
    """Refuse words that switches of the engine do not know; a recipe's input of that name takes any.

    Args:
        options: of the request, over those of the user's configuration.

    Raises:
        UsageError: when there is one.
    """
    flags = session.declared_flags(request.action, request.automation)
    try:
        check_switches(flags, options)
    except UsageError:
        inputs = declared_inputs(meta)
        check_switches(flags, {key: value for key, value in options.items() if key not in inputs})


def declared_inputs(meta: ScriptMeta) -> set[str]:
    """The flags that a script's metadata declare."""
    from cm_script.schema.interface import inputs_of

    mounted = DOCKER.or_empty(meta.raw).get("docker_input_mapping")
    names = mounted if isinstance(mounted, Mapping) else {}
    return {item.flag for item in inputs_of(meta.raw)} | {str(name) for name in names}
