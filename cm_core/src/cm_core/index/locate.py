"""Where a folder lies: in which repository and artifact. This is what ``.`` means on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cm_core.base.frozen import frozen
from cm_core.errors import CMError, NotFoundError
from cm_core.index.scan import list_folders
from cm_core.meta import read_meta
from cm_core.model.artifact import Repository
from cm_core.repos import RepoSet


@frozen
class Place:
    """What surrounds a folder.

    Attributes:
        repo: the registered repository around it, if any.
        artifact: the folder of the artifact at or above it, if any.
        meta: that artifact's own metadata.
        kind: (alias, UID) of the automation whose artifacts lie here; empty when it cannot be told.
    """

    repo: Repository | None
    artifact: Path | None
    meta: dict[str, Any]
    kind: tuple[str, str]

    @property
    def name(self) -> str:
        """``alias,uid`` of the artifact; ``""`` when there is none."""
        return ",".join(word for key in ("alias", "uid") if (word := str(self.meta.get(key) or "")))


def locate(folder: Path, repos: RepoSet) -> Place:
    """Look around a folder: upwards for an artifact, then down into its first sub-folders for a kind."""
    repo = repos.containing(folder)
    for place in (folder, *folder.parents):
        meta = _meta_or_nothing(place)
        if meta is not None:
            return Place(repo=repo, artifact=place, meta=meta, kind=_kind(meta, place))
        if repo is not None and place == repo.path:
            break
    if repo is None or folder.resolve() != repo.root.resolve():
        for name in sorted(list_folders(folder)):
            meta = _meta_or_nothing(folder / name)
            if meta is not None:
                return Place(repo=repo, artifact=None, meta={}, kind=_kind(meta, folder / name))
    return Place(repo=repo, artifact=None, meta={}, kind=("", ""))


def _meta_or_nothing(folder: Path) -> dict[str, Any] | None:
    try:
        return read_meta(folder)
    except NotFoundError:
        return None
    except CMError:
        return {}


def _kind(meta: dict[str, Any], artifact: Path) -> tuple[str, str]:
    # As in the index: metadata that do not name their kind belong to that of their folder.
    alias = str(meta.get("automation_alias") or "")
    return alias or artifact.parent.name, str(meta.get("automation_uid") or "")
