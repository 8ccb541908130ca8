"""How env and state of different origins become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """A fresh dictionary: lists get the new elements appended, dictionaries merge, scalars are replaced."""
    raise NotImplementedError


def merge_into(base: dict[str, Any], update: Mapping[str, Any]) -> None:
    """As :func:`merge`, changing ``base`` in place."""
    raise NotImplementedError
