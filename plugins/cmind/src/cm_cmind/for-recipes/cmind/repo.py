"""A repository as code written for ``cmind`` gets it."""

from __future__ import annotations

import os

from cmind._types import Contract


class Repo:
    """A folder with ``cmr.yaml``.

    Attributes:
        path_with_prefix: the folder that holds the kinds of artifacts.
        path_prefix: that folder relative to ``path``, or ``""``.
    """

    def __init__(self, path: str, cfg: Contract) -> None:
        self.path = path
        self.cfg = cfg
        self.path_with_prefix = path
        self.path_prefix = ""
        self.meta: Contract = {}
        self.original_meta: Contract = {}

    @classmethod
    def from_facts(cls, cfg: Contract, facts: Contract) -> Repo:
        """The repository of this ``path`` with this ``meta``."""
        repo = cls(facts["path"], cfg)
        repo._describe(facts["meta"])
        return repo

    def to_facts(self) -> Contract:
        """The repository as plain data."""
        return {"cm_object": "repo", "path": self.path, "meta": self.meta}

    def to_json(self) -> Contract:
        """The repository as it appears in a JSON document."""
        return {"path": self.path, "meta": self.meta}

    def load(self, cmx: bool = False) -> Contract:
        """Read the metadata; with ``cmx``, ``prefix_cmx`` goes before ``prefix``."""
        from cmind import utils

        answer = utils.load_yaml_and_json(os.path.join(self.path, "cmr"))
        if answer["return"] == 0:
            self._describe(answer["meta"], cmx=cmx)
        return answer

    def _describe(self, meta: Contract, *, cmx: bool = False) -> None:
        self.meta, self.original_meta = meta, dict(meta)
        self.path_prefix = str((meta.get("prefix_cmx") if cmx else None) or meta.get("prefix") or "")
        self.path_with_prefix = os.path.join(self.path, self.path_prefix) if self.path_prefix else self.path

    def __repr__(self) -> str:
        return f"Repo({self.path!r})"
