"""Versions of tools as recipes write them: compared part by part, never failing on odd ones."""

from __future__ import annotations


def compare_versions(left: str, right: str) -> int:
    """-1, 0 or 1 as ``left`` is older than, equal to or newer than ``right``; any text is accepted."""
    raise NotImplementedError


def satisfies(version: str, *, minimum: str = "", maximum: str = "") -> bool:
    """Whether a version lies within inclusive bounds; an empty version or bound restricts nothing."""
    raise NotImplementedError


def pip_version_string(version: str, minimum: str, maximum: str) -> str:
    """The requirement suffix for pip: ``==V``, ``>=MIN,<=MAX``, ``>=MIN``, ``<=MAX`` or nothing."""
    raise NotImplementedError
