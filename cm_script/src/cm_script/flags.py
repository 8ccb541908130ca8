"""Flags that nobody declares: passed on, as foreign recipes need, but not without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cm_core.model.errors import UsageError
from cm_script.options import RUN_OPTIONS

if TYPE_CHECKING:
    from cm_core.hookspecs import Option
    from cm_script.model.meta import ScriptMeta

# Options of containers, which another plugin declares, and of the toolkit itself.
_FOREIGN_PREFIXES = ("docker_", "cm_")


def unknown_flags(
    options: Mapping[str, Any],
    meta: ScriptMeta,
    name: str,
    *,
    added: Iterable[Option] = (),
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
    from cm_core.base.suggest import did_you_mean
    from cm_core.cli.catalog import KNOWN_EVERYWHERE

    declared = declared_inputs(meta)
    known = {option.name for option in (*RUN_OPTIONS, *added)} | declared
    sentences = []
    for flag in options:
        if flag in known | KNOWN_EVERYWHERE or flag.startswith(_FOREIGN_PREFIXES):
            continue
        hint = did_you_mean(flag, known, prefix="--") or f"see: cm run script {name} --help"
        sentence = f"neither the engine nor script '{name}' declares the flag --{flag}"
        if strict:
            raise UsageError(sentence, hint=hint)
        sentences.append(f"{sentence}; it is passed on ({hint})")
    return sentences


def declared_inputs(meta: ScriptMeta) -> set[str]:
    """The flags that a script's metadata declare."""
    names: set[str] = set()
    blocks = [meta.raw, *_blocks(meta.raw.get("variations")), *_blocks(meta.raw.get("versions"))]
    for block in blocks:
        for key in ("input_mapping", "input_description"):
            if isinstance(block.get(key), Mapping):
                names.update(str(name) for name in block[key])
    docker = meta.raw.get("docker")
    if isinstance(docker, Mapping) and isinstance(docker.get("docker_input_mapping"), Mapping):
        names.update(docker["docker_input_mapping"])
    return names


def _blocks(value: object) -> list[Mapping[str, Any]]:
    return (
        [block for block in value.values() if isinstance(block, Mapping)]
        if isinstance(value, Mapping)
        else []
    )
