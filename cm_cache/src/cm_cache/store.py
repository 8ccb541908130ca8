"""The cache: finds what was made before, and lets one process at a time make what is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cm_cache.entry import CachedState, CacheEntry, CacheMatch
from cm_cache.key import CacheKey
from cm_cache.versions import VersionBounds

if TYPE_CHECKING:
    from cm_core.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheQuery:
    """What a run looks for.

    Attributes:
        key: its own identity.
        bounds: version constraints. ``bounds.version`` defaults to ``key.version``.
        excluded_tags: tags that an entry must not have.
        legacy_tags: the tags by which the original tool would look; entries that it made (they have no
            ``cm_key``) match when they belong to this script and have all of these. Empty: none match.
    """

    key: CacheKey
    bounds: VersionBounds = VersionBounds()
    excluded_tags: tuple[str, ...] = ()
    legacy_tags: tuple[str, ...] = ()


class BuildSlot:
    """A place for a result that is being made; see :meth:`CacheStore.building`."""

    @property
    def path(self) -> Path:
        """The folder to work in; made, empty and marked ``tmp``, when this is first read."""
        raise NotImplementedError

    def publish(
        self, state: CachedState, *, tags: Sequence[str] = (), version: str = "", dependent_path: str = ""
    ) -> CacheEntry:
        """Store the state and make the entry visible, in one atomic step.

        Args:
            tags: the final tags; empty means those given to ``building``. ``tmp`` is dropped, the tags of
                the key are added.
            version: of the result; ``""`` means ``state.version``.
            dependent_path: a path outside the entry without which it is useless.

        Raises:
            CacheError: when the slot was published before, or something cannot be written.
        """
        raise NotImplementedError


class CacheStore:
    """The cache of one session. Several stores, threads and processes may work on one home at once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lookup(self, query: CacheQuery) -> tuple[CacheMatch, ...]:
        """All entries that answer the query: exact ones first, the newest first among equals."""
        raise NotImplementedError

    def first(self, query: CacheQuery) -> CacheMatch | None:
        """The best match; cheaper than :meth:`lookup`, as wider matches are not read when there is an exact one."""
        raise NotImplementedError

    @contextlib.contextmanager
    def building(
        self, key: CacheKey, *, tags: Sequence[str] = (), wait_message: str = ""
    ) -> Iterator[BuildSlot]:
        """Be the only one, on this machine, who makes the result for this key.

        Waits while another process or thread makes it (saying ``wait_message`` after a second); so look
        again, with :meth:`first`, before working. Leaving without ``publish``, for whatever reason, removes
        the folder.

        Raises:
            DependencyError: when this key is being built further up: by this thread, or by a process that
                started this one. Waiting would never end.
            CacheError: when the folder cannot be made.
        """
        raise NotImplementedError
        yield

    @contextlib.contextmanager
    def renewing(self, entry: CacheEntry, *, wait_message: str = "") -> Iterator[BuildSlot]:
        """Be the only one who makes an existing entry again, in its own folder, as ``--renew`` asks.

        The entry keeps its published metadata and state until ``publish`` replaces them. So a failed or
        killed renewal leaves the old answer in place; files that the run had overwritten stay overwritten.

        Raises:
            DependencyError, CacheError: as :meth:`building`.
        """
        raise NotImplementedError
        yield

    def sweep(self) -> tuple[Path, ...]:
        """Remove what dead processes left behind; returns the folders. Never touches a live one's."""
        raise NotImplementedError

    def find(self, name: str = "", tags: object = None) -> tuple[CacheEntry, ...]:
        """Entries by UID and tags (``a,b,-c``), sorted by tags; running ones too."""
        raise NotImplementedError

    def remove(self, entries: Sequence[CacheEntry]) -> tuple[CacheEntry, ...]:
        """Remove entries; returns those that are gone.

        Raises:
            CacheError: when a live process is building one of them; nothing is removed then.
        """
        raise NotImplementedError
