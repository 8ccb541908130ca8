"""What people do with the cache: find, show, load and remove entries.

Each function answers one action; the hooks in :mod:`cm_cache.plugin` only call them. A name with spaces means
tags: ``cm show cache "get python"`` is ``cm show cache --tags=get,python``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_cache.entry import CacheEntry
from cm_cache.flags import Show
from cm_cache.key import TMP_TAG
from cm_cache.layout import entry_of
from cm_cache.outside import Outside, look_outside
from cm_cache.store import CacheStore
from cm_core import CMError, Result, is_uid, replace
from cm_core.actions import find_artifacts, is_dry_run, load_artifacts, preview, require, select
from cm_core.actions.commonflags import Find, Rm
from cm_core.base import byte_size, remove_idle_locks, remove_tree, without_credentials, without_secrets
from cm_core.flags import read_flags

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session


def find_entries(request: Request, session: Session) -> Result:
    """The folders of entries, unfinished ones too; finding none is not an error.

    The lines hold nothing else, so which of them lie in a shared home is a message.
    """
    result = find_artifacts(with_tags(request), session)
    homes = [artifact.repo.home for artifact in result.data["list"] if artifact.repo.home is not None]
    for home in dict.fromkeys(homes):
        session.reporter.message(f"{homes.count(home)} of {len(result.lines)} in the shared home {home}")
    return result


def load_entry(request: Request, session: Session) -> Result:
    """The metadata of exactly one entry.

    Raises:
        NotFoundError, AmbiguousError: when none or several match.
    """
    return load_artifacts(with_tags(request), session)


def show_entries(request: Request, session: Session) -> Result:
    """Entries with tags, path, version, script and age.

    Entries whose dependent path has vanished are left out, as nothing will use them; one whose file there
    is another by now is ``changed``, and made again by whoever uses it. ``--env`` adds the
    environment and state that each hands to its users, without secrets; ``--size`` what it takes on disk.
    """
    store = CacheStore(session)
    entries = [entry_of(artifact) for artifact in select(with_tags(request), session)]
    asked = read_flags(Show, request)
    shown: list[dict[str, Any]] = []
    lines: list[str] = []
    for entry in sorted(entries, key=lambda entry: (sorted(entry.shown_tags), entry.uid)):
        outside = look_outside(entry)
        if outside is Outside.GONE:
            continue
        facts = entry.to_json()
        if outside is Outside.CHANGED:
            facts["state"] = "changed"
        if entry.is_running:
            facts["state"] = "in progress" if store.is_busy(entry) else "unfinished"
        if asked.env and not entry.is_running:
            facts |= _state_of(entry, session)
        if asked.size:
            facts["size"] = _size_of(entry.path)
        shown.append(facts)
        lines += _describe(entry, facts)
    if request.artifact and not entries and " " not in request.artifact:
        session.warn(f"no entry is called '{request.artifact}'; tags are given as --tags={request.artifact}")
    return Result(data={"list": shown}, lines=tuple(lines[:-1]))


def remove_entries(request: Request, session: Session) -> Result:
    """Remove entries after one question, or without it with ``-f``; without name and tags: all of them.

    Entries that somebody is making, and those of shared homes, are left alone, with a warning.

    Raises:
        NotFoundError: when name or tags match none.
        InteractionError: when nobody can answer the question.
        CacheError: when somebody is making every one of them, or all lie in shared homes.
    """
    request = with_tags(request)
    if (damaged := _damaged(request, session)) is not None:
        return _remove_damaged(damaged, request, session)
    store = CacheStore(session)
    asked = read_flags(Rm, request)
    everything = not request.artifact and not asked.tags
    found = select(request, session) if everything else require(request, session)
    own = [artifact for artifact in found if artifact.repo.home is None]
    if not own and everything:
        return Result(data={"deleted_list": []}, lines=("the cache is empty",))
    if not own:
        store.remove([entry_of(artifact) for artifact in found])
    for artifact in found:
        if artifact.repo.home is not None and not everything:
            home = artifact.repo.home
            session.warn(f"cache entry {artifact.uid} is in the shared home {home} and was kept")
    busy = [artifact for artifact in own if store.is_busy(entry_of(artifact))]
    chosen = [artifact for artifact in own if artifact not in busy]
    if is_dry_run(request):
        return preview("remove", [artifact.path for artifact in chosen], list=chosen)
    if not chosen:
        store.remove([entry_of(artifact) for artifact in busy])
    question = _question(chosen, everything=everything)
    if not asked.force and not session.interaction.confirm(question):
        raise CMError("nothing was removed")
    for artifact in busy:
        session.warn(f"cache entry {artifact.uid} is in progress and was kept")
    store.remove([entry_of(artifact) for artifact in chosen])
    remove_idle_locks(session.home.locks_dir)  # each key has one
    return Result(
        data={"deleted_list": chosen}, lines=tuple(f"removed {artifact.path}" for artifact in chosen)
    )


def _damaged(request: Request, session: Session) -> Path | None:
    """The folder of an entry that is named by its UID and whose metadata nobody can read."""
    if request.artifacts or not is_uid(request.artifact):
        return None
    folder = session.repos.local.root / "cache" / request.artifact
    return folder if folder.is_dir() and not select(request, session) else None


def _remove_damaged(folder: Path, request: Request, session: Session) -> Result:
    if is_dry_run(request):
        return preview("remove", [folder], list=[])
    question = f"remove the damaged cache entry {folder}?"
    if not read_flags(Rm, request).force and not session.interaction.confirm(question):
        raise CMError("nothing was removed")
    remove_tree(folder, inside=folder.parent)
    session.index.note_removed(folder)
    return Result(data={"deleted_list": []}, lines=(f"removed {folder}",))


def with_tags(request: Request) -> Request:
    """The request with names that hold spaces turned into tags.

    Raises:
        UsageError: when ``--tags`` has no value.
    """
    names = [name for name in (request.artifact, *request.artifacts) if name]
    words = [word for name in names if " " in name for word in name.replace(",", " ").split()]
    if not words:
        return request
    plain = [name for name in names if " " not in name]
    tags = dict.fromkeys((*read_flags(Find, request).tags, *words))
    return replace(
        request,
        artifact=plain[0] if plain else "",
        artifacts=tuple(plain[1:]),
        options={**request.options, "tags": list(tags)},
    )


def _question(chosen: Sequence[Artifact], *, everything: bool) -> str:
    count = f"{len(chosen)} cache {'entry' if len(chosen) == 1 else 'entries'}"
    if everything:
        return f"remove the whole cache ({count})?"
    return f"remove {count}?{''.join(f'{chr(10)}  {artifact.path}' for artifact in chosen)}\nsure?"


def _state_of(entry: CacheEntry, session: Session) -> dict[str, Any]:
    try:
        state = entry.load_state()
    except CMError as error:
        if entry.key is not None:
            session.warn(str(error))
        return {}
    # Entries of the original tool may hold secrets.
    return {"new_env": without_secrets(state.new_env), "new_state": without_secrets(state.new_state)}


def _describe(entry: CacheEntry, facts: dict[str, Any]) -> list[str]:
    lines = [
        f"* Tags: {','.join(without_credentials(tag) for tag in entry.shown_tags if tag != TMP_TAG)}",
        f"  Path: {entry.path}",
    ]
    if entry.home:
        lines.append(f"  Shared home: {entry.home}")
    if entry.version:
        lines.append(f"  Version: {entry.version}")
    if script := str(entry.meta.get("associated_script_artifact") or ""):
        lines.append(f"  Script: {script}")
    if entry.key is not None and entry.key.inputs:
        lines.append("  Inputs: " + " ".join(f"{key}={value}" for key, value in entry.key.inputs.items()))
    if entry.published is not None:
        lines.append(f"  Age: {_age(datetime.now(UTC) - entry.published)}")
    if "state" in facts:
        owner = f", process {entry.owner.pid} on {entry.owner.machine}" if entry.owner else ""
        lines.append(f"  State: {facts['state']}{owner}")
    if "size" in facts:
        lines.append(f"  Size: {byte_size(facts['size'])}")
    for title, name in (("New env", "new_env"), ("New state", "new_state")):
        if facts.get(name):
            lines.append(f"  {title}:")
            lines += _listing(facts[name])
    return [*lines, ""]


def _listing(values: dict[str, Any]) -> list[str]:
    import json

    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

    return [f"    {key}: {text(value)}" for key, value in sorted(values.items())]


def _age(passed: timedelta) -> str:
    # Not as a duration: of an old entry a person wants to know the days, not the minutes.
    seconds = max(0, int(passed.total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if count := seconds // length:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _size_of(folder: Path) -> int:
    """Bytes in the files of a folder; links are not followed, files that vanish meanwhile do not count."""
    import os

    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            try:
                total += Path(place, name).lstat().st_size
            except OSError:
                continue
    return total
