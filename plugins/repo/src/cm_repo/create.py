"""Create a repository, or register a folder that is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cm_core import (
    REPO_META_NAME,
    AlreadyExistsError,
    CMError,
    NotFoundError,
    Repository,
    Session,
    check_alias,
    frozen,
)
from cm_core.base import raise_os_error
from cm_repo.checks import check_repository, has_meta, new_meta, read_repo_meta, write_new_meta
from cm_repo.staging import place_lock, publish, staging_folder


@frozen
class NewRepo:
    """What a repository is to be.

    Attributes:
        alias: its name; empty means the folder's name in lower case.
        uid: empty means a new one.
        desc: one line about it.
        prefix: sub-folder for the artifacts.
    """

    alias: str = ""
    uid: str = ""
    desc: str = ""
    prefix: str = ""


@frozen
class Created:
    """A registered repository, and whether its ``cmr.yaml`` was written now."""

    repo: Repository
    is_new: bool


def create_repository(session: Session, wanted: NewRepo, folder: Path | None = None) -> Created:
    """Create and register a repository; a folder that is one already is only registered.

    Args:
        folder: where it is or will be; by default ``<home>/repos/<alias>``.

    Raises:
        UsageError: when the alias cannot be a name.
        AlreadyExistsError: when the folder, the alias or the UID is registered.
        CMError: when what the folder's ``cmr.yaml`` says differs from what is wanted.
    """
    session.home.ensure()
    place = _place(session, wanted, folder)
    with place_lock(session, place):
        if has_meta(place):
            created = Created(repo=_register(session, wanted, place), is_new=False)
        else:
            created = Created(repo=_create(session, wanted, place), is_new=True)
    session.index.refresh()
    return created


def planned_repository(session: Session, wanted: NewRepo, folder: Path | None = None) -> tuple[Path, bool]:
    """The folder that :func:`create_repository` would use, and whether it is no repository yet.

    Raises:
        CMError: as :func:`create_repository`, but for folders that cannot be written.
    """
    place = _place(session, wanted, folder)
    if has_meta(place):
        _check_registration(session, wanted, place)
        return place, False
    _check_no_file(place)
    meta = new_meta(alias=wanted.alias or place.name.lower(), uid=wanted.uid, prefix=wanted.prefix)
    check_repository(meta, session.repos.list(), place=place)
    return place, True


def _place(session: Session, wanted: NewRepo, folder: Path | None) -> Path:
    if folder is None:
        return session.home.repos_dir / check_alias(wanted.alias)
    return folder if wanted.alias else _enclosing_repository(folder) or folder


def _check_no_file(place: Path) -> None:
    if place.exists() and not place.is_dir():
        raise AlreadyExistsError(f"{place} is a file", hint="choose another folder with --path=DIR")


def _create(session: Session, wanted: NewRepo, place: Path) -> Repository:
    alias = wanted.alias or place.name.lower()
    check_alias(alias)
    if place.is_dir():
        return _create_in(session, wanted, place, alias)
    _check_no_file(place)
    if not place.is_relative_to(session.home.repos_dir):
        _make_folder(place)
        try:
            return _create_in(session, wanted, place, alias)
        except BaseException:
            place.rmdir()
            raise
    with staging_folder(session.home.repos_dir) as staging:
        work = staging / place.name
        _make_folder(work)
        meta = _write(wanted, work, alias)
        check_repository(meta, session.repos.list(), place=place)
        publish(session, work, place)
    return _register_new(session, place)


def _create_in(session: Session, wanted: NewRepo, place: Path, alias: str) -> Repository:
    """Turn an existing folder into a repository; on failure it stays as it was."""
    meta = _write(wanted, place, alias)
    try:
        check_repository(meta, session.repos.list(), place=place)
        return session.repos.add(place)
    except BaseException:
        (place / f"{REPO_META_NAME}.yaml").unlink(missing_ok=True)
        raise


def _write(wanted: NewRepo, folder: Path, alias: str) -> dict[str, Any]:
    return write_new_meta(
        folder, alias=alias, uid=wanted.uid, git=False, desc=wanted.desc, prefix=wanted.prefix
    )


def _register(session: Session, wanted: NewRepo, place: Path) -> Repository:
    _check_registration(session, wanted, place)
    return session.repos.add(place)


def _check_registration(session: Session, wanted: NewRepo, place: Path) -> None:
    meta = read_repo_meta(place)
    for key in ("alias", "uid", "prefix"):
        asked, there = getattr(wanted, key), str(meta.get(key) or "")
        if asked and asked.lower() != there.lower():
            raise CMError(
                f"{place} is a repository with the {key} '{there}', not '{asked}'",
                hint=f"leave out the {key}, or choose another folder with --path=DIR",
            )
    if any(repo.path == place for repo in session.repos.list()):
        raise AlreadyExistsError(f"{place} is already registered as '{meta['alias']}'")
    check_repository(meta, session.repos.list(), place=place)


def _register_new(session: Session, place: Path) -> Repository:
    for repo in session.repos.list():
        if repo.path == place:
            return repo
    raise NotFoundError(f"{place} was removed in the meantime")


def _enclosing_repository(folder: Path) -> Path | None:
    return next((place for place in (folder, *folder.parents) if has_meta(place)), None)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise_os_error("create", folder, error)
