"""Conditions on env: ``enable_if_env``, ``skip_if_env`` and their ``any`` forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def all_match(spec: Mapping[str, Any], env: Mapping[str, Any]) -> bool:
    """Whether every key of ``{KEY: [values]}`` matches; true for an empty spec."""
    raise NotImplementedError


def any_matches(spec: Mapping[str, Any], env: Mapping[str, Any]) -> bool:
    """Whether at least one key of ``{KEY: [values]}`` matches."""
    raise NotImplementedError


def is_enabled(entry: Mapping[str, Any], env: Mapping[str, Any], *, fake_run: bool = False) -> bool:
    """Whether the conditions of a dependency or of an update let it take part.

    Args:
        fake_run: whether the run only pretends, for ``skip_if_fake_run``.

    Raises:
        MetaError: when a condition is not a dictionary.
    """
    raise NotImplementedError
