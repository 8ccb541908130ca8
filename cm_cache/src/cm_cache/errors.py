"""What can go wrong with the cache."""

from __future__ import annotations

from cm_core import CMError


class CacheError(CMError):
    """The cache cannot be read or written."""


class DependencyError(CMError):
    """Dependencies of a script form a cycle or cannot be selected."""
