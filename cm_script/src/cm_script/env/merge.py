"""How env and state of different origins become one.

Scalars are replaced. A list at the top level (``+PATH``) gets the elements that it does not have yet.
Deeper lists are extended, unless the update is the old list with more at its end, as a child leaves it that
inherited the list and appended to it.

Merging changes no list or dictionary inside of what it gets: what differs is made anew, the rest is shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def clone(value: Any) -> Any:
    """A deep copy of plain data; much faster than :func:`copy.deepcopy` and enough for YAML and JSON."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clone(item) for item in value]
    return value


def clone_mapping(value: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of any mapping as a dictionary."""
    return {key: clone(item) for key, item in value.items()}


def merge(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """A new dictionary with ``update`` merged over ``base``."""
    merged = dict(base.items())
    merge_into(merged, update)
    return merged


def merge_into(base: dict[str, Any], update: Mapping[str, Any]) -> None:
    """As :func:`merge`, with the result in ``base``."""
    for key, value in update.items():
        old = base.get(key)
        if isinstance(value, dict):
            base[key] = _merge_nested(old, value) if isinstance(old, dict) else value
        elif isinstance(value, list):
            base[key] = extended(old if isinstance(old, list) else [], value)
        else:
            base[key] = value


def extended(old: list[Any], more: list[Any]) -> list[Any]:
    """The list with the elements of another one that it does not have yet."""
    # Elements may be unhashable, so this is a scan; lists in env and state are short.
    added: list[Any] = []
    for item in more:
        if item not in old and item not in added:
            added.append(item)
    return [*old, *added]


def _merge_nested(base: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    if base == update:
        return base
    merged = dict(base)
    for key, value in update.items():
        old = base.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            merged[key] = _merge_nested(old, value)
        elif isinstance(value, list) and isinstance(old, list):
            merged[key] = value if value[: len(old)] == old else [*old, *value]
        else:
            merged[key] = value
    return merged
