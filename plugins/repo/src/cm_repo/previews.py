"""What verbs on repositories would do, found out without asking a server and without writing in the home."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import CMError, Result, Session, check_alias
from cm_core.actions import check_changeable
from cm_repo.checks import check_repository
from cm_repo.git import Git
from cm_repo.pull import check_zip_options, credentials_for, known_clone, place_of, unpack_archive_into
from cm_repo.staging import check_free
from cm_repo.update import Clone, check_clone, check_trust, prepare_meta
from cm_repo.update_all import repositories_to_update
from cm_repo.urls import RepoSource, location_of, source_from_name

if TYPE_CHECKING:
    from cm_core import Repository
    from cm_repo.config import RepoConfig
    from cm_repo.options import PullOptions


def preview_pull(
    session: Session, config: RepoConfig, names: Sequence[str], url: str, options: PullOptions
) -> Result:
    """What a pull would fetch from where; which commit that is, only the server knows.

    Raises:
        CMError: as the pull, as far as that is known without the server.
    """
    return _shown(_of_pull(session, config, name, url, options) for name in names or ("",))


def preview_update(session: Session, config: RepoConfig, names: Sequence[str]) -> Result:
    """Which clones an update would ask their servers about.

    Returns:
        also ``failed``, alias -> why the update of it would fail, as an update does.
    """
    lines, failed = [], {}
    for repo in repositories_to_update(session, names):
        try:
            check_changeable(repo, f"repository '{repo.alias}'")
            lines.append(_of_update(session, config, Clone(folder=repo.path, name=repo.alias)))
        except CMError as error:
            failed[repo.alias] = str(error)
            lines.append(f"would fail: {error}")
    data = {"dry_run": True, "failed": failed}
    return Result(data=data, lines=tuple(lines), exit_code=CMError.default_exit_code if failed else 0)


def preview_checkout(session: Session, config: RepoConfig, repo: Repository, options: PullOptions) -> Result:
    """Which revision would be checked out, and whether a server would be asked for it.

    Raises:
        CMError: when the folder is no clone, or one of somebody who is not trusted.
    """
    check_clone(repo.path)
    check_trust(session, config, Git(session.env).state_of(repo.path).url)
    git, wanted = Git(session.env), options.checkout or options.branch or "HEAD"
    here = any(git.commit_of(repo.path, name) for name in (wanted, f"origin/{wanted}"))
    origin = git.state_of(repo.path).url
    new = f" as the new branch {options.new_branch}" if options.new_branch else ""
    asked = "" if here else f", after asking {origin or 'its server'} for it"
    return _shown([f"would check out {wanted}{new} in {repo.path}{asked}"])


def preview_unpack(session: Session, config: RepoConfig, archive: Path, options: PullOptions) -> Result:
    """Which repository would be unpacked where.

    Raises:
        CMError: as unpacking it.
    """
    return _shown([_of_archive(session, config, archive, archive.stem, options)])


def _shown(lines: Iterable[str]) -> Result:
    return Result(data={"dry_run": True}, lines=tuple(lines))


def _of_pull(session: Session, config: RepoConfig, name: str, url: str, options: PullOptions) -> str:
    if not url and (clone := known_clone(session, name)):
        return _of_update(session, config, clone)
    source = source_from_name(
        name, url=url, cwd=session.cwd, url_prefix=config.url_prefix, organisation=config.organisation
    )
    config.trust.check_source(source, url_prefix=config.url_prefix)
    credentials_for(source, options.credentials)
    target = place_of(session, source, options)
    if source.kind == "zip":
        return _of_zip(session, config, source, options, target)
    if target.exists():
        return _of_update(session, config, Clone(folder=target, name=source.alias, source=source))
    Git(session.env)  # raises where git is missing
    return f"would clone {source.url} into {target}"


def _of_update(session: Session, config: RepoConfig, clone: Clone) -> str:
    check_clone(clone.folder)
    origin = Git(session.env).state_of(clone.folder).url
    if clone.source is None:
        check_trust(session, config, origin)
    elif origin and location_of(origin) != clone.source.location:
        return f"would ask whether {clone.folder}, cloned from {origin}, is to follow {clone.source.url}"
    asked = clone.source.url if clone.source else origin
    return f"would update {clone.name} in {clone.folder} from {asked or 'nowhere: it has no origin'}"


def _of_zip(
    session: Session, config: RepoConfig, source: RepoSource, options: PullOptions, target: Path
) -> str:
    check_zip_options(options)
    config.trust.check_commit("", target.name)
    check_free(target)
    if "://" in source.url:
        return f"would download {source.url} and unpack it into {target}"
    return _of_archive(session, config, Path(source.url), source.alias, options, target)


def _of_archive(
    session: Session,
    config: RepoConfig,
    archive: Path,
    alias: str,
    options: PullOptions,
    target: Path | None = None,
) -> str:
    with tempfile.TemporaryDirectory(prefix="cm-repo-") as place:
        top = unpack_archive_into(archive, Path(place), options)
        meta = prepare_meta(top, alias, options, git=False)
    target = target or session.home.repos_dir / (options.folder or check_alias(str(meta["alias"])))
    check_free(target)
    config.trust.check_commit("", target.name, str(meta["alias"]))
    check_repository(meta, session.repos.list(), place=target)
    return f"would unpack {meta['alias']},{meta['uid']} from {archive} into {target}"
