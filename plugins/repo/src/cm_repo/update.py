"""Bring an existing clone up to date, or leave it exactly as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cm_core import AlreadyExistsError, CMError, Session, frozen
from cm_repo.checks import check_repository, has_meta, read_repo_meta, write_new_meta
from cm_repo.config import RepoConfig
from cm_repo.git import CloneState, Git, is_clone
from cm_repo.options import PullOptions, PullOutcome
from cm_repo.staging import register
from cm_repo.trust import UntrustedError
from cm_repo.urls import RepoSource, location_of, source_from_url


@frozen
class Clone:
    """A git work tree that is, or is to become, a repository of the home.

    Attributes:
        name: by which people know it.
        source: where it is asked to come from; ``None`` means from where it came before.
    """

    folder: Path
    name: str
    source: RepoSource | None = None


def update_clone(
    session: Session, config: RepoConfig, clone: Clone, options: PullOptions, *, offline: bool = False
) -> PullOutcome:
    """Move a clone forward, or to the branch, tag or commit that is asked for, and register it.

    Args:
        offline: contact the server only for a revision that is not there (``cm checkout repo``).

    Raises:
        AlreadyExistsError: when the folder is there but is no clone.
        CMError: when git cannot, or the result cannot be used; the clone is as before then.
    """
    folder = clone.folder
    check_clone(folder)
    url = clone.source.url if clone.source else ""
    before = Git(session.env).state_of(folder)
    git = Git(
        session.env,
        credentials=options.credentials,
        url=url or before.url,
        follow_redirects=not config.trust.is_strict,
    )
    _check_origin(session, config, clone, before)
    moved = bool(url) and bool(before.url) and location_of(before.url) != location_of(url)
    with _undone_on_failure(git, folder, before, moved_to=url if moved else ""):
        pin = config.trust.pin_of(clone.name, _alias_of(folder, clone.name))
        at_pin = pin == before.commit and not options.selects_revision
        still = at_pin or not _advance(git, folder, options.pinned_to(pin), offline=offline)
        after = git.state_of(folder)
        meta = prepare_meta(folder, clone.name, options, git=True)
        config.trust.check_commit(after.commit, clone.name, str(meta["alias"]))
        check_repository(meta, session.repos.list(), place=folder)
        register(session, folder)
    changed = (after.commit, after.branch) != (before.commit, before.branch)
    return PullOutcome(
        name=clone.name,
        meta=meta,
        path=folder,
        change="updated" if changed else "fixed" if still else "unchanged",
        url=after.url,
        branch=after.branch,
        commit=after.commit,
        previous_commit=before.commit,
    )


def check_clone(folder: Path) -> None:
    """Refuse a folder that git knows nothing of.

    Raises:
        AlreadyExistsError: when it is no clone.
    """
    if not is_clone(folder):
        raise AlreadyExistsError(
            f"{folder} already exists and is no git clone",
            hint="choose another folder with --dir=NAME, or remove it: cm rm repo NAME --all",
        )


def prepare_meta(folder: Path, alias: str, options: PullOptions, *, git: bool) -> dict[str, object]:
    """The metadata of a repository; generated when it has none, as for any git repository of recipes.

    Raises:
        MetaError: when it has unusable metadata.
    """
    if has_meta(folder):
        return read_repo_meta(folder)
    return write_new_meta(folder, alias=alias, git=git, desc=options.desc, prefix=options.prefix)


def move_to(git: Git, folder: Path, options: PullOptions) -> None:
    """Check out what the options name, fetching what is not there.

    Raises:
        CMError: when it does not exist, or local commits or changes would be lost.
    """
    commit = _known_commit(git, folder, options.checkout) if options.checkout else ""
    if options.branch:
        if not git.commit_of(folder, options.branch):
            git.fetch(folder)
        git.checkout(folder, options.branch)
        if commit and git.commit_of(folder) != commit:
            if git.unpublished_commits(folder, "HEAD"):
                raise CMError(f"branch '{options.branch}' in {folder} has commits of its own")
            git.return_to(folder, commit)
    elif commit and options.new_branch:
        git.checkout(folder, commit, detach=True)
    elif commit:
        named = git.commit_of(folder, options.checkout) or git.commit_of(folder, f"origin/{options.checkout}")
        git.checkout(folder, options.checkout if named else commit)
    if options.new_branch:
        git.create_branch(folder, options.new_branch)


def _known_commit(git: Git, folder: Path, revision: str) -> str:
    for candidate in (revision, f"origin/{revision}"):
        if commit := git.commit_of(folder, candidate):
            return commit
    git.fetch(folder, revision)
    return git.commit_of(folder, "FETCH_HEAD")


def _advance(git: Git, folder: Path, options: PullOptions, *, offline: bool) -> bool:
    """Do the git part; returns whether there was anything to follow."""
    if options.selects_revision:
        if not offline:
            git.fetch(folder)
        move_to(git, folder, options)
        if offline or options.new_branch or (options.branch and options.checkout):
            return True
    if offline or not git.has_upstream(folder):
        return False
    git.pull(folder)
    return True


def _check_origin(session: Session, config: RepoConfig, clone: Clone, before: CloneState) -> None:
    """Check where the code will come from, and ask when that is not where it came from so far.

    Raises:
        UntrustedError: when the configuration does not allow it.
        InteractionError: when the origin differs and nobody can answer.
        CMError: when the person says no.
    """
    source = clone.source
    if source is None:
        check_trust(session, config, before.url)
        return
    if before.url and location_of(before.url) != source.location:
        question = f"{clone.folder} was cloned from {before.url}; follow {source.url} from now on?"
        if not session.interaction.confirm(question):
            raise CMError(
                f"{clone.folder} was cloned from {before.url}, not from {source.url}",
                hint="choose another folder with --dir=NAME, or agree with --yes",
            )


def check_trust(session: Session, config: RepoConfig, url: str) -> None:
    """Refuse an origin that the configuration does not allow.

    Raises:
        UntrustedError: naming it.
    """
    if not config.trust.is_strict or not url:
        return
    try:
        source = source_from_url(url, cwd=session.cwd)
    except CMError as error:
        raise UntrustedError(f"the origin {url} is not on the list of trusted owners") from error
    config.trust.check_source(source, url_prefix=config.url_prefix)


def _alias_of(folder: Path, default: str) -> str:
    return str(read_repo_meta(folder)["alias"]) if has_meta(folder) else default


@contextlib.contextmanager
def _undone_on_failure(git: Git, folder: Path, before: CloneState, *, moved_to: str) -> Iterator[None]:
    """Return the work tree, its branch and its origin to where they were if the body fails."""
    try:
        if moved_to:
            git.set_origin(folder, moved_to)
        yield
    except BaseException:
        with contextlib.suppress(CMError):
            if moved_to:
                git.set_origin(folder, before.url)
            now = git.state_of(folder)
            if before.branch and now.branch != before.branch:
                git.checkout(folder, before.branch)
            if before.commit and git.commit_of(folder) != before.commit:
                if before.branch:
                    git.return_to(folder, before.commit)
                else:
                    git.checkout(folder, before.commit, detach=True)
        raise
