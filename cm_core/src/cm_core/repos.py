"""The registered repositories and their search order."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from cm_core.base.frozen import replace
from cm_core.base.fsio import atomic_write_json, settled_mtime
from cm_core.base.locks import file_lock
from cm_core.errors import AlreadyExistsError, CMError, MetaError, NotFoundError
from cm_core.home import LOCAL_UID, Home
from cm_core.meta import read_meta
from cm_core.model.artifact import Repository, RepositoryKind
from cm_core.model.identity import ObjectRef

REPO_META_NAME = "cmr"
# Remembers parsed files: a file, its signature, and what reads it when that is another one than before.
Remember = Callable[[Path, str, Callable[[], Any]], Any]


class RepoSet:
    """All repositories of a home: local first, then registered ones (latest first), then shipped ones.

    The list is read once and kept until :meth:`forget`, which the session calls before each request.

    Args:
        shipped: folders inside distributions, from the hook ``cm_register_repositories``.
        remember: remembers parsed ``cmr.yaml`` files.
        warn: receives one sentence for each registered path that cannot be used.
    """

    def __init__(
        self, home: Home, *, shipped: Sequence[Path], remember: Remember, warn: Callable[[str], None]
    ) -> None:
        self._home = home
        self._shipped = tuple(shipped)
        self._remember = remember
        self._warn = warn
        self._known: tuple[Repository, ...] | None = None

    def forget(self) -> None:
        """Read ``repos.json`` again at the next use."""
        self._known = None

    def list(self) -> tuple[Repository, ...]:
        """All usable repositories in search order.

        What cannot be used is one warning: a registered path that is missing (an unmounted disk, say) and
        stays registered, or a damaged ``repos.json``, which only :meth:`add` and :meth:`remove` refuse.
        """
        if self._known is None:
            self._known = tuple(self._collect())
        return self._known

    def find(self, ref: ObjectRef) -> tuple[Repository, ...]:
        """The repositories of this alias or UID, in search order."""
        return tuple(repo for repo in self.list() if ref.matches(repo.alias, repo.uid))

    def get(self, ref: ObjectRef) -> Repository:
        """The one repository of this alias or UID; the local one is created when it is missing.

        Raises:
            NotFoundError: when there is none; the first in search order wins when there are several.
        """
        if found := self.find(ref):
            return found[0]
        if not ref.is_empty and ref.matches("local", LOCAL_UID):
            return self.local
        raise NotFoundError(f"repository '{ref}' is not registered", hint="see: cm show repo")

    @property
    def local(self) -> Repository:
        """The repository of this machine, created when it is missing."""
        self._home.ensure()
        for _ in range(2):
            if (first := next(iter(self.list()), None)) and first.kind is RepositoryKind.LOCAL:
                return first
            self.forget()
        return self._read(self._home.local_repo, RepositoryKind.LOCAL)  # raises what is wrong with it

    def containing(self, path: Path) -> Repository | None:
        """The repository in which a path lies, the innermost one."""
        resolved = path.resolve()
        inside = [repo for repo in self.list() if resolved.is_relative_to(repo.path.resolve())]
        return max(inside, key=lambda repo: len(repo.path.parts), default=None)

    def add(self, path: Path) -> Repository:
        """Register a folder that has ``cmr.yaml``.

        Raises:
            AlreadyExistsError: when the folder, its alias or its UID is registered.
            MetaError: when ``cmr.yaml`` lacks alias or UID.
        """
        self._home.ensure()
        with file_lock(self._home.locks_dir / "repos.lock"):
            self.forget()
            # Links stay as they are named, so no resolve().
            added = self._read(Path(os.path.abspath(path)), RepositoryKind.REGISTERED)  # noqa: PTH100
            before = [other for other in self.registered_paths() if other != added.path]
            for repo in self.list():
                if repo.path == added.path:
                    raise AlreadyExistsError(f"repository {path} is already registered as '{repo.alias}'")
            check_names_free(added.alias, added.uid, self.list())
            self._write([*before, added.path])
            self.forget()
        return next(repo for repo in self.list() if repo.path == added.path)

    def remove(self, path: Path) -> None:
        """Take a folder off the list; its content stays.

        Raises:
            NotFoundError: when it is not registered.
        """
        with file_lock(self._home.locks_dir / "repos.lock"):
            paths = self.registered_paths()
            if path not in paths:
                raise NotFoundError(f"{path} is not a registered repository")
            self._write([other for other in paths if other != path])
            self.forget()

    def registered_paths(self) -> tuple[Path, ...]:
        """What ``repos.json`` lists, as absolute paths, oldest first.

        Raises:
            CMError: when the file is damaged.
        """
        try:
            entries: Any = json.loads(self._home.repos_json.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise self._damaged_error(str(error)) from error
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise self._damaged_error("it must be a list of paths")
        return tuple(self._home.repos_dir / entry for entry in entries)

    def _collect(self) -> Sequence[Repository]:
        self._home.check_readable()
        local = self._home.local_repo
        places: dict[Path, RepositoryKind] = {}
        if (local / f"{REPO_META_NAME}.yaml").exists() or (local / f"{REPO_META_NAME}.json").exists():
            places[local] = RepositoryKind.LOCAL
        try:
            for path in reversed(self.registered_paths()):
                if path != local:
                    places.setdefault(path, RepositoryKind.REGISTERED)
        except CMError as error:
            self._warn(f"{error}; registered repositories are ignored")
        for path in self._shipped:
            places.setdefault(path, RepositoryKind.SHIPPED)
        repos = [repo for path, kind in places.items() for repo in self._read_or_warn(path, kind)]
        return tuple(replace(repo, rank=rank) for rank, repo in enumerate(repos))

    def _read_or_warn(self, path: Path, kind: RepositoryKind) -> Sequence[Repository]:
        try:
            return [self._read(path, kind)]
        except CMError as error:
            self._warn(f"repository {path} is ignored: {error}")
            return []

    def _read(self, path: Path, kind: RepositoryKind) -> Repository:
        if not path.is_dir():
            raise NotFoundError("the folder does not exist (an unmounted disk?)")
        signature = meta_signature(path)
        meta = self._remember(path, signature, lambda: read_meta(path, REPO_META_NAME))
        alias, uid = meta.get("alias"), meta.get("uid")
        if not isinstance(alias, str) or not isinstance(uid, str) or not alias or not uid:
            raise MetaError(f"{path / REPO_META_NAME}.yaml needs 'alias' and 'uid' as text")
        prefix = Path(str(meta.get("prefix") or ""))
        if prefix.anchor or ".." in prefix.parts:
            raise MetaError(
                f"{path / REPO_META_NAME}.yaml: 'prefix' must name a folder inside the repository"
            )
        return Repository(path=path, alias=alias, uid=uid, meta=meta, kind=kind)

    def _write(self, paths: Sequence[Path]) -> None:
        atomic_write_json(self._home.repos_json, [str(path) for path in paths])

    def _damaged_error(self, why: str) -> CMError:
        return CMError(
            f"{self._home.repos_json} is damaged: {why}",
            hint='repair it (a JSON list such as ["/path/to/repo"]), or remove it and register again',
        )


def check_names_free(alias: str, uid: str, registered: Iterable[Repository]) -> None:
    """Refuse a second repository with the same alias or UID.

    Raises:
        AlreadyExistsError: naming the one that is registered.
    """
    for repo in registered:
        if repo.alias.lower() == alias.lower() or repo.uid.lower() == uid.lower():
            raise AlreadyExistsError(
                f"a repository '{repo.alias},{repo.uid}' is already registered at {repo.path}",
                hint=f"remove it first: cm rm repo {repo.alias}",
            )


def meta_signature(folder: Path) -> str:
    """Changes whenever ``cmr.yaml`` or ``cmr.json`` does; ``""`` when one may change again unnoticed."""
    parts = []
    seen_at = time.time_ns()
    for suffix in (".yaml", ".json"):
        try:
            status = (folder / f"{REPO_META_NAME}{suffix}").stat()
            if settled_mtime(status.st_mtime_ns, seen_at) != status.st_mtime_ns:
                return ""
            parts.append(f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}")
        except OSError:
            parts.append("-")
    return ":".join(parts)
