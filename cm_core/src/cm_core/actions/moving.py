"""Moving and copying one artifact, keeping comments of YAML metadata."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
from typing import TYPE_CHECKING

from cm_core.actions.checks import check_all_changeable, check_changeable, check_free
from cm_core.base.fsio import atomic_write_text, place_folder, raise_os_error, remove_tree
from cm_core.base.jsonfiles import read_text
from cm_core.errors import AlreadyExistsError, CMError, MetaError, NotFoundError
from cm_core.meta import META_NAME, load_yaml, read_meta, write_meta
from cm_core.model.artifact import Artifact
from cm_core.model.identity import ArtifactRef, ObjectRef, check_alias, check_uid, new_uid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cm_core.session import Session


def move_artifact(session: Session, artifact: Artifact, target: ArtifactRef) -> Artifact:
    """Rename an artifact or move it to another repository.

    Args:
        target: a new alias (and UID), a repository, or both; what is left out stays.

    Raises:
        AlreadyExistsError: when the target folder or another artifact of this name exists.
        CMError: when the artifact belongs to an installed distribution.
    """
    folder = moved_folder(session, artifact, target)
    alias, uid = target.object.alias or artifact.alias, target.object.uid or artifact.uid
    move_folder(artifact.path, folder)
    if (alias, uid) != (artifact.alias, artifact.uid):
        write_identity(folder, alias, uid)
    session.index.note_removed(artifact.path)
    return _register_copy(session, artifact, folder)


def moved_folder(session: Session, artifact: Artifact, target: ArtifactRef) -> Path:
    """Where :func:`move_artifact` would move an artifact.

    Raises:
        AlreadyExistsError, CMError: as that.
    """
    check_all_changeable([artifact])
    alias = target.object.alias or artifact.alias
    uid = check_uid(target.object.uid) if target.object.uid else artifact.uid
    folder = _target_folder(session, artifact, target, ObjectRef(alias=alias, uid=uid))
    same_folder = folder.exists() and folder.samefile(artifact.path)  # a change of case on macOS, Windows
    if folder.exists() and not same_folder:
        raise AlreadyExistsError(f"{folder} already exists")
    return folder


def copied_folder(session: Session, artifact: Artifact, target: ArtifactRef) -> Path:
    """Where :func:`copy_artifact` would put the copy.

    Raises:
        AlreadyExistsError: as that.
    """
    alias = target.object.alias or artifact.alias
    name = ObjectRef(alias=alias, uid=target.object.uid or ("" if alias else new_uid()))
    folder = _target_folder(session, artifact, target, name)
    if folder.exists():
        raise AlreadyExistsError(f"the folder {folder} already exists", hint="choose another name")
    return folder


def move_folder(old: Path, new: Path) -> None:
    """Move a folder, or a link to one; into nothing that somebody has put there meanwhile.

    Raises:
        AlreadyExistsError: when there is such a folder.
        CMError: when it cannot be moved.
    """
    try:
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)
    except OSError as error:
        if error.errno == errno.EXDEV and not old.is_symlink():
            place_folder(new, lambda place: _copy_tree(old, place, new))
            remove_tree(old, inside=old.parent)
        elif error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise AlreadyExistsError(f"{new} already exists") from error
        else:
            raise_os_error(f"move {old} to", new, error)


def copy_artifact(session: Session, artifact: Artifact, target: ArtifactRef, tags: Sequence[str]) -> Artifact:
    """Copy an artifact under a new UID.

    Args:
        tags: those of the copy; without any it has those of the original.

    Raises:
        AlreadyExistsError: when the target folder or another artifact of this name exists.
    """
    alias, uid = target.object.alias or artifact.alias, check_uid(target.object.uid or new_uid())
    folder = _target_folder(session, artifact, target, ObjectRef(alias=alias, uid=uid))

    def fill(place: Path) -> None:
        _copy_tree(artifact.path, place, folder)
        write_identity(place, alias, uid, tags)

    place_folder(folder, fill)
    return _register_copy(session, artifact, folder)


def _copy_tree(source: Path, place: Path, folder: Path) -> None:
    try:
        shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
    except shutil.Error as error:
        raise CMError(f"cannot copy {source} to {folder}: {error}") from error


def _target_folder(session: Session, artifact: Artifact, target: ArtifactRef, name: ObjectRef) -> Path:
    repo = artifact.repo
    if target.repo is not None and not target.repo.is_empty:
        repo = session.repos.get(target.repo)
    elif not repo.is_own:
        repo = session.repos.local
    check_changeable(repo, f"repository '{repo.alias}'")
    folder = repo.root / artifact.path.parent.name / check_alias(name.alias or name.uid)
    check_free(session, artifact.kind_ref, repo, name, besides=artifact.path)
    return folder


def write_identity(
    folder: Path, alias: str, uid: str, tags: Sequence[str] = (), *, name: str = META_NAME
) -> None:
    """Write another alias and UID into metadata; lines of a YAML file are patched, so that its comments stay.

    Args:
        tags: those that replace the old ones; none when empty.
        name: of the file without its suffix.

    Raises:
        MetaError: when the metadata cannot be read.
        CMError: when they cannot be written.
    """
    yaml_file = folder / f"{name}.yaml"
    meta = {**read_meta(folder, name), "alias": alias, "uid": uid}
    if yaml_file.exists() and not (folder / f"{name}.json").exists() and not tags:
        text = _replace_names(read_text(yaml_file), alias, uid)
        with contextlib.suppress(MetaError):
            if load_yaml(text, source=str(yaml_file)) == meta:
                atomic_write_text(yaml_file, text)
                return
    if tags:
        meta["tags"] = list(dict.fromkeys(tags))
    write_meta(folder, meta, name=name)


def _replace_names(text: str, alias: str, uid: str) -> str:
    """YAML with other values of two keys; whether that worked can only be told by reading it."""
    for key, value in (("alias", alias), ("uid", uid)):
        # An unquoted UID of digits would be read as a number, an alias `on` as true.
        quoted = "'" + value.replace("'", "''") + "'"
        text, count = re.subn(
            rf"(?m)^({key}[ \t]*:)[^#\n]*?([ \t]+#.*)?$",
            lambda match, new=quoted: f"{match[1]} {new}{match[2] or ''}",  # type: ignore[misc]
            text,
            count=1,
        )
        if not count:
            text = f"{key}: {quoted}\n{text}"
    return text


def _register_copy(session: Session, artifact: Artifact, folder: Path) -> Artifact:
    session.index.note_written(folder)
    if (found := session.index.at(artifact.kind_ref, folder)) is None:
        raise NotFoundError(f"{folder} is not inside a registered repository")
    return found
