"""What a run leaves behind: env and state filtered by the script's export keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Any

from cm_core.base.frozen import frozen
from cm_script.env.expand import expand_text, placeholders
from cm_script.env.merge import clone, merge


@frozen
class Delta:
    """Exports of a run; fresh copies."""

    new_env: dict[str, Any] = field(default_factory=dict)
    new_state: dict[str, Any] = field(default_factory=dict)


def capture(
    env: Mapping[str, Any],
    state: Mapping[str, Any],
    new_env_keys: Sequence[str],
    new_state_keys: Sequence[str],
) -> Delta:
    """Filter by keys, wildcards and ``<<<VAR>>>`` (the key that VAR's value names).

    It is a filter and not a difference: an inherited key that matches is exported too. Overlay ``const`` with
    :func:`~cm_script.env.merge.merge` before.
    """
    return Delta(new_env=_filter(env, new_env_keys), new_state=_filter(state, new_state_keys))


def apply_delta(
    env: Mapping[str, Any], state: Mapping[str, Any], delta: Delta
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Env and state of the caller after a run: what it had, with the exports merged."""
    return merge(env, delta.new_env), merge(state, delta.new_state)


def _filter(values: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    found = {}
    for pattern in wanted:
        if "*" in pattern or "?" in pattern:
            keys = [key for key in values if fnmatchcase(key, pattern)]
        elif pattern not in values and placeholders(pattern):
            keys = [expand_text(pattern, values)]
        else:
            keys = [pattern]
        found.update({key: clone(values[key]) for key in keys if key in values})
    return found
