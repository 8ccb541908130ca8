"""The local repository of another home: scripts, experiments and whatever else a person made there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import AlreadyExistsError, ArtifactRef, CMError, ObjectRef, check_identity, read_meta
from cm_core.actions import check_free
from cm_core.base import place_folder

if TYPE_CHECKING:
    from cm_core import Session

CACHE = "cache"


def artifact_folders(repo: Path) -> list[Path]:
    """Folders of the artifacts in a local repository, but cache entries."""
    found = {path.parent for path in repo.glob("*/*/_cm.*")}
    return sorted(folder for folder in found if folder.parent.name != CACHE)


def copy_artifacts(source: Path, session: Session) -> Iterator[Path]:
    """Copy the artifacts that are not here yet into the local repository; gives their new folders.

    An artifact whose UID is here is left out, so that the same call again copies what is new. One whose
    name or folder something else has, or which cannot be read, is a warning.

    Args:
        source: the local repository of the other home.
    """
    for folder, place in new_artifacts(source, session):
        try:
            place_folder(place, partial(_copy, folder))
        except CMError as error:
            session.warn(f"{folder} was not imported: {error}")
            continue
        session.index.note_written(place)
        yield place


def new_artifacts(source: Path, session: Session) -> Iterator[tuple[Path, Path]]:
    """The artifacts that :func:`copy_artifacts` would copy, and where to."""
    target = session.repos.local.root
    for folder in artifact_folders(source):
        place = target / folder.parent.name / folder.name
        try:
            is_new = _is_free(folder, session)
            if is_new and place.exists():
                raise AlreadyExistsError(f"{place} already exists")
        except CMError as error:
            session.warn(f"{folder} was not imported: {error}")
            continue
        if is_new:
            yield folder, place


def artifacts_elsewhere(source: Path, session: Session) -> list[Path]:
    """The folders of artifacts that are not here; what cannot be read is not here either."""
    found = []
    for folder in artifact_folders(source):
        place = session.repos.local.root / folder.parent.name / folder.name
        try:
            # One without a UID is known by what it says.
            here = not _is_free(folder, session) or (place.is_dir() and read_meta(place) == read_meta(folder))
        except CMError:
            here = False
        if not here:
            found.append(folder)
    return found


def _is_free(folder: Path, session: Session) -> bool:
    """Whether there is no artifact of this UID; raises when another one has the alias."""
    meta = read_meta(folder)
    check_identity(meta, str(folder))
    kind = ObjectRef(
        alias=meta.get("automation_alias") or folder.parent.name, uid=meta.get("automation_uid") or ""
    )
    repo, uid = session.repos.local, ObjectRef(uid=meta.get("uid") or "")
    where = ObjectRef(alias=repo.alias, uid=repo.uid)
    if uid.uid and session.index.find(kind, ArtifactRef(object=uid, repo=where)):
        return False
    check_free(session, kind, repo, ObjectRef(alias=meta.get("alias") or ""))
    return True


def _copy(source: Path, place: Path) -> Any:
    try:
        return shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise CMError(f"cannot copy {source}: {error}") from error
