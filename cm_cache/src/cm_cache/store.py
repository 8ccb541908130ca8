"""The cache: finds what was made before, and lets one process at a time make what is missing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_cache.building import BuildSlot
from cm_cache.entry import CacheEntry, CacheMatch
from cm_cache.errors import CacheError, DependencyError
from cm_cache.key import KEY_PREFIX, KEYED_TAG, TMP_TAG, CacheKey
from cm_cache.layout import CACHE_ALIAS, CACHE_UID, Shelf, entry_of
from cm_cache.locks import exclusive, try_exclusive
from cm_cache.matching import CacheQuery, match
from cm_cache.outside import Outside, look_outside
from cm_core import JSON_FILE, ArtifactRef, CMError, Home, ObjectRef, TagQuery, replace
from cm_core.base import Life, map_texts, without_credentials

if TYPE_CHECKING:
    from cm_core import Artifact, Session

__all__ = ["BuildSlot", "CacheQuery", "CacheStore"]

_KIND = ObjectRef(alias=CACHE_ALIAS, uid=CACHE_UID)
_ABANDONED_AFTER_SECONDS = 7 * 24 * 3600.0


class CacheStore:
    """The cache of one session. Several stores, threads and processes may work on one home at once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._swept = False
        self._shelf: Shelf | None = None

    @property
    def shelf(self) -> Shelf:
        """The folder of the entries; the home is created when it is missing."""
        if self._shelf is None:
            index = self._session.index
            self._shelf = Shelf(
                self._session.repos.local.root / CACHE_ALIAS,
                note_written=index.note_written,
                note_removed=index.note_removed,
            )
        return self._shelf

    # -- finding -----------------------------------------------------------------------------------

    def matches(self, query: CacheQuery) -> Iterator[CacheMatch]:
        """All entries that answer the query: exact ones first, among equals the newest one of one's own.

        Those of shared homes come after one's own of the same kind.
        Entries whose ``dependent_path`` or whose state file is gone do not match; those whose file there is
        another one by now do, and say so. They come one by one: wider matches are not even read unless they
        are asked for.
        """
        seen: set[Path] = set()
        for tier in self._tiers(query):
            for found in tier:
                if found.entry.path in seen or not found.entry.state_time:
                    continue
                seen.add(found.entry.path)
                outside = look_outside(found.entry)
                if outside is not Outside.GONE:
                    yield found if outside is Outside.SAME else replace(found, changed=True)

    def first(self, query: CacheQuery) -> CacheMatch | None:
        """The best match."""
        return next(self.matches(query), None)

    def lost(self, query: CacheQuery) -> CacheEntry | None:
        """The entry that would answer if what it depends on, outside its own folder, were still there."""
        for tier in self._tiers(query):
            for found in tier:
                entry = found.entry
                own = Path(entry.dependent_path).is_relative_to(entry.path)
                if not own and look_outside(entry) is Outside.GONE:
                    return entry
        return None

    def find(self, name: str = "", tags: object = None) -> tuple[CacheEntry, ...]:
        """Entries by UID or alias (wildcards) and by tags (``a,b,-c``), sorted by tags; running ones too.

        Tags that somebody changed by hand may be noticed only by ``cm find cache``, which compares all files.

        Raises:
            UsageError: when name or tags cannot be read.
        """
        ref = ArtifactRef.parse(name) if name else None
        found = self._session.index.find(
            _KIND, ref, TagQuery.parse(map_texts(tags, without_credentials)), thorough=False
        )
        return tuple(sorted(map(entry_of, found), key=lambda entry: (sorted(entry.shown_tags), entry.uid)))

    # -- making ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def building(
        self, key: CacheKey, *, tags: Sequence[str] = (), wait_message: str = ""
    ) -> Iterator[BuildSlot]:
        """Be the only one, on this machine, who makes the result for this key.

        Waits while another process or thread makes it (saying ``wait_message`` after a second); so look
        again, with :meth:`first`, before working. Leaving without ``publish``, for whatever reason, removes
        the folder.

        Args:
            tags: those for people, as the original writes them; the tags for the index are added.

        Raises:
            DependencyError: when this key is being made further up: by this thread, or by a process that
                started this one. Waiting would never end.
            CMError: when lock or folder cannot be made.
        """
        if not self._swept:
            self.sweep()
        with self._exclusive(key, wait_message):
            self._clear(key)
            slot = BuildSlot(self.shelf, key, tags)
            try:
                yield slot
            finally:
                slot.discard()

    @contextlib.contextmanager
    def renewing(
        self, entry: CacheEntry, *, key: CacheKey, tags: Sequence[str] = (), wait_message: str = ""
    ) -> Iterator[BuildSlot]:
        """Be the only one who makes an existing entry again, in its own folder, as ``--renew`` asks.

        The entry keeps its published metadata and state until ``publish`` replaces them. So a failed or
        killed renewal leaves the old answer in place; files that the run had overwritten stay overwritten.

        Args:
            key: the identity of the run that renews, which becomes the entry's.
            tags: the new tags for people; empty keeps the old ones.

        Raises:
            CacheError: when the entry lies in a shared home.
            DependencyError, CMError: as :meth:`building`.
        """
        _check_own(entry)
        lock = self._session.home.locks_dir / _renewal_lock(entry)
        with (
            self._exclusive(key, wait_message),
            exclusive(lock, purpose=_purpose(key), on_wait=lambda: self._say_waiting(wait_message)),
        ):
            yield BuildSlot(self.shelf, key, tags or entry.shown_tags, renewed=entry)

    # -- removing ----------------------------------------------------------------------------------

    def sweep(self) -> tuple[Path, ...]:
        """Remove what dead processes left behind; returns the folders. Never touches a live one's.

        An unfinished entry is removed when its process is known to be dead, or, where that cannot be known
        (another machine, or made by the original tool), when it is older than seven days; and only while
        nobody holds the lock of its key. Failures are left for the next sweep.
        """
        self._swept = True
        if not self.shelf.root.is_dir():
            return ()
        swept = []
        for artifact in self._search(TagQuery(required=(TMP_TAG,))):
            entry = entry_of(artifact)
            if not _is_abandoned(entry):
                continue
            with contextlib.suppress(CMError), self._if_free(entry) as free:
                current = self.shelf.read(entry.path) if free else None
                # It may have been published, or removed by another sweeper, since the index was asked.
                if current is not None and current.is_running and current.owner == entry.owner:
                    self.shelf.dispose([entry.path])
                    swept.append(entry.path)
        self.shelf.tidy()
        return tuple(swept)

    def remove(self, entries: Sequence[CacheEntry]) -> tuple[CacheEntry, ...]:
        """Remove entries, unfinished ones that nobody works on too; returns those that are gone.

        Raises:
            CacheError: when somebody is making one of them, or it lies in a shared home; nothing is removed
                then.
            CMError: when one cannot be removed.
        """
        for entry in entries:
            _check_own(entry)
            if self.is_busy(entry):
                who = f" by process {entry.owner.pid} on {entry.owner.machine}" if entry.owner else ""
                raise CacheError(
                    f"cache entry {entry.uid} is being created{who}",
                    hint="wait for it, or stop that process first",
                )
        paths = [entry.path for entry in entries]
        self.shelf.dispose(paths)
        return tuple(entries)

    def is_busy(self, entry: CacheEntry) -> bool:
        """Whether somebody is making this entry, for the first time or again."""
        if entry.is_running and entry.owner is not None and entry.owner.life() is Life.ALIVE:
            return True
        if entry.home:
            return False  # the locks of its makers are not ours
        with self._if_free(entry) as free:
            return not free

    # -- implementation ----------------------------------------------------------------------------

    def _tiers(self, query: CacheQuery) -> Iterator[list[CacheMatch]]:
        """Matches in groups, best group first; a group costs nothing until it is asked for.

        Each group is narrowed by tags that only entries of this key, or these variations and inputs, carry.
        So a script with thousands of entries costs no more than one with few.
        """
        key, excluded = query.key, (TMP_TAG, *query.excluded_tags)
        exact = TagQuery(required=(key.key_tag,), excluded=excluded)
        yield [found for found in self._matches(query, exact) if found.exact]
        wider = TagQuery(required=(key.variant_tag, *key.input_tags), excluded=excluded)
        yield [found for found in self._matches(query, wider) if not found.exact]
        if query.legacy_tags:
            required = tuple(dict.fromkeys((key.script_tag, *query.legacy_tags)))
            yield self._matches(query, TagQuery(required=required, excluded=(*excluded, KEYED_TAG)))

    def _matches(self, query: CacheQuery, tags: TagQuery) -> list[CacheMatch]:
        candidates = (match(query, entry_of(artifact)) for artifact in self._search(tags, shared=True))
        return sorted((found for found in candidates if found is not None), key=_own_and_newest_first)

    def _search(self, tags: TagQuery, *, shared: bool = False) -> list[Artifact]:
        """Entries on the shelf and, if asked for, on those of shared homes; others are no results of ours."""
        found = self._session.index.find(_KIND, None, tags, thorough=False)
        return [
            artifact
            for artifact in found
            if artifact.path.parent == self.shelf.root or (shared and _is_on_shared_shelf(artifact))
        ]

    @contextlib.contextmanager
    def _exclusive(self, key: CacheKey, wait_message: str) -> Iterator[None]:
        def on_wait() -> None:
            for artifact in self._search(TagQuery(required=(key.key_tag, TMP_TAG))):
                owner = entry_of(artifact).owner
                if owner is not None and owner.is_ancestor():
                    raise DependencyError(
                        f"{_purpose(key)} depends on itself: it is being created by process {owner.pid},"
                        " which started this one"
                    )
            self._say_waiting(wait_message)

        lock = self._session.home.locks_dir / _key_lock(key.key_tag)
        with exclusive(lock, purpose=_purpose(key), on_wait=on_wait):
            yield

    def _clear(self, key: CacheKey) -> None:
        """Remove what others began with this key on this machine: its lock is ours, so they are dead."""
        for artifact in self._search(TagQuery(required=(key.key_tag, TMP_TAG))):
            entry = entry_of(artifact)
            if entry.owner is not None and entry.owner.is_here and entry.owner.life() is not Life.ALIVE:
                self.shelf.dispose([entry.path])

    def _say_waiting(self, message: str) -> None:
        self._session.reporter.message(message or "waiting for another process that creates the same result")

    @contextlib.contextmanager
    def _if_free(self, entry: CacheEntry) -> Iterator[bool]:
        """Keep others from starting to make this entry; gives whether nobody is making it now."""
        names = [_renewal_lock(entry)]
        if entry.is_running:
            names += [_key_lock(tag) for tag in entry.tags if tag.startswith(KEY_PREFIX)]
        with contextlib.ExitStack() as held:
            free = True
            for path in (self._session.home.locks_dir / name for name in names):
                # Nobody holds a lock that has no file; most entries are never renewed.
                if path.exists():
                    free = free and held.enter_context(try_exclusive(path))
            yield free


def _is_on_shared_shelf(artifact: Artifact) -> bool:
    home = artifact.repo.home
    return home is not None and artifact.path.parent == Home(path=home).local_repo / CACHE_ALIAS


def _check_own(entry: CacheEntry) -> None:
    """Refuse to change an entry of a shared home.

    Raises:
        CacheError: when it is one.
    """
    if entry.home:
        raise CacheError(
            f"cache entry {entry.uid} is in the shared home {entry.home}, which is only read",
            hint=f"whoever may write there can type: CM_REPOS={entry.home} cm rm cache {entry.uid}",
        )


def _own_and_newest_first(found: CacheMatch) -> tuple[bool, float, str]:
    entry = found.entry
    published = entry.published.timestamp() if entry.published is not None else entry.state_time
    return (bool(entry.home), -published, entry.uid)


def _is_abandoned(entry: CacheEntry) -> bool:
    life = entry.owner.life() if entry.owner is not None else Life.UNKNOWN
    if life is not Life.UNKNOWN:
        return life is Life.DEAD
    if entry.owner is not None and entry.owner.is_here:
        # This system does not tell whether a process runs; then its lock, which we hold, does.
        return True
    try:
        return time.time() - (entry.path / JSON_FILE).stat().st_mtime > _ABANDONED_AFTER_SECONDS
    except OSError:
        return False


def _key_lock(key_tag: str) -> str:
    return f"{key_tag}.lock"


def _renewal_lock(entry: CacheEntry) -> str:
    return f"cm-entry-{entry.path.name}.lock"


def _purpose(key: CacheKey) -> str:
    variations = "".join(f",_{name}" for name in key.variations)
    return f"script {key.script_alias or key.script_uid}{variations}"
