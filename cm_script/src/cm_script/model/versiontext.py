"""Versions that were written without quotes: YAML and JSON read 3.10 as the number 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cm_script.schema import keys

Place = tuple[str, ...]

_KEYS = frozenset(
    key.name
    for key in (
        keys.VERSION,
        keys.VERSION_MIN,
        keys.VERSION_MAX,
        keys.VERSION_MAX_USABLE,
        keys.DEFAULT_VERSION,
    )
)
_IN_ENV = "VERSION"


def numeric_versions(raw: Mapping[Any, Any]) -> Iterator[tuple[Place, str]]:
    """Places of numbers with a point where a version stands, and what is wrong there, for a person.

    These are the keys for versions, names of blocks for versions, and env keys.
    """
    waiting: list[tuple[Place, Any]] = [((), dict(raw))]
    seen = {id(raw)}
    while waiting:
        place, item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        blocks = place == (keys.VERSIONS.name,)
        for key, value in item.items() if isinstance(item, dict) else enumerate(item):
            # Nearly everything is text, and each run of a script comes along here.
            if isinstance(value, dict | list):
                waiting.append(((*place, str(key)), value))
            elif isinstance(value, float) and (key in _KEYS or _IN_ENV in str(key)):
                yield _found(place, key, value)
            if blocks and isinstance(key, float):
                yield _found(place, key, key)


def _found(place: Place, key: object, value: float) -> tuple[Place, str]:
    here = (*place, str(key))
    return here, f"{'.'.join(here)} is the number {value}, not text: 3.10 without quotes is read as 3.1"
