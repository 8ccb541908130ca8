"""What an entry needs outside its own folder: gone, changed, or as it was when the entry was made.

A tool that was upgraded in place has the path that it always had. So an entry keeps size and time of the
file, links followed, and whoever uses it looks again. Folders only have to be there: things come and go in
them. What lies in the entry's own folder was made by the recipe and is the entry's own business.
"""

# One system call for each hit of the cache, hence os.stat.
# ruff: noqa: PTH116

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cm_cache.entry import CacheEntry

_NS = 10**9


class Outside(Enum):
    """What became of the path that an entry depends on."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


def file_facts(path: str, own: Path) -> dict[str, int]:
    """Size and time of a file outside the folder ``own``; nothing for whatever else the path may be."""
    try:
        info = os.stat(path)
    except (OSError, ValueError):
        return {}
    if not stat.S_ISREG(info.st_mode) or _is_inside(path, own):
        return {}
    return {"size": info.st_size, "mtime_ns": info.st_mtime_ns}


def look_outside(entry: CacheEntry) -> Outside:
    """Compare the path that an entry depends on with what is there now."""
    if not entry.dependent_path:
        return Outside.SAME
    try:
        info = os.stat(entry.dependent_path)
    except (OSError, ValueError):
        return Outside.GONE
    if not stat.S_ISREG(info.st_mode):
        return Outside.SAME
    known = entry.meta.get("cm_dependent_file")
    if isinstance(known, Mapping):
        same = info.st_size == known.get("size") and _same_time(info.st_mtime_ns, known.get("mtime_ns"))
        return Outside.SAME if same else Outside.CHANGED
    # Entries of earlier versions and of the original have no facts. A file that came after the entry is not
    # the one that was found; packages bring old times along, but not the one of their installation.
    newer = max(info.st_mtime, info.st_ctime) > _made(entry)
    return Outside.CHANGED if newer and not _is_inside(entry.dependent_path, entry.path) else Outside.SAME


def _is_inside(path: str, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _same_time(mine: int, theirs: object) -> bool:
    """Images and archives keep whole seconds only."""
    if not isinstance(theirs, int):
        return False
    whole = mine % _NS == 0 or theirs % _NS == 0
    return mine == theirs or (whole and mine // _NS == theirs // _NS)


def _made(entry: CacheEntry) -> float:
    return entry.published.timestamp() if entry.published is not None else entry.state_time
