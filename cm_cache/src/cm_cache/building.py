"""A place for a result that is being made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cm_cache.entry import CacheEntry
from cm_cache.errors import CacheError
from cm_cache.key import CacheKey
from cm_cache.layout import Shelf, published_meta, running_meta
from cm_cache.outside import file_facts
from cm_cache.state import CachedState
from cm_core.base import Owner


class BuildSlot:
    """A result being built; returned by :meth:`CacheStore.building` and :meth:`CacheStore.renewing`."""

    def __init__(
        self, shelf: Shelf, key: CacheKey, tags: Sequence[str], *, renewed: CacheEntry | None = None
    ) -> None:
        self._shelf = shelf
        self._key = key
        self._tags = tuple(tags)
        self._renewed = renewed
        self._created: CacheEntry | None = None
        self._published: CacheEntry | None = None

    @property
    def path(self) -> Path:
        """The folder to work in.

        For a new result it is made, empty and marked ``tmp``, when this is first read: who finds the result
        ready after waiting leaves no trace.

        Raises:
            CMError: when it cannot be made.
        """
        return self._entry().path

    @property
    def entry(self) -> CacheEntry | None:
        """The entry, once it is published."""
        return self._published

    def publish(
        self,
        state: CachedState,
        *,
        tags: Sequence[str] = (),
        version: str = "",
        dependent_path: str = "",
        recipe: Mapping[str, Any] | None = None,
    ) -> CacheEntry:
        """Store the state and make the entry visible, in one atomic step.

        Secrets (see :func:`cm_core.base.secrets.without_secrets`) are not stored, at any depth of ``new_env``
        and ``new_state``.

        Args:
            tags: the final tags; empty means those given to ``building``. ``tmp`` is dropped, the tags of
                the key are added.
            version: of the result; ``""`` means ``state.version``.
            dependent_path: a path outside the entry without which it is useless. Of a file, size and time are
                kept, too: another file at this path is another result.
            recipe: what the recipe looked like, kept as ``cm_recipe`` for whoever uses the entry later.

        Raises:
            CacheError: when it was published before, or the state cannot be stored as JSON.
            CMError: when something cannot be written.
        """
        if self._published is not None:
            raise CacheError(f"cache entry {self._published.uid} is already published")
        entry = self._entry()
        meta = published_meta(
            entry.meta,
            self._key,
            tags or self._tags,
            version=version or state.version,
            dependent_path=dependent_path,
            dependent_file=file_facts(dependent_path, entry.path) if dependent_path else {},
        )
        self._published = self._shelf.publish(entry.path, {**meta, "cm_recipe": dict(recipe or {})}, state)
        return self._published

    def discard(self) -> None:
        """Remove the folder unless it is published or was there before; called when the block is left."""
        if self._created is not None and self._published is None:
            created, self._created = self._created, None
            self._shelf.dispose([created.path])

    def _entry(self) -> CacheEntry:
        if self._renewed is not None:
            return self._renewed
        if self._created is None:
            self._created = self._shelf.create(running_meta(self._key, self._tags, Owner.current()))
        return self._created
