"""Say which repository and which artifact a folder belongs to, registered or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cm_core import META_NAME, REPO_META_NAME, NotFoundError, Session, field, frozen, read_meta


@frozen
class Detected:
    """What surrounds a folder.

    Attributes:
        repo: the folder of the innermost repository.
        registered: whether that repository is on the list.
        artifact: the folder of the artifact, if any.
    """

    folder: Path
    repo: Path | None = None
    repo_meta: dict[str, Any] = field(default_factory=dict)
    registered: bool = False
    artifact: Path | None = None
    artifact_meta: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The facts under the names of the original."""
        facts: dict[str, Any] = {
            "found": self.repo is not None,
            "registered": self.registered,
            "artifact_found": self.artifact is not None,
        }
        if self.repo is not None:
            facts |= {
                "path_to_repo": str(self.repo),
                "path_to_repo_desc": str(_meta_file(self.repo, REPO_META_NAME)),
                "found_in_current_path": self.repo == self.folder,
                "meta": self.repo_meta,
                "cm_repo": _object(self.repo_meta),
            }
        if self.artifact is not None:
            facts |= {
                "path_to_artifact": str(self.artifact),
                "path_to_artifact_desc": str(_meta_file(self.artifact, META_NAME)),
                "artifact_found_in_current_path": self.artifact == self.folder,
                "artifact_meta": self.artifact_meta,
                "cm_automation": _object(self.artifact_meta, "automation_"),
                "cm_artifact": _object(self.artifact_meta),
            }
        return facts

    @property
    def lines(self) -> tuple[str, ...]:
        """What was found, for people."""
        if self.repo is None:
            return (f"{self.folder} is not in a repository",)
        note = "" if self.registered else " (not registered; to register it: cm add repo)"
        lines = [f"repository {_object(self.repo_meta)} = {self.repo}{note}"]
        if self.artifact is not None:
            kind = self.artifact_meta.get("automation_alias") or "artifact"
            lines.append(f"{kind} {_object(self.artifact_meta)} = {self.artifact}")
        return tuple(lines)


def detect(session: Session, folder: Path) -> Detected:
    """Look at a folder and its parents.

    Raises:
        NotFoundError: when there is no such folder.
        MetaError: when the metadata on the way are malformed.
    """
    if not folder.is_dir():
        raise NotFoundError(f"folder {folder} does not exist")
    artifact: Path | None = None
    for place in (folder, *folder.parents):
        if artifact is None and _has(place, META_NAME):
            artifact = place
        if _has(place, REPO_META_NAME):
            return Detected(
                folder=folder,
                repo=place,
                repo_meta=read_meta(place, REPO_META_NAME),
                registered=any(repo.path == place for repo in session.repos.list()),
                artifact=artifact,
                artifact_meta=read_meta(artifact) if artifact else {},
            )
    return Detected(folder=folder)


def _has(folder: Path, name: str) -> bool:
    return any((folder / f"{name}{suffix}").is_file() for suffix in (".yaml", ".json"))


def _meta_file(folder: Path, name: str) -> Path:
    path = folder / f"{name}.yaml"
    return path if path.is_file() else folder / f"{name}.json"


def _object(meta: dict[str, Any], prefix: str = "") -> str:
    return ",".join(str(meta[prefix + key]) for key in ("alias", "uid") if meta.get(prefix + key))
