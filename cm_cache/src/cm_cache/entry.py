"""What the cache holds: entries."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path
from typing import Any

from cm_cache.key import TMP_TAG, CacheKey, is_index_tag
from cm_cache.state import STATE_FILE, CachedState, read_state
from cm_core import field, frozen
from cm_core.base import Owner


@frozen
class CacheEntry:
    """One folder of the cache.

    Attributes:
        path: the folder; its name never changes, since captured values hold paths into it.
        uid: its UID, also the folder's name.
        tags: all tags, with those for the index.
        key: identity of the run that made it; ``None`` for entries of the original tool.
        script_uid: UID of the script that made it, ``""`` when unknown.
        version: the recorded version of the result, ``""`` when there is none.
        dependent_path: a path outside the entry without which it is useless, ``""`` when there is none.
        owner: the process that builds it, only while it runs.
        home: the shared home in which it lies and is only read, ``""`` for one's own.
        published: when it was published (UTC), ``None`` while it is being built.
        meta: everything in its metadata.
    """

    path: Path
    uid: str
    tags: tuple[str, ...]
    key: CacheKey | None
    script_uid: str
    version: str
    dependent_path: str
    owner: Owner | None
    published: datetime | None
    meta: dict[str, Any] = field(repr=False)
    home: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it is not published: being built, or left behind by a process that died."""
        return TMP_TAG in self.tags

    @property
    def recipe(self) -> Any:
        """What the recipe looked like that made it; ``None`` where nobody noted it."""
        return self.meta.get("cm_recipe")

    @property
    def shown_tags(self) -> tuple[str, ...]:
        """The tags for people, without those of the index."""
        return tuple(tag for tag in self.tags if not is_index_tag(tag))

    @property
    def state_time(self) -> float:
        """When its state file was written, 0 where there is none."""
        try:
            info = (self.path / STATE_FILE).stat()
        except OSError:
            return 0.0
        return info.st_mtime if stat.S_ISREG(info.st_mode) else 0.0

    def load_state(self) -> CachedState:
        """Read the captured state.

        When the home has moved since the entry was made, paths into the old cache folder are rewritten.

        Raises:
            CacheError: when the file is missing or malformed.
        """
        return read_state(self.path, self.uid, old_root=str(self.meta.get("cm_root") or ""))

    def to_json(self) -> dict[str, Any]:
        """For ``--out=json``."""
        return {
            "path": str(self.path),
            "uid": self.uid,
            "tags": list(self.shown_tags),
            "script_uid": self.script_uid,
            "version": self.version,
            "dependent_cached_path": self.dependent_path,
            "running": self.is_running,
            "published": self.published.isoformat() if self.published else None,
            "key": self.key.to_json() if self.key else None,
            **({"home": self.home} if self.home else {}),
        }


@frozen
class CacheMatch:
    """An entry that answers a query.

    Attributes:
        exact: whether it was made by the same request.
        reason: why it matches, for people.
        changed: whether the file that it was made for has changed since, so that it has to be made again.
    """

    entry: CacheEntry
    exact: bool
    reason: str
    changed: bool = False
