"""Take repositories off the list, and their content off the disk when that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cm_core import CMError, NotFoundError, ObjectRef, Repository, RepositoryKind, Session, UsageError, frozen
from cm_core.base import find_program, remove_tree, sweep
from cm_repo.git import Git, is_clone
from cm_repo.staging import place_lock


@frozen
class Removal:
    """What is to happen: content removed or kept; ``force`` asks no questions."""

    with_content: bool = False
    force: bool = False


def remove_repositories(session: Session, names: Sequence[str], removal: Removal) -> tuple[Repository, ...]:
    """Unregister the named repositories and, when asked for, remove their content.

    Args:
        names: aliases, UIDs, wildcards or registered paths. Wildcards pass over protected repositories.

    Returns:
        What was removed; what the person wanted to keep is not among them.

    Raises:
        UsageError: when no name is given.
        NotFoundError: when a name means nothing.
        CMError: for the local repository and those that ship with the toolkit or a plugin.
        InteractionError: when consent is needed and nobody can answer.
    """
    removed = []
    for found in repositories_to_remove(session, names, removal):
        if removal.force or session.interaction.confirm(_question(session, found, removal)):
            _remove(session, found, removal)
            removed.append(found)
    if removed:
        session.index.refresh()
    return tuple(removed)


def repositories_to_remove(session: Session, names: Sequence[str], removal: Removal) -> list[Repository]:
    """The repositories that :func:`remove_repositories` would ask about.

    Raises:
        CMError: as :func:`remove_repositories`.
    """
    if not names:
        raise UsageError("no repository to remove was given", hint="use: cm rm repo NAME; see: cm show repo")
    chosen: dict[Path, Repository] = {}
    for repo in (repo for name in names for repo in _chosen(session, name)):
        chosen.setdefault(repo.path, repo)
    for repo in chosen.values():
        if removal.with_content:
            _check_content(session, repo)
    return list(chosen.values())


def _chosen(session: Session, name: str) -> tuple[Repository, ...]:
    if (path := Path(name)).is_absolute() and path in session.repos.registered_paths():
        # The way to forget a folder that is gone or damaged, and so has no alias any more.
        known = tuple(repo for repo in session.repos.list() if repo.path == path)
        return known or (Repository(path=path, alias=path.name, uid="", meta={}),)
    ref = ObjectRef.parse(name)
    found = session.repos.find(ref) if not ref.is_empty else ()
    free = tuple(repo for repo in found if repo.kind is RepositoryKind.REGISTERED)
    if found and not free:
        kind = "holds everything of this machine"
        if found[0].kind is RepositoryKind.SHIPPED:
            kind = "ships with the toolkit or a plugin"
        if found[0].home is not None:
            kind = f"is in the shared home {found[0].home}, which is only read,"
        raise CMError(f"repository '{found[0].alias}' {kind} and cannot be removed")
    if len(free) > 1 and not ref.has_wildcard:
        raise CMError(f"more than one repository is called '{name}'", hint="use its UID; see: cm show repo")
    if not free:
        raise NotFoundError(f"repository '{name}' is not registered", hint="see: cm show repo")
    return free


def _check_content(session: Session, repo: Repository) -> None:
    """Refuse to remove a folder that holds more than the repository."""
    precious = [session.home.path, Path.home(), *(other.path for other in session.repos.list())]
    for path in precious:
        if path != repo.path and path.resolve().is_relative_to(repo.path.resolve()):
            raise CMError(
                f"refusing to remove {repo.path}: it contains {path}",
                hint=f"unregister it only: cm rm repo {repo.alias}",
            )
    if repo.path.resolve() in (session.home.path.resolve(), Path.home().resolve()):
        raise CMError(f"refusing to remove {repo.path}: it is more than a repository")


def _question(session: Session, repo: Repository, removal: Removal) -> str:
    if not removal.with_content:
        return f"unregister repository '{repo.alias}' (its content stays in {repo.path})?"
    return f"remove repository '{repo.alias}' and all content of {repo.path}{_unsaved_work(session, repo)}?"


def _unsaved_work(session: Session, repo: Repository) -> str:
    """What only this clone holds, as part of the question."""
    if not is_clone(repo.path) or find_program("git", session.env) is None:
        return ""
    git = Git(session.env)
    try:
        files, commits = git.changed_files(repo.path), git.unpublished_commits(repo.path)
    except CMError as error:
        return f" (whether it has unsaved work is unknown: {error})"
    parts = [
        f"{number} {what}" for number, what in ((files, "changed files"), (commits, "own commits")) if number
    ]
    return f" with {' and '.join(parts)}" if parts else ""


def _remove(session: Session, repo: Repository, removal: Removal) -> None:
    with place_lock(session, repo.path):
        session.repos.remove(repo.path)
        if not removal.with_content or not repo.path.exists():
            return
        remove_tree(repo.path, inside=repo.path.parent)
        sweep(repo.path.parent)
