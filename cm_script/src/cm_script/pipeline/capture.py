"""What a run leaves behind: env and state filtered by the script's export keys."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from cm_core import field, frozen
from cm_script.env.expand import expand_text, placeholders
from cm_script.env.values import Env


@frozen
class Delta:
    """Exports of a run."""

    new_env: Env = field(default_factory=Env)
    new_state: Env = field(default_factory=Env)


def capture(env: Env, state: Env, new_env_keys: Sequence[str], new_state_keys: Sequence[str]) -> Delta:
    """Filter by keys, wildcards and ``<<<VAR>>>`` (the key that VAR's value names).

    It is a filter and not a difference: an inherited key that matches is exported too. Put ``const`` on top
    before.
    """
    return Delta(
        new_env=env.only(_wanted_keys(env, new_env_keys)),
        new_state=state.only(_wanted_keys(state, new_state_keys)),
    )


def apply_delta(env: Env, state: Env, delta: Delta) -> tuple[Env, Env]:
    """Env and state of the caller after a run: what it had, with the exports merged."""
    return env.merged(delta.new_env), state.merged(delta.new_state)


def _wanted_keys(values: Env, wanted: Sequence[str]) -> list[str]:
    keys: list[str] = []
    for pattern in wanted:
        if "*" in pattern or "?" in pattern:
            keys += [key for key in values if fnmatchcase(key, pattern)]
        elif pattern not in values and placeholders(pattern):
            keys.append(expand_text(pattern, values))
        else:
            keys.append(pattern)
    return keys
