"""Pull a repository: fetched and checked in a temporary folder, then put in its place in one step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cm_core import (
    CMError,
    InteractionError,
    ObjectRef,
    RepositoryKind,
    Session,
    UsageError,
    check_alias,
    replace,
)
from cm_repo.archive import MAX_BYTES, repository_top, unpack_archive
from cm_repo.checks import RepoDependency, check_repository, missing_dependencies
from cm_repo.config import RepoConfig
from cm_repo.git import Git, is_clone
from cm_repo.options import PullOptions, PullOutcome
from cm_repo.staging import check_free, place_lock, publish, staging_folder
from cm_repo.update import Clone, move_to, prepare_meta, update_clone
from cm_repo.urls import Credentials, RepoSource, is_short_name, source_from_name

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def pull_named(
    session: Session, config: RepoConfig, name: str, url: str, options: PullOptions
) -> PullOutcome:
    """Pull what a person named; the plain name of a clone that is there means that clone.

    Args:
        name: a name, URL or path; with ``url``, the alias (may be empty).

    Raises:
        UsageError: when the name or URL cannot be understood or is refused.
        CMError: see :func:`pull_repository`.
    """
    if not url and (clone := known_clone(session, name)):
        with place_lock(session, clone.folder):
            outcome = update_clone(session, config, clone, options)
        session.index.refresh()
        return outcome
    source = source_from_name(
        name, url=url, cwd=session.cwd, url_prefix=config.url_prefix, organisation=config.organisation
    )
    return pull_repository(session, config, source, options)


def pull_repository(
    session: Session, config: RepoConfig, source: RepoSource, options: PullOptions
) -> PullOutcome:
    """Clone or unpack a repository into the home and register it, or update the clone that is there.

    Raises:
        UntrustedError: when the configuration does not allow it.
        AlreadyExistsError: when its alias or UID is registered, or its folder is something else.
        CMError: when it cannot be fetched or used; nothing is left behind then.
    """
    config.trust.check_source(source, url_prefix=config.url_prefix)
    options = replace(options, credentials=credentials_for(source, options.credentials))
    session.home.ensure()
    target = place_of(session, source, options)
    with place_lock(session, target):
        if source.kind == "zip":
            outcome = _pull_zip(session, config, source, options, target)
        elif target.exists():
            clone = Clone(folder=target, name=source.alias, source=source)
            outcome = update_clone(session, config, clone, options)
        else:
            outcome = _clone(session, config, source, options, target)
    session.index.refresh()
    return outcome


def pull_dependencies(
    session: Session, config: RepoConfig, first: PullOutcome, options: PullOptions
) -> list[PullOutcome]:
    """Pull what a pulled repository needs, after asking: this is code that the user did not name.

    Where nobody can answer, the missing ones are reported with the command that pulls them.

    Raises:
        CMError: when one that was agreed to cannot be pulled.
    """
    done: list[PullOutcome] = []
    queue = [first]
    while queue:
        owner = queue.pop(0)
        for wanted in _ask_for_dependencies(session, owner):
            try:
                outcome = pull_named(session, config, wanted.name, "", PullOptions(depth=options.depth))
            except CMError as error:
                raise CMError(
                    f"repository '{owner.meta['alias']}' was pulled, but '{wanted.name}', which it needs, "
                    f"cannot be pulled: {error}",
                    hint=error.hint,
                ) from error
            done.append(outcome)
            queue.append(outcome)
    return done


def unpack_repository(
    session: Session, config: RepoConfig, archive: Path, options: PullOptions
) -> PullOutcome:
    """Unpack a zip file into ``<home>/repos/<alias>`` and register it.

    Raises:
        NotFoundError: when there is no such file.
        CMError: when it cannot be unpacked or used; nothing is left behind then.
    """
    session.home.ensure()
    with staging_folder(session.home.repos_dir) as staging:
        top = unpack_archive_into(archive, staging, options)
        meta = prepare_meta(top, archive.stem, options, git=False)
        target = session.home.repos_dir / (options.folder or check_alias(str(meta["alias"])))
        with place_lock(session, target):
            outcome = _install_unpacked(session, config, top, target, options)
    session.index.refresh()
    return outcome


def _clone(
    session: Session, config: RepoConfig, source: RepoSource, options: PullOptions, target: Path
) -> PullOutcome:
    git = Git(
        session.env,
        credentials=options.credentials,
        url=source.url,
        follow_redirects=not config.trust.is_strict,
    )
    pinned = options.pinned_to(config.trust.pin_of(source.alias))
    session.reporter.message(f"cloning {source.url}")
    with staging_folder(session.home.repos_dir) as staging:
        work = staging / target.name
        git.clone(source.url, work, branch=pinned.branch, depth=pinned.depth)
        if pinned.checkout or pinned.new_branch:
            move_to(git, work, pinned)
        state = git.state_of(work)
        meta = prepare_meta(work, source.alias, options, git=True)
        config.trust.check_commit(state.commit, source.alias, str(meta["alias"]))
        check_repository(meta, session.repos.list(), place=target)
        publish(session, work, target)
    return PullOutcome(
        name=source.alias,
        meta=meta,
        path=target,
        change="cloned",
        url=state.url,
        branch=state.branch,
        commit=state.commit,
    )


def _pull_zip(
    session: Session, config: RepoConfig, source: RepoSource, options: PullOptions, target: Path
) -> PullOutcome:
    check_zip_options(options)
    check_free(target)
    with staging_folder(session.home.repos_dir) as staging:
        archive = Path(source.url)
        if "://" in source.url:
            from cm_repo.download import download

            archive = staging / "download.zip"
            download(session, source.url, archive, max_bytes=MAX_BYTES, credentials=options.credentials)
        top = unpack_archive_into(archive, staging, options)
        prepare_meta(top, source.alias, options, git=False)
        outcome = _install_unpacked(session, config, top, target, options)
    return replace(outcome, name=source.alias, url=source.url)


def check_zip_options(options: PullOptions) -> None:
    """Refuse what only git can choose.

    Raises:
        UsageError: when a revision or a depth is asked for.
    """
    if options.selects_revision or options.depth:
        raise UsageError("a zip file has no branches or commits to choose from")


def unpack_archive_into(archive: Path, staging: Path, options: PullOptions) -> Path:
    """Unpack a zip file into a folder; returns the top of the repository in it.

    Raises:
        CMError: when it cannot be unpacked.
    """
    content = staging / "content"
    content.mkdir()
    unpack_archive(archive, content)
    return repository_top(content, strip=options.strip)


def _install_unpacked(
    session: Session, config: RepoConfig, top: Path, target: Path, options: PullOptions
) -> PullOutcome:
    meta = prepare_meta(top, target.name, options, git=False)
    config.trust.check_commit("", target.name, str(meta["alias"]))
    check_repository(meta, session.repos.list(), place=target)
    publish(session, top, target)
    return PullOutcome(name=target.name, meta=meta, path=target, change="unpacked")


def place_of(session: Session, source: RepoSource, options: PullOptions) -> Path:
    """Where a repository goes; one of this alias that is registered elsewhere stays where it is."""
    target = session.home.repos_dir / (options.folder or source.alias)
    if target == session.home.local_repo:
        raise UsageError("the folder 'local' belongs to this machine", hint="choose another with --dir=NAME")
    if not options.folder and not target.exists() and source.kind == "git":
        for repo in session.repos.find(ObjectRef(alias=source.alias)):
            if repo.path.is_dir() and repo.path in session.repos.registered_paths():
                return repo.path
    return target


def known_clone(session: Session, name: str) -> Clone | None:
    """The registered clone that a plain name (without owner) means."""
    if not is_short_name(name) or "@" in name:
        return None
    for repo in session.repos.find(ObjectRef(alias=name)):
        if repo.kind is RepositoryKind.REGISTERED and is_clone(repo.path):
            return Clone(folder=repo.path, name=repo.alias)
    folder = session.home.repos_dir / name
    registered = folder in session.repos.registered_paths() and is_clone(folder)
    return Clone(folder=folder, name=name) if registered else None


def credentials_for(source: RepoSource, given: Credentials | None) -> Credentials | None:
    """The credentials to send, ``None`` for none.

    Raises:
        UsageError: when they would be readable on the network or there is no server to send them to.
    """
    credentials = given or source.credentials
    if credentials is None:
        return None
    parts = urlsplit(source.url)
    if given and source.credentials and source.credentials.user:
        credentials = replace(given, user=source.credentials.user)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError("a token is not sent over http://, where others can read it", hint="use https://")
    if parts.scheme not in ("https", "http"):
        raise UsageError("a token can only be used with an https:// URL", hint="leave it out")
    return credentials


def _ask_for_dependencies(session: Session, owner: PullOutcome) -> Sequence[RepoDependency]:
    """The missing repositories that may be pulled; the others are reported."""
    missing = missing_dependencies(owner.meta, session.repos.list())
    # Foreign metadata may name a repository, but not a path or URL on this machine.
    named = [wanted for wanted in missing if is_short_name(wanted.ref.alias)]
    for wanted in missing:
        if wanted not in named:
            session.warn(f"repository '{owner.meta['alias']}' needs '{wanted.name}', which is missing")
    if not named:
        return ()
    names = ", ".join(wanted.name for wanted in named)
    try:
        agreed = session.interaction.confirm(
            f"repository '{owner.meta['alias']}' needs {names}: pull this code too?"
        )
    except InteractionError:
        agreed = False
    if agreed:
        return named
    for wanted in named:
        session.warn(
            f"repository '{owner.meta['alias']}' needs '{wanted.name}', which is missing; "
            f"use: cm pull repo {wanted.name}"
        )
    return ()
