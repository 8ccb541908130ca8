"""``<<<KEY>>>`` placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_script.profile import Profile


def expand_text(text: str, *sources: Mapping[str, Any]) -> str:
    """Replace each ``<<<KEY>>>`` by the value of the first source that has KEY; others stay."""
    raise NotImplementedError


def expand_env(
    env: Mapping[str, Any], profile: Profile, *, fallback: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A copy of the env with placeholders in strings and list elements replaced.

    Raises:
        MetaError: when a ``+KEY`` holds something else than a list.
    """
    raise NotImplementedError


def has_placeholder(value: object) -> bool:
    """Whether ``<<<…>>>`` occurs in a value or in the elements of a list."""
    raise NotImplementedError
