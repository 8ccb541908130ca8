"""What a recipe looked like when a result was made: an entry of the cache outlives edits and upgrades."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_NAMES = ("_cm.yaml", "_cm.json", "customize.py")
_NATIVE = (".sh", ".bat")
CHANGED = "its recipe has changed since; --renew makes it again"


def recipe_facts(folder: Path) -> dict[str, dict[str, Any]]:
    """Size, time and digest of the files that decide what a recipe does, by name; data are none of them.

    Nothing when one cannot be read: a finished result is not lost for that.
    """
    try:
        return {
            name: {"size": info.st_size, "mtime_ns": info.st_mtime_ns, "sha256": _digest(folder / name)}
            for name, info in _files(folder).items()
        }
    except OSError:
        return {}


def has_changed(folder: Path, known: object) -> bool:
    """Whether the files differ from facts of earlier; never where there are none, or a file cannot be read.

    A file with another time is read: a checkout changes times, too.
    """
    if not isinstance(known, Mapping) or not known:
        return False
    try:
        files = _files(folder)
        return files.keys() != known.keys() or any(
            _differs(folder / name, info, known[name]) for name, info in files.items()
        )
    except OSError:
        return False


def _differs(path: Path, info: os.stat_result, known: object) -> bool:
    if not isinstance(known, Mapping):
        return False
    if info.st_size != known.get("size"):
        return True
    return info.st_mtime_ns != known.get("mtime_ns") and _digest(path) != known.get("sha256")


def _files(folder: Path) -> dict[str, os.stat_result]:
    # For each hit of the cache: one listing, a few system calls.
    with os.scandir(folder) as found:
        return {
            item.name: item.stat()
            for item in found
            if (item.name in _NAMES or item.name.endswith(_NATIVE)) and item.is_file()
        }


def _digest(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
