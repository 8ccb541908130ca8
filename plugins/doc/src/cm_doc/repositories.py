"""Where the repositories of recipes come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.actions import clone_states
from cm_doc.facts import RepositoryState

if TYPE_CHECKING:
    from cm_core import Repository, Session


def repository_states(session: Session, repos: Iterable[Repository]) -> tuple[RepositoryState, ...]:
    """The state of each repository once, in the given order; git is asked about clones."""
    unique = {repo.path: repo for repo in repos}
    listed = clone_states(session, [repo.uid for repo in unique.values()])
    clones = {clone["path"]: clone for clone in listed}
    states = []
    for path, repo in unique.items():
        clone = clones.get(str(path), {})
        states.append(
            RepositoryState(
                alias=repo.alias,
                uid=repo.uid,
                kind=repo.kind.name.lower(),
                url=str(clone.get("url") or ""),
                branch=str(clone.get("branch") or ""),
                commit=str(clone.get("commit") or ""),
                changed_files=int(clone.get("changed_files") or 0),
            )
        )
    return tuple(states)
