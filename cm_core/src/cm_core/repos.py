"""The registered repositories and their search order."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cm_core.base.frozen import replace
from cm_core.base.fsio import atomic_write_json, os_error_hint, settled_mtime
from cm_core.base.locks import file_lock
from cm_core.errors import AlreadyExistsError, CMError, MetaError, NotFoundError
from cm_core.home import LOCAL_NAME, LOCAL_UID, Home
from cm_core.meta import read_meta
from cm_core.model.artifact import Repository, RepositoryKind
from cm_core.model.identity import ObjectRef
from cm_core.sharedhomes import named_homes, shared_homes

REPO_META_NAME = "cmr"
# Remembers parsed files: a file, its signature, and what reads it when that is another one than before.
Remember = Callable[[Path, str, Callable[[], Any]], Any]


class RepoSet:
    """All repositories of a home: local first, then registered ones (latest first), then shipped ones.

    Those of shared homes come before the shipped ones. The list is read once and kept until :meth:`forget`,
    which the session calls before each request.

    Args:
        shipped: folders inside distributions, from the hook ``cm_register_repositories``.
        remember: remembers parsed ``cmr.yaml`` files.
        warn: receives one sentence for each registered path that cannot be used.
        env: names shared homes, see :mod:`cm_core.sharedhomes`.
    """

    def __init__(
        self,
        home: Home,
        *,
        shipped: Sequence[Path],
        remember: Remember,
        warn: Callable[[str], None],
        env: Mapping[str, str],
    ) -> None:
        self._home = home
        self._shipped = tuple(shipped)
        self._remember = remember
        self._warn = warn
        self._env = env
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

    def listed(self) -> tuple[Repository, ...]:
        """The same for people: with the local one also while nobody has put anything there."""
        known = self.list()
        if any(repo.kind is RepositoryKind.LOCAL for repo in known):
            return known
        meta = {"alias": "local", "uid": LOCAL_UID, "name": LOCAL_NAME}
        path, kind = self._home.local_repo, RepositoryKind.LOCAL
        return (Repository(path=path, alias="local", uid=LOCAL_UID, meta=meta, kind=kind), *known)

    def find(self, ref: ObjectRef) -> tuple[Repository, ...]:
        """The repositories of this alias or UID, in search order; our own hides one of a shared home."""
        found = tuple(repo for repo in self.list() if ref.matches(repo.alias, repo.uid))
        if ref.has_wildcard or not any(repo.is_own for repo in found):
            return found
        return tuple(repo for repo in found if repo.home is None)

    def get(self, ref: ObjectRef) -> Repository:
        """The one repository of this alias or UID; the local one is created when it is missing.

        Raises:
            NotFoundError: when there is none; the first in search order wins when there are several.
        """
        if not ref.is_empty and ref.matches("local", LOCAL_UID):
            return self.local
        if found := self.find(ref):
            return found[0]
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
                if repo.path == added.path and repo.home is None:
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
        return registered_in(self._home)

    def named_shared_homes(self) -> tuple[Path, ...]:
        """The folders of the shared homes that variable or setting name, whether they can be used or not.

        Raises:
            CMError: when the setting cannot be read.
        """
        return named_homes(self._home, self._env, self._kept)

    def _kept(self, folder: Path, name: str, read: Callable[[], Any]) -> Any:
        return self._remember(folder / name, meta_signature(folder, name), read)

    def _collect(self) -> Sequence[Repository]:
        self._home.check_readable()
        local = self._home.local_repo
        places: dict[Path, RepositoryKind] = {}
        if (local / f"{REPO_META_NAME}.yaml").exists() or (local / f"{REPO_META_NAME}.json").exists():
            places[local] = RepositoryKind.LOCAL
        for path in reversed(registered_in(self._home, self._warn)):
            if path != local:
                places.setdefault(path, RepositoryKind.REGISTERED)
        repos = [repo for path, kind in places.items() for repo in self._read_or_warn(path, kind)]
        repos += self._shared(repos)
        for path in self._shipped:
            if path not in places:
                repos += self._read_or_warn(path, RepositoryKind.SHIPPED)
        return tuple(replace(repo, rank=rank) for rank, repo in enumerate(repos))

    def _shared(self, own: Sequence[Repository]) -> Iterator[Repository]:
        """The repositories of shared homes, without those that are registered here or in an earlier one."""
        known = {repo.path for repo in own} | {repo.uid.lower() for repo in own if repo.uid != LOCAL_UID}
        for home in shared_homes(self._home, self._env, self._kept, self._warn):
            for path in (home.local_repo, *reversed(registered_in(home, self._warn))):
                # What is missing or damaged there cannot be mended here; `cm doctor` names it.
                with contextlib.suppress(CMError, OSError):
                    repo = replace(self._read(path, RepositoryKind.SHARED), home=home.path)
                    if repo.path not in known and repo.uid.lower() not in known:
                        known |= {repo.path} if repo.uid == LOCAL_UID else {repo.path, repo.uid.lower()}
                        yield repo

    def _read_or_warn(self, path: Path, kind: RepositoryKind) -> Sequence[Repository]:
        try:
            return [self._read(path, kind)]
        except CMError as error:
            self._warn(f"repository {path} is ignored: {error}")
            return []

    def _read(self, path: Path, kind: RepositoryKind) -> Repository:
        if not path.is_dir():
            raise NotFoundError("the folder does not exist (an unmounted disk?)")
        meta = self._kept(path, REPO_META_NAME, lambda: read_meta(path, REPO_META_NAME))
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


def registered_in(home: Home, warn: Callable[[str], None] | None = None) -> tuple[Path, ...]:
    """What the ``repos.json`` of a home lists, as absolute paths, oldest first.

    Args:
        warn: receives the error of a damaged file, which then counts as empty.

    Raises:
        CMError: when the file is damaged and ``warn`` is not given.
    """
    try:
        entries: Any = json.loads(home.repos_json.read_bytes())
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise ValueError("it must be a list of paths")  # noqa: TRY301
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        useless = _useless_list(home.repos_json, error)
        if warn is None:
            raise useless from error
        warn(f"{useless}; registered repositories are ignored")
        return ()
    return tuple(home.repos_dir / entry for entry in entries)


def _useless_list(path: Path, error: OSError | ValueError) -> CMError:
    if isinstance(error, OSError):
        return CMError(f"{path} cannot be read: {error.strerror or error}", hint=os_error_hint(error))
    return CMError(
        f"{path} is damaged: {error}",
        hint='repair it (a JSON list such as ["/path/to/repo"]), or remove it and register again',
    )


def check_names_free(alias: str, uid: str, registered: Iterable[Repository]) -> None:
    """Refuse a second repository with the same alias or UID.

    One of a shared home is hidden by one of ours.

    Raises:
        AlreadyExistsError: naming the one that is registered.
    """
    for repo in registered:
        if repo.home is None and (repo.alias.lower() == alias.lower() or repo.uid.lower() == uid.lower()):
            raise AlreadyExistsError(
                f"a repository '{repo.alias},{repo.uid}' is already registered at {repo.path}",
                hint=f"remove it first: cm rm repo {repo.alias}",
            )


def meta_signature(folder: Path, name: str) -> str:
    """Changes whenever ``NAME.yaml`` or ``NAME.json`` does; ``""`` when one may change again unnoticed."""
    parts = []
    seen_at = time.time_ns()
    for suffix in (".yaml", ".json"):
        try:
            status = (folder / f"{name}{suffix}").stat()
            if settled_mtime(status.st_mtime_ns, seen_at) != status.st_mtime_ns:
                return ""
            parts.append(f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}")
        except OSError:
            parts.append("-")
    return ":".join(parts)
