"""An artifact as code written for ``cmind`` gets it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from cmind._types import Contract, Metas


class Artifact:
    """A folder with metadata, which is read on first access.

    Attributes:
        path: the folder.
        meta: with inheritance resolved.
        original_meta: as written in its own files.
        repo_path: the folder of its repository.
        repo_meta: metadata of its repository.
    """

    def __init__(self, cmind: Any, path: str, *, read: Callable[[], Metas] | None = None) -> None:
        self.cmind = cmind
        self.cfg = cmind.cfg
        self.path = path
        self.repo_path = ""
        self.repo_meta: Contract = {}
        self._read = read
        self._metas: Metas | None = None

    @classmethod
    def from_facts(cls, cmind: Any, facts: Contract) -> Artifact:
        """The artifact that :meth:`to_facts` described."""
        metas = (facts["meta"], facts["original_meta"])
        artifact = cls(cmind, facts["path"], read=lambda: metas)
        artifact.repo_path, artifact.repo_meta = facts["repo_path"], facts["repo_meta"]
        return artifact

    def to_facts(self) -> Contract:
        """The artifact as plain data."""
        names = ("path", "meta", "original_meta", "repo_path", "repo_meta")
        return {"cm_object": "artifact", **{name: getattr(self, name) for name in names}}

    def to_json(self) -> Contract:
        """The artifact as it appears in a JSON document."""
        return {"path": self.path, "repo_path": self.repo_path, "meta": self.meta}

    @property
    def meta(self) -> Contract:
        """The metadata with inheritance resolved; may be changed and replaced."""
        return self._loaded()[0]

    @meta.setter
    def meta(self, value: Contract) -> None:
        self._metas = (value, self._loaded()[1])

    @property
    def original_meta(self) -> Contract:
        """The metadata as written."""
        return self._loaded()[1]

    def load(self, ignore_inheritance: bool = False, base_recursion: int = 0) -> Contract:
        """Read the metadata again, with ``ignore_inheritance`` only as written."""
        from cmind import utils

        answer = utils.load_yaml_and_json(os.path.join(self.path, self.cfg["file_cmeta"]))
        if answer["return"]:
            return answer
        original = answer["meta"]
        meta = dict(original)
        if "_base" in meta and not ignore_inheritance:
            own = {"automation": _kind(meta), "meta": meta, "base_recursion": base_recursion}
            answer = utils.process_meta_for_inheritance({**own, "cmind": self.cmind})
            if answer["return"]:
                return answer
            meta = answer["meta"]
        self._metas = (meta, original)
        return {"return": 0, "meta": meta}

    def update(
        self,
        meta: Contract,
        append_lists: bool = True,
        replace: bool = False,
        tags: list[str] | None = None,
    ) -> Contract:
        """Merge into the metadata on disk, or replace them but for the names; ``tags`` are added."""
        own = self.original_meta
        request = {
            "action": "update",
            "automation": _kind(own),
            "artifact": self._name(own),
            "meta": meta,
            "replace": replace,
            "replace_lists": not append_lists,
            "tags": list(tags or ()),
            "common": True,
        }
        answer: Contract = self.cmind.access(request)
        return answer if answer["return"] else self.load()

    def _name(self, own: Contract) -> str:
        repo = ",".join(self.repo_meta[key] for key in ("alias", "uid") if self.repo_meta.get(key))
        name = ",".join(own[key] for key in ("alias", "uid") if own.get(key))
        return f"{repo}:{name}" if repo else name

    def _loaded(self) -> Metas:
        if self._metas is None:
            if self._read is None:
                self._metas = ({}, {})
                self.load()
            else:
                self._metas = self._read()
        return self._metas

    def __repr__(self) -> str:
        return f"Artifact({self.path!r})"


def _kind(meta: Contract) -> str:
    return ",".join(meta[key] for key in ("automation_alias", "automation_uid") if meta.get(key))
