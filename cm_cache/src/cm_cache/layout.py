"""The cache on disk: one folder per entry, in the format of the original, plus a few keys of ours.

``_cm.json``
    identity, tags, the script's name and UID, ``version``, ``dependent_cached_path``. Ours: ``cm_key``
    (identity of the run), ``cm_published`` (time), ``cm_root`` (the cache folder when it was published),
    ``cm_dependent_file`` (size and time of a file at ``dependent_cached_path``), ``cm_recipe`` (size,
    time and digest of the files of the recipe when the entry was published), and while it is being built
    ``cm_owner`` (the process) and the tag ``tmp``.
``cm-cached-state.json``
    what the run handed to its caller, without secrets.

They are read and written by hand and not by :mod:`cm_core.base.records`: whatever is odd in an entry of the
original has to be left empty instead of refused, and a hit shall not wait for the import of a codec.

Two hidden folders beside the entries make creation and removal atomic: ``.staging`` holds folders that
have no metadata yet, ``.trash`` those that are being deleted. What a killed process leaves in them is removed
by :meth:`Shelf.tidy`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_cache.entry import CacheEntry
from cm_cache.errors import CacheError
from cm_cache.key import TMP_TAG, CacheKey
from cm_cache.state import STATE_FILE, CachedState, write_state
from cm_core import JSON_FILE, YAML_FILE, CMError, new_uid, read_meta, write_meta
from cm_core.base import Life, Owner, raise_os_error, remove_tree, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from cm_core import Artifact

CACHE_ALIAS = "cache"
CACHE_UID = "541d6f712a6b464e"
_STAGING = ".staging"
_TRASH = ".trash"
# A folder waits in staging for its metadata for a few microseconds.
_STAGING_GRACE_SECONDS = 60.0


def entry_from_meta(path: Path, meta: Mapping[str, Any], *, home: str = "") -> CacheEntry:
    """The entry that this metadata describes; missing or malformed values are left empty."""
    tags = meta.get("tags")
    version = meta.get("version")
    return CacheEntry(
        path=path,
        uid=str(meta.get("uid") or path.name),
        tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        key=CacheKey.from_json(meta.get("cm_key")),
        script_uid=str(meta.get("associated_script_artifact_uid") or ""),
        version="" if version is None else str(version),
        dependent_path=str(meta.get("dependent_cached_path") or ""),
        owner=Owner.from_json(meta.get("cm_owner")),
        published=_read_time(meta.get("cm_published")),
        meta=dict(meta),
        home=home,
    )


def entry_of(artifact: Artifact) -> CacheEntry:
    """The entry that the index found.

    Raises:
        NotFoundError, MetaError: when it was removed or damaged meanwhile.
    """
    return entry_from_meta(artifact.path, artifact.meta, home=str(artifact.repo.home or ""))


def running_meta(key: CacheKey, tags: Sequence[str], owner: Owner) -> dict[str, Any]:
    """The metadata of an entry that is being built; ``uid`` is added by :meth:`Shelf.create`."""
    return {
        "alias": "",
        "automation_alias": CACHE_ALIAS,
        "automation_uid": CACHE_UID,
        "tags": [*_unique((*tags, *key.extra_tags, key.script_tag, key.key_tag)), TMP_TAG],
        "associated_script_artifact": f"{key.script_alias},{key.script_uid}",
        "associated_script_artifact_uid": key.script_uid,
        "cm_owner": owner.to_json(),
    }


def published_meta(
    old: Mapping[str, Any],
    key: CacheKey,
    tags: Sequence[str],
    *,
    version: str,
    dependent_path: str,
    dependent_file: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The metadata of a finished entry; keys of ``old`` that we do not know are kept."""
    results = {
        "version": without_credentials(version),
        "dependent_cached_path": dependent_path,
        "cm_dependent_file": dict(dependent_file or {}),
    }
    meta = {name: value for name, value in old.items() if name != "cm_owner" and name not in results}
    meta |= {name: value for name, value in results.items() if value}
    meta["tags"] = _unique((*tags, *key.extra_tags, *key.index_tags))
    meta["associated_script_artifact"] = f"{key.script_alias},{key.script_uid}"
    meta["associated_script_artifact_uid"] = key.script_uid
    meta["cm_key"] = key.to_json()
    meta["cm_published"] = datetime.now(UTC).isoformat()
    return meta


class Shelf:
    """The folder ``cache`` of the local repository.

    Args:
        root: that folder; made when the first entry is.
        note_written: tells the index that an entry's metadata were written.
        note_removed: tells the index that an entry is gone.
    """

    def __init__(
        self, root: Path, *, note_written: Callable[[Path], None], note_removed: Callable[[Path], None]
    ) -> None:
        self.root = root
        self._note_written = note_written
        self._note_removed = note_removed

    def create(self, meta: Mapping[str, Any]) -> CacheEntry:
        """Make an empty entry with these metadata.

        The folder gets its metadata under ``.staging`` and is then moved into place, still empty: at its
        place there is never a folder without metadata. From then on it keeps its name.

        Raises:
            CMError: when it cannot be made.
        """
        uid = new_uid()
        staged, path = self.root / _STAGING / uid, self.root / uid
        try:
            staged.mkdir(parents=True)
            write_meta(staged, {**meta, "uid": uid})
            staged.rename(path)
            self._note_written(path)
            return entry_from_meta(path, {**meta, "uid": uid})
        except OSError as error:
            raise_os_error("create a cache entry in", self.root, error)
        except BaseException:
            # Ctrl-C, for one: nobody has learnt of the entry, so nobody else would remove it.
            with contextlib.suppress(CMError):
                self.dispose([path])
                remove_tree(staged, inside=self.root)
            raise

    def publish(self, path: Path, meta: Mapping[str, Any], state: CachedState) -> CacheEntry:
        """Write state, then metadata; the second step makes the entry visible.

        Raises:
            CMError: when one of them cannot be written; the entry is then as it was before.
        """
        write_state(path, state)
        full = {**meta, "cm_root": str(self.root)}
        write_meta(path, full)
        self._note_written(path)
        return entry_from_meta(path, full)

    def read(self, path: Path) -> CacheEntry | None:
        """The entry as it is on disk now, ``None`` when it is gone or unreadable."""
        try:
            return entry_from_meta(path, read_meta(path))
        except CMError:
            return None

    def dispose(self, paths: Sequence[Path]) -> None:
        """Remove entries: out of sight at once, then deleted.

        Raises:
            CMError: when one cannot be removed.
        """
        moved = [self._to_trash(path) for path in paths]
        for path in paths:
            self._note_removed(path)
        for place in moved:
            remove_tree(place, inside=self.root)

    def tidy(self) -> None:
        """Empty ``.trash``, and ``.staging`` of what dead processes left; failures are left for later."""
        for place in _children(self.root / _TRASH):
            with contextlib.suppress(CMError):
                remove_tree(place, inside=self.root)
        for place in _children(self.root / _STAGING):
            if self._is_stale(place):
                with contextlib.suppress(CMError):
                    remove_tree(place, inside=self.root)

    def _is_stale(self, staged: Path) -> bool:
        entry = self.read(staged)
        if entry is not None and entry.owner is not None and entry.owner.is_here:
            return entry.owner.life() is Life.DEAD
        with contextlib.suppress(OSError):
            return time.time() - staged.stat().st_mtime > _STAGING_GRACE_SECONDS
        return False

    def _to_trash(self, path: Path) -> Path:
        if path.parent != self.root:
            raise CacheError(f"refusing to remove {path}: it is not an entry of {self.root}")
        place = self.root / _TRASH / f"{path.name}-{new_uid()}"
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
        except FileNotFoundError:
            return place
        except OSError:
            # Windows refuses while a file in it is open: without metadata it is invisible all the same.
            for name in (JSON_FILE, YAML_FILE, STATE_FILE):
                with contextlib.suppress(OSError):
                    (path / name).unlink(missing_ok=True)
            return path
        return place


def _children(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _unique(tags: Sequence[str]) -> list[str]:
    return [tag for tag in dict.fromkeys(map(without_credentials, tags)) if tag and tag != TMP_TAG]


def _read_time(value: object) -> datetime | None:
    try:
        time_read = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return time_read if time_read is None or time_read.tzinfo else time_read.replace(tzinfo=UTC)
