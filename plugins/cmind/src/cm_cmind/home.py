"""``cm import home``: repositories and cache entries of a home of the original tool, used from here.

Nothing in the old home is changed or moved. Repositories are registered where they are, and a cache entry
that is taken over keeps using its files there: that takes no time and no space, and virtual environments,
which cannot be moved, go on working. Only artifacts of its local repository are copied, since each home has
its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_cmind.flags import ImportHome
from cm_cmind.localrepo import CACHE, artifacts_elsewhere, copy_artifacts, new_artifacts
from cm_core import (
    AlreadyExistsError,
    CMError,
    NotFoundError,
    Result,
    UsageError,
    load_document,
    read_meta,
    write_meta,
)
from cm_core.actions import is_dry_run
from cm_core.base import atomic_write_json, place_folder, user_path
from cm_core.flags import read_flags

if TYPE_CHECKING:
    from cm_cache import CacheEntry
    from cm_core import Request, Session

_LOCAL = "local"


def import_home(request: Request, session: Session) -> Result:
    """Register the repositories of an old home.

    With ``--cache`` its finished cache entries are taken over, with ``--local`` copies of the other artifacts
    in its local repository. What is here already is left as it is, so the same call again adds what is new.

    Returns:
        data with ``home``, ``repositories`` (registered now), ``cache`` (UIDs of entries taken over) and
        ``artifacts`` (folders of the copies).

    Raises:
        UsageError: when no folder is named.
        NotFoundError: when the folder is no home of the original.
    """
    old = _named_folder(request, session)
    if old.resolve() == session.home.path.resolve():
        text = f"{old} is the home in use: its repositories and its cache are known"
        return Result(data=_data(old, (), (), ()), lines=(text,))
    if not (old / "repos.json").is_file() and not (old / "repos").is_dir():
        raise NotFoundError(
            f"{old} is not a home of the original: it has neither repos.json nor repos",
            hint="name the folder that CM_REPOS named, by default ~/CM",
        )
    asked = read_flags(ImportHome, request)
    if is_dry_run(request):
        return _preview(old, asked, session)
    registered = list(_register(old, session))
    lines = [f"registered {path}" for path in registered] or ["there were no new repositories"]
    taken = list(_take_over(old, session)) if asked.cache else []
    if taken:
        lines.append(f"imported {_count(len(taken), 'cache entry', 'cache entries')}")
        lines.append(f"the files stay in {old}, so keep that folder")
    copies = list(copy_artifacts(old / "repos" / _LOCAL, session)) if asked.local else []
    if copies:
        lines.append(f"copied {_count(len(copies), 'artifact', 'artifacts')} from its local repository")
    if not asked.local:
        _tell_what_stays(old, session)
    return Result(data=_data(old, registered, taken, copies), lines=tuple(lines))


def _preview(old: Path, asked: ImportHome, session: Session) -> Result:
    lines = []
    for folder in _new_repositories(old, session):
        if folder.is_dir():
            lines.append(f"would register {folder}")
        else:
            session.warn(f"{folder} would not be registered: it does not exist")
    if asked.cache:
        lines += [f"would import the cache entry {entry.path}" for entry in _new_entries(old, session)]
    if asked.local:
        found = new_artifacts(old / "repos" / _LOCAL, session)
        lines += [f"would copy {folder} to {place}" for folder, place in found]
    return Result(data={"dry_run": True, "home": str(old)}, lines=tuple(lines) or ("nothing would be new",))


def _data(old: Path, *taken: Iterable[object]) -> dict[str, Any]:
    kinds = ("repositories", "cache", "artifacts")
    return {
        "home": str(old),
        **{kind: [str(item) for item in items] for kind, items in zip(kinds, taken, strict=True)},
    }


def _named_folder(request: Request, session: Session) -> Path:
    named = request.artifact or read_flags(ImportHome, request).path
    if not named:
        raise UsageError("no home was given", hint="use: cm import home PATH, for example ~/CM")
    return session.cwd / user_path(named)


def _register(old: Path, session: Session) -> Iterator[Path]:
    """Register what can be; the rest is a warning each."""
    for folder in _new_repositories(old, session):
        try:
            session.repos.add(folder)
        except CMError as error:
            session.warn(f"{folder} was not registered: {error}")
        else:
            yield folder


def _new_repositories(old: Path, session: Session) -> list[Path]:
    known = {path.resolve() for path in session.repos.registered_paths()}
    return [folder for folder in _repositories(old) if folder.resolve() not in known]


def _repositories(old: Path) -> list[Path]:
    """The registered repositories of an old home, oldest first, without its local one."""
    repos = old / "repos"
    try:
        listed: Any = load_document(old / "repos.json")
    except NotFoundError:
        listed = sorted(path.parent.name for path in repos.glob("*/cmr.*"))
    if not isinstance(listed, list):
        listed = []
    folders = [repos / str(entry) for entry in listed]
    return [folder for folder in dict.fromkeys(folders) if folder != repos / _LOCAL]


def _take_over(old: Path, session: Session) -> Iterator[str]:
    """Make an entry here for each finished one there; gives their UIDs."""
    from cm_cache import CacheStore

    shelf = CacheStore(session).shelf
    for entry in _new_entries(old, session):
        place = shelf.root / entry.path.name
        try:
            place_folder(place, partial(_fill, entry, shelf.root))
        except AlreadyExistsError:
            continue
        except CMError as error:
            session.warn(f"{entry.path} was not imported: {error}")
            continue
        session.index.note_written(place)
        yield entry.uid


def _new_entries(old: Path, session: Session) -> Iterator[CacheEntry]:
    """The finished entries there that are not here; one that cannot be read is a warning."""
    from cm_cache import CacheStore, entry_from_meta

    root = CacheStore(session).shelf.root
    for folder in sorted((old / "repos" / _LOCAL / CACHE).glob("*/")):
        try:
            entry = entry_from_meta(folder, read_meta(folder))
        except CMError as error:
            session.warn(f"{folder} was not imported: {error}")
            continue
        if _is_finished(entry) and not (root / folder.name).exists():
            yield entry


def _is_finished(entry: CacheEntry) -> bool:
    from cm_cache import STATE_FILE

    depends_on = entry.dependent_path
    return (
        not entry.is_running
        and (entry.path / STATE_FILE).is_file()
        and (not depends_on or Path(depends_on).exists())
    )


def _fill(entry: CacheEntry, root: Path, folder: Path) -> None:
    from cm_cache import STATE_FILE
    from cm_core.base import map_texts, without_credentials, without_secrets

    state = entry.load_state()
    # With this root nothing is rewritten when the state is read; without its files the entry is not used.
    ours = {"cm_root": str(root), "dependent_cached_path": entry.dependent_path or str(entry.path)}
    write_meta(folder, {**map_texts(entry.meta, without_credentials), **ours})
    atomic_write_json(
        folder / STATE_FILE,
        {
            "new_env": without_secrets(state.new_env),
            "new_state": without_secrets(state.new_state),
            "deps": list(map(without_credentials, state.deps)),
            "version": state.version,
        },
    )


def _tell_what_stays(old: Path, session: Session) -> None:
    if others := artifacts_elsewhere(old / "repos" / _LOCAL, session):
        session.warn(
            f"the local repository of the old home holds {_count(len(others), 'artifact', 'artifacts')} of"
            f" yours, which were not imported; to copy them: cm import home {old} --local"
        )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
