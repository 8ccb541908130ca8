"""Reading metadata that people write by hand: the right shape, or an error that names file and key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core.meta import kind_of
from cm_core.model.errors import MetaError


def wrong_shape(source: str, key: str, wanted: str, value: object) -> MetaError:
    """The error for a value of another kind than wanted."""
    return MetaError(f"{source}: '{key}' must be {wanted}, not {kind_of(value)}")


def mapping_at(raw: Mapping[str, Any], key: str, source: str) -> dict[str, Any]:
    """A dictionary; ``{}`` when the key is absent or has no value.

    Raises:
        MetaError: for another shape.
    """
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_shape(source, key, "a dictionary", value)
    return value


def entries_at(raw: Mapping[str, Any], key: str, source: str) -> list[dict[str, Any]]:
    """A list of dictionaries; ``[]`` when the key is absent or has no value.

    Raises:
        MetaError: for another shape.
    """
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong_shape(source, key, "a list", value)
    for number, entry in enumerate(value):
        if not isinstance(entry, dict):
            raise wrong_shape(source, f"{key}[{number}]", "a dictionary", entry)
    return value


def words_at(raw: Mapping[str, Any], key: str, source: str) -> list[str]:
    """A list of words, numbers taken as text; ``[]`` when the key is absent or has no value.

    Raises:
        MetaError: for another shape.
    """
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or any(item is None or isinstance(item, list | dict) for item in value):
        raise wrong_shape(source, key, "a list of words", value)
    return [str(item) for item in value]


def text_at(raw: Mapping[str, Any], key: str, source: str) -> str:
    """Text, stripped, numbers taken as text; ``""`` when the key is absent or has no value.

    Raises:
        MetaError: for another shape.
    """
    value = raw.get(key)
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        raise wrong_shape(source, key, "text", value)
    return str(value).strip()


def names_of(entry: Mapping[str, Any], source: str) -> tuple[str, ...]:
    """The ``names`` of a dependency entry; a single word or ``a,b`` is accepted, as recipes have it.

    Raises:
        MetaError: for another shape.
    """
    value = entry.get("names")
    if isinstance(value, str):
        return tuple(word for item in value.split(",") if (word := item.strip()))
    return tuple(words_at(entry, "names", source))


def tags_of(entry: Mapping[str, Any], source: str) -> tuple[str, ...]:
    """The ``tags`` of a dependency entry or an update, without duplicates; ``()`` when there are none.

    Raises:
        MetaError: when they are not text.
    """
    words = text_at(entry, "tags", source).split(",")
    return tuple(dict.fromkeys(word for item in words if (word := item.strip())))
