"""The repositories of this machine for an image: recipes travel, the cache and histories do not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Repository, RepositoryKind
from cm_core.actions import clone_states
from cm_core.base import find_program, raise_os_error, run_command, without_credentials

if TYPE_CHECKING:
    from cm_core import Session

# What no run needs: histories, what tools leave, and kinds of artifacts that hold results.
_LEFT_OUT = frozenset({".git", "__pycache__", ".venv", "node_modules"})
_RESULTS = frozenset({"cache", "experiment", "docker"})
# The user's configuration may hold tokens; what it says about scripts is part of the command.
_PRIVATE = frozenset({"cfg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TravellingRepository:
    """A repository in an image.

    Attributes:
        origin: address and commit where git knows them, for people.
    """

    repository: Repository
    origin: str = ""

    @property
    def line(self) -> str:
        """How labels and comments name it."""
        return f"{self.repository.alias}@{self.origin}" if self.origin else self.repository.alias


def travelling_repositories(session: Session) -> tuple[TravellingRepository, ...]:
    """All repositories but those inside distributions and empty ones, in search order."""
    repos = [
        repo
        for repo in session.repos.list()
        if repo.kind is not RepositoryKind.SHIPPED and not _is_empty(repo)
    ]
    origins = _origins(session, [repo for repo in repos if (repo.path / ".git").exists()])
    return tuple(TravellingRepository(repository=repo, origin=origins.get(repo.path, "")) for repo in repos)


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
        files |= {f"repos/{name}/{path}": repo.path / path for path in _files_of(repo)}
        names += [] if local else [name]
    # The list of a home is oldest first, the search order the other way round.
    files["repos.json"] = f"{json.dumps(list(reversed(names)), indent=2)}\n".encode()
    return files


def _unneeded_kinds(repo: Repository) -> frozenset[str]:
    return _RESULTS | _PRIVATE if repo.alias == "local" else _RESULTS


def _is_empty(repo: Repository) -> bool:
    unneeded = _LEFT_OUT | _unneeded_kinds(repo)
    try:
        return not any(path.is_dir() and path.name not in unneeded for path in repo.root.iterdir())
    except OSError:
        return False  # Copying it says what is wrong.


def _files_of(repo: Repository) -> list[str]:
    """The files of a repository that travel, as paths inside it, sorted."""
    listed = _tracked_files(repo.path)
    if listed is None:
        return sorted(_walk_files(repo))
    inside = repo.root.relative_to(repo.path)
    private = tuple(f"{(inside / kind).as_posix()}/" for kind in _unneeded_kinds(repo))
    return sorted(path for path in listed if not path.startswith(private))


def _walk_files(repo: Repository) -> Iterator[str]:
    at_top = _LEFT_OUT | _unneeded_kinds(repo)

    def fail(error: OSError) -> None:
        raise_os_error("read", repo.path, error)

    for folder, folders, files in os.walk(repo.path, onerror=fail):
        place = Path(folder)
        unneeded = at_top if place == repo.root else _LEFT_OUT
        links = [name for name in folders if (place / name).is_symlink()]
        folders[:] = [name for name in folders if name not in unneeded and name not in links]
        for name in (*files, *links):
            yield (place / name).relative_to(repo.path).as_posix()


def _tracked_files(source: Path) -> list[str] | None:
    """The files that git tracks or would track; ``None`` where git does not help."""
    if not (source / ".git").exists() or find_program("git") is None:
        return None
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = run_command(words, cwd=source, check=False)
    if done.status != 0:
        return None
    # One may be gone since it was tracked; submodules are folders.
    names = [name for name in done.stdout.split("\0") if name]
    return [name for name in names if (source / name).is_symlink() or (source / name).is_file()]


def _origins(session: Session, clones: Sequence[Repository]) -> dict[Path, str]:
    listed = clone_states(session, [repo.uid for repo in clones])
    return {Path(clone["path"]): "".join(_origin(clone)) for clone in listed}


def _origin(clone: dict[str, object]) -> Iterator[str]:
    yield str(clone.get("commit") or "")
    if clone.get("changed_files"):
        yield f" with {clone['changed_files']} changed files"
    if clone.get("url"):
        yield f" of {without_credentials(str(clone['url']))}"
