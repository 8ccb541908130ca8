"""Conditions on env: ``enable_if_env``, ``skip_if_env`` and their ``any`` forms.

A condition is ``{KEY: [values]}``. Words for yes match any value that is not a word for no, words for no also
match an empty value, other words are compared without case. A key that the env lacks counts as no where all
keys have to match, and never matches where one is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core import FALSE_WORDS, TRUE_WORDS
from cm_script.schema import keys

_NO_OR_EMPTY = FALSE_WORDS | {""}


def all_match(spec: Mapping[str, Any], env: Mapping[str, Any]) -> bool:
    """Whether every key of ``{KEY: [values]}`` matches; true for an empty spec."""
    return all(_matches_or_absent(_words(values), env, key) for key, values in spec.items())


def any_matches(spec: Mapping[str, Any], env: Mapping[str, Any]) -> bool:
    """Whether at least one key of ``{KEY: [values]}`` matches."""
    return any(key in env and _matches_any(_words(values), env[key]) for key, values in spec.items())


def is_enabled(entry: Mapping[str, Any], env: Mapping[str, Any], *, fake_run: bool = False) -> bool:
    """Whether the conditions of a dependency or of an update enable it.

    Args:
        fake_run: whether the run only pretends, for ``skip_if_fake_run``.

    Raises:
        MetaError: when a condition is not a dictionary.
    """
    if fake_run and entry.get("skip_if_fake_run"):
        return False
    for key, test, wanted in _CONDITIONS:
        if entry.get(key.name) is not None:
            spec = key.of(entry, str(entry.get("tags") or "dependency"))
            if test(spec, env) is not wanted:
                return False
    return True


_CONDITIONS = (
    (keys.ENABLE_IF_ENV, all_match, True),
    (keys.ENABLE_IF_ANY_ENV, any_matches, True),
    (keys.SKIP_IF_ENV, all_match, False),
    (keys.SKIP_IF_ANY_ENV, any_matches, False),
)


def _words(values: object) -> frozenset[str]:
    # A bare string is a frequent slip; recipes run as if each of its characters were a value, that is, the
    # condition does not match. Repairing it here would switch on dependencies nobody has ever run.
    items = values if isinstance(values, list | tuple | str) else (values,)
    return frozenset(str(item).lower() for item in items)


def _text(value: object) -> str:
    return str(value).lower().strip()


def _matches_or_absent(words: frozenset[str], env: Mapping[str, Any], key: str) -> bool:
    if key not in env:
        return bool(words & _NO_OR_EMPTY)
    value = _text(env[key])
    if words & TRUE_WORDS:
        return value not in _NO_OR_EMPTY
    if words & FALSE_WORDS:
        return value in _NO_OR_EMPTY
    return value in words


def _matches_any(words: frozenset[str], value: object) -> bool:
    text = _text(value)
    if words & TRUE_WORDS:
        return text not in _NO_OR_EMPTY
    if words & _NO_OR_EMPTY:
        return text in _NO_OR_EMPTY
    return text in words
