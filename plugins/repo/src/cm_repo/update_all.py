"""Update every clone, wherever it is, and say how each went."""

from __future__ import annotations

from collections.abc import Sequence

from cm_core import CMError, NotFoundError, Repository, Session, frozen
from cm_core.actions import check_changeable
from cm_repo.config import RepoConfig
from cm_repo.git import is_clone
from cm_repo.inspect import find_repositories
from cm_repo.options import PullOptions, PullOutcome
from cm_repo.staging import place_lock
from cm_repo.update import Clone, update_clone


@frozen
class UpdateSummary:
    """How the updates went; ``failed`` maps an alias to the reason."""

    outcomes: tuple[PullOutcome, ...]
    failed: dict[str, str]

    @property
    def lines(self) -> tuple[str, ...]:
        """One line per repository and one with the sums."""
        changed = sum(outcome.change == "updated" for outcome in self.outcomes)
        same = len(self.outcomes) - changed
        return (
            *(outcome.sentence for outcome in self.outcomes),
            *(f"failed: {reason}" for reason in self.failed.values()),
            f"{changed} updated, {same} unchanged, {len(self.failed)} failed",
        )


def update_all(
    session: Session, config: RepoConfig, names: Sequence[str], options: PullOptions
) -> UpdateSummary:
    """Update the named repositories, or all that are clones; a failure does not stop the others.

    Raises:
        NotFoundError: when a name means no repository, or git is not installed.
    """
    outcomes, failed = [], {}
    for repo in repositories_to_update(session, names):
        session.reporter.message(f"updating {repo.alias}")
        try:
            check_changeable(repo, f"repository '{repo.alias}'")
            with place_lock(session, repo.path):
                clone = Clone(folder=repo.path, name=repo.alias)
                outcomes.append(update_clone(session, config, clone, options))
        except CMError as error:
            failed[repo.alias] = str(error)
    session.index.refresh()
    return UpdateSummary(outcomes=tuple(outcomes), failed=failed)


def repositories_to_update(session: Session, names: Sequence[str]) -> list[Repository]:
    """The named repositories, or all that are clones of this home.

    Raises:
        NotFoundError: when a name means no repository.
    """
    found = find_repositories(session, names)
    if names and not found:
        raise NotFoundError(f"repository '{' '.join(names)}' is not registered", hint="see: cm show repo")
    return [repo for repo in found if names or (repo.home is None and is_clone(repo.path))]
