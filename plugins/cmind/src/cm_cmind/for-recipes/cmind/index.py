"""The index of artifacts. The toolkit keeps its own; this one only takes what old code tells it."""

from __future__ import annotations

from typing import Any

from cmind._types import Contract


class Index:
    """Accepts what the index of the original accepted; searches go through ``access``."""

    def __init__(self, path: str = "", cfg: Contract | None = None, meta: Contract | None = None) -> None:
        self.path = path
        self.cfg = cfg or {}
        self.meta = meta or {}
        self.updated = False

    def load(self) -> Contract:
        """Nothing to do: the toolkit notices changes on disk."""
        return {"return": 0}

    def save(self) -> Contract:
        """Nothing to do, as :meth:`load`."""
        return {"return": 0}

    def add(
        self, meta: Contract, path: str, repo: Any, update: bool = False, delete: bool = False
    ) -> Contract:
        """Nothing to do, as :meth:`load`."""
        del meta, path, repo, update, delete
        return {"return": 0}
