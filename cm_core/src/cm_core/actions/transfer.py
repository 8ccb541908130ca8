"""Moving and copying one artifact, keeping comments of YAML metadata."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from cm_core.artifact import Artifact, RepositoryKind
from cm_core.errors import AlreadyExistsError, CMError, NotFoundError
from cm_core.fsio import atomic_write_text, raise_os_error, remove_tree
from cm_core.identity import ArtifactRef, ObjectRef, check_alias, new_uid
from cm_core.meta import read_meta, read_text, write_meta
from cm_core.scan import JSON_FILE, YAML_FILE
from cm_core.tags import split_tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cm_core.artifact import Repository
    from cm_core.session import Session


def move_artifact(session: Session, artifact: Artifact, target: ArtifactRef) -> Artifact:
    """Rename an artifact or move it to another repository.

    Args:
        target: a new alias (and UID), a repository, or both; what is left out stays.

    Raises:
        AlreadyExistsError: when the target folder exists.
        CMError: when the artifact belongs to an installed distribution.
    """
    if artifact.repo.kind is RepositoryKind.SHIPPED:
        raise CMError(
            f"'{artifact.name}' belongs to an installed distribution", hint="copy it instead: cm cp"
        )
    alias = target.object.alias or artifact.alias
    uid = target.object.uid or artifact.uid
    folder = _target_folder(session, artifact, target, alias or uid)
    same_folder = folder.exists() and folder.samefile(artifact.path)  # a change of case on macOS, Windows
    if folder.exists() and not same_folder:
        raise AlreadyExistsError(f"{folder} exists already")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(artifact.path, folder)
    except OSError as error:
        raise_os_error("move to", folder, error)
    if (alias, uid) != (artifact.alias, artifact.uid):
        _rename_inside(folder, alias, uid, ())
    session.index.note_removed(artifact.path)
    return _registered(session, artifact, folder)


def copy_artifact(
    session: Session, artifact: Artifact, target: ArtifactRef, new_tags: Sequence[str]
) -> Artifact:
    """Copy an artifact under a new UID.

    Raises:
        AlreadyExistsError: when the target folder exists.
    """
    alias, uid = target.object.alias or artifact.alias, target.object.uid or new_uid()
    folder = _target_folder(session, artifact, target, alias or uid)
    if folder.exists():
        raise AlreadyExistsError(f"{folder} exists already", hint="give the copy another name")
    try:
        shutil.copytree(artifact.path, folder, symlinks=True)
    except (OSError, shutil.Error) as error:
        if folder.exists():
            remove_tree(folder, inside=folder.parent)
        raise CMError(f"cannot copy {artifact.path} to {folder}: {error}") from error
    _rename_inside(folder, alias, uid, new_tags)
    return _registered(session, artifact, folder)


def _target_folder(session: Session, artifact: Artifact, target: ArtifactRef, name: str) -> Path:
    repo = artifact.repo
    if target.repo is not None and not target.repo.is_empty:
        repo = session.repos.get(target.repo)
    elif repo.kind is RepositoryKind.SHIPPED:
        repo = session.repos.local
    return _root(repo) / artifact.path.parent.name / check_alias(name)


def _root(repo: Repository) -> Path:
    if repo.kind is RepositoryKind.SHIPPED:
        raise CMError(f"repository '{repo.alias}' belongs to an installed distribution and cannot be changed")
    return repo.root


def _rename_inside(folder: Path, alias: str, uid: str, new_tags: Sequence[str]) -> None:
    """Write the new identity; lines of a YAML file are patched, so that its comments stay."""
    yaml_file = folder / YAML_FILE
    if yaml_file.exists() and not (folder / JSON_FILE).exists() and not new_tags:
        text = read_text(yaml_file)
        for key, value in (("alias", alias), ("uid", uid)):
            text, count = re.subn(rf"(?m)^{key}\s*:.*$", f"{key}: {_quoted(value)}", text, count=1)
            if not count:
                text = f"{key}: {_quoted(value)}\n{text}"
        atomic_write_text(yaml_file, text)
        return
    meta = {**read_meta(folder), "alias": alias, "uid": uid}
    if new_tags:
        meta["tags"] = list(dict.fromkeys([*split_tags(meta.get("tags")), *new_tags]))
    write_meta(folder, meta)


def _quoted(value: str) -> str:
    # An unquoted UID of digits would be read as a number.
    return f"'{value}'" if not value or value[0].isdigit() else value


def _registered(session: Session, artifact: Artifact, folder: Path) -> Artifact:
    session.index.note_written(folder)
    for found in session.index.find(ObjectRef(alias=artifact.kind[0], uid=artifact.kind[1])):
        if found.path == folder:
            return found
    raise NotFoundError(f"{folder} is not inside a registered repository")
