"""Artifacts and the repositories that hold them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from cm_core.base.frozen import field, frozen
from cm_core.model.identity import ObjectRef


class RepositoryKind(IntEnum):
    """Where a repository comes from; the order is the search priority."""

    LOCAL = 0
    REGISTERED = 1
    SHARED = 2
    SHIPPED = 3


@frozen
class Repository:
    """A folder with ``cmr.yaml`` that holds artifacts.

    Attributes:
        path: the folder with ``cmr.yaml``.
        meta: all keys of ``cmr.yaml``/``cmr.json``.
        kind: local, registered (pulled or created), in a shared home, or shipped inside a distribution.
        rank: position in the search order, 0 first; among registered ones the latest comes first.
        home: the shared home in which it was found, which is only read; ``None`` for all others.
    """

    path: Path
    alias: str
    uid: str
    meta: dict[str, Any] = field(repr=False)
    kind: RepositoryKind = RepositoryKind.REGISTERED
    rank: int = 0
    home: Path | None = None

    @property
    def is_own(self) -> bool:
        """Whether it belongs to this home, so that its artifacts may be changed."""
        return self.kind <= RepositoryKind.REGISTERED

    @property
    def prefix(self) -> str:
        """Sub-folder that holds the artifacts; ``""`` when they are at the top."""
        return str(self.meta.get("prefix") or "")

    @property
    def root(self) -> Path:
        """The folder whose sub-folders are the kinds of artifacts."""
        return self.path / self.prefix if self.prefix else self.path

    def to_json(self) -> dict[str, Any]:
        return {
            "alias": self.alias,
            "uid": self.uid,
            "path": str(self.path),
            "kind": self.kind.name.lower(),
            **({"home": str(self.home)} if self.home else {}),
            "meta": self.meta,
        }


@frozen
class Artifact:
    """A folder with metadata, which is read on first access.

    Attributes:
        path: the folder.
        alias: its name, may be empty.
        kind: (alias, UID) of the automation it belongs to.
        tags: with inherited ones.
        read_meta: returns the metadata with inheritance resolved, and as written.
    """

    path: Path
    alias: str
    uid: str
    kind: tuple[str, str]
    tags: tuple[str, ...]
    repo: Repository = field(repr=False)
    read_meta: Callable[[], tuple[dict[str, Any], dict[str, Any]]] = field(repr=False, compare=False)

    @cached_property
    def _metas(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.read_meta()

    @property
    def meta(self) -> dict[str, Any]:
        """The metadata with inheritance resolved."""
        return self._metas[0]

    @property
    def original_meta(self) -> dict[str, Any]:
        """The metadata as written in the artifact's own files."""
        return self._metas[1]

    @property
    def ref(self) -> str:
        """``alias,uid``, or what there is of it."""
        return str(ObjectRef(alias=self.alias, uid=self.uid))

    @property
    def kind_ref(self) -> ObjectRef:
        """The automation it belongs to, as searches want it."""
        return ObjectRef(alias=self.kind[0], uid=self.kind[1])

    @property
    def name(self) -> str:
        """The shortest name a person would type."""
        return self.alias or self.uid

    def to_json(self) -> dict[str, Any]:
        return {
            "alias": self.alias,
            "uid": self.uid,
            "automation_alias": self.kind[0],
            "automation_uid": self.kind[1],
            "path": str(self.path),
            "repo": {
                "alias": self.repo.alias,
                "uid": self.repo.uid,
                "path": str(self.repo.path),
                **({"home": str(self.repo.home)} if self.repo.home else {}),
            },
            "tags": list(self.tags),
            "meta": self.meta,
        }


def preferred(found: Sequence[Artifact]) -> list[Artifact]:
    """Those of this home, else those of shared homes, else those inside distributions.

    Where a name has to mean one artifact, what others offer does not make it ambiguous.
    """
    first = min((max(artifact.repo.kind, RepositoryKind.REGISTERED) for artifact in found), default=None)
    return [item for item in found if max(item.repo.kind, RepositoryKind.REGISTERED) == first]
