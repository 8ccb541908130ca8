"""Lists of dependency entries: how blocks add to them and how ``ad``/``adr`` updates change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Entry = dict[str, Any]
Updates = Mapping[str, Mapping[str, Any]]


def append_entries(entries: list[Entry], new: Sequence[Entry]) -> None:
    """Append entries; one with the same names (or, nameless, the same tags) is replaced where it stands."""
    raise NotImplementedError


def apply_updates(
    lists: Sequence[list[Entry]], updates: Updates, env: Mapping[str, Any], *, strict: bool
) -> dict[str, dict[str, Any]]:
    """Change entries by name, in place; returns the updates with the placeholders that could be resolved.

    Args:
        lists: all dependency lists of a script; a name is looked for in each of them.
        strict: whether a name that no entry has is an error (``ad``) or nothing (``adr``).

    Raises:
        CMError: for an unknown name when strict.
    """
    raise NotImplementedError


def merge_updates(base: Updates, new: Updates) -> dict[str, dict[str, Any]]:
    """Both sets of updates as one: tags are appended, dictionaries merged, scalars of ``new`` win."""
    raise NotImplementedError
