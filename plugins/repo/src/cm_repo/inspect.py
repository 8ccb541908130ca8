"""Look at repositories: list them, say where they are and where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cm_core import (
    AmbiguousError,
    CMError,
    NotFoundError,
    ObjectRef,
    Repository,
    RepositoryKind,
    Session,
    frozen,
)
from cm_core.base import find_program
from cm_repo.git import CloneState, Git, is_clone

_NO_STATE = CloneState(url="", branch="", commit="")
# Of the original, inside its package.
_INTERNAL = "internal"


@frozen
class Clone:
    """A repository that is a git clone, and the command that makes another one like it.

    Attributes:
        changed_files: how many files differ from the commit, new ones included.
    """

    repo: Repository
    state: CloneState
    changed_files: int = 0

    @property
    def command(self) -> str:
        """What to type on another machine."""
        words = ["cm pull repo", self.state.url]
        if self.state.branch:
            words.append(f"--branch={self.state.branch}")
        return " ".join(words)

    def to_json(self) -> dict[str, Any]:
        """The facts for programs."""
        return {
            "alias": self.repo.alias,
            "uid": self.repo.uid,
            "path": str(self.repo.path),
            "url": self.state.url,
            "branch": self.state.branch,
            "commit": self.state.commit,
            "changed_files": self.changed_files,
            "cmd": self.command,
        }


def find_repositories(session: Session, names: Sequence[str] = ()) -> list[Repository]:
    """The repositories that the names or wildcards mean, all without names, in search order."""
    refs = [ObjectRef.parse(name) for name in names]
    return [
        repo
        for repo in session.repos.listed()
        if not refs or any(ref.matches(repo.alias, repo.uid) for ref in refs)
    ]


def one_repository(session: Session, name: str) -> Repository:
    """The one repository of this name.

    Raises:
        NotFoundError: when there is none.
        AmbiguousError: when there are several.
    """
    found = (session.repos.find(ObjectRef.parse(name)) or find_repositories(session, (name,))) if name else ()
    if not found:
        hint = "see: cm show repo"
        if name == _INTERNAL:
            hint = (
                f"what ships with the toolkit is in: {', '.join(_shipped(session))}; see: cm find automation"
            )
        raise NotFoundError(f"repository '{name}' is not registered", hint=hint)
    if len(found) > 1:
        raise AmbiguousError(
            f"'{name}' matches several repositories",
            candidates=[f"{repo.alias},{repo.uid}" for repo in found],
            hint="use the UID",
        )
    return found[0]


def _shipped(session: Session) -> list[str]:
    return [repo.alias for repo in session.repos.list() if repo.kind is RepositoryKind.SHIPPED]


def clone_state(session: Session, repo: Repository) -> CloneState:
    """Where a clone stands; all empty when it is none or git is not installed.

    Where git refuses to tell, that is a warning: one clone must not hide the others.
    """
    if not is_clone(repo.path) or find_program("git", session.env) is None:
        return _NO_STATE
    try:
        return Git(session.env).state_of(repo.path)
    except CMError as error:
        session.warn(f"{error} ({error.hint})" if error.hint else str(error))
        return _NO_STATE


def find_clones(session: Session, names: Sequence[str] = ()) -> list[Clone]:
    """The repositories that can be pulled elsewhere: clones with an origin."""
    states = [(repo, clone_state(session, repo)) for repo in find_repositories(session, names)]
    return [
        Clone(repo=repo, state=state, changed_files=Git(session.env).changed_files(repo.path))
        for repo, state in states
        if state.url
    ]


def describe(session: Session, repo: Repository) -> list[str]:
    """Everything about a repository, in lines for people."""
    state = clone_state(session, repo)
    facts = {
        "path": str(repo.root),
        "kind": repo.kind.name.lower(),
        "description": str(repo.meta.get("desc") or ""),
        "git": "yes" if is_clone(repo.path) else "no",
        "url": state.url,
        "branch": state.branch,
        "commit": state.commit,
    }
    return [f"{repo.alias},{repo.uid}", *(f"  {key}: {value}" for key, value in facts.items() if value)]
