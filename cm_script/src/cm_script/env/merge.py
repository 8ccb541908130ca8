"""How env and state of different origins become one.

Scalars are replaced. A list at the top level (``+PATH``) gets the elements that it does not have yet.
Deeper lists are extended, unless the update is the old list with more at its end, as a child leaves it that
inherited the list and appended to it.
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
    """A fresh dictionary with ``update`` merged over ``base``; shares nothing with either."""
    merged = clone_mapping(base)
    merge_into(merged, update)
    return merged


def merge_into(base: dict[str, Any], update: Mapping[str, Any]) -> None:
    """As :func:`merge`, changing ``base`` in place; the values of ``update`` are copied."""
    for key, value in update.items():
        old = base.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            _merge_nested(old, value)
        elif isinstance(value, list) and isinstance(old, list):
            old.extend(clone(item) for item in _new_items(old, value))
        else:
            base[key] = _unique(value) if isinstance(value, list) else clone(value)


def _merge_nested(base: dict[str, Any], update: Mapping[str, Any]) -> None:
    if base == update:
        return
    for key, value in update.items():
        old = base.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            _merge_nested(old, value)
        elif isinstance(value, list) and isinstance(old, list):
            added = value[len(old) :] if value[: len(old)] == old else value
            old.extend(clone(item) for item in added)
        else:
            base[key] = clone(value)


def _new_items(old: list[Any], new: list[Any]) -> list[Any]:
    # Elements may be unhashable, so this is a scan; lists in env and state are short.
    added: list[Any] = []
    for item in new:
        if item not in old and item not in added:
            added.append(item)
    return added


def _unique(items: list[Any]) -> list[Any]:
    return [clone(item) for item in _new_items([], items)]
