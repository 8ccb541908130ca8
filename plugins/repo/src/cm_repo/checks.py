"""What must hold before a folder becomes a repository of this home."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cm_core import (
    REPO_META_NAME,
    CMError,
    MetaError,
    ObjectRef,
    Repository,
    VersionBounds,
    check_alias,
    check_names_free,
    frozen,
    is_true,
    is_uid,
    new_uid,
    read_meta,
    write_meta,
)
from cm_repo.metakeys import MIN_CM_VERSION

# Repositories state which release of the original they need; this is the one whose behaviour we follow.
FOLLOWED_VERSION = "4.2.0"


@frozen
class RepoDependency:
    """An entry of ``deps`` in ``cmr.yaml``: a repository that must, or must not, be registered.

    Attributes:
        name: what to type after ``cm pull repo``.
        conflict: whether the two cannot be registered together.
    """

    ref: ObjectRef
    name: str
    conflict: bool


def has_meta(folder: Path) -> bool:
    """Whether a folder is the top of a repository."""
    return any((folder / f"{REPO_META_NAME}{suffix}").exists() for suffix in (".yaml", ".json"))


def read_repo_meta(folder: Path) -> dict[str, Any]:
    """The metadata of a repository, with alias and UID checked.

    Raises:
        NotFoundError: when there is none.
        MetaError: when it is malformed.
    """
    meta = read_meta(folder, REPO_META_NAME)
    for key in ("alias", "uid"):
        if not isinstance(meta.get(key), str) or not meta[key]:
            raise MetaError(f"{folder / REPO_META_NAME}.yaml needs '{key}' as text")
        if not meta[key].isprintable():
            raise MetaError(f"'{key}' in {folder / REPO_META_NAME}.yaml holds control characters")
    return meta


def write_new_meta(folder: Path, **content: Any) -> dict[str, Any]:
    """Create ``cmr.yaml`` with what :func:`new_meta` says.

    Raises:
        UsageError, MetaError: as :func:`new_meta`.
    """
    meta = new_meta(**content)
    write_meta(folder, meta, as_yaml=True, name=REPO_META_NAME)
    return meta


def new_meta(*, alias: str, uid: str = "", **more: object) -> dict[str, Any]:
    """The metadata of a new repository; keys of ``more`` that are empty text are left out.

    Raises:
        UsageError: when alias or prefix is not a plain name.
        MetaError: when the UID is none.
    """
    check_alias(alias)
    if uid and not is_uid(uid):
        raise MetaError(f"'{uid}' is not a UID", hint="a UID is 16 hexadecimal digits; see: cm uid core")
    check_prefix(more.get("prefix"))
    meta: dict[str, Any] = {"alias": alias, "uid": uid.lower() or new_uid()}
    return meta | {key: value for key, value in more.items() if value != ""}


def check_repository(
    meta: Mapping[str, Any], registered: Iterable[Repository], *, place: Path | None = None
) -> None:
    """Check a repository against this toolkit and against the registered ones.

    Args:
        place: where it is or will be; an entry for the same folder is no duplicate.

    Raises:
        CMError: when it needs a newer toolkit or conflicts with a registered repository.
        AlreadyExistsError: when its alias or UID belongs to another one.
        MetaError: when ``deps`` or ``min_cm_version`` is malformed.
    """
    check_version(meta)
    check_prefix(meta.get("prefix"))
    others = [repo for repo in registered if repo.path != place]
    alias = str(meta["alias"])
    check_names_free(alias, str(meta["uid"]), others)
    for repo in others:
        for one, name, other in ((meta, alias, repo.meta), (repo.meta, repo.alias, meta)):
            if _conflicts(one, other):
                raise CMError(
                    f"repository '{name}' says that it conflicts with '{other['alias']}'",
                    hint=f"remove the registered one first: cm rm repo {repo.alias}",
                )


def check_prefix(prefix: object) -> None:
    """Refuse a folder for artifacts that is not inside the repository.

    Raises:
        UsageError: naming the part that cannot be a folder name.
    """
    text = str(prefix or "").rstrip("/")
    for part in text.split("/") if text else ():
        check_alias(part)


def check_version(meta: Mapping[str, Any]) -> None:
    """Refuse a repository written for a newer toolkit.

    Raises:
        CMError: naming both versions.
        MetaError: when the needed version is not dotted numbers.
    """
    wanted = MIN_CM_VERSION.of(meta, f"repository '{meta['alias']}'")
    if not wanted:
        return
    if not re.fullmatch(r"\d+(\.\d+)*", wanted):
        raise MetaError(f"'min_cm_version' of repository '{meta['alias']}' is not a version: {wanted}")
    if not VersionBounds(maximum=FOLLOWED_VERSION).accepts(wanted):
        raise CMError(
            f"repository '{meta['alias']}' needs CM {wanted}, but this toolkit follows CM {FOLLOWED_VERSION}",
            hint="upgrade cm-automation, or pull an older version with --checkout=TAG",
        )


def dependencies_of(meta: Mapping[str, Any]) -> tuple[RepoDependency, ...]:
    """The entries of ``deps``.

    Raises:
        MetaError: when one has another shape.
    """
    entries = meta.get("deps") or []
    found = []
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or not (entry.get("alias") or entry.get("uid")):
            raise MetaError(f"'deps' of repository '{meta['alias']}' must list repositories by alias and uid")
        alias, uid = str(entry.get("alias") or ""), str(entry.get("uid") or "").lower()
        conflict = is_true(entry.get("conflict"))
        found.append(
            RepoDependency(ref=ObjectRef(alias=alias, uid=uid), name=alias or uid, conflict=conflict)
        )
    return tuple(found)


def missing_dependencies(
    meta: Mapping[str, Any], registered: Iterable[Repository]
) -> tuple[RepoDependency, ...]:
    """The repositories that this one needs and that are not registered."""
    known = list(registered)
    return tuple(
        wanted
        for wanted in dependencies_of(meta)
        if not wanted.conflict and not any(wanted.ref.matches(repo.alias, repo.uid) for repo in known)
    )


def _conflicts(meta: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(
        entry.conflict and entry.ref.matches(str(other["alias"]), str(other["uid"]))
        for entry in dependencies_of(meta)
    )
