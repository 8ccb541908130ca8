"""The repositories of this machine for an image: recipes travel, the cache and histories do not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cm_core import CMError, NotFoundError, Repository, RepositoryKind, is_true
from cm_core.actions import clone_states
from cm_core.base import TravellingFiles, refuse_secrets, travelling_files, without_credentials
from cm_script import Dependencies

if TYPE_CHECKING:
    from cm_core import Session
    from cm_docker.job import ContainerJob

# Kinds of artifacts that hold results.
_RESULTS = frozenset({"cache", "experiment", "docker"})
# The user's configuration may hold tokens; what it says about scripts is part of the command.
_PRIVATE = frozenset({"cfg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TravellingRepository:
    """A repository in an image.

    Attributes:
        files: those of it that go along.
        origin: address and commit where git knows them, for people.
    """

    repository: Repository
    files: TravellingFiles
    origin: str = ""

    @property
    def label(self) -> str:
        """How labels and comments name it."""
        return f"{self.repository.alias}@{self.origin}" if self.origin else self.repository.alias

    @property
    def line(self) -> str:
        """How people read what goes along."""
        return self.files.line(self.repository.alias)


def travelling_repositories(session: Session, job: ContainerJob) -> tuple[TravellingRepository, ...]:
    """The repositories that a job needs or asks for, in search order; those inside distributions are wheels.

    Raises:
        NotFoundError: when one that is asked for is not registered.
        CMError: when a file looks like a secret, or git does not track the script.
    """
    pulled = {_alias_of(word) for word, _ in job.settings.pulled}
    wanted = {repo.path for repo in (*_needed(session, job), *_asked_for(session, job.settings.repos))}
    repos = [
        repo
        for repo in session.repos.list()
        # What is pulled in the image would find its place taken by a copy.
        if repo.path in wanted and repo.alias not in pulled and repo.kind is not RepositoryKind.SHIPPED
    ]
    files = {repo.path: _files_of(repo, job) for repo in repos}
    repos = [repo for repo in repos if files[repo.path].files]
    origins = _origins(session, [repo for repo in repos if (repo.path / ".git").exists()])
    return tuple(
        TravellingRepository(repository=repo, files=files[repo.path], origin=origins.get(repo.path, ""))
        for repo in repos
    )


def home_files(repositories: Sequence[TravellingRepository]) -> dict[str, bytes | Path]:
    """The home of an image, its repositories and their list: path inside it -> content or file.

    Raises:
        CMError: when a repository cannot be read.
    """
    names: list[str] = []
    files: dict[str, bytes | Path] = {}
    for travelling in repositories:
        repo = travelling.repository
        local = repo.kind is RepositoryKind.LOCAL
        # Each shared home has a local one, too.
        name = "local" if local else f"local-{repo.rank}" if repo.alias == "local" else repo.alias
        files |= {f"repos/{name}/{path}": repo.path / path for path in travelling.files.files}
        names += [] if local else [name]
    # The list of a home is oldest first, the search order the other way round.
    files["repos.json"] = f"{json.dumps(list(reversed(names)), indent=2)}\n".encode()
    return files


def _needed(session: Session, job: ContainerJob) -> list[Repository]:
    """The repositories of a script and of all that it may depend on, and those that these depend on."""
    dependencies = Dependencies(session)
    seen: set[Path] = set()
    waiting = [job.script.path]
    while waiting:
        folder = waiting.pop()
        if folder not in seen:
            seen.add(folder)
            waiting += [Path(target.folder) for need in dependencies.of(folder) for target in need.targets]
    repos = session.repos.list()
    needed = [repo for repo in repos if any(folder.is_relative_to(repo.path) for folder in seen)]
    for repo in needed:  # It grows.
        names = set(_dependencies_of(repo))
        needed += [other for other in repos if {other.alias, other.uid} & names and other not in needed]
    return needed


def _dependencies_of(repo: Repository) -> Iterator[str]:
    entries = repo.meta.get("deps")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and not is_true(entry.get("conflict")):
            yield from (str(entry[key]) for key in ("alias", "uid") if entry.get(key))


def _asked_for(session: Session, names: Sequence[str]) -> Iterator[Repository]:
    repos = session.repos.list()
    for name in names:
        found = [repo for repo in repos if name in (repo.alias, repo.uid, "all")]
        if not found and name != "all":
            raise NotFoundError(f"there is no repository '{name}'", hint="see: cm find repo")
        yield from found


def _alias_of(word: str) -> str:
    """The name that ``cm pull repo WORD`` registers: the last two parts of a URL."""
    path = urlsplit(word).path if "://" in word else word.partition(":")[2] or word
    return "@".join(path.strip("/").removesuffix(".git").split("/")[-2:])


def _files_of(repo: Repository, job: ContainerJob) -> TravellingFiles:
    """The files of a repository that travel."""
    settings = job.settings
    inside = repo.root.relative_to(repo.path)
    kinds = _RESULTS | _PRIVATE if repo.alias == "local" else _RESULTS
    without = {(inside / kind).as_posix() for kind in kinds}
    found = travelling_files(repo.path, untracked=settings.with_untracked, without=without)
    if not settings.with_secrets:
        refuse_secrets(repo.path, found.files, flag="docker_with_secrets")
    if job.script.repo.path == repo.path:
        place = f"{job.script.path.relative_to(repo.path).as_posix()}/"
        if not any(name.startswith(place) for name in found.files):
            raise CMError(
                f"git does not track the script in {job.script.path}, so it would be missing in the image",
                hint=f"git -C {repo.path} add {place}, or add --docker_with_untracked",
            )
    return found


def _origins(session: Session, clones: Sequence[Repository]) -> dict[Path, str]:
    listed = clone_states(session, [repo.uid for repo in clones])
    return {Path(clone["path"]): "".join(_origin(clone)) for clone in listed}


def _origin(clone: dict[str, object]) -> Iterator[str]:
    yield str(clone.get("commit") or "")
    if clone.get("changed_files"):
        yield f" with {clone['changed_files']} changed files"
    if clone.get("url"):
        yield f" of {without_credentials(str(clone['url']))}"
