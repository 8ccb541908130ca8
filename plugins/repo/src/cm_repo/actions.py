"""The verbs on repositories: a request is read here, work is done by the other modules."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError, ObjectRef, Result, UsageError, replace
from cm_core.actions import is_dry_run, preview
from cm_core.base import duration, encode, remove_idle_locks, user_path
from cm_core.flags import read_flags
from cm_repo.config import load_config
from cm_repo.flags import Add, Find, Load, Pack, Place, Pull, Rm, Unpack, Verbose

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_repo.options import PullOptions, PullOutcome
    from cm_repo.urls import Credentials

_CONSENT = "note: its recipes are code that runs with your permissions"


def pull(request: Request, session: Session) -> Result:
    """``cm pull repo NAME|URL|PATH``: fetch and register; without a name, update all clones."""
    from cm_repo.previews import preview_pull
    from cm_repo.pull import pull_dependencies, pull_named

    names, url = _words(request), read_flags(Pull, request).url
    if not names and not url:
        return update(request, session)
    if url and len(names) > 1:
        raise UsageError("--url takes one name at most")
    options, config = pull_options(request, session), load_config(session.home, session.env)
    if is_dry_run(request):
        return preview_pull(session, config, names, url, options)
    outcomes: list[PullOutcome] = []
    for name in names or ("",):
        outcome = pull_named(session, config, name, url, options)
        outcomes += [outcome, *pull_dependencies(session, config, outcome, options)]
    return _pull_result(outcomes)


def checkout(request: Request, session: Session) -> Result:
    """``cm checkout repo NAME --branch=B``: another branch, tag or commit, without updating."""
    from cm_core.actions import check_changeable
    from cm_repo.inspect import one_repository
    from cm_repo.previews import preview_checkout
    from cm_repo.update import Clone, update_clone

    options = pull_options(request, session)
    if not options.selects_revision:
        raise UsageError(
            "no branch or commit to check out was given",
            hint="add --branch=B, --checkout=COMMIT or --new_branch=B",
        )
    repo = one_repository(session, _one_name(request, session, "cm checkout repo NAME --branch=B"))
    check_changeable(repo, f"repository '{repo.alias}'")
    if is_dry_run(request):
        return preview_checkout(session, load_config(session.home, session.env), repo, options)
    config = load_config(session.home, session.env)
    clone = Clone(folder=repo.path, name=repo.alias)
    outcome = update_clone(session, config, clone, options, offline=True)
    session.index.refresh()
    return _pull_result([outcome])


def update(request: Request, session: Session) -> Result:
    """``cm update repo [NAME …]``: update each clone wherever it is; one that fails stops no other."""
    from cm_repo.previews import preview_update
    from cm_repo.update_all import update_all

    config, names = load_config(session.home, session.env), _names(request, session)
    options = pull_options(request, session)
    if is_dry_run(request):
        return preview_update(session, config, names)
    summary = update_all(session, config, names, options)
    data: dict[str, Any] = {
        "list": encode(summary.outcomes),
        "metas": {outcome.name: outcome.meta for outcome in summary.outcomes},
        "failed": summary.failed,
    }
    if summary.failed:
        data["error"] = "; ".join(summary.failed.values())
    return Result(
        data=data,
        lines=summary.lines,
        exit_code=CMError.default_exit_code if summary.failed else 0,
    )


def add(request: Request, session: Session) -> Result:
    """``cm add repo [NAME] [--path=DIR]``: create a repository, or register a folder that is one."""
    from cm_repo.create import NewRepo, create_repository, planned_repository

    name = "" if request.artifact in ("", ".") else request.artifact
    if request.artifacts:
        raise UsageError("one repository is created at a time", hint="cm add repo NAME --path=DIR")
    ref = ObjectRef.parse(name)
    asked = read_flags(Add, request)
    here = asked.here or not ref.alias
    folder = _path(asked.path, session) if asked.path else session.cwd if here else None
    wanted = NewRepo(alias=ref.alias, uid=asked.uid or ref.uid, desc=asked.desc, prefix=asked.prefix)
    if is_dry_run(request):
        place, is_new = planned_repository(session, wanted, folder)
        return preview("create and register" if is_new else "register", [place], path=place)
    created = create_repository(session, wanted, folder)
    verb = "created and registered" if created.is_new else "registered"
    repo = created.repo
    return Result(
        data={"meta": repo.meta, "path": str(repo.path), "created": created.is_new},
        lines=(f"{verb} {repo.alias},{repo.uid} = {repo.path}",),
    )


def import_(request: Request, session: Session) -> Result:
    """``cm import repo [NAME] [--path=DIR]``: register a folder, this one by default."""
    return add(request.with_options(path=read_flags(Place, request).path or str(session.cwd)), session)


def remove(request: Request, session: Session) -> Result:
    """``cm rm repo NAME …``: unregister; ``--all`` removes the content, too."""
    from cm_repo.remove import Removal, remove_repositories, repositories_to_remove

    asked, chosen = read_flags(Rm, request), _names(request, session)
    removal = Removal(with_content=asked.all, force=asked.force)
    if is_dry_run(request):
        found = repositories_to_remove(session, chosen, removal)
        verb = "remove" if removal.with_content else "unregister"
        return preview(verb, [repo.path for repo in found], list=found)
    removed = remove_repositories(session, chosen, removal)
    done = "removed" if removal.with_content else "unregistered"
    names = [",".join(filter(None, (repo.alias, repo.uid))) for repo in removed]
    lines = tuple(f"{done} {name} = {repo.path}" for name, repo in zip(names, removed, strict=True))
    return Result(data={"deleted_list": list(removed)}, lines=lines or ("nothing was removed",))


def find(request: Request, session: Session) -> Result:
    """``cm find repo [NAME …]``: one line each; ``--min`` only paths, ``--verbose`` everything."""
    from cm_repo.inspect import describe, find_repositories

    found, asked = find_repositories(session, _names(request, session)), read_flags(Find, request)
    if asked.verbose:
        blocks = [describe(session, repo) for repo in found]
        lines = [line for block in blocks for line in (*block, "")][:-1]
    else:
        places = [repo.root if asked.with_prefix else repo.path for repo in found]
        lines = [
            str(place) if asked.min else f"{repo.alias},{repo.uid} = {place}"
            for repo, place in zip(found, places, strict=True)
        ]
    return Result(data={"list": found}, lines=tuple(lines))


def show(request: Request, session: Session) -> Result:
    """``cm show repo [NAME …]``: description, origin, branch and commit."""
    return find(request.with_options(verbose=True), session)


def info(request: Request, session: Session) -> Result:
    """``cm info repo NAME …``: the same of those that are named, which have to be there."""
    from cm_repo.inspect import describe, one_repository

    found = [one_repository(session, name) for name in _names(request, session)]
    if not found:
        raise UsageError("no repository was given", hint="use: cm info repo NAME, or cm show repo")
    lines = [line for repo in found for line in (*describe(session, repo), "")][:-1]
    return Result(data={"list": found}, lines=tuple(lines))


def move(request: Request, session: Session) -> Result:
    """``cm mv repo NAME NEW``: give a repository another name; its folder and its UID stay."""
    from cm_core.actions import is_dry_run, preview
    from cm_repo.rename import rename_repository

    if len(names := _names(request, session)) != 2:
        raise UsageError("a repository and its new name are needed", hint="use: cm mv repo NAME NEW")
    dry_run = is_dry_run(request)
    repo = rename_repository(session, *names, dry_run=dry_run)
    if dry_run:
        return preview("rename", [repo.path], list=[repo])
    return Result(data={"list": [repo]}, lines=(f"renamed to {repo.alias},{repo.uid} = {repo.path}",))


def where(request: Request, session: Session) -> Result:
    """``cm where repo [NAME …]``: paths only."""
    return find(request.with_options(min=True), session)


def load(request: Request, session: Session) -> Result:
    """``cm load repo NAME``: the metadata of one repository."""
    from cm_core import meta_lines
    from cm_repo.inspect import one_repository

    repo = one_repository(session, _one_name(request, session, "cm load repo NAME"))
    return Result(
        data={"path": str(repo.path), "meta": repo.meta, "original_meta": repo.meta},
        lines=meta_lines(repo.meta, as_yaml=read_flags(Load, request).yaml),
    )


def get(request: Request, session: Session) -> Result:
    """``cm get repo [NAME …]``: the commands that pull the same repositories elsewhere."""
    from cm_repo.inspect import find_clones

    clones = find_clones(session, _names(request, session))
    data: dict[str, Any] = {"list": [clone.to_json() for clone in clones]}
    if len(clones) == 1:
        data |= {"meta": clones[0].repo.meta, "is_git": True, **clones[0].to_json()}
    return Result(data=data, lines=tuple(clone.command for clone in clones))


def pack(request: Request, session: Session) -> Result:
    """``cm pack repo NAME``: the files that git tracks, or all but ignored ones, into ``./cm.zip``."""
    from cm_core.base import check_file_place, refuse_secrets, travelling_files, write_zip
    from cm_repo.inspect import one_repository

    repo = one_repository(session, _one_name(request, session, "cm pack repo NAME"))
    asked = read_flags(Pack, request)
    target = _path(asked.file, session)
    taken = travelling_files(repo.path, untracked=asked.with_untracked)
    if not asked.with_secrets:
        refuse_secrets(repo.path, taken.files, flag="with_secrets")
    if is_dry_run(request):
        check_file_place(target)
        return preview(f"pack {repo.path}", [target], preposition="into", path=target)
    count, links = write_zip(repo.path, target, taken.files)
    for link in links:
        session.warn(f"the link {repo.path / link} was left out")
    left_out = {target, *(repo.path / link for link in links)}
    packed = replace(taken, files=tuple(file for file in taken.files if repo.path / file not in left_out))
    return Result(
        data={"path": str(target), "files": count},
        lines=(packed.line(repo.alias), f"packed {count} files of {repo.alias} into {target}"),
    )


def unpack(request: Request, session: Session) -> Result:
    """``cm unpack repo [FILE]``: unpack ``./cm.zip`` into the home and register it."""
    from cm_repo.previews import preview_unpack
    from cm_repo.pull import unpack_repository

    names, asked = _words(request), read_flags(Unpack, request)
    file = _path(names[0] if names and "file" not in request.options else asked.file, session)
    config, options = load_config(session.home, session.env), pull_options(request, session)
    if is_dry_run(request):
        return preview_unpack(session, config, file, options)
    return _pull_result([unpack_repository(session, config, file, options)])


def detect(request: Request, session: Session) -> Result:
    """``cm detect repo [--path=DIR]``: the repository and artifact that a folder belongs to."""
    from cm_repo.detect import detect as detect_at

    found = detect_at(session, _path(read_flags(Place, request).path or request.artifact or ".", session))
    return Result(data=found.to_json(), lines=found.lines)


def reindex(request: Request, session: Session) -> Result:
    """``cm reindex repo``: read all metadata anew, and remove the lock files that nobody holds."""
    started = time.perf_counter()
    remove_idle_locks(session.home.locks_dir)
    count = session.index.rebuild()
    seconds = time.perf_counter() - started
    repos = session.repos.list()
    lines = [f"  {repo.path}" for repo in repos] if read_flags(Verbose, request).verbose else []
    lines.append(f"indexed {count} artifacts in {len(repos)} repositories in {duration(seconds)}")
    return Result(
        data={"artifacts": count, "repositories": len(repos), "self_time": seconds}, lines=tuple(lines)
    )


def pull_options(request: Request, session: Session) -> PullOptions:
    """The flags of a pull.

    Raises:
        UsageError: when one cannot be understood.
    """
    from cm_repo.options import PullOptions

    asked = read_flags(Pull, request)
    return PullOptions(
        branch=asked.branch,
        checkout=asked.checkout,
        new_branch=asked.new_branch,
        depth=asked.depth or 0,
        folder=f"{asked.dir2}/{asked.dir2}" if asked.dir2 else asked.dir,
        desc=asked.desc,
        prefix=asked.prefix,
        strip=asked.skip_zip_parent_dir,
        credentials=_credentials(asked, session),
    )


def _credentials(asked: Pull, session: Session) -> Credentials | None:
    from cm_repo.urls import token_credentials

    if asked.token_env:
        token = session.env.get(asked.token_env, "").strip()
        if not token:
            raise UsageError(f"the variable '{asked.token_env}' that --token_env names is not set")
        return token_credentials(token)
    return token_credentials(asked.token) if asked.token else None


def _pull_result(outcomes: Sequence[PullOutcome]) -> Result:
    lines = []
    for outcome in outcomes:
        lines += [outcome.sentence, f"  {outcome.path}"]
        requirements = outcome.path / "requirements.txt"
        if outcome.meta.get("install_python_requirements") and requirements.is_file():
            lines.append(f"  needs Python packages: python -m pip install -r {requirements}")
    if any(outcome.change in ("cloned", "unpacked", "updated") for outcome in outcomes):
        lines.append(_CONSENT)
    first = outcomes[0]
    data = {
        "meta": first.meta,
        "metas": {outcome.name: outcome.meta for outcome in outcomes},
        "path": str(first.path),
        "url": first.url,
        "commit": first.commit,
        "list": encode(outcomes),
    }
    return Result(data=data, lines=tuple(lines))


def _words(request: Request) -> tuple[str, ...]:
    return tuple(word for word in (request.artifact, *request.artifacts) if word)


def _names(request: Request, session: Session) -> tuple[str, ...]:
    """The names of repositories; ``.`` means the one around the current folder.

    Raises:
        NotFoundError: when the current folder is in none.
    """
    words = _words(request)
    if "." not in words:
        return words
    here = session.repos.containing(session.cwd)
    if here is None:
        raise NotFoundError(f"{session.cwd} is not in a registered repository", hint="see: cm show repo")
    return tuple(here.uid if word == "." else word for word in words)


def _one_name(request: Request, session: Session, example: str) -> str:
    names = _names(request, session)
    if len(names) != 1:
        raise UsageError("name one repository", hint=example)
    return names[0]


def _path(text: str, session: Session) -> Path:
    return Path(os.path.abspath(session.cwd / user_path(text)))  # noqa: PTH100 - keeps links
