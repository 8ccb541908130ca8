"""``--flag VALUE`` as other programs have it; the command language itself knows ``--flag=VALUE`` only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cm_core.hookspecs import Option
    from cm_core.request import Request


def with_spaced_values(request: Request, options: Iterable[Option]) -> Request:
    """The request in which a flag that needs a value, but stands alone, has taken the word behind it.

    Args:
        options: flags of the action; those that are switches take no word.
    """
    takers = {option.name for option in options if option.kind not in ("flag", "mapping")}
    taken: dict[str, str] = {}
    kept: list[str] = []
    names = iter([request.artifact, *request.artifacts] if request.artifact else request.artifacts)
    waiting = ""
    for word in request.command:
        if word == "--":
            break
        if word.startswith(("-", "@")):
            flag = word.lstrip("-").replace("-", "_")
            waiting = flag if flag in takers and request.options.get(flag) is True else ""
            continue
        name = next(names, word)
        if waiting:
            taken[waiting] = word
        else:
            kept.append(name)
        waiting = ""
    if not taken:
        return request
    changed = replace(request, artifact=kept[0] if kept else "", artifacts=tuple(kept[1:]))
    return changed.with_options(**taken)
