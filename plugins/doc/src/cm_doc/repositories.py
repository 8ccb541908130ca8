"""Where the repositories of recipes come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cm_core import Request
from cm_doc.facts import RepositoryState

if TYPE_CHECKING:
    from cm_core import Repository, Session


def repository_states(session: Session, repos: Iterable[Repository]) -> tuple[RepositoryState, ...]:
    """The state of each repository once, in the given order; git is asked about clones."""
    unique = {repo.path: repo for repo in repos}
    clones = _clones(session, list(unique.values()))
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


def _clones(session: Session, repos: list[Repository]) -> dict[str, dict[str, Any]]:
    """Path -> what the plugin of repositories says about a clone; nothing where it is not installed."""
    if not repos or session.plugins.find_action("get", "repo") is None:
        return {}
    uids = [repo.uid for repo in repos]
    request = Request(action="get", automation="repo", artifact=uids[0], artifacts=tuple(uids[1:]))
    return {clone["path"]: clone for clone in session.call(request).data["list"]}
