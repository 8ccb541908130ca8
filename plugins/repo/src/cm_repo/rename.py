"""Give a repository another name."""

from __future__ import annotations

from cm_core import (
    REPO_META_NAME,
    CMError,
    Repository,
    RepositoryKind,
    Session,
    check_alias,
    check_names_free,
)
from cm_core.actions import check_changeable, write_identity
from cm_repo.git import is_clone
from cm_repo.inspect import one_repository
from cm_repo.staging import place_lock


def rename_repository(session: Session, name: str, new: str, *, dry_run: bool = False) -> Repository:
    """Write another alias into ``cmr.yaml``; the folder and the UID stay.

    Args:
        dry_run: only check whether that is possible.

    Returns:
        the repository as it is registered now.

    Raises:
        NotFoundError: when it is not registered.
        AlreadyExistsError: when another one has this name.
        CMError: when its name is not ours to choose.
    """
    repo = one_repository(session, name)
    check_changeable(repo, f"repository '{repo.alias}'")
    if repo.kind is RepositoryKind.LOCAL:
        raise CMError("the local repository keeps its name", hint="make another one: cm add repo NAME")
    if is_clone(repo.path):
        raise CMError(
            f"the name of '{repo.alias}' belongs to its git repository",
            hint=f"change 'alias' in {repo.path / REPO_META_NAME}.yaml and commit it",
        )
    check_alias(new)
    with place_lock(session, repo.path):
        check_names_free(new, "", (other for other in session.repos.list() if other.path != repo.path))
        if not dry_run:
            write_identity(repo.path, new, repo.uid, name=REPO_META_NAME)
    session.repos.forget()
    return one_repository(session, repo.uid)
